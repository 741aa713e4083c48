package auth_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// clearings counts the hashes, and notes how many there had been each time a success cleared a counter. None begins meanwhile.
type clearings struct {
	store.CounterStore
	mu       sync.Mutex
	computed int
	at       []int
}

func (c *clearings) hashed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.computed++
}

func (c *clearings) ClearCounters(ctx context.Context, counters ...store.CounterID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = append(c.at, c.computed)
	return c.CounterStore.ClearCounters(ctx, counters...)
}

// Of a thousand guesses that come at once, at most as many passwords are looked at as the limit allows and there are slots. If the right one is among
// these, its owner has come: he clears his counter, as documented, and from then on as many again are looked at, but never more between one success
// and the next.
func TestParallelGuessesAreLimitedLikeOthers(t *testing.T) {
	for _, right := range []int{-1, 0, 500} { // which of them is the right password
		for _, slots := range []int{1, 3} {
			for round := range 3 {
				c := &clearings{CounterStore: auth.NewCounters(0)}
				d := newDoor(t, auth.LoginConfig{Slots: slots, Waiting: 1000, Counters: c})
				d.h.hook(c.hashed)
				guess := func(i int) {
					pw := fmt.Sprint("guess", i)
					if i == right {
						pw = "topsecret"
					}
					if code := d.try(from(here), "my_username", pw); (code != "ok" || i != right) && code != wrongCode && code != limitedCode {
						t.Error(code)
					}
				}
				if right == 0 { // who is first in any case
					guess(0)
				}
				var wg sync.WaitGroup
				gate := make(chan struct{})
				for i := range 1000 {
					if i == 0 && right == 0 {
						continue
					}
					wg.Go(func() {
						<-gate
						guess(i)
					})
				}
				close(gate)
				wg.Wait()
				require.LessOrEqual(t, len(c.at), 1)
				before := 0
				for _, n := range append(c.at, c.computed) {
					require.LessOrEqual(t, n-before, 5+slots, "round %d, right %d", round, right)
					before = n
				}
				require.GreaterOrEqual(t, c.computed, 5)
			}
		}
	}
}

// The counters may be shared: what others fail while one waits for his turn counts.
func TestWhoHasWaitedIsAskedAboutAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counters := auth.NewCounters(0)
		one, other := newDoor(t, auth.LoginConfig{Counters: counters, Slots: 1}), newDoor(t, auth.LoginConfig{Counters: counters})
		proceed := make(chan struct{})
		one.h.hook(func() { <-proceed })
		first, second := make(chan string, 1), make(chan string, 1)
		go func() { first <- one.try(from(here), "reader", "reader-password") }()
		synctest.Wait()
		go func() { second <- one.try(from(here), "my_username", "topsecret") }()
		synctest.Wait()
		other.fail(from(here), "my_username", 5)
		proceed <- struct{}{}
		require.Equal(t, "ok", <-first)
		require.Equal(t, limitedCode, <-second)
		require.EqualValues(t, 1, one.h.computed.Load())
	})
}

// slowCounters answers what was right a while ago.
type slowCounters struct {
	store.CounterStore
	wait chan struct{} // nil to answer at once
}

func (c *slowCounters) LimitedUntil(ctx context.Context, now time.Time, limits ...store.Limit) (time.Time, error) {
	wait := c.wait
	until, err := c.CounterStore.LimitedUntil(ctx, now, limits...)
	if wait != nil {
		<-wait
	}
	return until, err
}

// A thousand who have all been found free must not all be let through because a slot happens to be free as each of them comes for it.
func TestWhoHasNotWaitedIsAskedAboutAgainIfSomebodyFailedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &slowCounters{CounterStore: auth.NewCounters(0)}
		d := newDoor(t, auth.LoginConfig{Counters: c})
		wait := make(chan struct{})
		c.wait = wait
		answers := make(chan string)
		for i := range 20 {
			go func() { answers <- d.try(from(here), "my_username", fmt.Sprint("late", i)) }()
		}
		synctest.Wait()
		c.wait = nil
		d.fail(from(here), "my_username", 5)
		close(wait)
		for range 20 {
			require.Equal(t, limitedCode, <-answers)
		}
		require.EqualValues(t, 5, d.h.computed.Load())
	})
}

func TestWhoHasWaitedIsLookedUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, auth.LoginConfig{Slots: 1})
		proceed := make(chan struct{})
		d.h.hook(func() { <-proceed })
		answers := make(chan string, 2)
		for _, user := range [][2]string{{"reader", "reader-password"}, {"my_username", "topsecret"}} {
			go func() { answers <- d.try(from(here), user[0], user[1]) }()
			synctest.Wait()
		}
		u, err := d.users.UserByID(t.Context(), "1")
		require.NoError(t, err)
		u.Active = false
		d.users.put(u)
		for _, want := range []string{"ok", wrongCode} { // the second was blocked while he waited
			proceed <- struct{}{}
			require.Equal(t, want, <-answers)
		}
	})
}
