package jwt_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

func remember(cfg *jwt.VerifierConfig) { cfg.CacheTokens = 100 }

// remembered demands that the token is in the cache.
func (w *world) remembered(want bool, token string, msg ...any) {
	w.t.Helper()
	require.Equal(w.t, want, w.verifier.Remembers(token), msg...)
}

func TestAnAcceptedTokenIsRemembered(t *testing.T) {
	for _, alg := range algorithms {
		w := newWorld(t, alg, remember)
		token := w.issued()
		w.remembered(false, token)
		first, err := w.verifier.Verify(t.Context(), token)
		require.NoError(t, err)
		w.remembered(true, token)
		second, err := w.verifier.Verify(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, first, second)
		require.NotSame(t, first, second, "it belongs to the caller, who may change it")
		require.NotSame(t, first.Claims, second.Claims)

		var decoded struct{ Name string }
		require.NoError(t, second.DecodeClaims(&decoded))
		require.Equal(t, "my_username", decoded.Name)
	}
	w := newWorld(t, jwt.HS256, nil)
	token := w.issued()
	w.accepts(token)
	w.remembered(false, token, "off by default")
}

// Whoever changes what he got changes nothing for others.
func TestARememberedTokenIsNotChangedByItsUsers(t *testing.T) {
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) {
		remember(cfg)
		cfg.Users, cfg.SkipUserLookup, cfg.MaxLifetime = nil, true, time.Hour
	})
	token := w.token(map[string]any{"roles": []string{"editor"}, "scope": "a b", "jti": "j"})
	for range 3 {
		id, err := w.verifier.Verify(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, []string{"editor"}, id.Roles)
		require.Equal(t, []string{"a", "b"}, id.Scopes)
		c := id.Claims.(*jwt.Claims)
		require.Equal(t, "1", c.Subject)
		id.Roles[0], id.Scopes[0], id.UserID = "admin", "admin", "2"
		*c = jwt.Claims{Subject: "2"}
	}
	w.remembered(true, token)
}

func TestNoRefusalIsRemembered(t *testing.T) {
	w := newWorld(t, jwt.HS256, remember)
	good := w.issued()
	for name, token := range map[string]string{
		"forged":         spoilt(good),
		"expired":        w.token(map[string]any{"exp": 1}),
		"not yet":        w.token(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}),
		"other audience": w.token(map[string]any{"aud": "x"}),
		"other issuer":   w.token(map[string]any{"iss": "x"}),
		"unknown user":   w.token(map[string]any{"sub": "99"}),
		"old stamp":      w.token(map[string]any{"stamp": "s0"}),
		"no user":        w.token(map[string]any{"sub": nil}),
		"scope":          w.token(map[string]any{"scope": "a  b"}),
	} {
		for range 2 {
			_, err := w.verifier.Verify(t.Context(), token)
			require.Error(t, err, name)
			w.remembered(false, token, name)
		}
	}
}

func TestARememberedTokenEndsWithItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		at := func(d time.Duration) { time.Sleep(time.Until(start.Add(d))) }
		w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { remember(cfg); cfg.MaxLifetime = 30 * time.Second })
		other := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { remember(cfg); cfg.Leeway, cfg.ExpiryLeeway = jwt.NoLeeway, time.Second })
		token := w.token(nil)
		w.accepts(token)
		other.accepts(token)

		at(30*time.Second - 1)
		w.accepts(token)
		w.remembered(true, token)
		at(30 * time.Second)
		w.refuses(autherr.TokenExpired, token, "MaxLifetime")
		w.remembered(false, token)
		w.refuses(autherr.TokenExpired, token)

		at(61*time.Second - 1)
		other.accepts(token)
		at(61 * time.Second)
		other.refuses(autherr.TokenExpired, token, "exp and the leeway")
		other.remembered(false, token)
	})
}

// A clock that is set back does not make a token good before its time.
func TestARememberedTokenIsJudgedByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, jwt.HS256, remember)
		token := w.token(map[string]any{"nbf": time.Now().Add(10 * time.Second).Unix()})
		w.accepts(token, "within the leeway")
		require.Equal(t, autherr.InvalidToken, autherr.From(w.verifier.AdmitAt(token, time.Now().Add(-time.Minute))).Code)
		require.NoError(t, w.verifier.AdmitAt(token, time.Now()))
	})
}

