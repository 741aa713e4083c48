package oauth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
)

// discard is a ResponseWriter that keeps nothing, so that only our own work is measured.
type discard struct {
	h      http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) reset()                      { clear(d.h); d.status = 200 }

// BenchmarkHMACSHA256 and BenchmarkSHA256 are what a check of a token costs at the least: compare the others with them.
func BenchmarkHMACSHA256(b *testing.B) {
	token, key := []byte(auth.NewRandom(auth.PrefixAccessToken)), make([]byte, 32)
	b.Run("keyed anew", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m := hmac.New(sha256.New, key)
			m.Write(token)
			m.Sum(nil)
		}
	})
	b.Run("keyed once", func(b *testing.B) {
		m := hmac.New(sha256.New, key)
		var sum []byte
		b.ReportAllocs()
		for b.Loop() {
			m.Reset()
			m.Write(token)
			sum = m.Sum(sum[:0])
		}
	})
}

func BenchmarkSHA256(b *testing.B) {
	token := []byte(auth.NewRandom(auth.PrefixAccessToken))
	b.ReportAllocs()
	for b.Loop() {
		sha256.Sum256(token)
	}
}

// benchWorld uses the store itself, without the layer that makes faults.
func benchWorld(b *testing.B) (*world, *oauth.Server, *oauth.Verifier) {
	w := newWorld(b, "2025")
	s, err := oauth.NewServer(oauth.ServerConfig{Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm})
	if err != nil {
		b.Fatal(err)
	}
	v, err := oauth.NewVerifier(oauth.VerifierConfig{Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Realm: realm})
	if err != nil {
		b.Fatal(err)
	}
	return w, s, v
}

func BenchmarkVerify(b *testing.B) {
	w, _, v := benchWorld(b)
	skipping, err := oauth.NewVerifier(oauth.VerifierConfig{Application: application, SkipClientLookup: true, Tokens: w.db, Users: w.db, Realm: realm})
	if err != nil {
		b.Fatal(err)
	}
	token := w.token(b, clientBody)
	for _, c := range []struct {
		name, token string
		v           *oauth.Verifier
		status      int
	}{
		{"valid", token, v, 200},
		{"valid, SkipClientLookup", token, skipping, 200},
		{"unknown", auth.NewRandom(auth.PrefixAccessToken), v, 401},
		{"other shape", "x", v, 401},
	} {
		h := auth.Require(c.v, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		r := &http.Request{Method: "GET", Header: http.Header{"Authorization": {"Bearer " + c.token}}}
		out := &discard{h: http.Header{}}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out.reset()
				h.ServeHTTP(out, r)
			}
			if out.status != c.status {
				b.Fatal(out.status)
			}
		})
	}
}

func BenchmarkVerifyParallel(b *testing.B) {
	w, _, v := benchWorld(b)
	h := auth.Require(v, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	field := []string{"Bearer " + w.token(b, clientBody)}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		r := &http.Request{Method: "GET", Header: http.Header{"Authorization": field}}
		out := &discard{h: http.Header{}}
		for p.Next() {
			out.reset()
			h.ServeHTTP(out, r)
		}
	})
}

func BenchmarkIssue(b *testing.B) {
	for _, c := range []struct {
		name, body, authorization string
	}{
		{"client_credentials", clientBody, ""},
		{"client_credentials, Basic", asUser, basic("robot", robotSecret)},
	} {
		b.Run(c.name, func(b *testing.B) {
			_, s, _ := benchWorld(b)
			h := s.TokenEndpoint()
			r := &http.Request{Method: "POST", RemoteAddr: "127.0.0.1:1", Header: http.Header{"Content-Type": {formType}}}
			if c.authorization != "" {
				r.Header.Set("Authorization", c.authorization)
			}
			out := &discard{h: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				out.reset()
				r.Body = io.NopCloser(strings.NewReader(c.body))
				h.ServeHTTP(out, r)
			}
			if out.status != 200 {
				b.Fatal(out.status)
			}
		})
	}
}
