package drupal_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// TestTranslationsAreNoAccounts: a translated account has several rows.
func TestTranslationsAreNoAccounts(t *testing.T) {
	eachSiteOf(t, drupal.Drupal8, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s, store.User{ID: "2", Name: "alan", PasswordHash: "hash", Active: true, Roles: []string{"editor"}})
		s.exec(t, `INSERT INTO {users_field_data} (uid, langcode, name, pass, status, created, access, default_langcode)
			VALUES (2, 'de', 'alan auf deutsch', 'other hash', 0, 0, 0, 0), (2, 'fr', 'alan', 'third hash', 0, 0, 0, 0)`)
		// Roles that are stored for another language, or were deleted, do not count either.
		s.exec(t, `INSERT INTO {user__roles} (bundle, deleted, entity_id, revision_id, langcode, delta, roles_target_id)
			VALUES ('user', 0, 2, 2, 'de', 0, 'administrator'), ('user', 1, 2, 2, 'en', 1, 'administrator')`)
		want := store.User{ID: "2", Name: "alan", PasswordHash: "hash", Active: true, Roles: []string{"authenticated", "editor"}}
		for _, find := range []func() (store.User, error){
			func() (store.User, error) { return users.UserByID(t.Context(), "2") },
			func() (store.User, error) { return users.UserByName(t.Context(), "alan") },
		} {
			u, err := find()
			require.NoError(t, err)
			u.Stamp = ""
			require.Equal(t, want, u)
		}
		u, err := users.UserByName(t.Context(), "alan auf deutsch")
		requireNobody(t, u, err)

		// What contradicts itself is no answer.
		s.exec(t, "UPDATE {users_field_data} SET default_langcode = 1 WHERE uid = 2 AND langcode = 'fr'")
		_, err = users.UserByID(t.Context(), "2")
		require.ErrorContains(t, err, "contradict")
		require.NotErrorIs(t, err, store.ErrNotFound)
	})
}

// TestADeletedAccountLeavesNothing: an account is there if it is in the base table.
func TestADeletedAccountLeavesNothing(t *testing.T) {
	eachSiteOf(t, drupal.Drupal8, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s, store.User{ID: "2", Name: "alan", Active: true})
		s.exec(t, "DELETE FROM {users} WHERE uid = 2")
		u, err := users.UserByID(t.Context(), "2")
		requireNobody(t, u, err)
		u, err = users.UserByName(t.Context(), "alan")
		requireNobody(t, u, err)
	})
}

func TestRolesOfDrupal8KeepTheirOrder(t *testing.T) {
	eachSiteOf(t, drupal.Drupal8, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s,
			store.User{ID: "2", Name: "alan", Active: true, Roles: []string{"zebra", "ant", "moth"}},
			store.User{ID: "3", Name: "grace", Active: true, Roles: []string{"ant", "authenticated"}}, // which Drupal does not store
			store.User{ID: "4", Name: "twice", Active: true, Roles: []string{"ant", "moth", "ant"}},
		)
		u, err := users.UserByID(t.Context(), "2")
		require.NoError(t, err)
		require.Equal(t, []string{"authenticated", "zebra", "ant", "moth"}, u.Roles)
		u, err = users.UserByID(t.Context(), "3")
		require.NoError(t, err)
		require.Equal(t, []string{"ant", "authenticated"}, u.Roles)
		u, err = users.UserByID(t.Context(), "4")
		require.NoError(t, err)
		require.Equal(t, []string{"authenticated", "ant", "moth"}, u.Roles)
	})
}

