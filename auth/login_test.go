package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// loginMethods are the methods that take passwords, and whether they tell a blocked user that he is.
var loginMethods = map[autherr.Method]bool{
	autherr.MethodBasic: true, autherr.MethodRevoke: true,
	autherr.MethodIDToken: false, autherr.MethodOAuth: false, autherr.MethodServiceToken: false,
}

// wrongAttempts are those that must look alike, one for each reason.
var wrongAttempts = map[string][2]string{
	"unknown user":            {"stranger", "topsecret"},
	"wrong password":          {"my_username", "topsecre"},
	"empty password":          {"my_username", ""},
	"another user's password": {"my_username", "reader-password"},
	"blocked, wrong password": {"blocked_user", "topsecret"},
	"no hash":                 {"no_password", "topsecret"},
	"no hash, empty":          {"no_password", ""},
	"unusable hash":           {"unusable", "topsecret"},
	"plain text as a hash":    {"plain", "topsecret"},
}

func TestEveryAttemptCostsOneHashAndAnswersAlike(t *testing.T) {
	h := newHashing(t)
	l := newLogin(t, auth.LoginConfig{Users: demoAccounts(t, h), Hasher: h.Hasher})
	for method, reveal := range loginMethods {
		var want *httptest.ResponseRecorder
		for name, pair := range wrongAttempts {
			h.computed.Store(0)
			u, err := l.Check(request(), auth.Attempt{Method: method, Name: pair[0], Password: pair[1], RevealBlocked: reveal})
			require.Zero(t, u, name)
			require.ErrorIs(t, err, autherr.InvalidCredentials, name)
			require.EqualValues(t, 1, h.computed.Load(), "%s: %s", method, name)

			w := httptest.NewRecorder()
			autherr.Respond(w, request(), nil, err)
			if want == nil {
				want = w
			}
			require.Equal(t, want.Code, w.Code, name)
			require.Equal(t, want.Body.String(), w.Body.String(), name)
			require.Equal(t, want.Header(), w.Header(), name)
		}

		h.computed.Store(0)
		u, err := l.Check(request(), auth.Attempt{Method: method, Name: "my_username", Password: "topsecret", RevealBlocked: reveal})
		require.NoError(t, err)
		require.Equal(t, "1", u.ID)
		require.EqualValues(t, 1, h.computed.Load(), "a success costs the same")

		h.computed.Store(0)
		u, err = l.Check(request(), auth.Attempt{Method: method, Name: "blocked_user", Password: "blocked-password", RevealBlocked: reveal})
		require.Zero(t, u)
		require.EqualValues(t, 1, h.computed.Load())
		if reveal {
			require.ErrorIs(t, err, autherr.UserBlocked)
			require.Equal(t, "blocked_user", autherr.From(err).User)
			continue
		}
		require.ErrorIs(t, err, autherr.InvalidCredentials)
		w := httptest.NewRecorder()
		autherr.Respond(w, request(), nil, err)
		require.Equal(t, want.Body.String(), w.Body.String())
	}
}

func TestInputThatNoPasswordCanHaveCostsNoHash(t *testing.T) {
	h := newHashing(t)
	users := demoAccounts(t, h)
	looked := 0
	users.before = func() { looked++ }
	l := newLogin(t, auth.LoginConfig{Users: users, Hasher: h.Hasher})
	for name, pair := range map[string][2]string{
		"empty name":           {"", "topsecret"},
		"NUL in the password":  {"my_username", "topsecret\x00"},
		"repeated across NUL":  {"my_username", "topsecret\x00topsecret"},
		"line feed":            {"my_username", "topsecret\n"},
		"DEL":                  {"my_username", "topsecret\x7f"},
		"C1 control":           {"my_username", "topsecret\u0085"},
		"not UTF-8":            {"my_username", "topsecret\xff"},
		"password too long":    {"my_username", strings.Repeat("x", password.MaxInput+1)},
		"control in the name":  {"my_username\x00", "topsecret"},
		"newline in the name":  {"my_username\n", "topsecret"},
		"C1 in the name":       {"my_username\u009b", "topsecret"},
		"name that is no UTF8": {"my_username\xff", "topsecret"},
		"name too long":        {strings.Repeat("x", auth.MaxName+1), "topsecret"},
	} {
		_, err := l.Check(request(), auth.Attempt{Method: autherr.MethodBasic, Name: pair[0], Password: pair[1]})
		require.ErrorIs(t, err, autherr.InvalidCredentials, name)
		require.Zero(t, h.computed.Load(), name)
		require.Zero(t, looked, "%s: nothing is looked up", name)
	}
	_, err := l.Check(request(), auth.Attempt{Name: strings.Repeat("x", auth.MaxName), Password: strings.Repeat("x", password.MaxInput)})
	require.ErrorIs(t, err, autherr.InvalidCredentials)
	require.EqualValues(t, 1, h.computed.Load(), "the longest that is looked at")
}

