package oauth_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// emptyHash is what a script stores that hashes a variable that is not set.
func emptyHash() string {
	digest := sha256.Sum256(nil)
	return "v1:sha256:" + hex.EncodeToString(digest[:])
}

// A secret that is not sent, or sent empty, is the secret of nobody, whatever is on record.
func TestNoSecretIsNobodysSecret(t *testing.T) {
	w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.SecretHashes = []string{emptyHash()} })
	known := w.token(t, clientBody)
	for name, q := range map[string]request{
		"introspection, Basic":  {"POST", "/oauth/introspect", form("token", known), headers("Content-Type", formType, "Authorization", basic("mobile", ""))},
		"introspection, body":   {"POST", "/oauth/introspect", form("token", known, "client_id", "mobile"), headers("Content-Type", formType)},
		"revocation, Basic":     {"POST", "/oauth/revoke", form("token", known), headers("Content-Type", formType, "Authorization", basic("mobile", ""))},
		"the password grant":    post(form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", "mobile")),
		"empty, password grant": post(form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", "mobile", "client_secret", "")),
	} {
		a := w.do(q)
		require.Equal(t, 401, a.status, name)
		require.Equal(t, "INVALID_CLIENT_SECRET", a.code(t), name)
	}
	c, err := w.db.ClientByID(t.Context(), "mobile")
	require.NoError(t, err)
	require.ErrorContains(t, oauth.CheckClient(c), "SecretHashes[0]")
}

// A record says in which grant a client may go without its secret: one that has not that grant may nowhere.
func TestClientWithoutThePasswordGrantIsNotPublic(t *testing.T) {
	w := newWorld(t, "2025") // where "cc" has InsecurePasswordGrantWithoutSecret and not the grant
	token := w.token(t, form("grant_type", "client_credentials", "client_id", "cc", "client_secret", robotSecret, "username", "my_username"))
	a := w.do(endPublic("cc", token))
	require.Equal(t, 401, a.status)
	require.Equal(t, "INVALID_CLIENT_SECRET", a.code(t))
	require.True(t, w.works(token))
	require.Equal(t, ended, w.do(end("cc", token)).body)
}

// A token that ends within its first second would be announced with expires_in 0, which many clients take for a token that never ends.
func TestClientLifetimesAreAtLeastASecond(t *testing.T) {
	for field, change := range map[string]func(*store.Client, time.Duration){
		"TokenLifetime":        func(c *store.Client, d time.Duration) { c.TokenLifetime = d },
		"RefreshTokenLifetime": func(c *store.Client, d time.Duration) { c.RefreshTokenLifetime = d },
	} {
		for _, d := range []time.Duration{-time.Hour, -1, 1, time.Millisecond, time.Second - 1} {
			w := newRefreshingWorld(t, "2025")
			c, err := w.db.ClientByID(t.Context(), "mobile")
			require.NoError(t, err)
			change(&c, d)
			require.ErrorContains(t, oauth.CheckClient(c), "client: "+field, "%v", d)
			w.stores.call, w.stores.fault = "ClientByID", func(_ *faults, v *any) error { *v = c; return nil }
			a := w.do(post(mobileLogin))
			require.Equal(t, internal, a.body, "%s %v", field, d)
			require.ErrorContains(t, w.lastError(), field)
		}
		w := newRefreshingWorld(t, "2025", func(c *store.Client) { change(c, time.Second) })
		c, err := w.db.ClientByID(t.Context(), "mobile")
		require.NoError(t, err)
		require.NoError(t, oauth.CheckClient(c))
		require.EqualValues(t, 1, w.begin(t).ExpiresIn)
	}
}

// The longest time that a time.Duration can hold neither wraps nor ends a token at once.
func TestLongestLifetimesDoNotWrap(t *testing.T) {
	const longest = time.Duration(1<<63 - 1)
	w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.TokenLifetime, c.RefreshTokenLifetime = longest, longest })
	p := w.begin(t)
	require.EqualValues(t, longest/time.Second, p.ExpiresIn)
	require.True(t, w.works(p.Access))
	next := parsePair(t, w.refresh(p.Refresh))
	require.Positive(t, next.ExpiresIn)
	require.True(t, w.works(next.Access))
}
