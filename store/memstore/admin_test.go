package memstore_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func TestPutUserRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		user store.User
		want error
	}{
		"no ID":        {store.User{Name: "name"}, store.ErrInvalid},
		"no name":      {store.User{ID: "2"}, store.ErrInvalid},
		"name taken":   {store.User{ID: "2", Name: "first"}, store.ErrExists},
		"long stamp":   {store.User{ID: "2", Name: "name", Stamp: strings.Repeat("s", store.MaxStamp+1)}, store.ErrInvalid},
		"large record": {store.User{ID: "2", Name: "name", Roles: []string{strings.Repeat("r", memstore.MaxRecord)}}, store.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, nil)
			require.NoError(t, s.PutUser(t.Context(), store.User{ID: "1", Name: "first"}))
			require.ErrorIs(t, s.PutUser(t.Context(), test.user), test.want)
			_, err := s.UserByID(t.Context(), "2")
			require.ErrorIs(t, err, store.ErrNotFound)
			u, err := s.UserByName(t.Context(), "first")
			require.NoError(t, err)
			require.Equal(t, "1", u.ID)
		})
	}
}

func TestRenamingToATakenNameChangesNothing(t *testing.T) {
	s := newStore(t, nil)
	require.NoError(t, s.PutUser(t.Context(), store.User{ID: "1", Name: "first"}))
	require.NoError(t, s.PutUser(t.Context(), store.User{ID: "2", Name: "second"}))
	require.ErrorIs(t, s.PutUser(t.Context(), store.User{ID: "2", Name: "first", Active: true}), store.ErrExists)
	u, err := s.UserByName(t.Context(), "second")
	require.NoError(t, err)
	require.False(t, u.Active)
}

// TestStamp: whatever changes the password changes the stamp, and nothing else does.
func TestStamp(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
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
}

func TestRehashNeedsAPassword(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
	require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "no password"}))
	require.NoError(t, s.PutUser(ctx, store.User{ID: "2", Name: "password", PasswordHash: "hash"}))
	require.ErrorIs(t, s.RehashPassword(ctx, "1", "", "hash"), store.ErrInvalid)
	require.ErrorIs(t, s.RehashPassword(ctx, "2", "hash", ""), store.ErrInvalid)
}

func TestUserAdministration(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
	for _, err := range []error{
		s.SetActive(ctx, "1", true), s.SetPasswordHash(ctx, "1", "hash"), s.DeleteUser(ctx, "1"),
		s.DeleteClient(ctx, "1"), s.DeleteAPIKey(ctx, store.KeyID{1}),
	} {
		require.ErrorIs(t, err, store.ErrNotFound)
	}
	require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "name"}))
	require.NoError(t, s.SetActive(ctx, "1", true))
	require.NoError(t, s.SetPasswordHash(ctx, "1", "hash"))
	require.ErrorIs(t, s.SetPasswordHash(ctx, "1", strings.Repeat("h", memstore.MaxRecord+1)), store.ErrInvalid)
	for _, get := range []func() (store.User, error){
		func() (store.User, error) { return s.UserByID(ctx, "1") },
		func() (store.User, error) { return s.UserByName(ctx, "name") },
	} {
		u, err := get()
		require.NoError(t, err)
		require.True(t, u.Active)
		require.Equal(t, "hash", u.PasswordHash)
	}
}

// TestDeletionTakesAllThereIs: nothing of a deleted user or client comes back to life with the next one of that ID.
func TestDeletionTakesAllThereIs(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
	require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "name"}))
	require.NoError(t, s.PutClient(ctx, store.Client{ID: "client"}))
	for n, key := range []store.APIKey{{ID: store.KeyID{1}, UserID: "1"}, {ID: store.KeyID{2}, UserID: "2"}} {
		require.NoError(t, s.PutAPIKey(ctx, key), n)
	}
	end := time.Now().Add(time.Hour)
	for _, tok := range []store.Token{
		{ID: tokenID(1), UserID: "1", ClientID: "other", ExpiresAt: end},
		{ID: tokenID(2), UserID: "2", ClientID: "client", ExpiresAt: end},
		{ID: tokenID(3), UserID: "2", ClientID: "other", ExpiresAt: end},
	} {
		require.NoError(t, s.CreateTokens(ctx, tok))
	}
	require.NoError(t, s.DeleteUser(ctx, "1"))
	require.NoError(t, s.DeleteClient(ctx, "client"))
	_, err := s.UserByName(ctx, "name")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = s.ClientByID(ctx, "client")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = s.APIKeyByID(ctx, store.KeyID{1})
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = s.APIKeyByID(ctx, store.KeyID{2})
	require.NoError(t, err)
	require.Equal(t, []uint64{3}, present(t, s, 4))
}

