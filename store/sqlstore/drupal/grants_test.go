package drupal_test

import (
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// grants are the columns that README.md names. The last table of each is for SitePermissions.
var grants = map[drupal.Version][]struct{ table, columns string }{
	drupal.Drupal7: {
		{"users", "uid, name, pass, status"}, {"users_roles", "uid, rid"}, {"role", "rid, name"}, {"role_permission", "rid, permission"},
	},
	drupal.Drupal8: {
		{"users", "uid"}, {"users_field_data", "uid, langcode, name, pass, status, default_langcode"},
		{"user__roles", "deleted, entity_id, langcode, delta, roles_target_id"}, {"config", "collection, name, data"},
	},
}

// TestGrants: an account that may read these columns and nothing else is enough, and is not enough for more.
func TestGrants(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		if s.dialect == drupal.SQLite {
			t.Skip("SQLite has no accounts")
		}
		put(t, s, store.User{ID: "2", Name: "alan", PasswordHash: "hash", Active: true, Roles: []string{"editor"}, Permissions: []string{"edit"}})
		if s.version == drupal.Drupal8 {
			s.setConfig(t, "", "user.role.authenticated", roleConfig("authenticated", false))
		}
		account, password := s.prefix+"reader", rand.Text()
		driver, dsn := serverAs(t, s.dialect, account, password)
		grantee := account
		if s.dialect == drupal.MySQL {
			grantee = "'" + account + "'@'%'"
			s.exec(t, "CREATE USER "+grantee+" IDENTIFIED BY '"+password+"'")
			t.Cleanup(func() { s.exec(t, "DROP USER "+grantee) })
		} else {
			s.exec(t, "CREATE ROLE "+account+" LOGIN PASSWORD '"+password+"'")
			t.Cleanup(func() { s.exec(t, "DROP OWNED BY "+account); s.exec(t, "DROP ROLE "+account) })
		}
		needed := grants[s.version]
		last := len(needed) - 1
		for _, g := range needed[:last] {
			s.exec(t, "GRANT SELECT ("+g.columns+") ON {"+g.table+"} TO "+grantee)
		}
		db := openDSN(t, driver, dsn)
		use := func(site bool) (*drupal.Store, error) {
			users := s.store(t, func(c *drupal.Config) { c.DB, c.SitePermissions = db, site })
			return users, users.Check(t.Context())
		}
		_, err := use(false)
		require.NoError(t, err)
		_, err = use(true)
		require.Error(t, err, "permissions are not granted yet")

		s.exec(t, "GRANT SELECT ("+needed[last].columns+") ON {"+needed[last].table+"} TO "+grantee)
		users, err := use(true)
		require.NoError(t, err)
		u, err := users.UserByName(t.Context(), "alan")
		require.NoError(t, err)
		require.Equal(t, "hash", u.PasswordHash)
		require.Equal(t, []string{"edit"}, u.Permissions)

		accounts := map[drupal.Version]string{drupal.Drupal7: "{users}", drupal.Drupal8: "{users_field_data}"}[s.version]
		for _, statement := range []string{"SELECT mail FROM " + accounts, "UPDATE " + accounts + " SET status = 1", "DELETE FROM " + accounts} {
			_, err := db.Exec(s.sql(statement))
			require.Error(t, err, statement)
		}
	})
}
