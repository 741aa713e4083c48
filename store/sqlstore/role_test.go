package sqlstore_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

func TestPermissionsFollowFromRoles(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		user := func() store.User {
			u, err := s.UserByID(ctx, "1")
			require.NoError(t, err)
			byName, err := s.UserByName(ctx, "name")
			require.NoError(t, err)
			require.Equal(t, u, byName)
			return u
		}
		require.NoError(t, s.PutRole(ctx, "writer", []string{"write", "read"}))
		require.NoError(t, s.PutRole(ctx, "reader", []string{"read", "list"}))
		require.NoError(t, s.PutRole(ctx, "nothing", nil))
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "name", Roles: []string{"writer", "reader", "nothing"}}))
		require.Equal(t, []string{"writer", "reader", "nothing"}, user().Roles, "in the order given")
		require.Equal(t, []string{"write", "read", "list"}, user().Permissions, "each once")

		require.NoError(t, s.PutUser(ctx, user()), "a record that was read can be put back")
		require.Equal(t, []string{"write", "read", "list"}, user().Permissions)

		require.NoError(t, s.PutRole(ctx, "reader", []string{"list", "search"}))
		require.Equal(t, []string{"write", "read", "list", "search"}, user().Permissions, "a role's change is seen at once")
		permissions, err := s.RolePermissions(ctx, "reader")
		require.NoError(t, err)
		require.Equal(t, []string{"list", "search"}, permissions)

		require.NoError(t, s.RevokeRole(ctx, "1", "writer"))
		require.ErrorIs(t, s.RevokeRole(ctx, "1", "writer"), store.ErrNotFound)
		require.Equal(t, []string{"list", "search"}, user().Permissions)
		for range 2 {
			require.NoError(t, s.GrantRole(ctx, "1", "writer"))
		}
		require.Equal(t, []string{"reader", "nothing", "writer"}, user().Roles, "the last granted comes last")
		require.ErrorContains(t, s.GrantRole(ctx, "1", "unknown"), "role")
		require.ErrorIs(t, s.GrantRole(ctx, "1", "unknown"), store.ErrNotFound)
		require.ErrorContains(t, s.GrantRole(ctx, "2", "writer"), "user")

		require.NoError(t, s.DeleteRole(ctx, "writer"))
		require.Equal(t, []string{"reader", "nothing"}, user().Roles)
		require.NoError(t, s.PutRole(ctx, "writer", []string{"write"}))
		require.Equal(t, []string{"list", "search"}, user().Permissions, "a new role of the name is given to nobody")
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "name"}))
		require.Empty(t, user().Roles)
	})
}

func TestManyRolesAndPermissions(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		var roles, permissions []string
		for i := range 60 {
			role := fmt.Sprint("role ", i)
			own := []string{"common", fmt.Sprint("permission ", i)}
			require.NoError(t, s.PutRole(ctx, role, own))
			roles, permissions = append(roles, role), append(permissions, own[1])
		}
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "name", Roles: roles}))
		u, err := s.UserByID(ctx, "1")
		require.NoError(t, err)
		require.Equal(t, roles, u.Roles)
		require.Equal(t, permissions, u.Permissions[1:])
		require.Equal(t, "common", u.Permissions[0])
		require.Len(t, u.Permissions, 61)
	})
}

// TestRolesInTheCrowd creates, grants and deletes a role from all sides. Nobody ever has a role that is not there, and nothing fails but
// for the reason that the role or the user is not there.
func TestRolesInTheCrowd(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "name"}))
		var wg sync.WaitGroup
		errs := make(chan error, 1000)
		fine := func(err error, also ...error) {
			if err != nil && !slices.ContainsFunc(also, func(ok error) bool { return errors.Is(err, ok) }) {
				errs <- err
			}
		}
		for range 4 {
			wg.Go(func() {
				for range 15 {
					fine(s.PutRole(ctx, "role", []string{"p"}))
					fine(s.GrantRole(ctx, "1", "role"), store.ErrNotFound)
					fine(s.PutUser(ctx, store.User{ID: "1", Name: "name", Roles: []string{"role"}}), store.ErrInvalid)
					fine(s.DeleteRole(ctx, "role"), store.ErrNotFound)
					u, err := s.UserByID(ctx, "1")
					fine(err)
					if len(u.Roles) != len(u.Permissions) {
						errs <- fmt.Errorf("roles %q with permissions %q", u.Roles, u.Permissions)
					}
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			require.NoError(t, err)
		}
		_ = s.DeleteRole(ctx, "role")
		u, err := s.UserByID(ctx, "1")
		require.NoError(t, err)
		require.Empty(t, u.Roles)
	})
}
