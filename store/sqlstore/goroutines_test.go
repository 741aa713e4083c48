package sqlstore_test

import (
	"context"
	"database/sql"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// TestNothingGoesOnAfterClose: after many calls, some of them given up, a Store that is closed with its database leaves nothing behind.
func TestNothingGoesOnAfterClose(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		outer := b.open(t)
		p := b.borrow(t, outer)
		require.NoError(t, outer.PingContext(t.Context())) // which stays open, for the end of the test
		before := runtime.NumGoroutine()
		db, err := sql.Open(b.driver, b.dsn(t))
		require.NoError(t, err)
		defer db.Close()
		s, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: b.dialect, TablePrefix: p})
		require.NoError(t, err)
		require.NoError(t, s.Migrate(t.Context()))
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%2)*time.Minute)
				defer cancel()
				_, err := s.UserByName(ctx, "nobody")
				if i%2 == 1 {
					assert.ErrorIs(t, err, store.ErrNotFound)
				} else {
					assert.ErrorIs(t, err, context.DeadlineExceeded)
				}
			})
		}
		all.Wait()
		require.Positive(t, db.Stats().OpenConnections, "connections are kept")
		require.NoError(t, s.Close())
		require.NoError(t, db.Close())
		require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, time.Minute, 10*time.Millisecond) // the one that looks
	})
}
