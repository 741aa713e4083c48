package auth_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/storetest"
)

func TestCounters(t *testing.T) {
	storetest.TestCounterStore(t, func(*testing.T) storetest.CounterHarness {
		return storetest.CounterHarness{Store: auth.NewCounters(0)}
	})
}

// numberedLimit is the limit of the counter with this number.
func numberedLimit(n, max int, window time.Duration) store.Limit {
	l := store.Limit{Max: max, Window: window}
	binary.BigEndian.PutUint64(l.Counter[:], uint64(n)+1)
	return l
}

func numberedEvent(n int) (e store.EventID) {
	binary.BigEndian.PutUint64(e[:], uint64(n))
	return e
}

// million is how many counters try to take the place of others.
func million() int {
	if testing.Short() || raceEnabled {
		return 200_000
	}
	return 1_000_000
}

// heap returns how much memory is in use, without what a sync.Pool holds, which goes when the collector runs for the second time.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestAMillionCountersPushOutNoneThatMattersAndTakeBoundedMemory(t *testing.T) {
	before := heap()
	c := auth.NewCounters(0)
	ctx, now := t.Context(), time.Now()
	reached := numberedLimit(-2, 5, 6*time.Hour)
	almost := numberedLimit(-3, 5, 6*time.Hour)
	once := numberedLimit(-4, 1, 6*time.Hour)
	for i := range 5 {
		require.NoError(t, c.CountEvent(ctx, now, numberedEvent(i), reached))
		if i < 4 {
			require.NoError(t, c.CountEvent(ctx, now, numberedEvent(i), almost))
		}
	}
	require.NoError(t, c.CountEvent(ctx, now, numberedEvent(1), once))
	for i := range million() {
		at := now.Add(time.Duration(i) * time.Microsecond)
		if err := c.CountEvent(ctx, at, numberedEvent(i), numberedLimit(i, 5, 6*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	grown := heap() - before
	t.Logf("%d counters take %d KiB", million(), grown>>10)
	require.Less(t, grown, int64(auth.DefaultMaxCounters*64))
	require.Greater(t, grown, int64(auth.DefaultMaxCounters*45), "or there is nothing to be seen")

	until := func(l store.Limit) time.Time {
		until, err := c.LimitedUntil(ctx, now.Add(time.Minute), l)
		require.NoError(t, err)
		return until
	}
	require.WithinDuration(t, now.Add(6*time.Hour), until(reached), time.Microsecond, "a counter at its limit stays")
	require.WithinDuration(t, now.Add(6*time.Hour), until(once), time.Microsecond, "if it takes only one event")
	require.Zero(t, until(almost))
	require.NoError(t, c.CountEvent(ctx, now, numberedEvent(4), almost))
	require.NotZero(t, until(almost), "one event before its limit it stays too")
}

func TestFullCountersAllowNothingThatTheyCouldNotCount(t *testing.T) {
	c := auth.NewCounters(1) // one set
	ctx, now := t.Context(), time.Now()
	const room = 64
	for i := range room {
		require.NoError(t, c.CountEvent(ctx, now.Add(time.Duration(i)*time.Second), numberedEvent(i), numberedLimit(i, 1, time.Hour)))
	}
	late := now.Add(room * time.Second)
	for _, n := range []int{-2, room, 1000} {
		_, err := c.LimitedUntil(ctx, late, numberedLimit(n, 5, time.Hour))
		require.ErrorIs(t, err, store.ErrFull, "whose failures could not be counted")
		require.NoError(t, c.CountEvent(ctx, late, numberedEvent(1), numberedLimit(n, 5, time.Hour)), "which is no error by itself")
	}
	for i := range room {
		until, err := c.LimitedUntil(ctx, late, numberedLimit(i, 1, time.Hour))
		require.NoError(t, err)
		require.NotZero(t, until, "nobody has gone")
	}
	other := numberedLimit(-2, 5, time.Hour)
	free := now.Add(time.Hour).Truncate(time.Microsecond)
	_, err := c.LimitedUntil(ctx, free.Add(-time.Microsecond), other)
	require.ErrorIs(t, err, store.ErrFull)
	until, err := c.LimitedUntil(ctx, free, other)
	require.NoError(t, err, "the first is over")
	require.Zero(t, until)

	require.NoError(t, c.ClearCounters(ctx, numberedLimit(7, 1, time.Hour).Counter))
	_, err = c.LimitedUntil(ctx, late, other)
	require.NoError(t, err, "or one is cleared")
}

// A newcomer must not always take the place of the one before him.
func TestOfAsManyEventsTheOldestCounterGoes(t *testing.T) {
	c := auth.NewCounters(1)
	ctx, now := t.Context(), time.Now()
	const room = 64
	count := func(n int) {
		require.NoError(t, c.CountEvent(ctx, now.Add(time.Duration(n)*time.Second), numberedEvent(n), numberedLimit(n, 2, time.Hour)))
	}
	for n := range 2*room - 1 { // 63 more than there is room for
		count(n)
	}
	there := func(n int) bool {
		until, err := c.LimitedUntil(ctx, now.Add(2*room*time.Second), numberedLimit(n, 1, time.Hour))
		require.NoError(t, err)
		return !until.IsZero()
	}
	for n := range 2*room - 1 {
		require.Equal(t, n >= room-1, there(n), n)
	}
}

func TestFewCountersAreSixtyFour(t *testing.T) {
	for _, max := range []int{1, 63, 64} {
		c := auth.NewCounters(max)
		for i := range 64 {
			require.NoError(t, c.CountEvent(t.Context(), time.Now(), numberedEvent(i), numberedLimit(i, 2, time.Hour)))
		}
		for i := range 64 {
			until, err := c.LimitedUntil(t.Context(), time.Now(), numberedLimit(i, 1, time.Hour))
			require.NoError(t, err)
			require.NotZero(t, until)
		}
	}
}

func TestCountersPrintNothing(t *testing.T) {
	c := auth.NewCounters(0)
	require.NoError(t, c.CountEvent(t.Context(), time.Now(), numberedEvent(1), numberedLimit(1, 1, time.Hour)))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		require.Equal(t, "auth.Counters", fmt.Sprintf(verb, c))
	}
	_, err := c.LimitedUntil(t.Context(), time.Now(), store.Limit{})
	require.True(t, errors.Is(err, store.ErrInvalid))
}
