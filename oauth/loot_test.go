package oauth_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// newLootedWorld makes a world in whose store is a record of every kind, and returns the credentials of which they are the records. Passwords can be
// tried in it as fast as they are hashed: limits would refuse what Login does not.
func newLootedWorld(t *testing.T) (w *jwtWorld, key string, good pair) {
	t.Helper()
	w = newJWTWorld(t)
	login, err := auth.NewLogin(auth.LoginConfig{Users: &w.stores, Hasher: testHasher(&w.hashes), SkipFloodControl: true})
	require.NoError(t, err)
	audit, err := auth.NewAuditSink(w.db, nil)
	require.NoError(t, err)
	w.mount(t, func(c *oauth.ServerConfig) {
		c.JWTIssuer, c.JWTVerifier, c.JWTRevoker = w.issuer, w.access, jwt.Revokers{w.identity, w.access}
		c.Login, c.Events = login, audit
	})
	key, id := auth.NewAPIKey()
	require.NoError(t, w.db.PutAPIKey(t.Context(), store.APIKey{ID: id, UserID: "1", Name: "build server", CreatedAt: time.Now()}))
	keys, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: w.db, Users: w.db, Realm: realm})
	require.NoError(t, err)
	w.mux.Handle("/key", auth.Require(keys, &auth.Options{Renderer: autherr.Profile2025(nil)})(http.HandlerFunc(whoami)))

	require.Equal(t, ended, w.do(end("mobile", w.begin(t).Access)).body, "which leaves the mark of a token")
	require.NoError(t, w.revocations.RevokeUser(t.Context(), "2", time.Now()))
	spent := w.begin(t)
	good = parsePair(t, w.refresh(spent.Refresh))
	good.Access = w.token(t, passwordBody)
	require.Equal(t, 401, w.do(post(form("grant_type", "password", "username", "my_username", "password", "guess", "client_id", "app"))).status)
	require.NoError(t, audit.Close(t.Context()))
	return w, key, good
}

// replay is a way to try a text as a credential.
type replay struct {
	send    func(text string) request
	status  int
	refusal string // the code, or a whole answer that is none
	prefix  string // of such credentials
	good    string // one that is accepted
	answer  string // a part of the answer then
}

// replays are all of them, for a world with these credentials.
func replays(key string, good pair) map[string]replay {
	token := func(pairs ...string) request { return post(form(pairs...)) }
	at := func(path, client, secret string) request {
		return request{"POST", path, "token=x", headers("Content-Type", formType, "Authorization", basic(client, secret))}
	}
	return map[string]replay{
		"bearer token": {get, 401, "INVALID_ACCESS_TOKEN", auth.PrefixAccessToken, good.Access, `"UserID":"1"`},
		"access token at introspection": {func(s string) request { return ask("resource", s) },
			200, inactive, auth.PrefixAccessToken, good.Access, `"active":true`},
		"refresh token at introspection": {func(s string) request { return ask("mobile", s) },
			200, inactive, auth.PrefixRefreshToken, good.Refresh, `"active":true`},
		"refresh token": {func(s string) request {
			return token("grant_type", "refresh_token", "refresh_token", s, "client_id", "mobile", "client_secret", robotSecret)
		}, 400, "INVALID_REFRESH_TOKEN", auth.PrefixRefreshToken, good.Refresh, "access_token"},
		"client secret": {func(s string) request {
			return token("grant_type", "client_credentials", "username", "my_username", "client_id", "robot", "client_secret", s)
		}, 401, "INVALID_CLIENT_SECRET", auth.PrefixClientSecret, robotSecret, "access_token"},
		"client secret, Basic": {func(s string) request { return post(asUser, "Authorization", basic("robot", s)) },
			401, "INVALID_CLIENT_SECRET", auth.PrefixClientSecret, robotSecret, "access_token"},
		"client secret at introspection": {func(s string) request { return at("/oauth/introspect", "resource", s) },
			401, "INVALID_CLIENT_SECRET", auth.PrefixClientSecret, robotSecret, inactive},
		"client secret at revocation": {func(s string) request { return at("/oauth/revoke", "robot", s) },
			401, "INVALID_CLIENT_SECRET", auth.PrefixClientSecret, robotSecret, ended},
		"password": {func(s string) request {
			return token("grant_type", "password", "username", "my_username", "password", s, "client_id", "app")
		}, 401, "INVALID_CREDENTIALS", "", "topsecret", "access_token"},
		"password at revocation": {func(s string) request { return revoke("token=x", "Authorization", basic("my_username", s)) },
			401, "INVALID_CREDENTIALS", "", "topsecret", revoked},
		"API key": {func(s string) request {
			return request{"GET", "/key", "", headers("Api-Key", base64.StdEncoding.EncodeToString([]byte("my_username:"+s)))}
		}, 401, "INVALID_API_KEY", auth.PrefixAPIKey, key, `"UserID":"1"`},
	}
}

// isText reports whether a credential can look like this. What cannot is refused as malformed, before it is compared with anything.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) }

// What a thief of the database finds opens nothing: not the digests, nor what is public, in no spelling, sent as any kind of credential.
func TestNothingInTheStoreIsACredential(t *testing.T) {
	w, key, good := newLootedWorld(t)
	found := dump(t, w.db)
	client, err := w.db.ClientByID(t.Context(), "robot")
	require.NoError(t, err)
	id := oauth.TokenID(good.Refresh)
	keyID := auth.KeyID(key)
	for what, text := range map[string]string{
		"a password's hash": userHash(), "a secret's hash": client.SecretHashes[0], "a token's digest": string(id[:]), "a key's digest": string(keyID[:]),
		"a client's ID": "robot", "a user's name": "my_username", "the kind of a mark": string(store.RevocationMark), "an audit record's outcome": "invalid_credentials",
	} {
		require.Contains(t, found, text, "%s: the dump is not all", what)
	}
	for _, text := range found {
		for _, secret := range []string{"topsecret", robotSecret, key, good.Access, good.Refresh} {
			require.NotContains(t, text, secret, "what the store must not know")
		}
	}

	loot := spellings(found)
	for name, r := range replays(key, good) {
		t.Run(name, func(t *testing.T) {
			texts := slices.Clone(loot)
			for _, s := range loot {
				if r.prefix != "" && isText(s) {
					texts = append(texts, r.prefix+s)
					if len(s) > 32 { // cut to the length that ours have
						texts = append(texts, r.prefix+s[:32])
					}
				}
			}
			for _, s := range texts {
				a := w.do(r.send(s))
				if !isText(s) {
					require.Contains(t, []int{400, 401, r.status}, a.status, "%q", s)
					require.NotContains(t, a.body, r.answer, "%q", s)
					continue
				}
				require.Equal(t, r.status, a.status, "%q: %s", s, a.body)
				if r.status == 200 {
					require.Equal(t, r.refusal, a.body, "%q", s)
					continue
				}
				require.Equal(t, r.refusal, a.code(t), "%q", s)
			}
		})
	}
	// After all that, what is right still is; so each way is one to get in by. The refresh token is used up at last.
	for name, r := range replays(key, good) {
		if name != "refresh token" {
			a := w.do(r.send(r.good))
			require.Equal(t, 200, a.status, "%s: %s", name, a.body)
			require.Contains(t, a.body, r.answer, name)
		}
	}
	parsePair(t, w.refresh(good.Refresh))
}
