package auth_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// costs requires that answer for so many hashes.
func (d *door) costs(hashes int64, answer, name, pw string) {
	d.t.Helper()
	before := d.h.computed.Load()
	require.Equal(d.t, answer, d.try(from(here), name, pw), "%s", name)
	require.Equal(d.t, hashes, d.h.computed.Load()-before, "%s", name)
}

func TestARightPasswordIsRememberedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute})
		d.costs(1, "ok", "my_username", "topsecret")
		for range 10 {
			time.Sleep(5 * time.Second)
			d.costs(0, "ok", "my_username", "topsecret")
		}
		d.costs(1, "ok", "reader", "reader-password")
		time.Sleep(10*time.Second - time.Nanosecond)
		d.costs(0, "ok", "my_username", "topsecret")
		time.Sleep(time.Nanosecond)
		d.costs(1, "ok", "my_username", "topsecret") // being asked does not prolong it
		d.costs(0, "ok", "my_username", "topsecret")
		d.costs(0, "ok", "reader", "reader-password")
	})
}

func TestNothingIsRememberedUnlessAskedFor(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	d.costs(1, "ok", "my_username", "topsecret")
	d.costs(1, "ok", "my_username", "topsecret")
}

func TestWrongPasswordsAreNotRemembered(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute})
	d.costs(1, "ok", "my_username", "topsecret")
	for _, pw := range []string{"wrong", "topsecre", "topsecret ", "topsecrett", "Topsecret", ""} {
		d.costs(1, wrongCode, "my_username", pw)
		d.costs(1, wrongCode, "my_username", pw)
		require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
	}
	d.costs(1, wrongCode, "reader", "topsecret")
	d.costs(1, wrongCode, "nobody", "topsecret")
	d.costs(1, wrongCode, "no_password", "")
	d.costs(1, wrongCode, "no_password", "")
}

func TestAChangedPasswordCountsAtOnce(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute})
	old, err := d.users.UserByID(t.Context(), "1")
	require.NoError(t, err)
	d.costs(1, "ok", "my_username", "topsecret")
	d.costs(0, "ok", "my_username", "topsecret")

	changed := old
	changed.PasswordHash = d.h.hash(t, "another")
	d.users.put(changed)
	d.costs(1, wrongCode, "my_username", "topsecret")
	d.costs(1, "ok", "my_username", "another")
	d.costs(0, "ok", "my_username", "another")

	changed.PasswordHash = ""
	d.users.put(changed)
	d.costs(1, wrongCode, "my_username", "another")

	other := old // a user who has taken over name and hash is another
	other.ID = "99"
	d.users.put(other)
	d.costs(1, "ok", "my_username", "topsecret")
}

func TestAUserWhoIsBlockedIsRefusedAtOnce(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute})
	user, err := d.users.UserByID(t.Context(), "1")
	require.NoError(t, err)
	d.costs(1, "ok", "my_username", "topsecret")
	user.Active = false
	d.users.put(user)
	d.costs(1, wrongCode, "my_username", "topsecret")
	_, err = d.Check(from(here), auth.Attempt{Method: autherr.MethodBasic, Name: "my_username", Password: "topsecret", RevealBlocked: true})
	require.ErrorIs(t, err, autherr.UserBlocked)
	delete(d.users.byName, "my_username")
	d.costs(1, wrongCode, "my_username", "topsecret")
	user.Active = true
	d.users.put(user)
	require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
	d.costs(1, wrongCode, "blocked_user", "blocked-password") // of whom nothing is remembered
	d.costs(1, wrongCode, "blocked_user", "blocked-password")
}

func TestTheUserIsAsHeIsNow(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute})
	d.costs(1, "ok", "my_username", "topsecret")
	user, err := d.users.UserByID(t.Context(), "1")
	require.NoError(t, err)
	user.Roles = []string{"another"}
	d.users.put(user)
	got, err := d.Check(from(here), auth.Attempt{Name: "my_username", Password: "topsecret"})
	require.NoError(t, err)
	require.Equal(t, user, got)
	d.users.fail = errCounters
	d.costs(0, outageCode, "my_username", "topsecret")
}

func TestALimitedUserIsRefusedThoughHisPasswordIsRemembered(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute})
	d.costs(1, "ok", "my_username", "topsecret")
	d.fail(from(here), "my_username", 4)
	d.costs(0, "ok", "my_username", "topsecret") // which clears the counter like any success
	d.fail(from(here), "my_username", 5)
	d.limited(from(here), "my_username", "topsecret")
	require.Equal(t, "ok", d.try(from(elsewhere), "my_username", "topsecret"))

	b, c := newBrokenDoor(t, auth.LoginConfig{CacheVerified: time.Minute})
	b.costs(1, "ok", "my_username", "topsecret")
	c.fault = func(string) error { return errCounters }
	b.costs(0, outageCode, "my_username", "topsecret")
}

func TestARememberedPasswordTakesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute, Slots: 1, Waiting: auth.NoWaiting})
		d.costs(1, "ok", "my_username", "topsecret")
		proceed := make(chan struct{})
		d.h.hook(func() { <-proceed })
		done := make(chan string)
		go func() { done <- d.try(from(here), "reader", "reader-password") }()
		synctest.Wait()
		require.Equal(t, outageCode, d.try(from(here), "reader", "reader-password"), "hashing is busy")
		require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
		close(proceed)
		require.Equal(t, "ok", <-done)
	})
}

func TestRequestsThatArriveTogetherCostOneHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute, Slots: 1, Waiting: 100})
		proceed := make(chan struct{})
		d.h.hook(func() { <-proceed })
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if code := d.try(from(here), "my_username", "topsecret"); code != "ok" {
					t.Error(code)
				}
			})
		}
		synctest.Wait()
		close(proceed)
		wg.Wait()
		require.EqualValues(t, 1, d.h.computed.Load())
	})
}

func TestARehashIsFollowed(t *testing.T) {
	h := newHashing(t)
	db, err := memstore.New(nil)
	require.NoError(t, err)
	require.NoError(t, db.PutUser(t.Context(), store.User{ID: "1", Name: "a", PasswordHash: oldHash(t, "topsecret"), Active: true, Stamp: "s"}))
	d := &door{t: t, h: h, Login: newLogin(t, auth.LoginConfig{Users: db, Hasher: h.Hasher, CacheVerified: time.Minute})}
	d.costs(2, "ok", "a", "topsecret")
	d.costs(1, "ok", "a", "topsecret") // against the new hash
	d.costs(0, "ok", "a", "topsecret")
	d.costs(1, wrongCode, "a", "wrong")
}

func TestTheCacheIsBounded(t *testing.T) {
	const max = 10_000
	h := newHashing(t)
	users := &many{hash: h.hash(t, "x")}
	d := newDoor(t, auth.LoginConfig{Users: users, CacheVerified: 5 * time.Minute})
	before := heap()
	for i := range 2 * max {
		require.Equal(t, "ok", d.try(from(here), fmt.Sprint("user", i), "x"))
	}
	require.Less(t, heap()-before, int64(4<<20))
	for i := range max/2 - 1 {
		d.costs(0, "ok", fmt.Sprint("user", 2*max-1-i), "x") // the latest are there
	}
	d.costs(1, "ok", "user0", "x") // the oldest are not
}

// many is a store in which there is everybody, with the same password.
type many struct {
	store.UserStore
	hash string
}

func (m *many) UserByName(_ context.Context, name string) (store.User, error) {
	return store.User{ID: name, Name: name, PasswordHash: m.hash, Active: true}, nil
}

func TestManyUseTheCacheAtOnce(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute, Waiting: 1000})
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			name, pw, want := "my_username", "topsecret", "ok"
			if i%10 == 0 {
				name, pw, want = fmt.Sprint("user", i), "topsecret", wrongCode
			}
			for range 10 {
				if code := d.try(from(here), name, pw); code != want {
					t.Error(code)
				}
			}
		})
	}
	wg.Wait()
}

func TestCacheVerifiedIsChecked(t *testing.T) {
	users := demoAccounts(t, newHashing(t))
	for want, cfg := range map[string]auth.LoginConfig{
		"CacheVerified is negative":         {Users: users, CacheVerified: -1},
		"CacheVerified is negative or over": {Users: users, CacheVerified: 5*time.Minute + 1},
		"store.PasswordVerifier":            {Users: &directory{accounts: users}, CacheVerified: time.Minute},
	} {
		l, err := auth.NewLogin(cfg)
		require.ErrorContains(t, err, "CacheVerified")
		require.ErrorContains(t, err, want)
		require.Nil(t, l)
	}
	_, err := auth.NewLogin(auth.LoginConfig{Users: users, CacheVerified: 5 * time.Minute})
	require.NoError(t, err)
}

func TestALoginPrintsNoSecret(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{CacheVerified: time.Minute})
	d.fail(from(here), "my_username", 2)
	d.costs(1, "ok", "my_username", "topsecret")
	basic, err := auth.NewBasic(auth.BasicConfig{Login: d.Login, Realm: "a"})
	require.NoError(t, err)
	forged, err := auth.LimitForged(basic, auth.ForgedLimit{})
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		require.Equal(t, "auth.Login", fmt.Sprintf(verb, d.Login))
		require.Equal(t, "auth.Login", fmt.Sprintf(verb, *d.Login))
		require.Equal(t, "auth.LimitForged", fmt.Sprintf(verb, forged))
		require.Contains(t, fmt.Sprintf(verb, auth.BasicConfig{Login: d.Login}), "auth.Login")
		text := fmt.Sprintf(verb, basic)
		for _, secret := range []string{"topsecret", fmt.Sprintf("%x", "topsecret"), "my_username", "$argon2"} {
			require.NotContains(t, text, secret, verb)
		}
		require.Less(t, len(text), 2500, "neither keys nor maps")
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "login", d.Login)
	require.Contains(t, log.String(), `"auth.Login"`)
}

func TestARememberedLoginTakesFewAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("a sync.Pool forgets at random")
	}
	for name, test := range map[string]struct {
		cfg auth.LoginConfig
		max float64
	}{
		"flood": {auth.LoginConfig{}, 6}, "bare": {auth.LoginConfig{SkipFloodControl: true}, 3},
	} {
		test.cfg.CacheVerified = time.Minute
		basic, err := auth.NewBasic(auth.BasicConfig{Login: benchLogin(t, test.cfg), Realm: "a"})
		require.NoError(t, err)
		r := basicRequest("my_username:topsecret")
		allocs := testing.AllocsPerRun(100, func() { _, _ = basic.Authenticate(r) })
		require.LessOrEqual(t, allocs, test.max, name)
	}
}
