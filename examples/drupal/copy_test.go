package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// accounts are the users of a small site.
var accounts = []account{
	{1, "admin", drupal7Hash, true, []string{"editor", "reader"}},
	{2, "alan", bcryptHash, true, []string{"reader"}},
	{3, "Grace Hopper", drupal7Hash, true, nil},
	{4, "blocked", bcryptHash, false, []string{"editor"}},
	{7, "without password", "", true, nil},
	{4711, "zo\u00e9", drupal7Hash, true, []string{"editor"}},
}

// requireSame compares both sides as their users see them.
func requireSame(t *testing.T, s *testSite, to *target) {
	t.Helper()
	users := s.users()
	for _, a := range accounts {
		id := strconv.Itoa(a.uid)
		want, err := users.UserByID(t.Context(), id)
		require.NoError(t, err)
		got, err := to.UserByID(t.Context(), id)
		require.NoError(t, err, a.name)
		require.Equal(t, want.Name, got.Name)
		require.Equal(t, want.PasswordHash, got.PasswordHash)
		require.Equal(t, want.Active, got.Active)
		require.Equal(t, want.Stamp, got.Stamp)
		if a.active {
			require.Equal(t, want.Roles, got.Roles)
			require.ElementsMatch(t, want.Permissions, got.Permissions)
		} else {
			require.Equal(t, append([]string{s.authenticated()}, a.roles...), got.Roles, "what he will have when he is unblocked")
		}
		byName, err := to.UserByName(t.Context(), a.name)
		require.NoError(t, err)
		require.Equal(t, got, byName)
	}
}

func TestUsersAndRolesAreCopied(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite, to *target) {
		s.put(accounts...)
		output, err := s.copyTo(to)
		require.NoError(t, err, output)
		require.Equal(t, `site:   6 users (1 blocked, 1 without a password) with 3 roles
        2 hashes $2y$, password.Config{Accept: password.Bcrypt}
        3 hashes $S$, password.Config{Accept: password.Drupal7}
        1 names with capitals: from now on they are to be written so (see README.md, "Names")
target: 6 users to create, 0 to change, 0 as they are; 3 roles to write
done:   6 of 6 users and 3 roles written, 0 users deleted
checked: both sides have the same users, roles and permissions
`, output)
		requireSame(t, s, to)
		_, err = to.UserByID(t.Context(), "0")
		require.ErrorIs(t, err, store.ErrNotFound, "anonymous is nobody")

		// Once more: nothing is left to do.
		output, err = s.copyTo(to)
		require.NoError(t, err, output)
		require.Contains(t, output, "target: 0 users to create, 0 to change, 6 as they are; 0 roles to write\n")
		requireSame(t, s, to)
	})
}

func TestADryRunWritesNothing(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite, to *target) {
		s.put(accounts...)
		output, err := s.copyTo(to, "-dry-run")
		require.NoError(t, err, output)
		require.Contains(t, output, "target: 6 users to create")
		require.Contains(t, output, "dry run: nothing was written\n")
		require.ErrorIs(t, to.CheckSchema(t.Context()), sqlstore.ErrSchema, "not even a table")

		require.NoError(t, to.Migrate(t.Context()))
		output, err = s.copyTo(to, "-dry-run")
		require.NoError(t, err, output)
		_, err = to.UserByID(t.Context(), "1")
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}

// TestWhatIsDifferentIsNotOverwrittenUnasked: whoever has changed a password in the target must not get the old one back.
func TestWhatIsDifferentIsNotOverwrittenUnasked(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite, to *target) {
		s.put(accounts...)
		_, err := s.copyTo(to)
		require.NoError(t, err)
		s.put(account{2, "turing", bcryptHash, true, []string{"editor"}}) // renamed, another role
		s.put(account{3, "Grace Hopper", bcryptHash, false, nil})         // another password, blocked
		s.put(account{9, "new", bcryptHash, true, nil})
		s.role("reader", "view user information", "access content")
		require.NoError(t, to.SetActive(t.Context(), "1", false))
		require.NoError(t, to.SetPasswordHash(t.Context(), "4711", bcryptHash))

		output, err := s.copyTo(to)
		require.ErrorContains(t, err, "nothing was written")
		require.ErrorContains(t, err, `user 2 ("turing"): name, roles`)
		require.ErrorContains(t, err, `user 3 ("Grace Hopper"): password, status`)
		require.ErrorContains(t, err, `user 1 ("admin"): status`)
		require.ErrorContains(t, err, "user 4711 (\"zo\u00e9\"): password")
		require.ErrorContains(t, err, `role "reader": permissions`)
		require.NotContains(t, err.Error(), "$2y$", "no hash is shown")
		require.Contains(t, output, "target: 1 users to create, 4 to change, 2 as they are; 1 roles to write")
		_, err = to.UserByID(t.Context(), "9")
		require.ErrorIs(t, err, store.ErrNotFound, "nothing was written")

		output, err = s.copyTo(to, "-overwrite")
		require.NoError(t, err)
		require.Contains(t, output, "done:   5 of 5 users and 1 roles written, 0 users deleted")
		u, err := to.UserByName(t.Context(), "turing")
		require.NoError(t, err)
		require.Equal(t, []string{s.authenticated(), "editor"}, u.Roles)
		u, err = to.UserByID(t.Context(), "3")
		require.NoError(t, err)
		require.False(t, u.Active)
		require.Equal(t, bcryptHash, u.PasswordHash)
	})
}

