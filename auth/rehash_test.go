package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func oldHash(t testing.TB, pw string) string {
	t.Helper()
	b, err := bcrypt.GenerateFromPassword([]byte(pw), 4)
	require.NoError(t, err)
	return string(b)
}

func TestASuccessfulLoginBringsTheHashUpToDate(t *testing.T) {
	h := newHashing(t)
	db, err := memstore.New(nil)
	require.NoError(t, err)
	ctx := context.Background()
	before := store.User{ID: "1", Name: "a", PasswordHash: oldHash(t, "topsecret"), Active: true, Stamp: "stamp"}
	require.NoError(t, db.PutUser(ctx, before))
	l := newLogin(t, auth.LoginConfig{Users: db, Hasher: h.Hasher})

	_, err = l.Check(request(), auth.Attempt{Name: "a", Password: "wrong"})
	require.ErrorIs(t, err, autherr.InvalidCredentials)
	u, err := db.UserByID(ctx, "1")
	require.NoError(t, err)
	require.Equal(t, before.PasswordHash, u.PasswordHash, "a failure changes nothing")

	h.computed.Store(0)
	got, err := l.Check(request(), auth.Attempt{Name: "a", Password: "topsecret"})
	require.NoError(t, err)
	require.EqualValues(t, 2, h.computed.Load(), "one to verify, one to make the new hash")
	u, err = db.UserByID(ctx, "1")
	require.NoError(t, err)
	require.Equal(t, u, got, "the user as he is on record now")
	require.True(t, strings.HasPrefix(u.PasswordHash, "$argon2id$"))
	require.Equal(t, "stamp", u.Stamp, "no token ends by it")

	h.computed.Store(0)
	_, err = l.Check(request(), auth.Attempt{Name: "a", Password: "topsecret"})
	require.NoError(t, err)
	require.EqualValues(t, 1, h.computed.Load(), "the next login finds it done")
}

func TestABlockedUserIsNotRehashed(t *testing.T) {
	// A second computation would tell by its time that the password was right.
	h := newHashing(t)
	db, err := memstore.New(nil)
	require.NoError(t, err)
	require.NoError(t, db.PutUser(context.Background(), store.User{ID: "1", Name: "a", PasswordHash: oldHash(t, "topsecret"), Stamp: "s"}))
	l := newLogin(t, auth.LoginConfig{Users: db, Hasher: h.Hasher})
	_, err = l.Check(request(), auth.Attempt{Name: "a", Password: "topsecret"})
	require.ErrorIs(t, err, autherr.InvalidCredentials)
	require.EqualValues(t, 1, h.computed.Load())
}

// changing is a store whose user changes while his password is being hashed anew.
type changing struct {
	*accounts
	change func()
	err    error
}

func (c *changing) RehashPassword(_ context.Context, _, _, _ string) error {
	if c.change != nil {
		c.change()
	}
	return c.err
}

func TestAUserWhoChangesDuringHisLogin(t *testing.T) {
	h := newHashing(t)
	old := store.User{ID: "1", Name: "a", PasswordHash: oldHash(t, "topsecret"), Active: true, Stamp: "1"}
	rehashed, repassworded, blocked := old, old, old
	rehashed.PasswordHash = h.hash(t, "topsecret")
	repassworded.PasswordHash, repassworded.Stamp = h.hash(t, "another"), "2"
	blocked.PasswordHash, blocked.Active = rehashed.PasswordHash, false
	down := errors.New("down")
	for _, tt := range []struct {
		name   string
		change func(*accounts)
		err    error
		code   autherr.Code // empty for a success
		want   store.User
	}{
		{"nothing", func(*accounts) {}, nil, "", store.User{}},
		{"another login was faster", func(a *accounts) { a.put(rehashed) }, store.ErrConflict, "", rehashed},
		{"the password was changed", func(a *accounts) { a.put(repassworded) }, store.ErrConflict, autherr.InvalidCredentials, store.User{}},
		{"blocked", func(a *accounts) { a.put(blocked) }, store.ErrConflict, autherr.InvalidCredentials, store.User{}},
		{"deleted", func(a *accounts) { delete(a.byName, "a") }, store.ErrNotFound, autherr.InvalidCredentials, store.User{}},
		{"the store went away", func(a *accounts) { a.fail = down }, store.ErrConflict, autherr.ServiceUnavailable, store.User{}},
	} {
		users := newAccounts(old)
		l := newLogin(t, auth.LoginConfig{
			Users: &changing{accounts: users, change: func() { tt.change(users) }, err: tt.err}, Hasher: h.Hasher,
			OnRehashError: func(context.Context, string, error) { t.Errorf("%s: that is no failure of the store", tt.name) },
		})
		u, err := l.Check(request(), auth.Attempt{Method: autherr.MethodIDToken, Name: "a", Password: "topsecret"})
		if tt.code != "" {
			require.ErrorIs(t, err, tt.code, tt.name)
			require.Zero(t, u, tt.name)
			continue
		}
		require.NoError(t, err, tt.name)
		if tt.want.ID != "" {
			require.Equal(t, tt.want, u, tt.name)
		}
	}
}

func TestAHashThatCannotBeKeptRefusesNobody(t *testing.T) {
	h := newHashing(t)
	old := store.User{ID: "1", Name: "a", PasswordHash: oldHash(t, "topsecret"), Active: true, Stamp: "1"}
	down := errors.New("read-only")
	var told error
	cfg := auth.LoginConfig{
		Users: &changing{accounts: newAccounts(old), err: down}, Hasher: h.Hasher,
		OnRehashError: func(_ context.Context, id string, err error) {
			require.Equal(t, "1", id)
			told = err
		},
	}
	u, err := newLogin(t, cfg).Check(request(), auth.Attempt{Name: "a", Password: "topsecret"})
	require.NoError(t, err)
	require.Equal(t, old, u, "with the hash that is still on record")
	require.ErrorIs(t, told, down)

	cfg.OnRehashError = nil
	_, err = newLogin(t, cfg).Check(request(), auth.Attempt{Name: "a", Password: "topsecret"})
	require.NoError(t, err)
}

func TestAStoreThatCannotRehashKeepsItsHashes(t *testing.T) {
	h := newHashing(t)
	l := newLogin(t, auth.LoginConfig{Users: newAccounts(store.User{ID: "1", Name: "a", PasswordHash: oldHash(t, "b"), Active: true}), Hasher: h.Hasher})
	_, err := l.Check(request(), auth.Attempt{Name: "a", Password: "b"})
	require.NoError(t, err)
	require.EqualValues(t, 1, h.computed.Load())
}