func TestInputThatTheStoredFormatCannotTakeCostsOneHash(t *testing.T) {
	h := newHashing(t)
	long := strings.Repeat("x", 72)
	hash, err := bcrypt.GenerateFromPassword([]byte(long), 4)
	require.NoError(t, err)
	l := newLogin(t, auth.LoginConfig{Users: newAccounts(store.User{ID: "1", Name: "a", PasswordHash: string(hash), Active: true}), Hasher: h.Hasher})
	_, err = l.Check(request(), auth.Attempt{Name: "a", Password: long + "y"}) // bcrypt would match on the first 72 bytes
	require.ErrorIs(t, err, autherr.InvalidCredentials)
	require.EqualValues(t, 1, h.computed.Load())
	_, err = l.Check(request(), auth.Attempt{Name: "a", Password: long})
	require.NoError(t, err)
}

func TestPasswordsDoNotTravelInClearText(t *testing.T) {
	h := newHashing(t)
	l := newLogin(t, auth.LoginConfig{Users: demoAccounts(t, h), Hasher: h.Hasher})
	for _, pair := range [][2]string{{"my_username", "topsecret"}, {"my_username", "wrong"}, {"", ""}} {
		r := request()
		r.RemoteAddr = "192.0.2.1:5"
		_, err := l.Check(r, auth.Attempt{Method: autherr.MethodIDToken, Name: pair[0], Password: pair[1]})
		require.ErrorIs(t, err, autherr.InsecureTransport)
		require.Zero(t, h.computed.Load())
		require.ErrorIs(t, l.CheckTransport(autherr.MethodIDToken, r), autherr.InsecureTransport)
	}
	require.NoError(t, l.CheckTransport(autherr.MethodIDToken, request()))
}

func TestALoginThatWasNotMadeRefuses(t *testing.T) {
	for _, l := range []*auth.Login{nil, {}} {
		_, err := l.Check(request(), auth.Attempt{Name: "my_username", Password: "topsecret"})
		require.ErrorIs(t, err, autherr.InternalError)
		require.ErrorIs(t, l.CheckTransport("", request()), autherr.InternalError)
	}
}

func TestAStoreOutageIsNotAFailureOfTheUser(t *testing.T) {
	h := newHashing(t)
	users := demoAccounts(t, h)
	users.fail = errors.New("down")
	l := newLogin(t, auth.LoginConfig{Users: users, Hasher: h.Hasher})
	_, err := l.Check(request(), auth.Attempt{Method: autherr.MethodBasic, Name: "my_username", Password: "topsecret"})
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.ErrorIs(t, err, users.fail)
	require.Zero(t, h.computed.Load())
	w := httptest.NewRecorder()
	autherr.Respond(w, request(), nil, err)
	require.Equal(t, 503, w.Code)
	require.Equal(t, "1", w.Header().Get("Retry-After"))

	users.fail = nil
	_, err = l.Check(request(), auth.Attempt{Method: autherr.MethodBasic, Name: "my_username", Password: "topsecret"})
	require.NoError(t, err, "nothing is remembered of it")
}

func TestAUserWithoutAnIDIsABugOfTheStore(t *testing.T) {
	h := newHashing(t)
	l := newLogin(t, auth.LoginConfig{Users: newAccounts(store.User{Name: "a", PasswordHash: h.hash(t, "b"), Active: true}), Hasher: h.Hasher})
	for _, password := range []string{"b", "wrong"} {
		_, err := l.Check(request(), auth.Attempt{Name: "a", Password: password})
		require.ErrorIs(t, err, autherr.InternalError)
	}
}

// directory is a store that reveals no hash.
type directory struct {
	*accounts
	passwords map[string]string
	asked     int
	fail      error
	rehashed  bool
}

