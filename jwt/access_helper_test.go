package jwt_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// newAccessWorld is newWorld for access tokens.
func newAccessWorld(t testing.TB, alg jwt.Algorithm, changes ...func(*jwt.VerifierConfig)) *world {
	t.Helper()
	return newWorld(t, alg, func(cfg *jwt.VerifierConfig) {
		cfg.Type = jwt.AccessToken
		for _, change := range changes {
			change(cfg)
		}
	})
}

// grant describes the access token of most tests.
func grant() store.Token {
	now := time.Now()
	return store.Token{
		UserID: "1", ClientID: "c1", Application: "oauth001", Scopes: []string{"read", "write"}, Stamp: "s1", IssuedAt: now, ExpiresAt: now.Add(time.Minute),
	}
}

// granted returns an access token of w's issuer for the usual user.
func (w *world) granted() string {
	w.t.Helper()
	token, err := w.issuer.IssueAccessToken(w.t.Context(), editor(), grant())
	require.NoError(w.t, err)
	return token
}

// accessClaims are good claims of an access token with changes: a nil value deletes one.
func accessClaims(changes map[string]any) string {
	now := time.Now().Unix()
	return changed(map[string]any{
		"iss": issuerName, "aud": audience, "sub": "1", "client_id": "c1", "iat": now, "exp": now + 60, "jti": "j1", "stamp": "s1",
	}, changes)
}

// accessHeader is the header of w's own access tokens.
func (w *world) accessHeader() string {
	return `{"alg":"` + string(w.alg) + `","kid":"k1","typ":"at+jwt"}`
}

// accessToken returns an access token of good claims with changes.
func (w *world) accessToken(changes map[string]any) string {
	return w.forge(w.accessHeader(), accessClaims(changes))
}
