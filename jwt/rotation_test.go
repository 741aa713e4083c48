package jwt_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// published returns the key set as others read it.
func published(t testing.TB, issuer *jwt.Issuer, algs ...jwt.Algorithm) *jwt.KeySet {
	t.Helper()
	rec := httptest.NewRecorder()
	must(jwt.NewJWKSHandler(issuer, nil)).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/.well-known/jwks.json", nil))
	require.Equal(t, 200, rec.Code)
	return must(jwt.ParseKeySet(rec.Body.Bytes(), algs...))
}

func TestKeysThatRetireAndKeysThatAreNextVerifyAndArePublished(t *testing.T) {
	w := newWorld(t, jwt.ES256, nil)
	old, active, next := must(jwt.GenerateKey(jwt.ES256, nil)), must(jwt.GenerateKey(jwt.ES256, nil)), must(jwt.GenerateKey(jwt.ES256, nil))
	all := []*jwt.VerificationKey{old.VerificationKey(), active.VerificationKey(), next.VerificationKey()}

	require.NoError(t, w.issuer.Rotate(old))
	before := w.issued()
	require.NoError(t, w.issuer.Rotate(active, all...), "the list of all keys may name the active one too")
	require.Equal(t, 3, w.issuer.KeySet().Len(), "each once")
	during := w.issued()
	require.Contains(t, segment(t, during, 0), active.ID())

	// A service that fetches the set now has all it needs until the next key has signed for a while.
	elsewhere := newWorld(t, jwt.ES256, func(cfg *jwt.VerifierConfig) { cfg.Keys = published(t, w.issuer, jwt.ES256) })
	require.NoError(t, w.issuer.Rotate(next, all...))
	after := w.issued()
	require.Contains(t, segment(t, after, 0), next.ID())
	for _, token := range []string{before, during, after} {
		w.accepts(token)
		elsewhere.accepts(token)
	}
}

func TestTheIDOfAKeyIsItsThumbprint(t *testing.T) {
	raw := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	key := must(jwt.NewSigningKey(jwt.ES256, raw, nil))
	again := must(jwt.NewVerificationKey(jwt.ES256, &raw.PublicKey, nil))
	require.Equal(t, again.ID(), key.ID())
	require.Len(t, key.ID(), 43, "SHA-256 in base64url")

	w := newWorld(t, jwt.ES256, nil)
	require.NoError(t, w.issuer.Rotate(key))
	require.Contains(t, segment(t, w.issued(), 0), `"kid":"`+key.ID()+`"`)
}

func TestTwoKeysOfAnIssuerNeverGoByOneID(t *testing.T) {
	id := &jwt.KeyOptions{ID: "k"}
	ec := must(jwt.GenerateKey(jwt.ES256, id))
	secretKey := must(jwt.NewSigningSecret(jwt.HS256, secret, id))
	for name, c := range map[string]struct {
		key   *jwt.SigningKey
		other *jwt.VerificationKey
		ok    bool
	}{
		"another key":                     {ec, must(jwt.GenerateKey(jwt.ES256, id)).VerificationKey(), false},
		"another key, other algorithm":    {ec, must(jwt.GenerateKey(jwt.ES384, id)).VerificationKey(), false},
		"another secret":                  {secretKey, must(jwt.GenerateKey(jwt.HS256, id)).VerificationKey(), false},
		"the same secret":                 {secretKey, must(jwt.NewVerificationSecret(jwt.HS256, secret, id)), true},
		"the same key":                    {ec, ec.VerificationKey(), true},
		"the same key, other algorithm":   {signingKey(t, jwt.RS256, id), signingKey(t, jwt.PS256, id).VerificationKey(), true},
		"another key under an ID of its":  {ec, must(jwt.GenerateKey(jwt.ES256, nil)).VerificationKey(), true},
		"the same key under a second one": {signingKey(t, jwt.RS256, id), signingKey(t, jwt.RS256, nil).VerificationKey(), true},
	} {
		issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "i", Audience: []string{"a"}, Key: c.key, OtherKeys: []*jwt.VerificationKey{c.other}})
		if c.ok {
			require.NoError(t, err, name)
			require.NotNil(t, issuer)
			continue
		}
		require.ErrorContains(t, err, `OtherKeys two keys go by the ID "k"`, name)
	}
}

// Rotation in place refuses nobody, as long as the last key stays among the others: a token can be verified until its key has been rotated out twice.
func TestTenThousandRotationsWhileServing(t *testing.T) {
	rotations := 10_000
	if testing.Short() {
		rotations = 500
	}
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.CacheTokens = 64 })
	keys := make([]*jwt.SigningKey, 16)
	for i := range keys {
		keys[i] = must(jwt.GenerateKey(jwt.HS256, nil))
	}
	require.NoError(t, w.issuer.Rotate(keys[0], keys[1].VerificationKey()))
	var done atomic.Bool
	var begun, finished, across atomic.Int64 // rotations, and tokens verified after the one rotation that followed them
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !done.Load() {
				before := finished.Load()
				tok, err := w.issuer.Issue(context.Background(), editor())
				if err != nil {
					t.Error(err)
					return
				}
				for range 3 {
					rotated := finished.Load() - before
					_, err := w.verifier.Verify(context.Background(), tok.Compact)
					if begun.Load()-before > 1 {
						break // its key may be gone by now
					}
					if err != nil {
						t.Errorf("after %d rotations: %v", rotated, err)
						return
					}
					across.Add(rotated)
				}
			}
		})
	}
	start := time.Now()
	for i := 0; i < rotations || across.Load() == 0 && time.Since(start) < 30*time.Second; i++ { // on a busy machine the others begin late
		next := keys[(i+1)%len(keys)]
		last := keys[i%len(keys)]
		begun.Add(1)
		require.NoError(t, w.issuer.Rotate(next, last.VerificationKey(), keys[(i+2)%len(keys)].VerificationKey()))
		finished.Add(1)
		runtime.Gosched()
	}
	done.Store(true)
	wg.Wait()
	require.Positive(t, across.Load())
	w.accepts(w.issued())
}
