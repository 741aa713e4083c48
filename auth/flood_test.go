package auth_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// door is a Login with flood control over the demo accounts.
type door struct {
	*auth.Login
	t       testing.TB
	h       *hashing
	users   *accounts
	guesses int
}

func newDoor(t testing.TB, cfg auth.LoginConfig) *door {
	t.Helper()
	d := &door{t: t, h: newHashingFor(t, password.Argon2id)}
	d.users = demoAccounts(t, d.h)
	if cfg.Users == nil {
		cfg.Users = d.users
	}
	if cfg.Counters == nil {
		cfg.Counters = auth.NewCounters(0)
	}
	cfg.Hasher = d.h.Hasher
	d.Login = newLogin(t, cfg)
	return d
}

// from returns a request over TLS from this address, with header fields.
func from(address string, fields ...string) *http.Request {
	r := request(fields...)
	r.RemoteAddr = address
	if !strings.Contains(address, "]") && strings.Count(address, ":") != 1 {
		r.RemoteAddr = address + ":1"
	}
	r.TLS = new(tls.ConnectionState)
	return r
}

// try returns the answer to an attempt: "ok", or the code.
func (d *door) try(r *http.Request, name, pw string) string {
	d.t.Helper()
	code, _ := d.answer(r, name, pw)
	return code
}

// answer returns the code and after which time to try again.
func (d *door) answer(r *http.Request, name, pw string) (string, time.Duration) {
	d.t.Helper()
	_, err := d.Check(r, auth.Attempt{Method: autherr.MethodBasic, Name: name, Password: pw})
	if err == nil {
		return "ok", 0
	}
	e := autherr.From(err)
	return string(e.Code), e.RetryAfter
}

const (
	here      = "192.0.2.1"
	elsewhere = "198.51.100.7"

	wrongCode   = string(autherr.InvalidCredentials)
	limitedCode = string(autherr.TooManyRequests)
	outageCode  = string(autherr.ServiceUnavailable)
)

// fail fails so often, each time with another password.
func (d *door) fail(r *http.Request, name string, times int) {
	d.t.Helper()
	for range times {
		d.guesses++
		require.Equal(d.t, wrongCode, d.try(r, name, fmt.Sprint("guess", d.guesses)), "%s", name)
	}
}

// limited requires that not even the right password is looked at.
func (d *door) limited(r *http.Request, name, pw string) {
	d.t.Helper()
	before := d.h.computed.Load()
	require.Equal(d.t, limitedCode, d.try(r, name, pw), "%s", name)
	require.Equal(d.t, before, d.h.computed.Load(), "no hash is computed")
}

func TestTheRightPasswordIsRefusedToo(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	d.fail(from(here), "my_username", 5)
	d.limited(from(here), "my_username", "topsecret")
	require.Equal(t, "ok", d.try(from(elsewhere), "my_username", "topsecret"), "from another address he gets in")
	require.Equal(t, "ok", d.try(from(here), "reader", "reader-password"), "and from this one another user")
	d.limited(from(here), "my_username", "topsecret")
	d.limited(from(here), "my_username", "wrong")
}

func TestTheDefaultLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		is := func(d *door, address string, want time.Duration) {
			t.Helper()
			code, after := d.answer(from(address), "my_username", "topsecret")
			require.Equal(t, limitedCode, code)
			require.Equal(t, want, after)
		}
		d := newDoor(t, auth.LoginConfig{})
		d.fail(from(here), "my_username", 5)
		is(d, here, 6*time.Hour)

		d = newDoor(t, auth.LoginConfig{})
		for i := range 50 {
			d.fail(from(here), fmt.Sprint("user", i), 1)
		}
		is(d, here, time.Hour)

		d = newDoor(t, auth.LoginConfig{})
		for i := range 100 {
			d.fail(from(fmt.Sprint("192.0.2.", i)), "my_username", 1)
		}
		is(d, elsewhere, 24*time.Hour)
	})
}

func TestRevocationHasALimitOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, auth.LoginConfig{})
		revoke := func(name, pw string) error {
			_, err := d.Check(from(here), auth.Attempt{Method: autherr.MethodRevoke, Name: name, Password: pw})
			return err
		}
		for i := range 5 {
			require.ErrorIs(t, revoke(fmt.Sprint("user", i), "wrong"), autherr.InvalidCredentials)
		}
		err := revoke("my_username", "topsecret")
		require.ErrorIs(t, err, autherr.TooManyRequests)
		require.Equal(t, 5*time.Minute, autherr.From(err).RetryAfter)
		require.Equal(t, autherr.MethodRevoke, autherr.From(err).Method)
		require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"), "in addition to the others, at this endpoint")
		d.fail(from(here), "my_username", 4)
		time.Sleep(5 * time.Minute)
		require.ErrorIs(t, revoke("my_username", "wrong"), autherr.InvalidCredentials)
		require.ErrorIs(t, revoke("my_username", "topsecret"), autherr.TooManyRequests, "and the others hold there too")
	})
}

func TestRetryAfterIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, auth.LoginConfig{Flood: auth.FloodLimits{
			PerUserAndAddress: auth.Rate{Max: 3, Window: time.Minute},
			PerAddress:        auth.Rate{Max: 5, Window: 10 * time.Minute},
		}})
		for _, wait := range []time.Duration{0, 10 * time.Second, 10 * time.Second} {
			time.Sleep(wait)
			d.fail(from(here), "my_username", 1)
		}
		is := func(want time.Duration) {
			t.Helper()
			code, after := d.answer(from(here), "my_username", "topsecret")
			require.Equal(t, limitedCode, code)
			require.Equal(t, want, after)
		}
		is(40 * time.Second)
		time.Sleep(39 * time.Second)
		is(time.Second)
		time.Sleep(time.Second - time.Microsecond)
		is(time.Microsecond)
		time.Sleep(time.Microsecond)
		d.fail(from(here), "my_username", 1) // the first has gone; this is one more
		is(10 * time.Second)
		time.Sleep(10 * time.Second)
		d.fail(from(here), "my_username", 1) // the fifth from this address within ten minutes
		is(10*time.Minute - 70*time.Second)
		time.Sleep(10*time.Minute - 70*time.Second)
		require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
		d.fail(from(here), "my_username", 1)
		is(10 * time.Second) // the fifth again
	})
}

func TestTheAnswerOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, auth.LoginConfig{})
		b, err := auth.NewBasic(auth.BasicConfig{Login: d.Login, Realm: "a"})
		require.NoError(t, err)
		d.fail(request(), "my_username", 5)
		time.Sleep(1500 * time.Millisecond)
		w := serve(auth.Require(b, nil), basicRequest("my_username:topsecret"))
		require.Equal(t, http.StatusTooManyRequests, w.Code)
		require.Equal(t, "21599", w.Header().Get("Retry-After"), "rounded up: 6 hours less 1.5 seconds")
		require.Equal(t, `{"status":"error","http_code":"429","error":"TOO_MANY_REQUESTS","error_description":"Too many attempts. Try again later."}`, w.Body.String())
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	})
}

func TestASuccessClearsTheCounterOfThatUserAndAddressOnly(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{Flood: auth.FloodLimits{PerAddress: auth.Rate{Max: 12, Window: time.Hour}}})
	d.fail(from(here), "my_username", 4)
	d.fail(from(elsewhere), "my_username", 4)
	d.fail(from(here), "reader", 2)
	require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
	d.fail(from(here), "my_username", 4)
	d.fail(from(elsewhere), "my_username", 1)
	d.limited(from(elsewhere), "my_username", "topsecret")

	require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
	d.fail(from(here), "reader", 2) // the twelfth from here
	d.limited(from(here), "my_username", "topsecret")
}

func TestASuccessDoesNotClearTheCounterOfTheUser(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{Flood: auth.FloodLimits{PerUser: auth.Rate{Max: 9, Window: time.Hour}}})
	for i := range 3 {
		r := from(fmt.Sprint("192.0.2.", i))
		d.fail(r, "my_username", 3)
		if i < 2 {
			require.Equal(t, "ok", d.try(r, "my_username", "topsecret"))
		}
	}
	d.limited(from(elsewhere), "my_username", "topsecret")
}

func TestASecondAccountResetsNobodyElse(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	// Also one that looks like the victim's, in a store for which the two are different.
	for i, name := range []string{"mallory", "My_Username", "my_username ", "m\u00fd_username", "\uff4dy_username"} {
		d.users.put(store.User{ID: fmt.Sprint("mallory", i), Name: name, PasswordHash: d.h.hash(t, "mallory-password"), Active: true, Stamp: "s"})
	}
	for i, name := range []string{"mallory", "My_Username", "my_username ", "m\u00fd_username", "\uff4dy_username"} {
		r := from(fmt.Sprint("192.0.2.", i))
		d.fail(r, "my_username", 4)
		require.Equal(t, "ok", d.try(r, name, "mallory-password"))
		d.fail(r, "my_username", 1)
		require.Equal(t, "ok", d.try(r, name, "mallory-password"))
		d.limited(r, "my_username", "topsecret")
	}
	// Nor the counter of the address.
	for i := range 50 {
		r := from(elsewhere)
		d.fail(r, fmt.Sprint("victim", i), 1)
		if i < 49 {
			require.Equal(t, "ok", d.try(r, "mallory", "mallory-password"))
		}
	}
	d.limited(from(elsewhere), "mallory", "mallory-password")
}