func TestARememberedTokenEndsWithItsKey(t *testing.T) {
	w := newWorld(t, jwt.RS256, remember)
	token := w.issued()
	next := must(jwt.GenerateKey(jwt.RS256, nil))
	w.accepts(token)
	require.NoError(t, w.issuer.Rotate(next, w.key.VerificationKey()))
	w.accepts(token, "the key retires")
	w.remembered(true, token)
	require.NoError(t, w.issuer.Rotate(next))
	w.refuses(autherr.InvalidSignature, token, "the key is gone")
	w.remembered(false, token)

	// Another key under the same ID is another key.
	require.NoError(t, w.issuer.Rotate(w.key))
	w.accepts(token)
	w.remembered(true, token)
	require.NoError(t, w.issuer.Rotate(must(jwt.NewSigningKey(jwt.RS256, otherRSA(), &jwt.KeyOptions{ID: "k1"}))))
	w.refuses(autherr.InvalidSignature, token)
	w.remembered(false, token)

	// The same key, read anew, verifies anew.
	require.NoError(t, w.issuer.Rotate(w.key))
	w.accepts(token)
	require.NoError(t, w.issuer.Rotate(signingKey(t, jwt.RS256, &jwt.KeyOptions{ID: "k1"})))
	w.accepts(token)
	w.remembered(true, token)
}

// changingSource is a key source of somebody else's.
type changingSource struct {
	keys []*jwt.VerificationKey
	err  error
}

func (s *changingSource) Keys(context.Context, string, jwt.Algorithm) ([]*jwt.VerificationKey, error) {
	return s.keys, s.err
}

func TestARememberedTokenEndsWithAnyKeySource(t *testing.T) {
	source := new(changingSource)
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { remember(cfg); cfg.Keys = source })
	token, unnamed := w.issued(), w.forge(`{"alg":"HS256","typ":"JWT"}`, claims(nil))
	key, other := w.key.VerificationKey(), must(jwt.GenerateKey(jwt.HS256, nil)).VerificationKey()
	use := func(keys ...*jwt.VerificationKey) { source.keys = keys }

	use(other, key)
	w.accepts(token)
	w.refuses(autherr.InvalidSignature, unnamed, "two keys")
	use(key)
	w.accepts(unnamed)
	w.remembered(true, unnamed)
	use(key, other)
	w.refuses(autherr.InvalidSignature, unnamed, "without an ID, two keys are as good as none")
	w.accepts(token)
	use(other, other, other, other, key)
	w.refuses(autherr.InvalidSignature, token, "only a few are tried")
	use()
	w.refuses(autherr.InvalidSignature, token)
	use(key)
	w.accepts(token)
	source.err = jwt.ErrKeysUnavailable
	w.refuses(autherr.ServiceUnavailable, token)
	source.err = nil
	w.accepts(token)
}

func TestARememberedTokenEndsWithItsPublishedKey(t *testing.T) {
	v := newTenant(t, issuerName, remember)
	token := v.issue()
	v.accepts(token)
	require.NoError(t, v.remote.Refresh(t.Context()))
	v.remembered(true, token)
	v.accepts(token, "an unchanged set")
	require.NoError(t, v.issuer.Rotate(must(jwt.GenerateKey(jwt.EdDSA, &jwt.KeyOptions{ID: "k1"}))))
	v.accepts(token, "nobody here knows yet")
	require.NoError(t, v.remote.Refresh(t.Context()))
	v.refuses(autherr.InvalidSignature, token)
	v.remembered(false, token)

	fresh := v.issue()
	v.accepts(fresh)
	v.remote.Close()
	v.refuses(autherr.ServiceUnavailable, fresh)
}

func TestTheUserOfARememberedTokenIsAsHeIsNow(t *testing.T) {
	w := newWorld(t, jwt.HS256, remember)
	token := w.issued()
	w.accepts(token)
	u := editor()
	u.Roles, u.Permissions, u.Name = []string{"reviewer"}, nil, "renamed"
	require.NoError(t, w.users.PutUser(t.Context(), u))
	id, err := w.verifier.Verify(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, []string{"reviewer"}, id.Roles)
	require.Equal(t, "renamed", id.Name)
	require.Empty(t, id.Permissions)
	w.remembered(true, token)

	u.Active = false
	require.NoError(t, w.users.PutUser(t.Context(), u))
	w.refuses(autherr.UserInformationNotFound, token, "blocked")
	u.Active = true
	require.NoError(t, w.users.PutUser(t.Context(), u))
	w.accepts(token)
	w.remembered(true, token)
	u.Stamp = "s2"
	require.NoError(t, w.users.PutUser(t.Context(), u))
	w.refuses(autherr.UserInformationNotFound, token, "another password")
	w.remembered(false, token)
}

