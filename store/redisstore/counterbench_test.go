package redisstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// loginLimits are the limits of a login: by user and address, by address, by user.
func loginLimits() []store.Limit {
	limits := []store.Limit{{Max: 5, Window: 6 * time.Hour}, {Max: 50, Window: time.Hour}, {Max: 100, Window: 24 * time.Hour}}
	for i := range limits {
		limits[i].Counter = store.CounterID(randomID())
	}
	return limits
}

// BenchmarkLimitedUntil asks for the three limits of a login, of which nothing has been counted, and 4, 49 and 99 failures, beside a bare EXISTS.
func BenchmarkLimitedUntil(b *testing.B) {
	c := testClient(b)
	prefix := newPrefix(b, c)
	s, ctx := newStore(b, c, prefix), request(b)
	fresh, full := loginLimits(), loginLimits()
	for _, l := range full {
		for range l.Max - 1 {
			require.NoError(b, s.CountEvent(ctx, time.Now(), newEvent(), l))
		}
	}
	exists := func() error { return c.Exists(ctx, "{"+prefix+"}bare").Err() }
	b.Run("EXISTS", func(b *testing.B) { one(b, exists) })
	b.Run("parallel/EXISTS", func(b *testing.B) { parallel(b, exists) })
	for name, limits := range map[string][]store.Limit{"nothing": fresh, "almost": full} {
		ask := func() error { _, err := s.LimitedUntil(ctx, time.Now(), limits...); return err }
		b.Run(name, func(b *testing.B) { one(b, ask) })
		b.Run("parallel/"+name, func(b *testing.B) { parallel(b, ask) })
	}
}

// BenchmarkCountEvent counts a failure in the three counters of a login: of other users from other addresses each time, and the same failure
// again.
func BenchmarkCountEvent(b *testing.B) {
	s, ctx := openStore(b), request(b)
	limits, event := loginLimits(), newEvent()
	fresh := func() error { return s.CountEvent(ctx, time.Now(), newEvent(), loginLimits()...) }
	again := func() error { return s.CountEvent(ctx, time.Now(), event, limits...) }
	b.Run("new", func(b *testing.B) { one(b, fresh) })
	b.Run("again", func(b *testing.B) { one(b, again) })
	b.Run("parallel/new", func(b *testing.B) { parallel(b, fresh) })
	b.Run("parallel/again", func(b *testing.B) { parallel(b, again) })
}

// BenchmarkClearCounters clears a counter in which nothing has been counted, as a login does.
func BenchmarkClearCounters(b *testing.B) {
	s, ctx := openStore(b), request(b)
	l := newLimit()
	clear := func() error { return s.ClearCounters(ctx, l.Counter) }
	b.Run("one", func(b *testing.B) { one(b, clear) })
	b.Run("parallel", func(b *testing.B) { parallel(b, clear) })
}

// BenchmarkCounterMemory says what the server needs for a counter with so many events.
func BenchmarkCounterMemory(b *testing.B) {
	for name, events := range map[string]int{"1": 1, "5": 5, "50": 50, "100": 100, "1000": 1000} {
		b.Run(name, func(b *testing.B) {
			c := startServer(b).client()
			s := newStore(b, c, redisstore.DefaultKeyPrefix)
			l := newLimit()
			l.Max = 1000
			for b.Loop() {
				require.NoError(b, s.ClearCounters(b.Context(), l.Counter))
				for range events {
					require.NoError(b, s.CountEvent(b.Context(), time.Now(), newEvent(), l))
				}
			}
			bytes, err := c.MemoryUsage(b.Context(), counterAt(redisstore.DefaultKeyPrefix, l), 0).Result()
			require.NoError(b, err)
			b.ReportMetric(float64(bytes), "B/counter")
		})
	}
}