func TestTheSameWrongPasswordCountsOnceAndIsAnsweredAlike(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	for _, name := range []string{"my_username", "nobody", "no_password", "blocked_user"} {
		d.h.computed.Store(0)
		for range 30 {
			require.Equal(t, wrongCode, d.try(from(here), name, "my old password"))
		}
		require.EqualValues(t, 30, d.h.computed.Load(), "each time it costs a hash")
		d.fail(from(here), name, 4)
		d.limited(from(here), name, "my old password")
	}
	// Of another user it is another failure: who tries one password on many users is limited as well.
	for i := range 30 {
		require.Equal(t, wrongCode, d.try(from(here), fmt.Sprint("user", i), "my old password"))
	}
	d.limited(from(here), "user99", "my old password")
}

func TestASuccessAsksTheCountersTwice(t *testing.T) {
	c := &brokenCounters{CounterStore: auth.NewCounters(0)}
	d := newDoor(t, auth.LoginConfig{Counters: c})
	require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
	require.Equal(t, []string{"LimitedUntil", "ClearCounters"}, c.calls)
	c.calls = nil
	d.fail(from(here), "my_username", 1)
	require.Equal(t, []string{"LimitedUntil", "CountEvent"}, c.calls)
}

func TestWhoHangsUpIsCountedAllTheSame(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	for i := range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		d.h.hook(cancel) // in the middle of the hash
		require.Equal(t, wrongCode, d.try(from(here).WithContext(ctx), "my_username", fmt.Sprint("guess", i)))
	}
	d.h.hook(func() {})
	d.limited(from(here), "my_username", "topsecret")
}

func TestInputThatNoPasswordCanHaveCostsNoCount(t *testing.T) {
	c := &brokenCounters{CounterStore: auth.NewCounters(0)}
	d := newDoor(t, auth.LoginConfig{Counters: c})
	for range 10 {
		for _, pair := range [][2]string{
			{"my_username", "a\x00"}, {"my_username", strings.Repeat("x", password.MaxInput+1)}, {"my_username\n", "a"}, {"", "a"},
			{strings.Repeat("x", auth.MaxName+1), "a"}, {strings.Repeat("x", 1<<20), "a"}, {"\xff", "a"},
		} {
			require.Equal(t, wrongCode, d.try(from(here), pair[0], pair[1]))
		}
	}
	require.Empty(t, c.calls)
	r := request()
	r.RemoteAddr = "192.0.2.1:1"
	require.Equal(t, string(autherr.InsecureTransport), d.try(r, "my_username", "wrong"))
	require.Empty(t, c.calls)
	require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
}

func TestABlockedUserCountsAlikeWhateverHisPassword(t *testing.T) {
	for _, reveal := range []bool{false, true} {
		for i, pw := range []string{"blocked-password", "wrong"} {
			d := newDoor(t, auth.LoginConfig{})
			r := from(here)
			check := func(pw string) error {
				_, err := d.Check(r, auth.Attempt{Method: autherr.MethodBasic, Name: "blocked_user", Password: pw, RevealBlocked: reveal})
				return err
			}
			d.fail(r, "blocked_user", 4)
			want := autherr.InvalidCredentials
			if reveal && i == 0 {
				want = autherr.UserBlocked
			}
			d.h.computed.Store(0)
			require.ErrorIs(t, check(pw), want, "only the right password reveals it")
			require.EqualValues(t, 1, d.h.computed.Load())
			require.ErrorIs(t, check(pw), autherr.TooManyRequests)
			require.ErrorIs(t, check("blocked-password"), autherr.TooManyRequests, "then not even that one")
		}
	}
}

func TestAStoreOutageIsNotCounted(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	d.users.fail = errors.New("down")
	for i := range 100 {
		require.Equal(t, outageCode, d.try(from(here), "my_username", fmt.Sprint("guess", i)))
	}
	d.users.fail = nil
	require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))

	l := &directory{accounts: d.users, passwords: map[string]string{"my_username": "ldap"}, fail: errors.New("down")}
	dir := newDoor(t, auth.LoginConfig{Users: l})
	for i := range 100 {
		require.Equal(t, outageCode, dir.try(from(here), "my_username", fmt.Sprint("guess", i)))
	}
	l.fail = nil
	require.Equal(t, "ok", dir.try(from(here), "my_username", "ldap"))
}

func TestCountersOutliveARestartIfTheirStoreDoes(t *testing.T) {
	counters := auth.NewCounters(0)
	for i := range 5 {
		newDoor(t, auth.LoginConfig{Counters: counters}).fail(from(here), "my_username", 1)
		if i == 3 {
			newDoor(t, auth.LoginConfig{}).fail(from(here), "my_username", 5) // other counters are of no account
		}
	}
	newDoor(t, auth.LoginConfig{Counters: counters}).limited(from(here), "my_username", "topsecret")
}
