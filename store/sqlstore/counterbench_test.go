package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// loginLimits are the limits of a login: by user and address, by address, by user.
func loginLimits() []store.Limit {
	return []store.Limit{randomLimit(5, 6*time.Hour), randomLimit(50, time.Hour), randomLimit(100, 24*time.Hour)}
}

// crowded counts what somebody else has failed, so that there is something to be searched.
func crowded(b *testing.B, s *sqlstore.Store) {
	b.Helper()
	for range 40 {
		limits := make([]store.Limit, 50)
		for i := range limits {
			limits[i] = randomLimit(5, time.Hour)
		}
		require.NoError(b, s.CountEvent(b.Context(), time.Now(), randomEvent(), limits...))
	}
}

// BenchmarkLimitedUntil asks for the three limits of a login, of which nothing has been counted, and 4, 49 and 99 failures.
func BenchmarkLimitedUntil(b *testing.B) {
	benchEach(b, func(b *testing.B, s *sqlstore.Store) {
		crowded(b, s)
		fresh, full := loginLimits(), loginLimits()
		for _, l := range full {
			for range l.Max - 1 {
				require.NoError(b, s.CountEvent(b.Context(), time.Now(), randomEvent(), l))
			}
		}
		for name, limits := range map[string][]store.Limit{"nothing": fresh, "almost": full} {
			b.Run(name, func(b *testing.B) {
				countParallel(b, func(ctx context.Context) error {
					_, err := s.LimitedUntil(ctx, time.Now(), limits...)
					return err
				})
			})
		}
	})
}

// BenchmarkCountEvent counts a failure in the three counters of a login: of other users from other addresses each time, and the same failure
// again.
func BenchmarkCountEvent(b *testing.B) {
	benchEach(b, func(b *testing.B, s *sqlstore.Store) {
		crowded(b, s)
		b.Run("new", func(b *testing.B) {
			countParallel(b, func(ctx context.Context) error { return s.CountEvent(ctx, time.Now(), randomEvent(), loginLimits()...) })
		})
		b.Run("again", func(b *testing.B) {
			limits, event := loginLimits(), randomEvent()
			countParallel(b, func(ctx context.Context) error { return s.CountEvent(ctx, time.Now(), event, limits...) })
		})
	})
}

// BenchmarkClearCounters clears a counter in which nothing has been counted, as a login does.
func BenchmarkClearCounters(b *testing.B) {
	benchEach(b, func(b *testing.B, s *sqlstore.Store) {
		crowded(b, s)
		counter := randomLimit(1, time.Hour).Counter
		countParallel(b, func(ctx context.Context) error { return s.ClearCounters(ctx, counter) })
	})
}

func countParallel(b *testing.B, f func(ctx context.Context) error) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f(b.Context()); err != nil {
				b.Error(err)
			}
		}
	})
}
