package jwt_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/jwt"
)

// BenchmarkRequire is a whole request, user lookup included, beside the bare check of the signature. With -cpu 1,2 the parallel ones show how
// it scales.
func BenchmarkRequire(b *testing.B) {
	// Memory in use, as a server has some. With the few megabytes of a benchmark, the garbage collector runs hundreds of times a second, and
	// how requests scale is hidden behind how it does. These pages are never touched and so take none.
	defer runtime.KeepAlive(make([]byte, 256<<20))
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.RS256, jwt.ES256, jwt.EdDSA} {
		for name, change := range map[string]func(*jwt.VerifierConfig){"": nil, "/cached": remember} {
			w := newWorld(b, alg, change)
			token := w.issued()
			b.Run(string(alg)+name, func(b *testing.B) {
				request := w.through(token)
				b.ReportAllocs()
				for b.Loop() {
					request()
				}
			})
			b.Run(string(alg)+name+"/parallel", func(b *testing.B) {
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					request := w.through(token)
					for pb.Next() {
						request()
					}
				})
			})
			if name != "" {
				continue
			}
			check := bareCheck(alg, token)
			b.Run(string(alg)+"/bare", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if !check() {
						b.Fatal("wrong signature")
					}
				}
			})
		}
	}
}

// BenchmarkRequireRevocable is a request whose token is looked up in a list of revocations.
func BenchmarkRequireRevocable(b *testing.B) {
	for name, change := range map[string]func(*jwt.VerifierConfig){"HS256": nil, "HS256/cached": remember} {
		w := newRevocable(b, change)
		request := w.through(w.issued())
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				request()
			}
		})
	}
}

// BenchmarkCacheMisses is a flood of more tokens than are remembered.
func BenchmarkCacheMisses(b *testing.B) {
	w := newWorld(b, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.CacheTokens = 1000 })
	tokens := make([]string, 10_000)
	for i := range tokens {
		tokens[i] = w.token(map[string]any{"jti": fmt.Sprint(i), "exp": time.Now().Add(time.Hour).Unix()})
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.verifier.Verify(b.Context(), tokens[i%len(tokens)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// members returns an object of n members.
func members(n int) string {
	var s strings.Builder
	s.WriteString("{")
	for i := range n {
		fmt.Fprintf(&s, `"%x":0,`, i)
	}
	return s.String() + `"exp":0}`
}

func BenchmarkRefuse(b *testing.B) {
	w := newWorld(b, jwt.HS256, nil)
	large := newWorld(b, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.MaxToken = 1 << 20 })
	token := w.issued()
	nested := func(n int) string { return `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}" }
	head := b64(w.header()) + "."
	for _, c := range []struct {
		name  string
		w     *world
		token string
	}{
		{"forged", w, spoilt(token)},
		{"expired", w, w.token(map[string]any{"exp": 1})},
		{"garbage", w, "a.b.c"},
		{"a megabyte of dots", w, strings.Repeat(".", 1<<20)},
		{"a megabyte of dots, allowed", large, strings.Repeat(".", 1<<20)},
		{"9000 nested arrays", w, head + b64(nested(9000)) + ".AAAA"},
		{"9000 nested arrays, allowed", large, head + b64(nested(9000)) + ".AAAA"},
		{"100000 members", w, head + b64(members(100_000)) + ".AAAA"},
		{"1500 members, 16 KiB", w, head + b64(members(1500)) + ".AAAA"},
		{"80000 members, allowed", large, head + b64(members(80_000)) + ".AAAA"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.w.verifier.Verify(b.Context(), c.token); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
