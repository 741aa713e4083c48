package drupal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// put saves a user or fails the test.
func put(t *testing.T, s *site, users ...store.User) {
	t.Helper()
	for _, u := range users {
		require.NoError(t, s.put(t.Context(), u))
	}
}

func requireNobody(t *testing.T, u store.User, err error) {
	t.Helper()
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Zero(t, u)
}

func TestNobodyIsAnonymous(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s, store.User{ID: "1", Name: "admin", PasswordHash: "h", Active: true})
		for _, id := range []string{"0", "-0", "00", "", "-1"} {
			u, err := users.UserByID(t.Context(), id)
			requireNobody(t, u, err)
		}
		u, err := users.UserByName(t.Context(), "")
		requireNobody(t, u, err)

		// Not even if somebody has named and activated it.
		if s.version == drupal.Drupal7 {
			s.exec(t, "UPDATE {users} SET name = 'anonymous', pass = 'h', status = 1 WHERE uid = 0")
		} else {
			s.exec(t, "UPDATE {users_field_data} SET name = 'anonymous', pass = 'h', status = 1 WHERE uid = 0")
		}
		for _, users := range []*drupal.Store{users, s.store(t, func(c *drupal.Config) { c.SitePermissions = false })} {
			u, err = users.UserByID(t.Context(), "0")
			requireNobody(t, u, err)
			u, err = users.UserByName(t.Context(), "anonymous")
			requireNobody(t, u, err)
		}
	})
}

func TestAnIDHasOneSpelling(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s, store.User{ID: "7", Name: "seven", Active: true}, store.User{ID: "2147483647", Name: "the last", Active: true})
		for _, id := range []string{"7", "2147483647"} {
			u, err := users.UserByID(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, id, u.ID)
		}
		for _, id := range []string{
			"07", "+7", " 7", "7 ", "7.0", "7e0", "0x7", "7\n", "7\x00", "\u0667", "-7", "7; DROP TABLE users", "seven",
			"18446744073709551623", "9223372036854775808", "9223372036854775807", "4294967296", "4294967303", "2147483648",
		} {
			u, err := users.UserByID(t.Context(), id)
			requireNobody(t, u, err)
		}
	})
}

// TestImplausibleKeysAreNotAskedFor: a table is missing, and nobody notices.
func TestImplausibleKeysAreNotAskedFor(t *testing.T) {
	s := newSite(t, drupal.Drupal8, drupal.SQLite)
	users := s.store(t)
	s.exec(t, "DROP TABLE {users}")
	for _, id := range []string{"01", "+1", " 1", "0", "x", ""} {
		u, err := users.UserByID(t.Context(), id)
		requireNobody(t, u, err)
	}
	for _, name := range []string{"", "\xff", "a\x00b"} {
		u, err := users.UserByName(t.Context(), name)
		requireNobody(t, u, err)
	}
	_, err := users.UserByID(t.Context(), "1")
	require.Error(t, err)
	require.NotErrorIs(t, err, store.ErrNotFound)
}

func TestNamesDifferInCaseOnly(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s,
			store.User{ID: "2", Name: "Alan", Active: true}, store.User{ID: "3", Name: "Zo\u00eb", Active: true},
			store.User{ID: "4", Name: "100%_x", Active: true}, store.User{ID: "5", Name: "O'Brien", Active: true},
		)
		for name, want := range map[string]string{
			"Alan": "2", "alan": "2", "ALAN": "2", "aLAN": "2", "Zo\u00eb": "3", "zo\u00eb": "3", "100%_X": "4", "o'brien": "5",
		} {
			u, err := users.UserByName(t.Context(), name)
			require.NoError(t, err, name)
			require.Equal(t, want, u.ID, name)
		}
		for _, name := range []string{
			"Alan ", " Alan", "Al\u00e1n", "Ala", "Alan\t", "Zoe", "zoe", "\uff21lan", "100%%x", "100", "%", "O''Brien", "Alan'--", "Zo\u00eb\U0001f511",
		} {
			u, err := users.UserByName(t.Context(), name)
			requireNobody(t, u, err)
		}
		u, err := users.UserByName(t.Context(), "ZO\u00cb")
		if s.dialect == drupal.SQLite { // which knows ASCII only, as documented
			requireNobody(t, u, err)
		} else {
			require.NoError(t, err)
			require.Equal(t, "3", u.ID)
		}
	})
}

// TestANameOfTwo: where the database takes two names that differ in case, each belongs to its own user, and a third spelling to
// neither.
func TestANameOfTwo(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s, store.User{ID: "2", Name: "alan", Active: true})
		err := s.put(t.Context(), store.User{ID: "3", Name: "Alan", Active: true})
		if s.dialect == drupal.MySQL || s.dialect == drupal.SQLite && s.version == drupal.Drupal8 {
			require.Error(t, err, "the database itself refuses that")
			return
		}
		require.NoError(t, err)
		for name, want := range map[string]string{"alan": "2", "Alan": "3"} {
			u, err := users.UserByName(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, want, u.ID)
		}
		u, err := users.UserByName(t.Context(), "ALAN")
		requireNobody(t, u, err)
	})
}

