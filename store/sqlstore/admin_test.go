package sqlstore_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// onEachStore runs f with an empty store of each kind.
func onEachStore(t *testing.T, f func(t *testing.T, s *sqlstore.Store)) {
	t.Helper()
	onEach(t, func(t *testing.T, b backend) { f(t, b.empty(t)) })
}

func TestPutUserRefuses(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		require.NoError(t, s.PutRole(ctx, "editor", []string{"edit"}))
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "first"}))
		for name, test := range map[string]struct {
			user store.User
			want error
		}{
			"no ID":              {store.User{Name: "name"}, store.ErrInvalid},
			"no name":            {store.User{ID: "2"}, store.ErrInvalid},
			"name taken":         {store.User{ID: "2", Name: "first"}, store.ErrExists},
			"long stamp":         {store.User{ID: "2", Name: "name", Stamp: strings.Repeat("s", store.MaxStamp+1)}, store.ErrInvalid},
			"long ID":            {store.User{ID: strings.Repeat("2", sqlstore.MaxText+1), Name: "name"}, store.ErrInvalid},
			"long name":          {store.User{ID: "2", Name: strings.Repeat("n", sqlstore.MaxText+1)}, store.ErrInvalid},
			"long hash":          {store.User{ID: "2", Name: "name", PasswordHash: strings.Repeat("h", sqlstore.MaxRecord+1)}, store.ErrInvalid},
			"many roles":         {store.User{ID: "2", Name: "name", Roles: distinct(100, 1000)}, store.ErrInvalid},
			"unknown role":       {store.User{ID: "2", Name: "name", Roles: []string{"editor", "admin"}}, store.ErrInvalid},
			"role twice":         {store.User{ID: "2", Name: "name", Roles: []string{"editor", "editor"}}, store.ErrInvalid},
			"permission beyond":  {store.User{ID: "2", Name: "name", Roles: []string{"editor"}, Permissions: []string{"edit", "delete"}}, store.ErrInvalid},
			"permission, norole": {store.User{ID: "2", Name: "name", Permissions: []string{"edit"}}, store.ErrInvalid},
		} {
			t.Run(name, func(t *testing.T) {
				require.ErrorIs(t, s.PutUser(ctx, test.user), test.want)
				require.ErrorIs(t, s.CreateUser(ctx, test.user), test.want)
				_, err := s.UserByID(ctx, test.user.ID)
				require.ErrorIs(t, err, store.ErrNotFound)
				u, err := s.UserByName(ctx, "first")
				require.NoError(t, err)
				require.Equal(t, "1", u.ID)
			})
		}
	})
}

// distinct returns n texts of the given length.
func distinct(n, length int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.Repeat("x", length-3) + string(rune('a'+i/26%26)) + string(rune('a'+i%26)) + "."
	}
	return list
}

func TestRenamingToATakenNameChangesNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		require.NoError(t, s.PutRole(ctx, "editor", nil))
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "first"}))
		require.NoError(t, s.PutUser(ctx, store.User{ID: "2", Name: "second"}))
		require.ErrorIs(t, s.PutUser(ctx, store.User{ID: "2", Name: "first", Active: true, Roles: []string{"editor"}}), store.ErrExists)
		u, err := s.UserByName(ctx, "second")
		require.NoError(t, err)
		require.False(t, u.Active)
		require.Empty(t, u.Roles)
	})
}

func TestCreateRefusesWhoIsThere(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		require.NoError(t, s.CreateUser(ctx, store.User{ID: "1", Name: "first"}))
		require.ErrorIs(t, s.CreateUser(ctx, store.User{ID: "1", Name: "other", Active: true}), store.ErrExists)
		u, err := s.UserByID(ctx, "1")
		require.NoError(t, err)
		require.Equal(t, "first", u.Name)
		require.False(t, u.Active)
		require.NoError(t, s.CreateClient(ctx, store.Client{ID: "c", Name: "first"}))
		require.ErrorIs(t, s.CreateClient(ctx, store.Client{ID: "c", Name: "second", Active: true}), store.ErrExists)
		c, err := s.ClientByID(ctx, "c")
		require.NoError(t, err)
		require.Equal(t, store.Client{ID: "c", Name: "first"}, c)
	})
}

