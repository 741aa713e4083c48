package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

func TestActiveUser(t *testing.T) {
	users := demoAccounts(t, newHashing(t))
	ctx := context.Background()

	u, err := auth.ActiveUser(ctx, users, autherr.MethodOAuth, "1")
	require.NoError(t, err)
	require.Equal(t, "my_username", u.Name)

	u, err = auth.ActiveUser(ctx, users, autherr.MethodOAuth, "3")
	require.Same(t, auth.ErrNoUser, err)
	require.Equal(t, "blocked_user", u.Name, "a blocked user is named for the log")

	for _, id := range []string{"99", ""} {
		u, err = auth.ActiveUser(ctx, users, autherr.MethodOAuth, id)
		require.Same(t, auth.ErrNoUser, err)
		require.Zero(t, u)
	}

	_, err = auth.ActiveUser(ctx, otherUsers{users}, autherr.MethodOAuth, "2")
	require.ErrorIs(t, err, autherr.InternalError)

	users.put(store.User{Name: "without an ID", Active: true})
	u, err = auth.ActiveUser(ctx, users, autherr.MethodOAuth, "")
	require.Same(t, auth.ErrNoUser, err, "an empty ID is nobody's, whatever the store holds")
	require.Zero(t, u)

	users.fail = errors.New("down")
	u, err = auth.ActiveUser(ctx, users, autherr.MethodOAuth, "1")
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.ErrorIs(t, err, users.fail)
	require.NotErrorIs(t, err, auth.ErrNoUser)
	require.Zero(t, u)
}

func TestCheckStamp(t *testing.T) {
	for stamp, ok := range map[string]bool{
		"1": true, strings.Repeat("x", store.MaxStamp): true, "": false, strings.Repeat("x", store.MaxStamp+1): false,
	} {
		err := auth.CheckStamp(store.User{ID: "7", Stamp: stamp})
		require.Equal(t, ok, err == nil)
		if !ok {
			require.ErrorContains(t, err, `user "7"`)
		}
	}
}

func TestNewIdentity(t *testing.T) {
	u := store.User{ID: "1", Name: "n", PasswordHash: "hash", Roles: []string{"r"}, Permissions: []string{"p"}, Stamp: "stamp"}
	require.Equal(t, &auth.Identity{UserID: "1", Name: "n", Roles: []string{"r"}, Permissions: []string{"p"}, Method: autherr.MethodJWT},
		auth.NewIdentity(u, autherr.MethodJWT))
}