// TestOneNameTwice: the index of Drupal 8 lets two users of different languages have one name, though Drupal does not.
func TestOneNameTwice(t *testing.T) {
	eachSiteOf(t, drupal.Drupal8, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s, store.User{ID: "2", Name: "alan", Active: true}, store.User{ID: "3", Name: "other", Active: true})
		s.exec(t, "UPDATE {users_field_data} SET langcode = 'fr', name = 'alan' WHERE uid = 3")
		u, err := users.UserByName(t.Context(), "alan")
		requireNobody(t, u, err)
		u, err = users.UserByID(t.Context(), "3")
		require.NoError(t, err)
		require.Equal(t, "alan", u.Name)
	})
}

func TestStatus(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t)
		put(t, s, store.User{ID: "2", Name: "alan", Active: true, Roles: []string{"editor"}, Permissions: []string{"edit"}})
		table := map[drupal.Version]string{drupal.Drupal7: "{users}", drupal.Drupal8: "{users_field_data}"}[s.version]
		for _, status := range []any{0, 2, -1, 1, nil} {
			if status == nil && s.version == drupal.Drupal7 {
				continue // the column has no NULL
			}
			s.exec(t, "UPDATE "+table+" SET status = ? WHERE uid = 2", status)
			u, err := users.UserByID(t.Context(), "2")
			require.NoError(t, err)
			require.Equal(t, status == 1, u.Active, status)
			want := []string{"editor"}
			if u.Active {
				want = []string{s.implicit(), "editor"}
			}
			require.Equal(t, want, u.Roles, status)
		}
	})
}

// TestStamp: it is another with each password and each user, and tells nothing of the hash.
func TestStamp(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t)
		const hash = "$S$DObiphG/vEKkbXGK0F8XwRCstLZFuCs0z4Na9ZDn5XCXscbkwPAA"
		stamps := map[string]bool{}
		for _, u := range []store.User{
			{ID: "2", Name: "alan", PasswordHash: hash, Active: true}, {ID: "2", Name: "alan", PasswordHash: hash + "x", Active: true},
			{ID: "2", Name: "alan", Active: true}, {ID: "3", Name: "grace", PasswordHash: hash, Active: true}, {ID: "4", Name: "none", Active: true},
		} {
			put(t, s, u)
			found, err := users.UserByName(t.Context(), u.Name)
			require.NoError(t, err)
			require.Equal(t, u.PasswordHash, found.PasswordHash)
			require.Len(t, found.Stamp, 22)
			require.LessOrEqual(t, len(found.Stamp), store.MaxStamp)
			require.NotContains(t, found.Stamp, "$")
			require.False(t, stamps[found.Stamp], "used before")
			stamps[found.Stamp] = true

			u.Active, u.Roles = false, []string{"editor"} // is no new password
			put(t, s, u)
			again, err := users.UserByID(t.Context(), found.ID)
			require.NoError(t, err)
			require.Equal(t, found.Stamp, again.Stamp)
		}
	})
}

func TestSuperUser(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		put(t, s, store.User{ID: "1", Name: "admin", Active: true}, store.User{ID: "2", Name: "alan", Active: true})
		permissions := func(users *drupal.Store, id string) []string {
			u, err := users.UserByID(t.Context(), id)
			require.NoError(t, err)
			return u.Permissions
		}
		plain, given := s.store(t), []string{"b", "a", "a"}
		super := s.store(t, func(c *drupal.Config) { c.SuperUserPermissions = given })
		given[0] = "changed afterwards"
		require.Empty(t, permissions(plain, "1"), "user 1 is like any other")
		require.Equal(t, []string{"a", "b"}, permissions(super, "1"))
		require.Empty(t, permissions(super, "2"))
		put(t, s, store.User{ID: "1", Name: "admin"})
		require.Empty(t, permissions(super, "1"), "blocked")
	})
}

// TestRolePermissions: the application's own table counts besides the site's, or alone.
func TestRolePermissions(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		put(t, s, store.User{ID: "2", Name: "alan", Active: true, Roles: []string{"editor", "other"}, Permissions: []string{"edit", "view"}})
		own := map[string][]string{"editor": {"use the service", "view"}, s.implicit(): {"log in"}, "Other": {"nobody has this role"}}
		for name, test := range map[string]struct {
			change func(*drupal.Config)
			want   []string
		}{
			"nothing": {func(c *drupal.Config) { c.SitePermissions = false }, nil},
			"site":    {func(*drupal.Config) {}, []string{"edit", "view"}},
			"own":     {func(c *drupal.Config) { c.SitePermissions, c.RolePermissions = false, own }, []string{"log in", "use the service", "view"}},
			"both":    {func(c *drupal.Config) { c.RolePermissions = own }, []string{"edit", "log in", "use the service", "view"}},
		} {
			users := s.store(t, test.change)
			u, err := users.UserByID(t.Context(), "2")
			require.NoError(t, err, name)
			require.Equal(t, test.want, u.Permissions, name)
			require.Equal(t, []string{s.implicit(), "editor", "other"}, u.Roles, name)
			u.Permissions = append(u.Permissions[:0], "spoilt")
		}
		users := s.store(t, func(c *drupal.Config) { c.RolePermissions = own })
		own["editor"][0] = "changed afterwards"
		u, err := users.UserByName(t.Context(), "alan")
		require.NoError(t, err)
		require.NotContains(t, strings.Join(u.Permissions, ","), "changed")
	})
}
