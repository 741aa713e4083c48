package oauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// Everything that a client can do, and everything that others can do with its tokens, ends at once when it is switched off.
func TestSwitchingAClientOffTakesEffectAtOnce(t *testing.T) {
	for name, jwts := range map[string]bool{"opaque tokens": false, "JSON Web Tokens": true} {
		t.Run(name, func(t *testing.T) {
			w := newJWTWorld(t)
			w.changeClient(t, "mobile", func(c *store.Client) { c.JWTAccessTokens = jwts })
			send := w.listen(t)
			p := parsePair(t, send(post(mobileLogin)))
			require.Equal(t, jwts, auth.IsJWT(p.Access))
			bystander := w.token(t, clientBody)
			secret := form("client_id", "mobile", "client_secret", robotSecret)
			requests := map[string]struct {
				request request
				off     string
			}{
				"use":           {get(p.Access), "INVALID_ACCESS_TOKEN"},
				"refresh":       {post(form("grant_type", "refresh_token", "refresh_token", "x") + "&" + secret), "INVALID_CLIENT_ID"},
				"log in":        {post(mobileLogin), "INVALID_CLIENT_ID"},
				"as itself":     {post(form("grant_type", "client_credentials", "username", "my_username") + "&" + secret), "INVALID_CLIENT_ID"},
				"ask":           {ask("mobile", bystander), "INVALID_CLIENT_ID"},
				"revoke":        {end("mobile", auth.NewRandom(auth.PrefixAccessToken)), "INVALID_CLIENT_ID"},
				"asked about":   {ask("resource", p.Access), ""},
				"of a stranger": {get(bystander), "-"},
			}
			was := map[string]answer{}
			for what, c := range requests {
				was[what] = send(c.request)
			}
			require.Equal(t, "INVALID_REFRESH_TOKEN", was["refresh"].code(t), "the client is known")
			require.Contains(t, was["asked about"].body, `"active":true`)

			w.changeClient(t, "mobile", func(c *store.Client) { c.Active = false })
			for what, c := range requests {
				a := send(c.request)
				switch c.off {
				case "":
					require.Equal(t, inactive, a.body, what)
				case "-":
					require.Equal(t, 200, a.status, what)
				default:
					require.Equal(t, c.off, a.code(t), what)
				}
			}
			require.Equal(t, "INVALID_CLIENT_ID", w.refresh(p.Refresh).code(t))

			// What was not revoked in the meantime comes back with it.
			w.changeClient(t, "mobile", func(c *store.Client) { c.Active = true })
			require.Equal(t, 200, send(get(p.Access)).status)
			require.Equal(t, 200, w.refresh(p.Refresh).status)
		})
	}
}