// TestStamp: whatever changes the password changes the stamp, and nothing else does.
func TestStamp(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		stamp := func() string {
			u, err := s.UserByID(ctx, "1")
			require.NoError(t, err)
			require.NotEmpty(t, u.Stamp)
			require.LessOrEqual(t, len(u.Stamp), store.MaxStamp)
			return u.Stamp
		}
		put := func(hash, stamp string) {
			require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "name", PasswordHash: hash, Stamp: stamp}))
		}
		put("hash", "")
		first := stamp()
		put("hash", "")
		require.Equal(t, first, stamp(), "same password")
		require.NoError(t, s.RehashPassword(ctx, "1", "hash", "rehash"))
		require.NoError(t, s.SetActive(ctx, "1", true))
		require.Equal(t, first, stamp(), "rehash")

		put("another", "")
		second := stamp()
		require.NotEqual(t, first, second, "another hash and no stamp")
		put("third", second)
		third := stamp()
		require.NotEqual(t, second, third, "another hash and the old stamp")
		put("fourth", "own stamp")
		require.Equal(t, "own stamp", stamp())
		put("fourth", "stamp for signing out")
		require.Equal(t, "stamp for signing out", stamp())

		require.NoError(t, s.SetPasswordHash(ctx, "1", "fourth"))
		fifth := stamp()
		require.NotEqual(t, "stamp for signing out", fifth, "SetPasswordHash")
		require.NoError(t, s.DeleteUser(ctx, "1"))
		put("fourth", "")
		require.NotEqual(t, fifth, stamp(), "another user with the same ID")
	})
}

func TestRehash(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "no password"}))
		require.NoError(t, s.PutUser(ctx, store.User{ID: "2", Name: "password", PasswordHash: "hash"}))
		require.ErrorIs(t, s.RehashPassword(ctx, "1", "", "hash"), store.ErrInvalid)
		require.ErrorIs(t, s.RehashPassword(ctx, "2", "hash", ""), store.ErrInvalid)
		require.ErrorIs(t, s.RehashPassword(ctx, "2", "hash", "a\x00b"), store.ErrInvalid)
		require.ErrorIs(t, s.RehashPassword(ctx, "2", "a\x00b", "b"), store.ErrConflict)
		require.ErrorIs(t, s.RehashPassword(ctx, "2", "other", "other"), store.ErrConflict)
		require.ErrorIs(t, s.RehashPassword(ctx, "2\x00", "hash", "b"), store.ErrNotFound)
		require.NoError(t, s.RehashPassword(ctx, "2", "hash", "hash"), "nothing changes, which MySQL counts as no row")
		u, err := s.UserByID(ctx, "2")
		require.NoError(t, err)
		require.Equal(t, "hash", u.PasswordHash)
	})
}

func TestUserAdministration(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		_, err := s.RolePermissions(ctx, "1")
		require.ErrorIs(t, err, store.ErrNotFound)
		for _, id := range []string{"1", "1\x00", strings.Repeat("1", sqlstore.MaxText+1)} {
			for name, err := range map[string]error{
				"SetActive":       s.SetActive(ctx, id, true),
				"SetPasswordHash": s.SetPasswordHash(ctx, id, "hash"),
				"DeleteUser":      s.DeleteUser(ctx, id),
				"DeleteClient":    s.DeleteClient(ctx, id),
				"DeleteRole":      s.DeleteRole(ctx, id),
				"GrantRole":       s.GrantRole(ctx, id, id),
				"RevokeRole":      s.RevokeRole(ctx, id, id),
				"DeleteAPIKey":    s.DeleteAPIKey(ctx, store.KeyID{1}),
			} {
				require.ErrorIs(t, err, store.ErrNotFound, name)
			}
		}
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "name"}))
		for range 2 { // the second time nothing changes, which MySQL counts as no row
			require.NoError(t, s.SetActive(ctx, "1", true))
		}
		require.NoError(t, s.SetPasswordHash(ctx, "1", "hash"))
		require.ErrorIs(t, s.SetPasswordHash(ctx, "1", strings.Repeat("h", sqlstore.MaxRecord+1)), store.ErrInvalid)
		for _, get := range []func() (store.User, error){
			func() (store.User, error) { return s.UserByID(ctx, "1") },
			func() (store.User, error) { return s.UserByName(ctx, "name") },
		} {
			u, err := get()
			require.NoError(t, err)
			require.True(t, u.Active)
			require.Equal(t, "hash", u.PasswordHash)
		}
		require.NoError(t, s.SetActive(ctx, "1", false))
		u, err := s.UserByID(ctx, "1")
		require.NoError(t, err)
		require.False(t, u.Active)
	})
}

