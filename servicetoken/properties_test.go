package servicetoken_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
)

// withProperties returns a Config.Properties that does not fail.
func withProperties(f func(store.User) servicetoken.Properties) func(context.Context, store.User) (servicetoken.Properties, error) {
	return func(_ context.Context, u store.User) (servicetoken.Properties, error) { return f(u), nil }
}

func TestDefaultPropertiesAreTheSameWithAndWithoutAMap(t *testing.T) {
	s := newService(t, servicetoken.Config{})
	for _, u := range []store.User{
		vectorUser(),
		{ID: "2", Name: "zoé \"x\";", PasswordHash: "h", Active: false},
		{ID: "u", Name: "", PasswordHash: ""},
	} {
		short, err := s.SignedText(u, nil, vectorEnd)
		require.NoError(t, err)
		status := "0"
		if u.Active {
			status = "1"
		}
		long, err := s.SignedText(u, servicetoken.Properties{"name": u.Name, "pass": u.PasswordHash, "realm": realm, "status": status}, vectorEnd)
		require.NoError(t, err)
		require.Equal(t, long, short)
	}
}

func TestAMemberOfTheApplicationEndsTokens(t *testing.T) {
	users := newStore(t, vectorUser())
	plan := "gold"
	s := newService(t, servicetoken.Config{Users: users, Properties: withProperties(func(u store.User) servicetoken.Properties {
		slices.Sort(u.Roles)
		return servicetoken.Properties{"roles": u.Roles, "plan": plan}
	})})
	token, _, err := s.Mint(t.Context(), "1")
	require.NoError(t, err)
	accepted(t, s, token)
	refused(t, newService(t, servicetoken.Config{Users: users}), token)

	u := vectorUser()
	u.Roles = append(u.Roles, "reviewer")
	require.NoError(t, users.PutUser(t.Context(), u))
	refused(t, s, token)
	require.NoError(t, users.PutUser(t.Context(), vectorUser()))
	accepted(t, s, token)
	plan = "silver"
	refused(t, s, token)
	plan = "gold"

	u.Roles, u.PasswordHash = vectorUser().Roles, "changed"
	require.NoError(t, users.PutUser(t.Context(), u))
	refused(t, s, token) // the default members are signed too
}

func TestTheWholeSetCanBeReplaced(t *testing.T) {
	users := newStore(t, vectorUser())
	set := servicetoken.Properties{"version": 7}
	s := newService(t, servicetoken.Config{
		Users: users, SkipDefaultProperties: true,
		Properties: withProperties(func(store.User) servicetoken.Properties { return set }),
	})
	token, _, err := s.Mint(t.Context(), "1")
	require.NoError(t, err)

	u := vectorUser()
	u.Name, u.PasswordHash = "renamed", ""
	require.NoError(t, users.PutUser(t.Context(), u))
	accepted(t, s, token)

	set = servicetoken.Properties{"version": 8}
	refused(t, s, token)
	set = servicetoken.Properties{"version": 7}
	require.NoError(t, users.SetActive(t.Context(), "1", false))
	refused(t, s, token) // whatever is signed, a blocked user does not pass

	require.NoError(t, users.SetActive(t.Context(), "1", true))
	for _, set = range []servicetoken.Properties{nil, {}} {
		_, err = s.Authenticate(request(token, ""))
		hasCode(t, err, autherr.InternalError)
		_, _, err = s.Mint(t.Context(), "1")
		hasCode(t, err, autherr.InternalError)
	}
}

func TestAUserWithoutAHashNeedsAnotherPass(t *testing.T) {
	u := vectorUser()
	u.PasswordHash = ""
	users := newStore(t, u)
	var pass any = "generation 3"
	own := newService(t, servicetoken.Config{Users: users, Properties: withProperties(func(store.User) servicetoken.Properties {
		return servicetoken.Properties{"pass": pass}
	})})
	token, _, err := own.Mint(t.Context(), "1")
	require.NoError(t, err)
	accepted(t, own, token)
	require.ErrorIs(t, refused(t, newService(t, servicetoken.Config{Users: users}), token), servicetoken.ErrNoPasswordHash)

	for _, pass = range []any{nil, ""} {
		require.ErrorIs(t, refused(t, own, token), servicetoken.ErrNoPasswordHash)
		_, _, err = own.Mint(t.Context(), "1")
		require.ErrorIs(t, hasCode(t, err, autherr.AccessDenied), servicetoken.ErrNoPasswordHash)
	}
}

func TestPropertiesThatAreNotKnownAreAnOutage(t *testing.T) {
	down := errors.New("database is down")
	for name, c := range map[string]struct {
		err  error
		code autherr.Code
	}{
		"error":             {down, autherr.ServiceUnavailable},
		"their own outage":  {autherr.Unavailable(autherr.MethodAny, down), autherr.ServiceUnavailable},
		"their own status":  {&autherr.Error{Code: "PLAN", Status: 502, Text: "x"}, "PLAN"},
		"missing in theirs": {fmt.Errorf("manager: %w", auth.ErrNoUser), autherr.ServiceUnavailable},
		"no hash in theirs": {servicetoken.ErrNoPasswordHash, autherr.ServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, servicetoken.Config{Properties: func(context.Context, store.User) (servicetoken.Properties, error) {
				return servicetoken.Properties{"plan": "gold"}, c.err
			}})
			_, err := s.Authenticate(request(vectorToken, ""))
			hasCode(t, err, c.code)
			_, _, err = s.Mint(t.Context(), "1")
			hasCode(t, err, c.code)
		})
	}
}

func TestAMemberThatCannotBeSignedIsAnInternalError(t *testing.T) {
	s := newService(t, servicetoken.Config{Properties: withProperties(func(store.User) servicetoken.Properties {
		return servicetoken.Properties{"balance": 1.25}
	})})
	_, err := s.Authenticate(request(vectorToken, ""))
	hasCode(t, err, autherr.InternalError)
	require.ErrorContains(t, err, `property "balance": cannot serialize a float64`)
	_, _, err = s.Mint(t.Context(), "1")
	hasCode(t, err, autherr.InternalError)
}

// TestPropertiesAreAskedOnlyOfUsersOnRecord: for nobody the work is done without the application.
func TestPropertiesAreAskedOnlyOfUsersOnRecord(t *testing.T) {
	blocked := vectorUser()
	blocked.ID, blocked.Name, blocked.Active = "2", "blocked_user", false
	s := newService(t, servicetoken.Config{
		Users: newStore(t, vectorUser(), blocked),
		Properties: withProperties(func(u store.User) servicetoken.Properties {
			require.Equal(t, "1", u.ID)
			return nil
		}),
	})
	refused(t, s, "2"+vectorToken[1:])
	refused(t, s, "3"+vectorToken[1:])
	refused(t, s, vectorToken[:53]+"A")
}

// Whoever shows a forged token learns nothing of the user whose ID he put into it.
func TestTheApplicationsRefusalIsToldToGenerateOnly(t *testing.T) {
	refuse := fmt.Errorf("plan: %w", &autherr.Error{Code: autherr.AccessDenied, User: "my_username", Cause: errors.New("no subscription")})
	s := newService(t, servicetoken.Config{Properties: func(context.Context, store.User) (servicetoken.Properties, error) {
		return nil, refuse
	}})
	for _, id := range []string{"1", "999"} { // a user, and nobody
		_, err := s.Authenticate(request(id+vectorToken[1:], ""))
		hasCode(t, err, autherr.InvalidCredentials)
		require.Empty(t, autherr.From(err).User)
	}
	_, _, err := s.Mint(t.Context(), "1")
	hasCode(t, err, autherr.AccessDenied)
}
