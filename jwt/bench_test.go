package jwt_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
)

// nullWriter is a ResponseWriter that costs nothing.
type nullWriter struct{ h http.Header }

func (w *nullWriter) Header() http.Header         { return w.h }
func (w *nullWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w *nullWriter) WriteHeader(int)             {}

// issued returns a token of w's issuer for the usual user.
func (w *world) issued() string {
	tok, err := w.issuer.Issue(w.t.Context(), editor())
	require.NoError(w.t, err)
	return tok.Compact
}

// through returns a function that sends a request with the token through Require.
func (w *world) through(token string) func() {
	h := auth.Require(w.verifier, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	rw := &nullWriter{h: http.Header{}}
	return func() {
		clear(rw.h)
		h.ServeHTTP(rw, r)
	}
}

func TestVerifyingAllocatesLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops what is pooled")
	}
	for alg, most := range map[jwt.Algorithm]float64{jwt.HS256: 3, jwt.EdDSA: 3, jwt.RS256: 13, jwt.PS256: 18, jwt.ES256: 14} {
		w := newWorld(t, alg, nil)
		token := w.issued()
		got := testing.AllocsPerRun(200, func() { _, _ = w.verifier.Verify(t.Context(), token) })
		require.LessOrEqual(t, got, most, alg)
	}
	w := newWorld(t, jwt.HS256, nil)
	require.LessOrEqual(t, testing.AllocsPerRun(200, w.through(w.issued())), 6.0)
	cached := newWorld(t, jwt.ES256, remember)
	require.LessOrEqual(t, testing.AllocsPerRun(200, cached.through(cached.issued())), 5.0)
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _ = w.issuer.Issue(t.Context(), editor()) }), 9.0)
	user, g := editor(), grant()
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _ = w.issuer.Issue(t.Context(), user) }), 5.0)
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _ = w.issuer.IssueAccessToken(t.Context(), user, g) }), 5.0)
	access := newAccessWorld(t, jwt.HS256)
	granted := access.granted()
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _ = access.verifier.Verify(t.Context(), granted) }), 4.0, "one for the scopes")

	token := w.issued()
	forged := spoilt(token)
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _ = w.verifier.Verify(t.Context(), forged) }), 2.0)
}

// BenchmarkVerify shows each algorithm beside the bare check of the signature by the standard library.
func BenchmarkVerify(b *testing.B) {
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.RS256, jwt.PS256, jwt.ES256, jwt.EdDSA} {
		w := newWorld(b, alg, nil)
		token := w.issued()
		b.Run(string(alg), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.verifier.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
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

// bareCheck returns a function that checks the signature of token and does nothing else.
func bareCheck(alg jwt.Algorithm, token string) func() bool {
	dot := strings.LastIndexByte(token, '.')
	input, sig := []byte(token[:dot]), must(jwtDecode(token[dot+1:]))
	switch alg {
	case jwt.HS256:
		return func() bool {
			h := hmac.New(sha256.New, secret)
			h.Write(input)
			return hmac.Equal(h.Sum(nil), sig)
		}
	case jwt.RS256:
		return func() bool {
			sum := sha256.Sum256(input)
			return rsa.VerifyPKCS1v15(&rsaKey().PublicKey, crypto.SHA256, sum[:], sig) == nil
		}
	case jwt.PS256:
		return func() bool {
			sum := sha256.Sum256(input)
			return rsa.VerifyPSS(&rsaKey().PublicKey, crypto.SHA256, sum[:], sig, nil) == nil
		}
	case jwt.ES256:
		der := jwt.AppendDER(nil, sig)
		return func() bool {
			sum := sha256.Sum256(input)
			return ecdsa.VerifyASN1(&ecKeys()[alg].PublicKey, sum[:], der)
		}
	}
	public := edKey.Public().(ed25519.PublicKey)
	return func() bool { return ed25519.Verify(public, input, sig) }
}

func jwtDecode(s string) ([]byte, error) {
	b, _ := jwt.DecodeSegment(nil, s)
	return b, nil
}

// BenchmarkIssue shows each algorithm beside the bare signature.
func BenchmarkIssue(b *testing.B) {
	user := editor()
	benchmarkIssuer(b, func(i *jwt.Issuer) error {
		_, err := i.Issue(b.Context(), user)
		return err
	})
}

// BenchmarkIssueAccessToken is BenchmarkIssue for access tokens.
func BenchmarkIssueAccessToken(b *testing.B) {
	user, g := editor(), grant()
	benchmarkIssuer(b, func(i *jwt.Issuer) error {
		_, err := i.IssueAccessToken(b.Context(), user, g)
		return err
	})
}

func benchmarkIssuer(b *testing.B, issue func(*jwt.Issuer) error) {
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.RS256, jwt.ES256, jwt.EdDSA} {
		w := newWorld(b, alg, nil)
		b.Run(string(alg), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := issue(w.issuer); err != nil {
					b.Fatal(err)
				}
			}
		})
		key, ok := rawKey(alg).(crypto.Signer)
		if !ok {
			continue
		}
		b.Run(string(alg)+"/bare", func(b *testing.B) {
			sum, opts := sha256.Sum256(make([]byte, 400)), crypto.SignerOpts(crypto.SHA256)
			if alg == jwt.EdDSA {
				opts = crypto.Hash(0)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := key.Sign(rand.Reader, sum[:], opts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
