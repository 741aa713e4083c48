package servicetoken_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// The documented vector, and the user and the site it belongs to.
const (
	realm       = "Example API"
	vectorToken = "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM"
	vectorEnd   = 1449517187
)

var vectorHash = "$S$D" + strings.Repeat("A", 51)

func vectorKey() servicetoken.Key {
	return servicetoken.DrupalKey("AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE", "hash-salt")
}

func vectorUser() store.User {
	return store.User{
		ID: "1", Name: "my_username", PasswordHash: vectorHash, Active: true,
		Roles: []string{"editor"}, Permissions: []string{servicetoken.DefaultPermission},
	}
}

func newStore(t testing.TB, users ...store.User) *memstore.Store {
	t.Helper()
	s, err := memstore.New(nil)
	require.NoError(t, err)
	for _, u := range users {
		require.NoError(t, s.PutUser(t.Context(), u))
	}
	return s
}

// newService fills in what cfg leaves out.
func newService(t testing.TB, cfg servicetoken.Config) *servicetoken.Service {
	t.Helper()
	if cfg.Users == nil {
		cfg.Users = newStore(t, vectorUser())
	}
	if cfg.Keys == nil {
		cfg.Keys = []servicetoken.Key{vectorKey()}
	}
	if cfg.Realm == "" {
		cfg.Realm = realm
	}
	s, err := servicetoken.New(cfg)
	require.NoError(t, err)
	return s
}

func newLogin(t testing.TB, users store.UserStore, cfg password.Config) *auth.Login {
	t.Helper()
	l, err := auth.NewLogin(auth.LoginConfig{Users: users, Hasher: newHasher(t, cfg)})
	require.NoError(t, err)
	return l
}

// newHasher returns one that is fast unless cfg says how it hashes.
func newHasher(t testing.TB, cfg password.Config) *password.Hasher {
	t.Helper()
	if cfg.Argon2id == (password.Argon2idParams{}) {
		cfg.Argon2id, cfg.InsecureWeakArgon2id = password.Argon2idParams{Memory: 64, Time: 1, Threads: 1}, true
	}
	h, err := password.New(cfg)
	require.NoError(t, err)
	return h
}

// request returns a request from this machine with a token, or another user name, and a password.
func request(name, pw string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/api/user/1", nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.SetBasicAuth(name, pw)
	return r
}

// accepted requires that the token opens the service.
func accepted(t testing.TB, s auth.Authenticator, token string) *auth.Identity {
	t.Helper()
	id, err := s.Authenticate(request(token, ""))
	require.NoError(t, err)
	return id
}

// refused requires the one answer of tokens that do not work, and returns its cause.
func refused(t testing.TB, s auth.Authenticator, token string) error {
	t.Helper()
	id, err := s.Authenticate(request(token, ""))
	require.Nil(t, id)
	return hasCode(t, err, autherr.InvalidCredentials)
}

// hasCode requires an *autherr.Error of this method with the code, and returns it.
func hasCode(t testing.TB, err error, code autherr.Code) error {
	t.Helper()
	e, ok := errors.AsType[*autherr.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, e.Code)
	require.Equal(t, autherr.MethodServiceToken, e.Method)
	return err
}

// faultyStore fails as it is told.
type faultyStore struct {
	store.UserStore
	err   error
	panic bool
	other bool // answers with another user's record
}

func (f *faultyStore) UserByID(ctx context.Context, id string) (store.User, error) {
	switch {
	case f.panic:
		panic("store fell over")
	case f.err != nil:
		return store.User{}, f.err
	}
	u, err := f.UserStore.UserByID(ctx, id)
	if f.other {
		u.ID += "0"
	}
	return u, err
}

// directory is a store that checks passwords itself and shows no hashes. Every password is right.
type directory struct{ store.UserStore }

func (d directory) VerifyPassword(ctx context.Context, name, _ string) (store.User, error) {
	return d.UserByName(ctx, name)
}
