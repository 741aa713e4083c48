package jwt_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

const (
	issuerName = "https://api.example.com"
	audience   = "https://api.example.com/"
)

var algorithms = []jwt.Algorithm{
	jwt.HS256, jwt.HS384, jwt.HS512, jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512, jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA,
}

// Keys of the standard library, made once: RSA takes its time.
var (
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	otherRSA = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	ecKeys   = sync.OnceValue(func() map[jwt.Algorithm]*ecdsa.PrivateKey {
		return map[jwt.Algorithm]*ecdsa.PrivateKey{
			jwt.ES256: must(ecdsa.ParseRawPrivateKey(elliptic.P256(), []byte("0123456789abcdef0123456789ABCDEF"))), // the same for each fuzz worker
			jwt.ES384: must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
			jwt.ES512: must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)),
		}
	})
	edKey  = ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789ABCDEF"))
	secret = []byte("a secret for tests, not used anywhere else: 64 bytes and no less")
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// rawKey returns the key of the standard library for alg.
func rawKey(alg jwt.Algorithm) any {
	switch alg[:2] {
	case "HS":
		return secret
	case "ES":
		return ecKeys()[alg]
	case "Ed":
		return edKey
	}
	return rsaKey()
}

// signingKey returns the key of the tests for alg.
func signingKey(t testing.TB, alg jwt.Algorithm, opts *jwt.KeyOptions) *jwt.SigningKey {
	t.Helper()
	var key *jwt.SigningKey
	var err error
	if raw, ok := rawKey(alg).(crypto.Signer); ok {
		key, err = jwt.NewSigningKey(alg, raw, opts)
	} else {
		key, err = jwt.NewSigningSecret(alg, secret, opts)
	}
	require.NoError(t, err)
	return key
}

func newUsers(t testing.TB, users ...store.User) *memstore.Store {
	t.Helper()
	s, err := memstore.New(nil)
	require.NoError(t, err)
	for _, u := range users {
		require.NoError(t, s.PutUser(context.Background(), u))
	}
	return s
}

// editor is the user of most tests.
func editor() store.User {
	return store.User{ID: "1", Name: "my_username", Active: true, Roles: []string{"editor"}, Permissions: []string{"create page content"}, Stamp: "s1"}
}

// world is an issuer, its verifier and their users.
type world struct {
	t        testing.TB
	alg      jwt.Algorithm
	key      *jwt.SigningKey
	users    *memstore.Store
	issuer   *jwt.Issuer
	verifier *jwt.Verifier
}

// newWorld returns a world; change may be nil.
func newWorld(t testing.TB, alg jwt.Algorithm, change func(*jwt.VerifierConfig)) *world {
	t.Helper()
	w := &world{t: t, alg: alg, key: signingKey(t, alg, &jwt.KeyOptions{ID: "k1"}), users: newUsers(t, editor())}
	var err error
	w.issuer, err = jwt.NewIssuer(jwt.IssuerConfig{Issuer: issuerName, Audience: []string{audience}, Key: w.key})
	require.NoError(t, err)
	cfg := w.config()
	if change != nil {
		change(&cfg)
	}
	w.verifier, err = jwt.NewVerifier(cfg)
	require.NoError(t, err)
	return w
}

func (w *world) config() jwt.VerifierConfig {
	return jwt.VerifierConfig{
		Keys: w.issuer, Algorithms: []jwt.Algorithm{w.alg}, Issuer: issuerName, Audience: []string{audience}, Users: w.users, Realm: "Example API",
	}
}

// foreign turns a configuration into one for tokens of another issuer.
func foreign(cfg *jwt.VerifierConfig) { cfg.UsernameClaim = "name" }

// claims are good claims with changes: a nil value deletes one.
func claims(changes map[string]any) string {
	now := time.Now().Unix()
	m := map[string]any{
		"iss": issuerName, "aud": audience, "sub": "1", "name": "my_username", "iat": now, "nbf": now, "exp": now + 60, "stamp": "s1",
	}
	return changed(m, changes)
}

// changed writes claims with changes: a nil value deletes one.
func changed(m, changes map[string]any) string {
	for k, v := range changes {
		if v == nil {
			delete(m, k)
		} else {
			m[k] = v
		}
	}
	return string(must(json.Marshal(m)))
}

// header is the header of w's own tokens.
func (w *world) header() string { return fmt.Sprintf(`{"alg":%q,"kid":"k1","typ":"JWT"}`, w.alg) }

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// forge signs any header and payload with the key of w.
func (w *world) forge(header, payload string) string {
	input := b64(header) + "." + b64(payload)
	return input + "." + base64.RawURLEncoding.EncodeToString(must(w.key.Sign([]byte(input))))
}

// spoilt returns token with another end of its signature, whatever its end is.
func spoilt(token string) string {
	end := "AAAA"
	if strings.HasSuffix(token, end) { // as one of four million does
		end = "BAAA"
	}
	return token[:len(token)-len(end)] + end
}

// token returns a token of good claims with changes.
func (w *world) token(changes map[string]any) string { return w.forge(w.header(), claims(changes)) }

// refuses demands that a token is refused with the code, and that nothing of it is returned.
func (w *world) refuses(code autherr.Code, token string, msg ...any) {
	w.t.Helper()
	id, err := w.verifier.Verify(context.Background(), token)
	require.Nil(w.t, id, msg...)
	require.ErrorIs(w.t, err, code, msg...)
	require.Equal(w.t, autherr.MethodJWT, autherr.From(err).Method)
}

func (w *world) accepts(token string, msg ...any) {
	w.t.Helper()
	_, err := w.verifier.Verify(context.Background(), token)
	require.NoError(w.t, err, msg...)
}