func (d *directory) VerifyPassword(ctx context.Context, name, pw string) (store.User, error) {
	d.asked++
	if d.fail != nil {
		return store.User{}, d.fail
	}
	want, ok := d.passwords[name]
	switch {
	case !ok:
		return store.User{}, fmt.Errorf("ldap: %w", store.ErrNotFound)
	case want != pw:
		return store.User{}, store.ErrPasswordMismatch
	}
	return d.UserByName(ctx, name)
}

func (d *directory) RehashPassword(context.Context, string, string, string) error {
	d.rehashed = true
	return nil
}

func TestAPasswordVerifierDecidesInPlaceOfTheHash(t *testing.T) {
	h := newHashing(t)
	d := &directory{accounts: demoAccounts(t, h), passwords: map[string]string{"no_password": "ldap", "blocked_user": "ldap", "ghost": "ldap"}}
	d.put(store.User{Name: "ghost", Active: true})
	l := newLogin(t, auth.LoginConfig{Users: d, Hasher: h.Hasher})
	try := func(name, pw string) (store.User, error) {
		d.asked = 0
		u, err := l.Check(request(), auth.Attempt{Method: autherr.MethodBasic, Name: name, Password: pw, RevealBlocked: true})
		require.Equal(t, 1, d.asked, "one verification")
		require.Zero(t, h.computed.Load(), "and no hash")
		require.False(t, d.rehashed)
		return u, err
	}
	u, err := try("no_password", "ldap")
	require.NoError(t, err)
	require.Equal(t, "4", u.ID)
	for _, pair := range [][2]string{{"no_password", "wrong"}, {"stranger", "ldap"}, {"my_username", "topsecret"}, {"blocked_user", "wrong"}} {
		_, err = try(pair[0], pair[1])
		require.ErrorIs(t, err, autherr.InvalidCredentials)
	}
	_, err = try("blocked_user", "ldap")
	require.ErrorIs(t, err, autherr.UserBlocked)
	_, err = try("ghost", "ldap")
	require.ErrorIs(t, err, autherr.InternalError, "no ID")
	d.fail = errors.New("down")
	_, err = try("no_password", "ldap")
	require.ErrorIs(t, err, autherr.ServiceUnavailable)

	_, err = l.Check(request(), auth.Attempt{Name: "a\x00", Password: "b"})
	require.ErrorIs(t, err, autherr.InvalidCredentials)
	require.Equal(t, 1, d.asked, "the directory is not asked about what no name can be")
}

func TestLoginErrorsHoldNoSecret(t *testing.T) {
	h := newHashing(t)
	users := demoAccounts(t, h)
	l := newLogin(t, auth.LoginConfig{Users: users, Hasher: h.Hasher})
	for name, pair := range wrongAttempts {
		_, err := l.Check(request(), auth.Attempt{Method: autherr.MethodBasic, Name: pair[0], Password: pair[1] + "SeCrEt"})
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err)} {
			require.NotContains(t, text, "SeCrEt", name)
			require.NotContains(t, text, "$argon2", name)
			require.NotContains(t, text, "$2y$", name)
		}
	}
}

func TestLoginConfigurationErrors(t *testing.T) {
	users := newAccounts()
	for want, cfg := range map[string]auth.LoginConfig{
		"Users":   {},
		"Users ":  {Users: (*accounts)(nil)},
		"Slots":   {Users: users, Slots: -1},
		"Waiting": {Users: users, Waiting: -2},
		"Hasher":  {Users: users, Hasher: &password.Hasher{}},
	} {
		l, err := auth.NewLogin(cfg)
		require.ErrorContains(t, err, strings.TrimSpace(want))
		require.Nil(t, l)
	}
	l, err := auth.NewLogin(auth.LoginConfig{Users: users})
	require.NoError(t, err, "everything else has a default")
	require.NotNil(t, l)
}

func TestAPanicBehindBasicIsTheDocumented500(t *testing.T) {
	h := newHashing(t)
	users := demoAccounts(t, h)
	users.before = func() { panic("store") }
	b, err := auth.NewBasic(auth.BasicConfig{Login: newLogin(t, auth.LoginConfig{Users: users, Hasher: h.Hasher, Slots: 1}), Realm: "a"})
	require.NoError(t, err)
	mw := auth.Require(b, nil)
	for range 3 { // a slot that is not given back would stop the second
		w := serve(mw, basicRequest("my_username:topsecret"))
		require.Equal(t, http.StatusInternalServerError, w.Code)
		require.NotContains(t, w.Body.String(), "store")
	}
}
