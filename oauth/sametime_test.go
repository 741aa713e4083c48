package oauth_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

// Whether there is a client is not told by the profile rfc, and must not be told by what its answer costs either; examples/attack/timing measures the times.
func TestKnownAndUnknownClientsTakeAsManyAllocations(t *testing.T) {
	w := newWorld(t, "rfc")
	s, err := oauth.NewServer(oauth.ServerConfig{
		Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm, Renderer: autherr.ProfileRFC(),
	})
	require.NoError(t, err)
	for name, h := range map[string]http.Handler{"token": s.TokenEndpoint(), "introspection": s.IntrospectionEndpoint(), "revocation": s.RevocationEndpoint()} {
		allocs := func(id string) float64 {
			d := &discard{h: http.Header{}}
			got := testing.AllocsPerRun(50, func() {
				d.reset()
				body := "grant_type=client_credentials&username=x&token=x&client_secret=wrong-secret-of-the-client&client_id=" + id
				r, _ := http.NewRequest(http.MethodPost, "/", io.NopCloser(strings.NewReader(body)))
				r.RemoteAddr = "127.0.0.1:1"
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				h.ServeHTTP(d, r)
			})
			require.Equal(t, http.StatusUnauthorized, d.status)
			return got
		}
		unknown := allocs("nobody")
		for _, id := range []string{"robot", "web", "cc", "pw", "off", "foreign", "resource"} {
			require.Equal(t, unknown, allocs(id), "%s: %s", name, id)
		}
	}
}
