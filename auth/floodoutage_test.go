package auth_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// brokenCounters notes what it is asked and can be out of order, as a whole or in parts.
type brokenCounters struct {
	store.CounterStore
	mu    sync.Mutex
	calls []string
	fault func(call string) error // may panic
}

func (c *brokenCounters) called(call string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call)
	if c.fault != nil {
		return c.fault(call)
	}
	return nil
}

func (c *brokenCounters) LimitedUntil(ctx context.Context, now time.Time, limits ...store.Limit) (time.Time, error) {
	if err := c.called("LimitedUntil"); err != nil {
		return time.Time{}, err
	}
	return c.CounterStore.LimitedUntil(ctx, now, limits...)
}

func (c *brokenCounters) CountEvent(ctx context.Context, now time.Time, event store.EventID, limits ...store.Limit) error {
	if err := c.called("CountEvent"); err != nil {
		return err
	}
	return c.CounterStore.CountEvent(ctx, now, event, limits...)
}

func (c *brokenCounters) ClearCounters(ctx context.Context, counters ...store.CounterID) error {
	if err := c.called("ClearCounters"); err != nil {
		return err
	}
	return c.CounterStore.ClearCounters(ctx, counters...)
}

var errCounters = errors.New("connection to 10.0.0.7 refused")

// only returns a fault of one call.
func only(call string, fault func() error) func(string) error {
	return func(c string) error {
		if c == call {
			return fault()
		}
		return nil
	}
}

func refused() error { return errCounters }

func newBrokenDoor(t *testing.T, cfg auth.LoginConfig) (*door, *brokenCounters) {
	c := &brokenCounters{CounterStore: auth.NewCounters(0)}
	cfg.Counters = c
	return newDoor(t, cfg), c
}

func TestWithoutCountersNoGuessIsAnswered(t *testing.T) {
	d, c := newBrokenDoor(t, auth.LoginConfig{})
	c.fault = func(string) error { return errCounters }
	for _, pw := range []string{"topsecret", "wrong"} {
		_, err := d.Check(from(here), auth.Attempt{Method: autherr.MethodBasic, Name: "my_username", Password: pw})
		require.ErrorIs(t, err, autherr.ServiceUnavailable)
		require.ErrorIs(t, err, errCounters)
		require.NotErrorIs(t, err, autherr.InvalidCredentials)
	}
	require.Zero(t, d.h.computed.Load())
	c.fault = nil
	require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"), "and nothing was counted")
}

// A store that has become read-only answers what it is asked, and counts nothing: 503 for a wrong password and 200 for the right one would be as good
// to guess by as 401.
func TestWhatCannotBeCountedInTheStoreIsCountedHere(t *testing.T) {
	for name, fault := range map[string]func() error{"refused": refused, "panic": func() error { panic("counters") }} {
		d, c := newBrokenDoor(t, auth.LoginConfig{Slots: 1, Waiting: auth.NoWaiting})
		c.fault = only("CountEvent", fault)
		for i := range 5 {
			guess := func() string { return d.try(from(here), "my_username", fmt.Sprint("guess", i)) }
			if name == "panic" {
				require.Panics(t, func() { guess() })
			} else {
				require.Equal(t, outageCode, guess(), "no failure is answered that is not counted in the store")
			}
		}
		d.limited(from(here), "my_username", "topsecret")
		d.limited(from(here), "my_username", "guess77")
		require.Equal(t, "ok", d.try(from(elsewhere), "my_username", "topsecret"), "others get in")

		c.fault = nil
		d.limited(from(here), "my_username", "topsecret")
		d.fail(from(elsewhere), "my_username", 4)
		require.Equal(t, "ok", d.try(from(elsewhere), "my_username", "topsecret"))
		d.fail(from(elsewhere), "my_username", 4)
	}
}

func TestThatAUserIsBlockedIsNotToldUnlessItIsCounted(t *testing.T) {
	d, c := newBrokenDoor(t, auth.LoginConfig{})
	c.fault = only("CountEvent", refused)
	_, err := d.Check(from(here), auth.Attempt{Method: autherr.MethodBasic, Name: "blocked_user", Password: "blocked-password", RevealBlocked: true})
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.NotErrorIs(t, err, autherr.UserBlocked)
}

func TestASuccessClearsWhatWasCountedHereToo(t *testing.T) {
	d, c := newBrokenDoor(t, auth.LoginConfig{})
	for round := range 3 {
		c.fault = only("CountEvent", refused)
		for i := range 4 {
			require.Equal(t, outageCode, d.try(from(here), "my_username", fmt.Sprint("guess", round, i)))
		}
		c.fault = nil
		require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
	}
}

