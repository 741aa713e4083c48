package oauth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

// sendForScope sends a token to a route that wants this scope, or any token if it is empty.
func sendForScope(a auth.Authenticator, scope, token string) *httptest.ResponseRecorder {
	h := http.Handler(http.HandlerFunc(whoami))
	if scope != "" {
		h = auth.RequireScope(scope)(h)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	auth.Require(a, &auth.Options{Renderer: autherr.ProfileRFC()})(h).ServeHTTP(rec, r)
	return rec
}

// requireScopeMissing is a refusal that tells which scope to bring (RFC 6750 section 3.1).
func requireScopeMissing(t *testing.T, rec *httptest.ResponseRecorder, scope string) {
	t.Helper()
	require.Equal(t, 403, rec.Code, rec.Body)
	require.Contains(t, rec.Body.String(), `"error":"insufficient_scope"`)
	require.Len(t, rec.Header()["Www-Authenticate"], 1)
	require.Contains(t, rec.Header().Get("WWW-Authenticate"), `error="insufficient_scope"`)
	require.Contains(t, rec.Header().Get("WWW-Authenticate"), `scope="`+scope+`"`)
}

// What is remembered of a token is its scopes, and not that it was let in, or kept out, for another route.
func TestRFC6750_3_1_ScopeIsCheckedOnCacheHitsToo(t *testing.T) {
	s := new(otherServer)
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = time.Minute })
	s.do(sayJSON(active(`,"scope":"read"`)))
	requireScopeMissing(t, sendForScope(v, "write", "reading"), "write")
	s.do(sayJSON(active(`,"scope":"read write"`)))
	require.Equal(t, 200, sendForScope(v, "write", "writing").Code)
	require.Equal(t, 2, s.count())

	s.do(http.NotFound) // from here on there is only what is remembered
	for range 2 {
		requireScopeMissing(t, sendForScope(v, "write", "reading"), "write")
		require.Equal(t, 200, sendForScope(v, "read", "reading").Code, "it is remembered as a token that is good")
		require.Equal(t, 200, sendForScope(v, "write", "writing").Code)
		requireScopeMissing(t, sendForScope(v, "admin", "writing"), "admin")
	}
	require.Equal(t, 2, s.count())
}

// An identity provider says whose token it is and not for what: such a token has no scope, whatever the answer holds, asked for or remembered.
func TestRFC6750_3_1_UserInfoGivesNoScopeOnCacheHitsEither(t *testing.T) {
	s := says(`{"preferred_username":"my_username","scope":"write"}`)
	v := s.informing(t, func(c *oauth.UserInfoConfig) { c.CacheTTL = time.Minute })
	requireScopeMissing(t, sendForScope(v, "write", foreignToken), "write")
	s.do(http.NotFound)
	for range 2 {
		requireScopeMissing(t, sendForScope(v, "write", foreignToken), "write")
		require.Equal(t, 200, sendForScope(v, "", foreignToken).Code)
	}
	require.Equal(t, 1, s.count())
}