func TestPutRefuses(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
	large := strings.Repeat("x", memstore.MaxRecord)
	for name, err := range map[string]error{
		"client without ID":        s.PutClient(ctx, store.Client{Name: "name"}),
		"client's default scopes":  s.PutClient(ctx, store.Client{ID: "c", Scopes: []string{"a"}, DefaultScopes: []string{"b"}}),
		"client's lifetime":        s.PutClient(ctx, store.Client{ID: "c", TokenLifetime: -1}),
		"large client":             s.PutClient(ctx, store.Client{ID: "c", Users: []string{large}}),
		"key without ID":           s.PutAPIKey(ctx, store.APIKey{UserID: "1"}),
		"key without user":         s.PutAPIKey(ctx, store.APIKey{ID: store.KeyID{1}}),
		"large key":                s.PutAPIKey(ctx, store.APIKey{ID: store.KeyID{1}, UserID: "1", Name: large}),
		"token without ID":         s.CreateTokens(ctx, store.Token{UserID: "1"}),
		"large token":              s.CreateTokens(ctx, store.Token{ID: tokenID(1), UserID: "1", Scopes: []string{large}}),
		"rotation to a bad record": func() error { _, err := s.RotateToken(ctx, tokenID(1), store.Token{}); return err }(),
	} {
		require.ErrorIs(t, err, store.ErrInvalid, name)
		require.NotContains(t, err.Error(), "xxx", name)
	}
}

// present returns which of the first n test tokens are there.
func present(t *testing.T, s *memstore.Store, n uint64) (ids []uint64) {
	t.Helper()
	for i := range n {
		if _, err := s.TokenByID(t.Context(), tokenID(i)); err == nil {
			ids = append(ids, i)
		} else {
			require.ErrorIs(t, err, store.ErrNotFound)
		}
	}
	return ids
}

// TestRenamingInTheCrowd lets two users take each other's free names all the time. Nobody is ever found under another
// name than his own, and nobody is lost.
func TestRenamingInTheCrowd(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
	names := []string{"a", "b", "c"}
	require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "a"}))
	require.NoError(t, s.PutUser(ctx, store.User{ID: "2", Name: "b"}))
	var writers, readers sync.WaitGroup
	var done atomic.Bool
	for _, id := range []string{"1", "2"} {
		writers.Go(func() {
			for n := range 5000 {
				if err := s.PutUser(ctx, store.User{ID: id, Name: names[n%3]}); err != nil {
					assert.ErrorIs(t, err, store.ErrExists)
				}
			}
		})
		readers.Go(func() {
			for n := 0; !done.Load(); n++ {
				u, err := s.UserByID(ctx, id)
				assert.NoError(t, err)
				assert.Equal(t, id, u.ID)
				if u, err = s.UserByName(ctx, names[n%3]); err == nil {
					assert.Equal(t, names[n%3], u.Name)
				}
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
	for _, id := range []string{"1", "2"} {
		byID, err := s.UserByID(ctx, id)
		require.NoError(t, err)
		byName, err := s.UserByName(ctx, byID.Name)
		require.NoError(t, err)
		require.Equal(t, byID, byName)
		require.NoError(t, s.DeleteUser(ctx, id))
	}
	for _, name := range names { // and no name is left occupied
		require.NoError(t, s.PutUser(ctx, store.User{ID: "user " + name, Name: name}))
	}
}
