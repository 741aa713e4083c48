package main

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// Another issuer's users are those of the same name here: its sub is the user name.
func TestAnotherIssuersTokensAreAccepted(t *testing.T) {
	key, err := jwt.GenerateKey(jwt.ES256, nil)
	require.NoError(t, err)
	other, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://login.example.com", Audience: []string{"api"}, Key: key})
	require.NoError(t, err)
	handler, err := jwt.NewJWKSHandler(other, nil)
	require.NoError(t, err)
	published := httptest.NewRecorder()
	handler.ServeHTTP(published, httptest.NewRequest("GET", "/", nil))
	file := filepath.Join(t.TempDir(), "jwks.json")
	require.NoError(t, os.WriteFile(file, published.Body.Bytes(), 0o600))

	token := func(name string) string {
		tok, err := other.Issue(context.Background(), store.User{ID: name, Name: name, Active: true, Stamp: "x"})
		require.NoError(t, err)
		return tok.Compact
	}
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
