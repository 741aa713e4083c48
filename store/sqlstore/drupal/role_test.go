package drupal_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

func TestThePermissionsOfARole(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t, func(c *drupal.Config) {
			c.SitePermissions = false
			c.RolePermissions = map[string][]string{"editor": {"of the application"}}
		})
		put(t, s, store.User{ID: "2", Name: "alan", Active: true, Roles: []string{"editor"}, Permissions: []string{"create page content", "access content"}})
		put(t, s, store.User{ID: "3", Name: "grace", Active: true, Roles: []string{"empty"}})

		permissions, err := users.RolePermissions(t.Context(), "editor")
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"create page content", "access content"}, permissions)
		permissions, err = users.RolePermissions(t.Context(), "empty")
		require.NoError(t, err)
		require.Empty(t, permissions)
		for _, name := range []string{"", "nobody's", "Editor", "edit\x00or", "\xff", "édïtor \U0001f600"} {
			_, err = users.RolePermissions(t.Context(), name)
			require.ErrorIs(t, err, store.ErrNotFound, "%q", name)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = users.RolePermissions(ended, "editor")
		require.ErrorIs(t, err, context.Canceled)

		table := map[drupal.Version]string{drupal.Drupal7: "role_permission", drupal.Drupal8: "config"}[s.version]
		s.exec(t, "DROP TABLE {"+table+"}")
		_, err = users.RolePermissions(t.Context(), "editor")
		require.Error(t, err)
		require.NotErrorIs(t, err, store.ErrNotFound)
	})
}