func TestPermissionsFromConfiguration(t *testing.T) {
	eachSiteOf(t, drupal.Drupal8, func(t *testing.T, s *site) {
		users := s.store(t)
		var roles []string
		for i := range 20 { // more than one query asks for
			roles = append(roles, fmt.Sprintf("role_%02d", i))
			s.setConfig(t, "", "user.role."+roles[i], roleConfig(roles[i], false, fmt.Sprintf("permission %02d", i), "common to all"))
		}
		put(t, s, store.User{ID: "2", Name: "alan", Active: true}, store.User{ID: "3", Name: "grace", Active: true, Roles: []string{"admins"}})
		for delta, role := range roles {
			s.exec(t, `INSERT INTO {user__roles} (bundle, deleted, entity_id, revision_id, langcode, delta, roles_target_id)
				VALUES ('user', 0, 2, 2, 'en', ?, ?)`, delta, role)
		}
		s.setConfig(t, "", "user.role.authenticated", roleConfig("authenticated", false, "access content", "\u00fcber \"uns\""))
		s.setConfig(t, "", "user.role.anonymous", roleConfig("anonymous", false, "of strangers"))
		s.setConfig(t, "", "user.role.admins", roleConfig("admins", true))
		s.setConfig(t, "language.de", "user.role.authenticated", `a:1:{s:5:"label";s:4:"Kopf";}`) // a translation

		u, err := users.UserByID(t.Context(), "2")
		require.NoError(t, err)
		require.Len(t, u.Permissions, 20+1+2)
		require.Contains(t, u.Permissions, "permission 19")
		require.Contains(t, u.Permissions, "\u00fcber \"uns\"")
		require.NotContains(t, u.Permissions, "of strangers")

		// "May do everything" is no list.
		u, err = users.UserByID(t.Context(), "3")
		require.NoError(t, err)
		require.Equal(t, []string{"access content", "\u00fcber \"uns\""}, u.Permissions)

		// A change counts at once, and a configuration that cannot be read is an outage and not a user without permissions.
		s.setConfig(t, "", "user.role.admins", roleConfig("admins", true, "administer users"))
		u, err = users.UserByName(t.Context(), "grace")
		require.NoError(t, err)
		require.Contains(t, u.Permissions, "administer users")
		for _, broken := range []string{
			"", "N;", `a:0:{}`, `a:1:{s:11:"permissions";s:3:"all";}`, `a:1:{s:11:"permissions";a:1:{i:0;i:7;}}`, `a:1:{s:11:"permissions";a:1:{i:0;s:0:"";}}`,
			`O:8:"stdClass":0:{}`, roleConfig("admins", true, "x") + "x",
		} {
			s.setConfig(t, "", "user.role.admins", broken)
			_, err = users.UserByName(t.Context(), "grace")
			require.ErrorContains(t, err, `role "admins"`, broken)
			require.NotErrorIs(t, err, store.ErrNotFound)
			_, err = users.UserByID(t.Context(), "2")
			require.NoError(t, err, "who does not have the role")
		}
	})
}

// TestCaseOfRoles: a collation may find the configuration of another role.
func TestCaseOfRoles(t *testing.T) {
	eachSiteOf(t, drupal.Drupal8, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s, store.User{ID: "2", Name: "alan", Active: true, Roles: []string{"Editor"}})
		s.exec(t, "DELETE FROM {config} WHERE name = 'user.role.Editor'")
		s.setConfig(t, "", "user.role.editor", roleConfig("editor", false, "edit"))
		u, err := users.UserByID(t.Context(), "2")
		require.NoError(t, err)
		require.Equal(t, []string{"authenticated", "Editor"}, u.Roles)
		require.Empty(t, u.Permissions)
	})
}

// TestDrupalsOwnCollation: on SQLite Drupal compares names in PHP, by a collation that no one else has.
func TestDrupalsOwnCollation(t *testing.T) {
	s := newSite(t, drupal.Drupal8, drupal.SQLite)
	put(t, s, store.User{ID: "2", Name: "Alan", Active: true, Roles: []string{"editor"}, Permissions: []string{"edit"}})
	s.exec(t, "PRAGMA wal_checkpoint(TRUNCATE)")

	copied := filepath.Join(t.TempDir(), "copy.sqlite")
	s.exec(t, "VACUUM INTO '"+copied+"'")
	open := func() *sql.DB {
		db, err := sql.Open("sqlite", "file:"+copied)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		db.SetMaxOpenConns(1)
		return db
	}
	db := open()
	for _, statement := range []string{
		"PRAGMA writable_schema = ON",
		"UPDATE sqlite_master SET sql = replace(sql, 'COLLATE NOCASE', 'COLLATE NOCASE_UTF8')",
		"PRAGMA writable_schema = RESET",
	} {
		_, err := db.Exec(statement)
		require.NoError(t, err)
	}
	db = open()
	_, err := db.Exec(s.sql("SELECT uid FROM {users_field_data} WHERE name = 'Alan'"))
	require.ErrorContains(t, err, "NOCASE_UTF8", "what this test is about")

	users := s.store(t, func(c *drupal.Config) { c.DB = db })
	byID, err := users.UserByID(t.Context(), "2")
	require.NoError(t, err)
	require.Equal(t, []string{"edit"}, byID.Permissions)
	for _, name := range []string{"Alan", "alan"} {
		u, err := users.UserByName(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, byID, u)
	}
}
