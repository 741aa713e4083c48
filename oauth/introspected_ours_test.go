package oauth_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

// A resource server without the stores accepts the tokens of a server of ours.
func TestIntrospectingAServerOfOurs(t *testing.T) {
	w := newWorld(t, "2025")
	server := httptest.NewServer(w.mux)
	defer server.Close()
	elsewhere := new(otherServer)
	v := elsewhere.introspecting(t, func(c *oauth.IntrospectionConfig) {
		c.URL, c.Transport, c.ClientID, c.ClientSecret = server.URL+"/oauth/introspect", nil, "resource", robotSecret
		c.Audience, c.SkipAudience, c.AcceptOwnShape = nil, true, true // our opaque tokens are for no audience
	})
	token := w.token(t, clientBody)
	id := requireForeign(t, v, token)
	require.Equal(t, "my_username", id.Name)
	require.Equal(t, []string{"read"}, id.Scopes)
	require.False(t, id.ExpiresAt.IsZero())
	require.Empty(t, id.ClientID)
	requireRefused(t, v, auth.NewRandom(auth.PrefixAccessToken), autherr.InvalidAccessToken, "not active")

	require.Equal(t, 200, w.do(revokeAs("my_username", formType, "token="+token)).status)
	requireRefused(t, v, token, autherr.InvalidAccessToken, "not active")

	wrong := elsewhere.introspecting(t, func(c *oauth.IntrospectionConfig) {
		c.URL, c.Transport, c.ClientID, c.ClientSecret = server.URL+"/oauth/introspect", nil, "resource", "not-the-secret-of-it"
		c.AcceptOwnShape = true
	})
	requireForeignOutage(t, wrong, token, "does not accept our ClientID and ClientSecret")
}