// TestARehashIsNoDifference: a login in the target brings a hash up to date, and the password is the same as before.
func TestARehashIsNoDifference(t *testing.T) {
	s, to := newTestSite(t, drupal.Drupal8, backends[0]), newTarget(t, backends[0])
	s.put(accounts...)
	_, err := s.copyTo(to)
	require.NoError(t, err)
	require.NoError(t, to.RehashPassword(t.Context(), "1", drupal7Hash, "$argon2id$new"))
	output, err := s.copyTo(to, "-overwrite")
	require.NoError(t, err)
	require.Contains(t, output, "6 as they are")
	u, err := to.UserByID(t.Context(), "1")
	require.NoError(t, err)
	require.Equal(t, "$argon2id$new", u.PasswordHash)
}

// TestOverwritingARehashedUserKeepsHisTokens: his role is another on the site, and his password the same on both sides.
func TestOverwritingARehashedUserKeepsHisTokens(t *testing.T) {
	s, to := newTestSite(t, drupal.Drupal8, backends[0]), newTarget(t, backends[0])
	s.put(accounts...)
	_, err := s.copyTo(to)
	require.NoError(t, err)
	before, err := to.UserByID(t.Context(), "1")
	require.NoError(t, err)
	require.NoError(t, to.RehashPassword(t.Context(), "1", drupal7Hash, "$argon2id$new"))
	s.put(account{1, "admin", drupal7Hash, true, []string{"reader"}})

	_, err = s.copyTo(to, "-overwrite")
	require.NoError(t, err)
	after, err := to.UserByID(t.Context(), "1")
	require.NoError(t, err)
	require.Equal(t, before.Stamp, after.Stamp)
	require.Equal(t, "$argon2id$new", after.PasswordHash)
	require.Contains(t, after.Roles, "reader")
}

// TestUsersWhoAreGoneFromTheSite must not go on in the target without anybody's knowing.
func TestUsersWhoAreGoneFromTheSite(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite, to *target) {
		s.put(accounts...)
		_, err := s.copyTo(to)
		require.NoError(t, err)
		require.NoError(t, to.CreateUser(t.Context(), store.User{ID: "service-account", Name: "of the service itself", Active: true}))
		s.remove(2)
		s.put(account{8, "alan", bcryptHash, true, nil}) // who has the name of the deleted one

		_, err = s.copyTo(to)
		require.ErrorContains(t, err, "nothing was written")
		require.ErrorContains(t, err, "whom the site does not have")
		require.ErrorContains(t, err, `user 8 ("alan"): the user 2 has this name there`)
		_, err = s.copyTo(to, "-others", "keep")
		require.ErrorContains(t, err, "names are taken")

		output, err := s.copyTo(to, "-others", "delete")
		require.NoError(t, err, output)
		require.Contains(t, output, "done:   1 of 1 users and 0 roles written, 1 users deleted")
		_, err = to.UserByID(t.Context(), "2")
		require.ErrorIs(t, err, store.ErrNotFound)
		u, err := to.UserByName(t.Context(), "alan")
		require.NoError(t, err)
		require.Equal(t, "8", u.ID)
		_, err = to.UserByID(t.Context(), "service-account")
		require.NoError(t, err, "was never of the site")

		s.remove(8)
		_, err = s.copyTo(to, "-others", "keep")
		require.NoError(t, err)
		_, err = to.UserByID(t.Context(), "8")
		require.NoError(t, err)
	})
}

// TestNamesThatMoveOn: one user takes the name that another had.
func TestNamesThatMoveOn(t *testing.T) {
	eachSite(t, func(t *testing.T, s *testSite, to *target) {
		s.put(account{1, "a", bcryptHash, true, nil}, account{2, "b", bcryptHash, true, nil}, account{3, "c", bcryptHash, true, nil})
		_, err := s.copyTo(to)
		require.NoError(t, err)
		s.put(account{3, "d", bcryptHash, true, nil})
		s.put(account{2, "c", bcryptHash, true, nil})
		s.put(account{1, "b", bcryptHash, true, nil})
		output, err := s.copyTo(to, "-overwrite")
		require.NoError(t, err, output)
		for id, name := range map[string]string{"1": "b", "2": "c", "3": "d"} {
			u, err := to.UserByName(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, id, u.ID)
		}

		// Two who exchange their names cannot be written one after the other. The others are, and it is said.
		s.put(account{1, "x", bcryptHash, true, nil})
		s.put(account{2, "b", bcryptHash, true, nil}, account{1, "c", bcryptHash, true, nil}, account{4, "new", bcryptHash, true, nil})
		output, err = s.copyTo(to, "-overwrite")
		require.ErrorContains(t, err, "2 users were refused, all others are written")
		require.Contains(t, output, "done:   1 of 3 users")
		_, err = to.UserByID(t.Context(), "4")
		require.NoError(t, err)
	})
}