func TestThatACounterCannotBeClearedRefusesNobody(t *testing.T) {
	d, c := newBrokenDoor(t, auth.LoginConfig{})
	c.fault = only("ClearCounters", refused)
	d.fail(from(here), "my_username", 4)
	require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
	d.fail(from(here), "my_username", 1)
	d.limited(from(here), "my_username", "topsecret")
}

func TestPanickingCountersReleaseTheSlot(t *testing.T) {
	for _, call := range []string{"LimitedUntil", "CountEvent", "ClearCounters"} {
		d, c := newBrokenDoor(t, auth.LoginConfig{Slots: 1, Waiting: auth.NoWaiting})
		c.fault = only(call, func() error { panic("counters") })
		pw := "wrong"
		if call == "ClearCounters" {
			pw = "topsecret"
		}
		for range 3 {
			require.PanicsWithValue(t, "counters", func() { d.try(from(here), "my_username", pw) }, call)
		}
		b, err := auth.NewBasic(auth.BasicConfig{Login: d.Login, Realm: "a"})
		require.NoError(t, err)
		w := serve(auth.Require(b, nil), basicRequest("my_username:"+pw))
		require.Equal(t, 500, w.Code)
		require.NotContains(t, w.Body.String(), "counters")

		c.fault = nil
		require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"), call)
	}
}

func TestHangingCountersDoNotHoldAClientThatHasLeftForEver(t *testing.T) {
	d, c := newBrokenDoor(t, auth.LoginConfig{})
	c.CounterStore = deadline{c.CounterStore}
	_, err := d.Check(from(here), auth.Attempt{Method: autherr.MethodBasic, Name: "my_username", Password: "wrong"})
	require.ErrorIs(t, err, errNoDeadline)
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
}

// deadline is a store that says whether it would wait for ever.
type deadline struct{ store.CounterStore }

var errNoDeadline = errors.New("a deadline of 5 seconds, and not the client's end")

func (deadline) CountEvent(ctx context.Context, _ time.Time, _ store.EventID, _ ...store.Limit) error {
	if at, ok := ctx.Deadline(); ok && time.Until(at) <= 5*time.Second {
		return errNoDeadline
	}
	return nil
}

// stuckCounters clear nothing before they are released or, if they heed it, before the context ends.
type stuckCounters struct {
	store.CounterStore
	release chan struct{}
	heedful bool
}

func (c *stuckCounters) ClearCounters(ctx context.Context, counters ...store.CounterID) error {
	var done <-chan struct{}
	if c.heedful {
		done = ctx.Done()
	}
	select {
	case <-c.release:
		return c.CounterStore.ClearCounters(ctx, counters...)
	case <-done:
		return ctx.Err()
	}
}

// One right password costs one request, and not the slot in which everybody's are hashed, while the counters hang that it clears.
func TestCountersThatHangCostARequestAndNotTheSlot(t *testing.T) {
	for _, heedful := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c := &stuckCounters{CounterStore: auth.NewCounters(0), release: make(chan struct{}), heedful: heedful}
			d := newDoor(t, auth.LoginConfig{Slots: 1, Waiting: auth.NoWaiting, Counters: c})
			start, answer := time.Now(), make(chan string, 1)
			go func() { answer <- d.try(from(here), "reader", "reader-password") }()
			synctest.Wait()
			require.Empty(t, answer, "he waits for the counters")
			d.fail(from(elsewhere), "my_username", 1)
			if !heedful {
				close(c.release)
			}
			require.Equal(t, "ok", <-answer, "that he cannot be forgiven his failures is no reason to refuse him")
			if heedful {
				require.Equal(t, 5*time.Second, time.Since(start), "as for what is counted")
			}
		})
	}
}

// What is counted here is cleared here, however long the store has been waited for.
func TestASuccessClearsWhatWasCountedHereThoughTheStoreHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := &brokenCounters{CounterStore: auth.NewCounters(0)}
		d := newDoor(t, auth.LoginConfig{Counters: &stuckCounters{CounterStore: broken, heedful: true}})
		for round := range 3 {
			broken.fault = only("CountEvent", refused)
			for i := range 4 {
				require.Equal(t, outageCode, d.try(from(here), "my_username", fmt.Sprint("guess", round, i)))
			}
			broken.fault = nil
			require.Equal(t, "ok", d.try(from(here), "my_username", "topsecret"))
		}
	})
}
