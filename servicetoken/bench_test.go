package servicetoken_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
)

// benchText is what is signed for the user of the benchmarks.
func benchText(t testing.TB) []byte {
	text, err := newService(t, servicetoken.Config{}).SignedText(vectorUser(), nil, vectorEnd)
	require.NoError(t, err)
	return []byte(text)
}

// BenchmarkHMAC is what the others are measured by: the signature alone, over the same text.
func BenchmarkHMAC(b *testing.B) {
	text, key, sum := benchText(b), vectorKey(), make([]byte, 0, sha256.Size)
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			mac := hmac.New(sha256.New, key)
			mac.Write(text)
			sum = mac.Sum(sum[:0])
		}
	})
	b.Run("reused", func(b *testing.B) {
		b.ReportAllocs()
		mac := hmac.New(sha256.New, key)
		for b.Loop() {
			mac.Reset()
			mac.Write(text)
			sum = mac.Sum(sum[:0])
		}
	})
}

// nobody is a ResponseWriter that costs next to nothing.
type nobody struct{ header http.Header }

func (n nobody) Header() http.Header         { return n.header }
func (n nobody) Write(p []byte) (int, error) { return len(p), nil }
func (n nobody) WriteHeader(int)             {}

// BenchmarkRequire is a whole request through auth.Require with a store in memory.
func BenchmarkRequire(b *testing.B) {
	s := newService(b, servicetoken.Config{})
	good := mustMint(b, s)
	for _, c := range []struct{ name, token string }{{"good", good}, {"forged", good[:len(good)-2] + "AA"}, {"unknown user", "ff" + good[1:]}} {
		b.Run(c.name, func(b *testing.B) {
			h := auth.Require(s, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			r, w := request(c.token, ""), nobody{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				h.ServeHTTP(w, r)
			}
		})
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	extended := withProperties(func(u store.User) servicetoken.Properties { return servicetoken.Properties{"roles": u.Roles} })
	for _, c := range []struct {
		name string
		cfg  servicetoken.Config
	}{{"default", servicetoken.Config{}}, {"properties", servicetoken.Config{Properties: extended}}} {
		b.Run(c.name, func(b *testing.B) {
			s := newService(b, c.cfg)
			r := request(mustMint(b, s), "")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Authenticate(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMint(b *testing.B) {
	s := newService(b, servicetoken.Config{})
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Mint(b.Context(), "1"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	s := newService(b, servicetoken.Config{})
	h, err := s.GenerateEndpoint(servicetoken.EndpointConfig{})
	require.NoError(b, err)
	r := request(mustMint(b, s), "")
	r.Method = http.MethodPost
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