// TestDeletionTakesAllThereIs: nothing of a deleted user or client comes back to life with the next one of that ID.
func TestDeletionTakesAllThereIs(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		require.NoError(t, s.PutRole(ctx, "editor", []string{"edit"}))
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "name", Roles: []string{"editor"}}))
		require.NoError(t, s.PutClient(ctx, store.Client{ID: "client"}))
		for n, key := range []store.APIKey{{ID: store.KeyID{1}, UserID: "1"}, {ID: store.KeyID{2}, UserID: "2"}} {
			require.NoError(t, s.PutAPIKey(ctx, key), n)
		}
		tokens := make([]store.Token, 3)
		for i := range tokens {
			tokens[i] = store.Token{ID: randomTokenID(), UserID: "2", ClientID: "other", ExpiresAt: time.Now().Add(time.Hour)}
		}
		tokens[0].UserID, tokens[1].ClientID = "1", "client"
		require.NoError(t, s.CreateTokens(ctx, tokens...))

		require.NoError(t, s.DeleteUser(ctx, "1"))
		require.NoError(t, s.DeleteClient(ctx, "client"))
		_, err := s.UserByName(ctx, "name")
		require.ErrorIs(t, err, store.ErrNotFound)
		_, err = s.ClientByID(ctx, "client")
		require.ErrorIs(t, err, store.ErrNotFound)
		for i, want := range []error{store.ErrNotFound, nil} {
			_, err = s.APIKeyByID(ctx, store.KeyID{byte(i + 1)})
			require.ErrorIs(t, err, want)
		}
		for i, want := range []error{store.ErrNotFound, store.ErrNotFound, nil} {
			_, err = s.TokenByID(ctx, tokens[i].ID)
			require.ErrorIs(t, err, want)
		}
		require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "heir"}))
		u, err := s.UserByID(ctx, "1")
		require.NoError(t, err)
		require.Empty(t, u.Roles)
		require.Empty(t, u.Permissions)
	})
}

