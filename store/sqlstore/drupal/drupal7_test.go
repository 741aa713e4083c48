package drupal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

func TestDrupal7RolesAndPermissions(t *testing.T) {
	eachSiteOf(t, drupal.Drupal7, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s, store.User{ID: "2", Name: "alan", Active: true}, store.User{ID: "3", Name: "grace", Active: true}, store.User{ID: "4", Name: "blocked"})
		s.exec(t, "INSERT INTO {role} (rid, name) VALUES (4, 'editor'), (5, 'without permissions')")
		s.exec(t, `INSERT INTO {role_permission} (rid, permission, module) VALUES
			(1, 'access content', 'node'), (2, 'access content', 'node'), (2, 'generate services token', 'services_token'),
			(3, 'administer users', 'user'), (4, 'access content', 'node'), (4, 'create page content', 'node'), (99, 'of no role', 'node')`)
		s.exec(t, "INSERT INTO {users_roles} (uid, rid) VALUES (2, 5), (2, 4), (2, 99), (4, 4)")

		for id, want := range map[string]store.User{
			"2": {
				Roles:       []string{"authenticated user", "editor", "without permissions"},
				Permissions: []string{"access content", "create page content", "generate services token"},
			},
			"3": {Roles: []string{"authenticated user"}, Permissions: []string{"access content", "generate services token"}},
			"4": {Roles: []string{"editor"}, Permissions: []string{"access content", "create page content"}},
		} {
			u, err := users.UserByID(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, want.Roles, u.Roles, id)
			require.Equal(t, want.Permissions, u.Permissions, id)
		}

		// The role of authenticated users is the second, whatever a site calls it.
		s.exec(t, "UPDATE {role} SET name = 'Angemeldete' WHERE rid = 2")
		u, err := users.UserByName(t.Context(), "grace")
		require.NoError(t, err)
		require.Equal(t, []string{"Angemeldete"}, u.Roles)
	})
}

// TestRecordsThatContradictEachOther: without its keys a table may hold one user twice. Who he is then, nobody can tell.
func TestRecordsThatContradictEachOther(t *testing.T) {
	for _, second := range []string{"'grace', 'hash', 1", "'alan', 'other', 1", "'alan', 'hash', 0"} {
		s := newSite(t, drupal.Drupal7, drupal.SQLite)
		s.exec(t, "DROP TABLE {users}")
		s.exec(t, "CREATE TABLE {users} (uid INTEGER, name TEXT, pass TEXT, status INTEGER)")
		s.exec(t, "INSERT INTO {users} VALUES (2, 'alan', 'hash', 1), (2, "+second+")")
		_, err := s.store(t).UserByID(t.Context(), "2")
		require.ErrorContains(t, err, "contradict", second)
		require.NotErrorIs(t, err, store.ErrNotFound)
	}
}
