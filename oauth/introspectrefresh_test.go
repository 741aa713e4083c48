package oauth_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestRefreshTokenIsActiveForItsOwnClientOnly(t *testing.T) {
	w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.Introspect = true })
	p := w.begin(t)
	rec := w.record(t, p.Refresh)
	a := w.do(ask("mobile", p.Refresh))
	require.Equal(t, fmt.Sprintf(`{"active":true,"client_id":"mobile","exp":%d,"iat":%d,"token_use":"refresh_token"}`, rec.ExpiresAt.Unix(), rec.IssuedAt.Unix()), a.body)
	for _, hint := range []string{"access_token", "refresh_token", ""} {
		require.Equal(t, a.body, w.do(ask("mobile", p.Refresh, "token_type_hint", hint)).body)
		require.Equal(t, inactive, w.do(ask("resource", p.Refresh, "token_type_hint", hint)).body, "it is no token to be let in with")
	}
	require.Contains(t, w.do(ask("resource", p.Access)).body, `"token_type":"Bearer"`, "an access token is every resource server's business")

	w.mount(t, func(c *oauth.ServerConfig) { c.Issuer = "https://api.example.com" })
	require.Contains(t, w.do(ask("mobile", p.Refresh)).body, `"iss":"https://api.example.com","token_use":"refresh_token"}`)
}

func TestRefreshTokenThatIsOfNoUseIsInactive(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(w *world, p pair) error{
		"spent":            func(w *world, p pair) error { parsePair(t, w.refresh(p.Refresh)); return nil },
		"password changed": func(w *world, _ pair) error { return w.db.SetPasswordHash(ctx, "1", userHash()) },
		"user blocked":     func(w *world, _ pair) error { return w.db.SetActive(ctx, "1", false) },
		"user deleted":     func(w *world, _ pair) error { return w.db.DeleteUser(ctx, "1") },
		"revoked": func(w *world, p pair) error {
			w.do(revokeAs("my_username", formType, "token="+p.Refresh))
			return nil
		},
		"grant taken away": func(w *world, _ pair) error {
			w.changeClient(t, "mobile", func(c *store.Client) { c.Grants = []string{"password"} })
			return nil
		},
		"users taken away": func(w *world, _ pair) error {
			w.changeClient(t, "mobile", func(c *store.Client) { c.AnyUser, c.Users = false, []string{"2"} })
			return nil
		},
		"scopes taken away": func(w *world, _ pair) error {
			w.changeClient(t, "mobile", func(c *store.Client) { c.Scopes, c.DefaultScopes = nil, nil })
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.Introspect = true })
			p := w.begin(t)
			require.Contains(t, w.do(ask("mobile", p.Refresh)).body, `"active":true`)
			require.NoError(t, end(w, p))
			require.Equal(t, inactive, w.do(ask("mobile", p.Refresh)).body)
			require.NotEqual(t, 200, w.refresh(p.Refresh).status)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.Introspect = true })
		p := w.begin(t)
		time.Sleep(100*time.Hour - time.Second)
		require.Contains(t, w.do(ask("mobile", p.Refresh)).body, `"active":true`)
		time.Sleep(time.Nanosecond) // what is left would not do for an access token
		require.Equal(t, inactive, w.do(ask("mobile", p.Refresh)).body)
	})
}

// Asking is not using: only the token endpoint takes a spent refresh token for stolen.
func TestAskingAboutASpentRefreshTokenRevokesNothing(t *testing.T) {
	w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.Introspect = true })
	first := w.begin(t)
	second := parsePair(t, w.refresh(first.Refresh))
	for range 3 {
		require.Equal(t, inactive, w.do(ask("mobile", first.Refresh)).body)
	}
	require.True(t, w.works(first.Access))
	require.True(t, w.works(second.Access))
	require.Equal(t, 200, w.refresh(second.Refresh).status)
}

func TestRefreshTokenOfABrokenStore(t *testing.T) {
	w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.Introspect = true })
	wrong := auth.NewRandom(auth.PrefixRefreshToken)
	rec := w.record(t, w.begin(t).Access)
	rec.ID = oauth.TokenID(wrong)
	require.NoError(t, w.db.CreateTokens(t.Context(), rec))
	require.Equal(t, inactive, w.do(ask("mobile", wrong)).body, "an access token under the wrong prefix")
	token := putToken(t, w, func(t *store.Token) { t.Kind, t.ClientID = store.RefreshToken, "mobile" })
	require.Equal(t, internal, w.do(ask("mobile", token)).body)
}
