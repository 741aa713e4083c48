package jwt_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// headers returns a header for each number, all equally good.
func numbered(i int) string { return fmt.Sprintf(`{"alg":"HS256","kid":"k1","typ":"JWT","n":%d}`, i) }

func TestOnlyHeadersOfGoodTokensAreRemembered(t *testing.T) {
	w := newWorld(t, jwt.HS256, foreign)
	for i := range 100 {
		good := w.forge(numbered(i), claims(nil))
		w.refuses(autherr.InvalidSignature, spoilt(good))
		w.refuses(autherr.InvalidSignature, w.forge(strings.Replace(numbered(i), "k1", "k2", 1), claims(nil)))
		w.refuses(autherr.InvalidSignature, w.forge(strings.Replace(numbered(i), `"n"`, `"crit"`, 1), claims(nil)))
	}
	require.Empty(t, w.verifier.KnownHeaders())
	w.accepts(w.forge(numbered(1), claims(nil)))
	require.Equal(t, []string{b64(numbered(1))}, w.verifier.KnownHeaders())
	w.accepts(w.forge(numbered(1), claims(nil)))
	require.Len(t, w.verifier.KnownHeaders(), 1)

	w.accepts(w.forge(`{"alg":"HS256","kid":"k1","typ":"JWT","n":"`+strings.Repeat("x", 400)+`"}`, claims(nil)))
	require.Len(t, w.verifier.KnownHeaders(), 1, "no long ones")
}

func TestFewHeadersAreRememberedAndNewOnesSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { foreign(cfg); cfg.InsecureOptionalExpiry = true })
		payload := claims(map[string]any{"exp": nil})
		for i := range 100 {
			w.accepts(w.forge(numbered(i), payload))
		}
		known := w.verifier.KnownHeaders()
		require.Len(t, known, 8)
		for i := range 8 {
			time.Sleep(time.Second)
			w.accepts(w.forge(numbered(1000+i), payload))
			w.accepts(w.forge(numbered(2000+i), payload))
		}
		now := w.verifier.KnownHeaders()
		require.Len(t, now, 8)
		for i := range 8 {
			require.Contains(t, now, b64(numbered(1000+i)), "each has taken the place of one")
		}
	})
}

// The same verdict with and without the memory, and whatever happens to the keys.
func TestARememberedHeaderSaysNothingAboutKeys(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	token := w.issued()
	w.accepts(token)
	require.Len(t, w.verifier.KnownHeaders(), 1)
	for range 2 {
		w.refuses(autherr.InvalidSignature, spoilt(token))
		w.refuses(autherr.InvalidToken, w.token(map[string]any{"aud": "x"}))
	}
	require.NoError(t, w.issuer.Rotate(must(jwt.GenerateKey(jwt.HS256, &jwt.KeyOptions{ID: "k1"}))))
	w.refuses(autherr.InvalidSignature, token, "another key of the same ID")
	require.NoError(t, w.issuer.Rotate(must(jwt.GenerateKey(jwt.HS256, nil))))
	w.refuses(autherr.InvalidSignature, token)
	require.NoError(t, w.issuer.Rotate(w.key))
	w.accepts(token)
}

func TestManyLearnHeadersAtOnce(t *testing.T) {
	w := newWorld(t, jwt.HS256, foreign)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 50 {
				token := w.forge(numbered((i*(worker+1))%20), claims(nil))
				if _, err := w.verifier.Verify(context.Background(), token); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, len(w.verifier.KnownHeaders()), 8)
}