// TestAnInterruptedCopyGoesOn: what was written is whole, what was not is not there, and the next run does the rest.
func TestAnInterruptedCopyGoesOn(t *testing.T) {
	s, to := newTestSite(t, drupal.Drupal7, backends[0]), newTarget(t, backends[0])
	var many []account
	for uid := 1; uid <= 300; uid++ { // more than are asked for at once
		many = append(many, account{uid, fmt.Sprintf("user %d", uid), drupal7Hash, true, nil})
	}
	s.put(many...)
	require.NoError(t, to.Migrate(t.Context()))
	// The database fails at the 250th.
	_, err := to.db.Exec("CREATE TRIGGER " + to.prefix + "full BEFORE INSERT ON " + to.prefix + "users WHEN NEW.id = '250' BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
	require.NoError(t, err)
	output, err := s.copyTo(to)
	require.ErrorContains(t, err, "after 249 of 300 users; run it again to go on")
	require.Contains(t, output, "done:   249 of 300 users")
	_, err = to.UserByID(t.Context(), "250")
	require.ErrorIs(t, err, store.ErrNotFound)
	u, err := to.UserByID(t.Context(), "249")
	require.NoError(t, err)
	require.Equal(t, []string{"authenticated user"}, u.Roles)

	_, err = to.db.Exec("DROP TRIGGER " + to.prefix + "full")
	require.NoError(t, err)
	output, err = s.copyTo(to)
	require.NoError(t, err)
	require.Contains(t, output, "target: 51 users to create, 0 to change, 249 as they are; 0 roles to write")

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.copyWith(ended, to)
	require.ErrorIs(t, err, context.Canceled)
}

// TestWhatIsNoSiteIsNotCopied: every reading error comes before the first write.
func TestWhatIsNoSiteIsNotCopied(t *testing.T) {
	s, to := newTestSite(t, drupal.Drupal8, backends[0]), newTarget(t, backends[0])
	s.put(accounts...)
	s.exec("UPDATE {config} SET data = 'not serialized' WHERE name = 'user.role.editor'")
	_, err := s.copyTo(to)
	require.ErrorContains(t, err, "nothing was written")
	require.ErrorContains(t, err, `role "editor"`)
	_, err = to.UserByID(t.Context(), "1")
	require.ErrorIs(t, err, store.ErrNotFound)
	s.exec("DROP TABLE {users_field_data}")
	_, err = s.copyTo(to)
	require.Error(t, err)
}

func TestFlags(t *testing.T) {
	good := []string{"-from", "postgres:///a", "-to", "sqlite:b", "-drupal", "10"}
	for want, flags := range map[string][]string{
		"-from is missing":        {"-to", "sqlite:b", "-drupal", "10"},
		"-to is missing":          {"-from", "sqlite:a", "-drupal", "10"},
		"-drupal is missing":      {"-from", "sqlite:a", "-to", "sqlite:b"},
		"not one of 7 to 11":      append(good, "-drupal", "6"),
		"-others is neither":      append(good, "-others", "block"),
		"unexpected argument":     append(good, "now"),
		"-from: want sqlite:FILE": append(good, "-from", "oracle:topsecret"),
		"-to: sqlite: no file":    append(good, "-to", "sqlite:"),
		"TablePrefix":             append(good, "-prefix", "x y"),
	} {
		var stdout, stderr strings.Builder
		err := run(t.Context(), flags, &stdout, &stderr)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error()+stdout.String()+stderr.String(), "topsecret")
	}
	t.Setenv(fromVariable, "sqlite:from")
	t.Setenv(toVariable, "sqlite:to")
	o, err := parseFlags([]string{"-drupal", "7"}, &strings.Builder{})
	require.NoError(t, err)
	require.Equal(t, "sqlite:from sqlite:to", o.from+" "+o.to)
}

func TestFormatsOfHashes(t *testing.T) {
	for hash, want := range map[string]string{
		drupal7Hash: "$S$", bcryptHash: "$2y$", "$argon2id$v=19$m=65536,t=4,p=1$x$y": "$argon2id$", "U$S$9abc": "U$S$", "$P$Babc": "$P$",
		"$2a$10$x": "$2a$", "$H$x": "$H$",
		"$ecret$of mine": "without a known format", "U$secret$": "without a known format", "$argon2idea$": "without a known format", // clear text
		"5f4dcc3b5aa765d61d8327deb882cf99": "without a known format", "": "without a known format", "$": "without a known format", "abc$S$": "without a known format",
	} {
		require.Equal(t, want, beginning(hash), hash)
	}
	require.Contains(t, accepted("U$S$"), "InsecureAcceptPHPass")
	require.Contains(t, accepted("without a known format"), "nobody can log in")
}
