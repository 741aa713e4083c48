package oauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// A good token of a user who is blocked or gone is told as that, as it is of our own tokens: it is no sign of somebody who guesses.
func TestAUserOfAnotherServerWhoIsBlockedIsToldAsBlocked(t *testing.T) {
	mapped := func(id string, err error) func(context.Context, *oauth.ExternalAnswer) (string, error) {
		return func(context.Context, *oauth.ExternalAnswer) (string, error) { return id, err }
	}
	introspected := func(name string, change func(*oauth.IntrospectionConfig)) auth.Authenticator {
		return says(`{"active":true,"username":"`+name+`","aud":"`+ourName+`"}`).introspecting(t, change)
	}
	byID := func(id string, err error) func(*oauth.IntrospectionConfig) {
		return func(c *oauth.IntrospectionConfig) { c.UsernameClaim, c.MapUser = "", mapped(id, err) }
	}
	for name, c := range map[string]struct {
		a    auth.Authenticator
		want auth.Outcome
	}{
		"introspection, blocked":     {introspected("blocked_user", nil), auth.OutcomeBlocked},
		"introspection, unknown":     {introspected("nobody", nil), auth.OutcomeBlocked},
		"mapped, blocked":            {introspected("x", byID("3", nil)), auth.OutcomeBlocked},
		"mapped, unknown":            {introspected("x", byID("", store.ErrNotFound)), auth.OutcomeBlocked},
		"user information, blocked":  {says(`{"preferred_username":"blocked_user"}`).informing(t, nil), auth.OutcomeBlocked},
		"not active":                 {says(`{"active":false}`).introspecting(t, nil), auth.OutcomeInvalidCredentials},
		"mapped, while that is down": {introspected("x", byID("", errDown)), auth.OutcomeOutage},
	} {
		told := authtest.RecordEvents(t)
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+foreignToken)
		auth.Require(c.a, &auth.Options{Events: told})(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
		events := told.Events()
		require.Len(t, events, 1, name)
		require.Equal(t, c.want, events[0].Outcome, name)
		require.Equal(t, auth.Anonymous, events[0].User, name)
		if c.want == auth.OutcomeBlocked {
			require.ErrorIs(t, events[0].Cause, auth.ErrNoUser, name)
			require.ErrorContains(t, events[0].Cause, "the user of the token", name)
		}
	}
}
