package auth_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// hashing is a weak Hasher that counts its computations.
type hashing struct {
	*password.Hasher
	computed atomic.Int64
	on       atomic.Pointer[func()] // called in each computation
}

func newHashing(t testing.TB) *hashing {
	t.Helper()
	return newHashingFor(t, password.Argon2id, password.Bcrypt)
}

// newHashingFor returns one that accepts these formats. The dummy of bcrypt takes longer than all the rest.
func newHashingFor(t testing.TB, formats ...password.Format) *hashing {
	t.Helper()
	h := &hashing{}
	var err error
	h.Hasher, err = password.New(password.Config{
		Argon2id:             password.Argon2idParams{Memory: 64, Time: 1, Threads: 1},
		InsecureWeakArgon2id: true,
		Accept:               formats,
		BcryptCost:           4,
		OnHash: func(password.Format) {
			h.computed.Add(1)
			if f := h.on.Load(); f != nil {
				(*f)()
			}
		},
	})
	require.NoError(t, err)
	return h
}

func (h *hashing) hook(f func()) { h.on.Store(&f) }

func (h *hashing) hash(t testing.TB, pw string) string {
	t.Helper()
	s, err := h.Hash(pw)
	require.NoError(t, err)
	h.computed.Store(0)
	return s
}

// accounts is a UserStore that can be out of order.
type accounts struct {
	mu     sync.Mutex
	byName map[string]store.User
	fail   error  // every lookup fails with it
	before func() // called at the beginning of every lookup
}

func newAccounts(users ...store.User) *accounts {
	a := &accounts{byName: map[string]store.User{}}
	for _, u := range users {
		a.put(u)
	}
	return a
}

func (a *accounts) put(u store.User) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byName[u.Name] = u
}

func (a *accounts) find(match func(store.User) bool) (store.User, error) {
	if a.before != nil {
		a.before()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return store.User{}, a.fail
	}
	for _, u := range a.byName {
		if match(u) {
			return u.Clone(), nil
		}
	}
	return store.User{}, store.ErrNotFound
}

func (a *accounts) UserByID(_ context.Context, id string) (store.User, error) {
	return a.find(func(u store.User) bool { return u.ID == id })
}

func (a *accounts) UserByName(_ context.Context, name string) (store.User, error) {
	return a.find(func(u store.User) bool { return u.Name == name })
}

// The users of most tests; their passwords are in demoAccounts.
func demoAccounts(t testing.TB, h *hashing) *accounts {
	return newAccounts(
		store.User{ID: "1", Name: "my_username", PasswordHash: h.hash(t, "topsecret"), Active: true, Stamp: "s1",
			Roles: []string{"editor"}, Permissions: []string{"create page content"}},
		store.User{ID: "2", Name: "reader", PasswordHash: h.hash(t, "reader-password"), Active: true, Stamp: "s2"},
		store.User{ID: "3", Name: "blocked_user", PasswordHash: h.hash(t, "blocked-password"), Stamp: "s3"},
		store.User{ID: "4", Name: "no_password", Active: true, Stamp: "s4"},
		store.User{ID: "5", Name: "unusable", PasswordHash: "$2y$99$nonsense", Active: true, Stamp: "s5"},
		store.User{ID: "6", Name: "plain", PasswordHash: "topsecret", Active: true, Stamp: "s6"},
	)
}

// newLogin returns a Login that counts no failures unless the test says how: most tests fail more often than anybody may.
func newLogin(t testing.TB, cfg auth.LoginConfig) *auth.Login {
	t.Helper()
	cfg.SkipFloodControl = cfg.Counters == nil && cfg.Flood == (auth.FloodLimits{})
	l, err := auth.NewLogin(cfg)
	require.NoError(t, err)
	return l
}

// newBasic returns a Basic over the demo accounts, and what it hashes with.
func newBasic(t testing.TB, method autherr.Method) (*auth.Basic, *hashing) {
	t.Helper()
	h := newHashing(t)
	b, err := auth.NewBasic(auth.BasicConfig{
		Login:  newLogin(t, auth.LoginConfig{Users: demoAccounts(t, h), Hasher: h.Hasher}),
		Realm:  "Example API",
		Method: method,
	})
	require.NoError(t, err)
	return b, h
}

// request returns a request from this machine with the header fields, given as name and value in turn.
func request(fields ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/node/1", nil)
	r.RemoteAddr = "127.0.0.1:1"
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

func basicValue(pair string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

func basicRequest(pair string) *http.Request { return request("Authorization", basicValue(pair)) }

// authFunc is an Authenticator of an application's own.
type authFunc func(*http.Request) (*auth.Identity, error)

func (f authFunc) Authenticate(r *http.Request) (*auth.Identity, error) { return f(r) }

// accepts returns an Authenticator that lets everybody in under this name.
func accepts(name string) authFunc {
	return func(*http.Request) (*auth.Identity, error) { return &auth.Identity{UserID: name, Name: name}, nil }
}

// fails returns an Authenticator that always answers err.
func fails(err error) authFunc {
	return func(*http.Request) (*auth.Identity, error) { return nil, err }
}

// decline returns an error that declines with the code.
func decline(reason auth.Reason, code autherr.Code) error {
	return auth.Decline(reason, autherr.New(autherr.MethodOAuth, code, nil))
}

// serve sends r through the middleware to a handler that answers with the caller's name.
func serve(mw func(http.Handler) http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	mw(http.HandlerFunc(whoami)).ServeHTTP(w, r)
	return w
}

func whoami(w http.ResponseWriter, r *http.Request) {
	id, ok := auth.FromContext(r.Context())
	if !ok {
		_, _ = w.Write([]byte("anonymous"))
		return
	}
	_, _ = w.Write([]byte(id.Name))
}