func TestNoOtherVerifierKnowsARememberedToken(t *testing.T) {
	w := newWorld(t, jwt.HS256, remember)
	other := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { remember(cfg); cfg.Audience = []string{"https://other.example"} })
	token := w.issued()
	w.accepts(token)
	other.remembered(false, token)
	other.refuses(autherr.InvalidToken, token)
}

func TestNoOtherSpellingFindsARememberedToken(t *testing.T) {
	w := newWorld(t, jwt.HS256, remember)
	token := w.issued()
	w.accepts(token)
	for i := range token {
		for _, c := range []byte{token[i] ^ 1, token[i] ^ 0x20, '=', '\n'} {
			if other := token[:i] + string(c) + token[i+1:]; other != token {
				w.remembered(false, other)
				_, err := w.verifier.Verify(t.Context(), other)
				require.Error(t, err)
			}
		}
	}
	for _, other := range []string{token + "=", token + "\n", " " + token, token + ".", token[:len(token)-1], strings.ToUpper(token)} {
		w.remembered(false, other)
		_, err := w.verifier.Verify(t.Context(), other)
		require.Error(t, err)
	}
	w.remembered(true, token)
}

func TestTheCacheIsBounded(t *testing.T) {
	for _, size := range []int{1, 2, 7, 8, 9, 100, 1000} {
		w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.CacheTokens = size })
		last := ""
		for i := range 3 * size {
			last = w.token(map[string]any{"jti": fmt.Sprint(i)})
			w.accepts(last)
			require.LessOrEqual(t, w.verifier.Remembered(), size)
		}
		w.remembered(true, last)
		require.Greater(t, w.verifier.Remembered(), size/2, "and used")
	}
	w := newWorld(t, jwt.HS256, remember)
	long := w.token(map[string]any{"x": strings.Repeat("a", 4<<10)})
	w.accepts(long)
	require.Zero(t, w.verifier.Remembered(), "no long tokens")
}

// Tokens in use survive a flood of others, and ended ones make room first.
func TestAFloodDoesNotPushOutWhatIsInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.CacheTokens = 64 })
		busy := w.issued()
		kept := 0
		for i := range 2000 {
			w.accepts(busy)
			w.accepts(w.token(map[string]any{"jti": fmt.Sprint(i)}))
			if w.verifier.Remembers(busy) {
				kept++
			}
		}
		require.Greater(t, kept, 1800)
	})
}

// The figure that the documentation gives for the memory.
func TestTheMemoryOfTheCacheIsAsDocumented(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector has memory of its own")
	}
	const n = 20_000
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.CacheTokens = n })
	size := 0
	measure := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := measure()
	for i := range 2 * n {
		token := w.token(map[string]any{"jti": fmt.Sprint(i)})
		size = len(token)
		w.accepts(token)
	}
	each := float64(measure()-before) / float64(w.verifier.Remembered())
	t.Logf("%d tokens of %d bytes take %.0f bytes each", w.verifier.Remembered(), size, each)
	require.Less(t, each, float64(2*size+400))
	runtime.KeepAlive(w)
}

func TestManyUseTheCacheAtOnce(t *testing.T) {
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.CacheTokens = 16 })
	tokens := make([]string, 64)
	for i := range tokens {
		tokens[i] = w.token(map[string]any{"jti": fmt.Sprint(i)})
	}
	forged := spoilt(tokens[0])
	keys := []*jwt.SigningKey{w.key, must(jwt.GenerateKey(jwt.HS256, nil))}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 500 {
				token := tokens[(i*(worker+1))%len(tokens)]
				if id, err := w.verifier.Verify(context.Background(), token); err != nil || id.UserID != "1" {
					t.Error(id, err)
				}
				if _, err := w.verifier.Verify(context.Background(), forged); err == nil {
					t.Error("accepts a forged token")
				}
				if worker == 0 {
					if err := w.issuer.Rotate(keys[i%2], keys[1-i%2].VerificationKey()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, w.verifier.Remembered(), 16)
}
