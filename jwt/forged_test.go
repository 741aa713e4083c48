package jwt_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// signedBy returns a token with good claims and a jti under that kid, signed by the key that servers publish under another.
func signedBy(key, kid, jti string) string {
	input := b64(fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"JWT"}`, kid)) + "." + b64(claims(map[string]any{"jti": jti}))
	return input + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(edNamed(key), []byte(input)))
}

// After a rotation, the tokens of a new key are refused for as long as the set must not be fetched again. Their owners, who may be many behind one
// address, have forged nothing: they are told that the token is not good, and not to wait for an hour.
func TestTokensOfANewKeyAreNotCountedAsForged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1")
		w := newWorld(t, jwt.EdDSA, func(cfg *jwt.VerifierConfig) {
			foreign(cfg)
			cfg.Keys = s.remote(t, nil)
		})
		limited := must(auth.LimitForged(w.verifier, auth.ForgedLimit{}))
		send := func(token string) error {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			_, err := limited.Authenticate(r)
			return err
		}
		require.NoError(t, send(signedBy("k1", "k1", "0")))
		s.publish("k1", "k2")
		for i := range 60 {
			require.ErrorIs(t, send(signedBy("k2", "k2", fmt.Sprint(i))), autherr.InvalidSignature, "token %d of a key that is not known yet", i)
		}
		time.Sleep(11 * time.Second)
		for i := range 60 {
			require.NoError(t, send(signedBy("k2", "k2", fmt.Sprint(i))))
		}
		s.publish("k2")
		time.Sleep(6 * time.Minute)
		for i := range 60 {
			require.ErrorIs(t, send(signedBy("k1", "k1", fmt.Sprint(i))), autherr.InvalidSignature, "token %d of a key that was withdrawn", i)
		}
		for i := range 50 {
			require.ErrorIs(t, send(signedBy("k1", "k2", fmt.Sprint(i))), autherr.InvalidSignature, "forged")
		}
		require.ErrorIs(t, send(signedBy("k1", "k2", "50")), autherr.TooManyRequests, "forged")
		require.NoError(t, send(signedBy("k2", "k2", "51")), "a good one is never refused")
	})
}

// Forged is what a known key says is not its own, and what asks for a check that is none. What no key can be found for is not known to be.
func TestWhatIsForged(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	second := must(jwt.NewSigningSecret(jwt.HS256, []byte("another secret for tests, of the same length: not used elsewhere"), &jwt.KeyOptions{ID: "k2"}))
	two := must(jwt.NewKeySet(w.key.VerificationKey(), second.VerificationKey()))
	ambiguous := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Keys = two })
	good := w.issued()
	for name, c := range map[string]struct {
		w      *world
		token  string
		forged bool
	}{
		"a bad signature":          {w, good[:len(good)-5] + "AAAAA", true},
		"another key's, in a set":  {ambiguous, w.forge(`{"alg":"HS256","kid":"k2","typ":"JWT"}`, claims(nil)), true},
		"no signature":             {w, b64(`{"alg":"none"}`) + "." + b64(claims(nil)) + ".", true},
		"an algorithm of its own":  {w, w.forge(`{"alg":"HS512","kid":"k1","typ":"JWT"}`, claims(nil)), true},
		"no base64":                {w, good[:len(good)-5] + "=====", true},
		"an unknown key":           {w, w.forge(`{"alg":"HS256","kid":"k9","typ":"JWT"}`, claims(nil)), false},
		"an unknown key, in a set": {ambiguous, w.forge(`{"alg":"HS256","kid":"k9","typ":"JWT"}`, claims(nil)), false},
		"no key named, one of two": {ambiguous, w.forge(`{"alg":"HS256","typ":"JWT"}`, claims(nil)), false},
	} {
		_, err := c.w.verifier.Verify(t.Context(), c.token)
		require.ErrorIs(t, err, autherr.InvalidSignature, name)
		require.NotErrorIs(t, err, auth.ErrNoCredentials, name)
		if c.forged {
			require.ErrorIs(t, err, auth.ErrForged, name)
		} else {
			require.NotErrorIs(t, err, auth.ErrForged, name)
		}
	}
}
