package auth_test

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// mostBytes is what NewCounters promises for the default size, and some for what else the test has.
const mostBytes = 13<<20 + 1<<20

// Attackers decide how many events there are in each counter: what is worst is tried out.
func TestCountersHoldABoundedNumberOfEvents(t *testing.T) {
	n := million()
	for name, limit := range map[string]func(i int) store.Limit{
		"each nearly as high as a user's may be": func(i int) store.Limit { return numberedLimit(i/99, 100, 24*time.Hour) },
		"a few very high ones":                   func(i int) store.Limit { return numberedLimit(i%200, 10_000, 24*time.Hour) },
		"all at their limits":                    func(i int) store.Limit { return numberedLimit(i/5, 5, 6*time.Hour) },
		"addresses among names": func(i int) store.Limit {
			if i%3 == 0 {
				return numberedLimit(i/3/45, 50, time.Hour)
			}
			return numberedLimit(1<<30+i, 5, 6*time.Hour)
		},
	} {
		before := heap()
		c := auth.NewCounters(0)
		now := time.Now()
		for i := range n {
			if err := c.CountEvent(t.Context(), now.Add(time.Duration(i)*time.Microsecond), numberedEvent(i), limit(i)); err != nil {
				t.Fatal(err)
			}
		}
		grown := heap() - before
		t.Logf("%s: %d events leave %.1f MiB", name, n, float64(grown)/(1<<20))
		require.Less(t, grown, int64(mostBytes), name)
		require.Greater(t, grown, int64(2<<20), "or there is nothing to be seen")
		runtime.KeepAlive(c)
	}
}

// What holds most of the events has reached its limit and stays; others cannot be counted, and are not allowed either.
func TestEventsThatHaveNoRoomAllowNothing(t *testing.T) {
	c := auth.NewCounters(1) // one set, with room for 20,000 events
	ctx, now := t.Context(), time.Now().Truncate(time.Microsecond)
	const high, each = 20, 1000
	for n := range high {
		for i := range each {
			require.NoError(t, c.CountEvent(ctx, now.Add(time.Duration(n)*time.Second), numberedEvent(i), numberedLimit(n, each, time.Hour)))
		}
	}
	late := now.Add(time.Minute)
	other := numberedLimit(-2, 5, time.Hour)
	_, err := c.LimitedUntil(ctx, late, other)
	require.ErrorIs(t, err, store.ErrFull)
	require.NoError(t, c.CountEvent(ctx, late, numberedEvent(1), other), "which is no error by itself")
	for n := range high {
		until, err := c.LimitedUntil(ctx, late, numberedLimit(n, each, time.Hour))
		require.NoError(t, err)
		require.True(t, until.Equal(now.Add(time.Duration(n)*time.Second).Add(time.Hour)), "nobody has gone")
	}
	// The first is over, and makes room for a thousand.
	free := now.Add(time.Hour)
	until, err := c.LimitedUntil(ctx, free, other)
	require.NoError(t, err)
	require.Zero(t, until)
	for i := range 4 {
		require.NoError(t, c.CountEvent(ctx, free, numberedEvent(i), other))
	}
	require.NoError(t, c.CountEvent(ctx, free, numberedEvent(4), other))
	until, err = c.LimitedUntil(ctx, free, other)
	require.NoError(t, err)
	require.True(t, until.Equal(free.Add(time.Hour)))

	// One that is there already has to make do with what is left, too.
	growing := numberedLimit(-3, 10_000, time.Hour)
	for i := 0; err == nil && i < 10_000; i++ {
		_ = c.CountEvent(ctx, free, numberedEvent(i), growing)
		_, err = c.LimitedUntil(ctx, free, growing)
	}
	require.ErrorIs(t, err, store.ErrFull, "others have the room")
	_, err = c.LimitedUntil(ctx, free.Add(time.Second), growing)
	require.NoError(t, err, "until the next one is over")
}

// Else somebody who brings the rest of its set to low limits could throw out the counter of a user each time before it is reached, and guess on.
func TestACounterThatHasComeFarStaysHoweverLowTheLimitsOfOthersAre(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	for _, failures := range []int{2, 3, 4, 8, 9, 99} {
		c := auth.NewCounters(1) // one set
		user := numberedLimit(-2, 100, 24*time.Hour)
		for i := range failures {
			require.NoError(t, c.CountEvent(ctx, now, numberedEvent(i), user))
		}
		for n := range 63 {
			for i := range 5 {
				require.NoError(t, c.CountEvent(ctx, now, numberedEvent(i), numberedLimit(n, 5, 6*time.Hour)))
			}
		}
		newcomer := numberedLimit(64, 5, 6*time.Hour)
		require.NoError(t, c.CountEvent(ctx, now.Add(time.Second), numberedEvent(1), newcomer))
		_, err := c.LimitedUntil(ctx, now.Add(time.Second), newcomer)
		require.ErrorIs(t, err, store.ErrFull, "who could not be counted is not let in either")
		for i := range 100 - failures {
			require.NoError(t, c.CountEvent(ctx, now.Add(time.Second), numberedEvent(failures+i), user))
		}
		until, err := c.LimitedUntil(ctx, now.Add(time.Minute), user)
		require.NoError(t, err)
		require.NotZero(t, until, "%d of 100 were forgotten", failures)
	}
}

// A counter that is counted in correctly as long as there is room must be so under pressure: either it is, or it has gone altogether.
func TestCountersUnderPressureAreRightOrGone(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := auth.NewCounters(1)
	ctx, now := t.Context(), time.Now().Truncate(time.Microsecond)
	type counted struct {
		at    time.Time
		event int
	}
	const window = 20 * time.Second
	events := map[int][]counted{}
	full, limited, gone := 0, 0, 0
	for range 60_000 {
		now = now.Add(time.Duration(random.IntN(4)) * time.Millisecond)
		n := random.IntN(100)
		l := numberedLimit(n, 1+n%7, window)
		for len(events[n]) > 0 && !now.Before(events[n][0].at.Add(window)) {
			events[n] = events[n][1:]
		}
		mine := events[n]
		until, err := c.LimitedUntil(ctx, now, l)
		if errors.Is(err, store.ErrFull) {
			full++
			require.Less(t, len(mine), l.Max)
			continue
		}
		require.NoError(t, err)
		if len(mine) >= l.Max {
			limited++
			require.True(t, until.Equal(mine[len(mine)-l.Max].at.Add(window)), "%d events of %d", len(mine), l.Max)
			continue
		}
		require.Zero(t, until)
		event := random.IntN(12)
		require.NoError(t, c.CountEvent(ctx, now, numberedEvent(event), l))
		known := false
		for _, e := range mine {
			known = known || e.event == event
		}
		if !known {
			mine = append(mine, counted{now, event})
		}
		// What others have pushed out begins anew with this event.
		all := l
		all.Max = len(mine)
		until, err = c.LimitedUntil(ctx, now, all)
		require.NoError(t, err)
		if !until.Equal(mine[0].at.Add(window)) {
			gone++
			mine = []counted{{now, event}}
			all.Max = 1
			until, err = c.LimitedUntil(ctx, now, all)
			require.NoError(t, err)
			require.True(t, until.Equal(now.Add(window)), "what begins anew has this event")
		}
		events[n] = mine
	}
	t.Logf("%d times full, %d limited, %d gone", full, limited, gone)
	require.NotZero(t, limited)
	require.NotZero(t, gone)
}