func TestPutRefuses(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		large, far := strings.Repeat("x", sqlstore.MaxRecord+1), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
		token := func(change func(*store.Token)) error {
			tok := benchToken(store.AccessToken, "f")
			change(&tok)
			err := s.CreateTokens(ctx, benchToken(store.AccessToken, "f"), tok)
			_, rotation := s.RotateToken(ctx, store.TokenID{1}, tok)
			require.Equal(t, err, rotation, "whatever there is to rotate")
			return err
		}
		_, listing := s.ListAPIKeys(ctx, "1", 0)
		_, purging := s.PurgeTokens(ctx, far, 1)
		_, filtering := s.ListAudit(ctx, store.AuditFilter{From: far}, 1)
		for name, err := range map[string]error{
			"client without ID":        s.PutClient(ctx, store.Client{Name: "name"}),
			"client's default scopes":  s.PutClient(ctx, store.Client{ID: "c", Scopes: []string{"a"}, DefaultScopes: []string{"b"}}),
			"client's lifetime":        s.PutClient(ctx, store.Client{ID: "c", TokenLifetime: -1}),
			"client's other lifetime":  s.CreateClient(ctx, store.Client{ID: "c", RefreshTokenLifetime: -1}),
			"large client":             s.PutClient(ctx, store.Client{ID: "c", Users: []string{large[:40000], large[:40000]}}),
			"key without ID":           s.PutAPIKey(ctx, store.APIKey{UserID: "1"}),
			"key without user":         s.PutAPIKey(ctx, store.APIKey{ID: store.KeyID{1}}),
			"large key":                s.PutAPIKey(ctx, store.APIKey{ID: store.KeyID{1}, UserID: "1", Name: large}),
			"key for ever and a day":   s.PutAPIKey(ctx, store.APIKey{ID: store.KeyID{1}, UserID: "1", ExpiresAt: far}),
			"keys without limit":       listing,
			"role without name":        s.PutRole(ctx, "", nil),
			"large role":               s.PutRole(ctx, "r", []string{large}),
			"token without ID":         token(func(t *store.Token) { t.ID = store.TokenID{} }),
			"large token":              token(func(t *store.Token) { t.Scopes = []string{large} }),
			"long family":              token(func(t *store.Token) { t.Family = large[:sqlstore.MaxText+1] }),
			"token for ever":           token(func(t *store.Token) { t.ExpiresAt = far }),
			"token of old":             token(func(t *store.Token) { t.IssuedAt = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) }),
			"token spent one day":      token(func(t *store.Token) { t.SpentAt = far }),
			"purge of the future":      purging,
			"large audit record":       s.AppendAudit(ctx, store.AuditRecord{Path: large}),
			"audit record of nobody":   s.AppendAudit(ctx, store.AuditRecord{}, store.AuditRecord{User: large[:sqlstore.MaxText+1]}),
			"audit record of a client": s.AppendAudit(ctx, store.AuditRecord{ClientID: large[:sqlstore.MaxText+1]}),
			"audit record to come":     s.AppendAudit(ctx, store.AuditRecord{Time: far}),
			"audit filter":             filtering,
		} {
			require.ErrorIs(t, err, store.ErrInvalid, name)
			require.NotContains(t, err.Error(), "xxx", name)
		}
		_, err := s.ClientByID(ctx, "c")
		require.ErrorIs(t, err, store.ErrNotFound)
		records, err := s.ListAudit(ctx, store.AuditFilter{}, 10)
		require.NoError(t, err)
		require.Empty(t, records, "all or nothing")
	})
}

func TestListAPIKeys(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		now := time.Now().UTC().Truncate(time.Microsecond)
		want := []store.APIKey{
			{ID: store.KeyID{1}, UserID: "1", Name: "build server", CreatedAt: now, ExpiresAt: now.Add(time.Hour)},
			{ID: store.KeyID{2}, UserID: "1"},
		}
		for _, k := range append(want, store.APIKey{ID: store.KeyID{3}, UserID: "2"}) {
			require.NoError(t, s.PutAPIKey(ctx, k))
		}
		keys, err := s.ListAPIKeys(ctx, "1", 10)
		require.NoError(t, err)
		require.ElementsMatch(t, want, keys)
		keys, err = s.ListAPIKeys(ctx, "1", 1)
		require.NoError(t, err)
		require.Len(t, keys, 1)
		for _, nobody := range []string{"", "3", "1\x00"} {
			keys, err = s.ListAPIKeys(ctx, nobody, 10)
			require.NoError(t, err)
			require.Empty(t, keys)
		}
	})
}

// TestUsersInTheCrowd: those who put one user at once all succeed, and of those who create him one does.
func TestUsersInTheCrowd(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		for round := range 5 {
			var wg sync.WaitGroup
			put, created := make([]error, 12), make([]error, 12)
			for i := range put {
				u := store.User{ID: fmt.Sprint("put ", round), Name: fmt.Sprint("name of ", round)}
				wg.Go(func() { put[i] = s.PutUser(t.Context(), u) })
				c := store.User{ID: fmt.Sprint("created ", round), Name: fmt.Sprintf("name %d of %d", i, round)}
				wg.Go(func() { created[i] = s.CreateUser(t.Context(), c) })
			}
			wg.Wait()
			require.NoError(t, errors.Join(put...))
			winners := 0
			for _, err := range created {
				if err == nil {
					winners++
				} else {
					require.ErrorIs(t, err, store.ErrExists)
				}
			}
			require.Equal(t, 1, winners)
		}
	})
}
