package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// otherIssuer returns what makes tokens of another issuer and what publishes its keys.
func otherIssuer(t *testing.T) (token func(name string) string, keys http.Handler) {
	key, err := jwt.GenerateKey(jwt.ES256, nil)
	require.NoError(t, err)
	other, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://login.example.com", Audience: []string{"api"}, Key: key})
	require.NoError(t, err)
	keys, err = jwt.NewJWKSHandler(other, nil)
	require.NoError(t, err)
	return func(name string) string {
		tok, err := other.Issue(context.Background(), store.User{ID: name, Name: name, Active: true, Stamp: "x"})
		require.NoError(t, err)
		return tok.Compact
	}, keys
}

// Another issuer's users are those of the same name here: its sub is the user name.
func TestAnotherIssuersTokensAreAccepted(t *testing.T) {
	token, handler := otherIssuer(t)
	published := httptest.NewRecorder()
	handler.ServeHTTP(published, httptest.NewRequest("GET", "/", nil))
	file := filepath.Join(t.TempDir(), "jwks.json")
	require.NoError(t, os.WriteFile(file, published.Body.Bytes(), 0o600))

	for _, profile := range profiles {
		s := startServer(t, "-profile", profile, "-jwks", file, "-jwks-issuer", "https://login.example.com", "-jwks-audience", "api")
		for _, app := range []string{"AUTH-METHOD: jwt00001", "X-None: x"} {
			use := func(token string) response {
				return curl(t, "-H", app, "-H", "Authorization: Bearer "+token, s.base+"/user/1")
			}
			got := use(token("my_username"))
			require.Equal(t, 200, got.status, got.body)
			require.Equal(t, 200, use(s.jwt()).status, "ours are still accepted")
			requireRefused(t, profile, "jwt", "USER_INFORMATION_NOT_FOUND", invalidToken, use(token("nobody")))
			requireRefused(t, profile, "jwt", "USER_INFORMATION_NOT_FOUND", invalidToken, use(token("blocked_user")))
		}
		// The user ID of somebody here is not a name, so it opens nothing.
		requireRefused(t, profile, "jwt", "USER_INFORMATION_NOT_FOUND", invalidToken,
			curl(t, "-H", "Authorization: Bearer "+token("1"), s.base+"/user/1"))
	}
	s := startServer(t)
	requireRefused(t, "2025", "jwt", "INVALID_SIGNATURE", invalidToken, curl(t, "-H", "AUTH-METHOD: jwt00001", "-H", "Authorization: Bearer "+token("my_username"), s.base+"/user/1"))
}

// Another server's access tokens are accepted by asking it: here a second example server, and its JSON Web Tokens, for they say for whom they are.
func TestAnotherServersAccessTokensAreAccepted(t *testing.T) {
	other := startServer(t)
	for _, profile := range profiles {
		s := startServer(t, "-profile", profile, "-introspect", other.base+"/oauth/introspect", "-introspect-client-id", other.clientID,
			"-introspect-client-secret", other.secret, "-introspect-audience", other.base)
		require.Contains(t, strings.Join(s.banner, "\n"), "extern01 OAuth of "+other.base+"/oauth/introspect")
		require.NotContains(t, strings.Join(s.banner, "\n"), other.secret)
		use := func(application, token, path string) response {
			return s.get(t, `-H 'AUTH-METHOD: `+application+`' -H 'Authorization: Bearer `+token+`' ${BASE}`+path)
		}
		token := other.jwtAccess()
		got := use("extern01", token, "/user/1")
		require.Equal(t, 200, got.status, got.body)
		require.Equal(t, 200, use("extern01", token, "/profile").status, "with its scope")
		requireRefused(t, profile, "oauth", "INVALID_ACCESS_TOKEN", invalidToken, use("oauth001", token, "/user/1"))
		requireRefused(t, profile, "oauth", "INVALID_ACCESS_TOKEN", invalidToken, use("extern01", s.jwtAccess(), "/user/1"))
		requireRefused(t, profile, "oauth", "INVALID_ACCESS_TOKEN", invalidToken, use("extern01", other.accessToken(), "/user/1")) // names no audience

		require.Equal(t, 200, other.get(t, byJWTClient+`-d token=`+token+` ${BASE}/oauth/revoke`).status)
		requireRefused(t, profile, "oauth", "INVALID_ACCESS_TOKEN", invalidToken, use("extern01", token, "/user/1"))
	}
	s := startServer(t, "-introspect", other.base+"/nothing-there", "-introspect-client-id", "x", "-introspect-client-secret", "not-the-secret", "-introspect-audience", "x")
	got := s.get(t, `-H 'AUTH-METHOD: extern01' -H 'Authorization: Bearer unknown' ${BASE}/user/1`)
	require.Equal(t, 503, got.status, "who cannot be asked has not said no")
	require.NotContains(t, s.stderr.String(), "not-the-secret")
}

// The keys may be at an address. If they cannot be had, that is an outage, and only of the other issuer's tokens.
func TestAnotherIssuersKeysAreFetched(t *testing.T) {
	token, handler := otherIssuer(t)
	var fetches atomic.Int64
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetches.Add(1)
		handler.ServeHTTP(w, r)
	}))
	defer keys.Close()
	flags := []string{"-jwks-issuer", "https://login.example.com", "-jwks-audience", "api"}
	use := func(s *example, token string) response {
		return curl(t, "-H", "AUTH-METHOD: jwt00001", "-H", "Authorization: Bearer "+token, s.base+"/user/1")
	}

	s := startServer(t, append(flags, "-jwks", keys.URL)...)
	for range 5 {
		got := use(s, token("my_username"))
		require.Equal(t, 200, got.status, got.body)
		require.Equal(t, 200, use(s, s.jwt()).status, "ours are still accepted")
	}
	requireRefused(t, "2025", "jwt", "USER_INFORMATION_NOT_FOUND", invalidToken, use(s, token("nobody")))
	require.EqualValues(t, 1, fetches.Load())

	down := httptest.NewServer(nil)
	down.Close()
	s = startServer(t, append(flags, "-jwks", down.URL+"/?key=topsecret")...)
	got := use(s, token("my_username"))
	require.Equal(t, 503, got.status, got.body)
	require.NotEmpty(t, got.header.Get("Retry-After"))
	require.Equal(t, 200, use(s, s.jwt()).status)
	require.Eventually(t, func() bool { return strings.Contains(s.stderr.String(), "the key set of -jwks is not to be had") }, patience, 10*time.Millisecond)
	require.NotContains(t, s.stderr.String(), "topsecret")
}
