package sqlstore_test

import (
	"context"
	"crypto/rand"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// testCounterStore runs the suite.
func testCounterStore(t *testing.T, b backend) {
	storetest.TestCounterStore(t, func(t *testing.T) storetest.CounterHarness {
		s, again := b.store(t)
		const ahead = 2 * 365 * 24 * time.Hour // for purges of what has yet to end, which the suite does and the database's clock forbids
		return storetest.CounterHarness{Store: s.Ahead(ahead), Reopen: func() store.CounterStore { return again().Ahead(ahead) }}
	})
}

func TestCounterStore(t *testing.T) { onEach(t, testCounterStore) }

// TestCounterStoreOtherSettings: over sessions that somebody has set up in another way than usual.
func TestCounterStoreOtherSettings(t *testing.T) {
	for name, test := range map[string]struct {
		dialect  sqlstore.Dialect
		settings string
	}{
		"postgres/serializable":  {sqlstore.PostgreSQL, "default_transaction_isolation=serializable"},
		"mariadb/serializable":   {sqlstore.MySQL, "tx_isolation='SERIALIZABLE'"},
		"mariadb/read committed": {sqlstore.MySQL, "tx_isolation='READ-COMMITTED'&clientFoundRows=true"},
		"mariadb/not strict":     {sqlstore.MySQL, "sql_mode=''&charset=latin1&interpolateParams=true"},
	} {
		t.Run(name, func(t *testing.T) {
			b := backends[test.dialect-1]
			dsn, separator := b.dsn(t), "?"
			if strings.Contains(dsn, "?") {
				separator = "&"
			}
			b.dsn = func(testing.TB) string { return dsn + separator + test.settings }
			testCounterStore(t, b)
		})
	}
}

// randomLimit returns a limit of a counter of its own.
func randomLimit(max int, window time.Duration) store.Limit {
	return store.Limit{Counter: store.CounterID(randomTokenID()), Max: max, Window: window}
}

func randomEvent() (id store.EventID) {
	_, _ = rand.Read(id[:])
	return id
}

// TestManyLimits: more than one statement takes are counted, asked for and cleared like few.
func TestManyLimits(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
		limits, ids := make([]store.Limit, 120), make([]store.CounterID, 120)
		for i := range limits {
			limits[i] = randomLimit(1, time.Duration(i+1)*time.Minute)
			ids[i] = limits[i].Counter
		}
		require.NoError(t, s.CountEvent(ctx, now, randomEvent(), limits...))
		for i, l := range limits {
			until, err := s.LimitedUntil(ctx, now, l)
			require.NoError(t, err)
			require.Equal(t, now.Add(l.Window), until, i)
		}
		for _, n := range []int{1, 49, 51, 120} {
			until, err := s.LimitedUntil(ctx, now, limits[:n]...)
			require.NoError(t, err)
			require.Equal(t, now.Add(limits[n-1].Window), until)
		}
		require.NoError(t, s.ClearCounters(ctx, ids[:110]...))
		until, err := s.LimitedUntil(ctx, now, limits[:110]...)
		require.NoError(t, err)
		require.Zero(t, until)
		require.NoError(t, s.ClearCounters(ctx, append(ids, store.CounterID{1})...), "those that are left are at the end")
		until, err = s.LimitedUntil(ctx, now, limits...)
		require.NoError(t, err)
		require.Zero(t, until)
	})
}

// TestCountersRefuse says which field is wrong.
func TestCountersRefuse(t *testing.T) {
	s := backends[0].empty(t)
	ctx, l := t.Context(), randomLimit(1, time.Hour)
	far := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for want, call := range map[string]func() error{
		"Max":    func() error { return s.CountEvent(ctx, time.Now(), randomEvent(), l, randomLimit(0, time.Hour)) },
		"Window": func() error { return s.CountEvent(ctx, time.Now(), randomEvent(), l, randomLimit(1, 999)) },
		"year":   func() error { return s.CountEvent(ctx, far, randomEvent(), l) },
		"years":  func() error { _, err := s.LimitedUntil(ctx, far, l); return err },
		"limit":  func() error { _, err := s.PurgeCounters(ctx, time.Now(), 0); return err },
		"time":   func() error { _, err := s.PurgeCounters(ctx, far, 1); return err },
	} {
		err := call()
		require.ErrorIs(t, err, store.ErrInvalid)
		require.ErrorContains(t, err, want)
	}
	until, err := s.LimitedUntil(ctx, time.Now(), l)
	require.NoError(t, err)
	require.Zero(t, until)
}

// TestPurgeCounters deletes what is over, the oldest first, and nothing else.
func TestPurgeCounters(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, db := t.Context(), b.open(t)
		p := prefix(t, db)
		s := b.attach(t, db, p)
		require.NoError(t, s.Migrate(ctx))
		now := time.Now().Add(-3 * time.Hour).UTC().Truncate(time.Microsecond)
		count := func(counter store.CounterID) (n int) {
			require.NoError(t, db.QueryRow(s.Bind("SELECT COUNT(*) FROM "+p+"counter_events WHERE counter = ?"), counter[:]).Scan(&n))
			return n
		}
		short, long := randomLimit(20, time.Minute), randomLimit(20, time.Hour)
		for i := range 10 {
			require.NoError(t, s.CountEvent(ctx, now.Add(time.Duration(i)*time.Second), randomEvent(), short, long))
		}
		for _, step := range []struct {
			before      time.Time
			limit, want int
			short, long int
		}{
			{time.Time{}, 5, 0, 10, 10},
			{now.Add(time.Minute), 5, 0, 10, 10}, // a window that ends then did not end before
			{now.Add(time.Minute + time.Microsecond), 5, 1, 9, 10},
			{now.Add(time.Hour), 4, 4, 5, 10},
			{now.Add(time.Hour), 6, 5, 0, 10},
			{now.Add(time.Hour), 6, 0, 0, 10},
			{now.Add(time.Hour + 2*time.Second), 100, 2, 0, 8},
		} {
			n, err := s.PurgeCounters(ctx, step.before, step.limit)
			require.NoError(t, err)
			require.Equal(t, step.want, n)
			require.Equal(t, []int{step.short, step.long}, []int{count(short.Counter), count(long.Counter)})
		}
		eight := long
		eight.Max = 8
		until, err := s.LimitedUntil(ctx, now.Add(10*time.Second), eight)
		require.NoError(t, err)
		require.Equal(t, now.Add(time.Hour+2*time.Second), until, "those that are left count as before")
	})
}

// TestCountersMeet lets everything happen at once, with events that many servers count at the same time. Nothing fails, and what is counted
// is there.
func TestCountersMeet(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		dsn := b.dsn(t)
		plain := b.openDSN(t, dsn)
		require.NoError(t, b.open(t).Ping()) // or skip
		p := prefix(t, plain)
		s := b.attach(t, plain, p)
		require.NoError(t, s.Migrate(t.Context()))
		var limits []store.Limit
		for range 4 {
			limits = append(limits, randomLimit(200, time.Hour))
		}
		const workers, rounds = 8, 40
		now := time.Now()
		var wg sync.WaitGroup
		for w := range workers {
			mine := b.attach(t, plain, p)
			wg.Go(func() {
				ctx := t.Context()
				for i := range rounds {
					shared := store.EventID{1, byte(i)}
					order := append(append([]store.Limit{}, limits[w%4:]...), limits[:w%4]...)
					passing := randomLimit(1, time.Minute)
					if err := unhurried(
						func() error { _, err := mine.LimitedUntil(ctx, now, order...); return err },
						func() error { _, err := mine.PurgeCounters(ctx, now.Add(-time.Minute), 10); return err },
						func() error { return mine.CountEvent(ctx, now, shared, order...) },
						func() error { return mine.CountEvent(ctx, now.Add(-time.Hour), randomEvent(), passing) },
						func() error { return mine.ClearCounters(ctx, passing.Counter, randomLimit(1, 1).Counter) },
					); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, l := range limits {
			for max, limited := range map[int]bool{rounds: true, rounds + 1: false} {
				l.Max = max
				until, err := s.LimitedUntil(t.Context(), now, l)
				require.NoError(t, err)
				require.Equal(t, limited, !until.IsZero(), max)
			}
		}
	})
}

// TestCountersUseTheirIndexes asks each database how it would run the statements.
func TestCountersUseTheirIndexes(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, db := t.Context(), b.open(t)
		p := prefix(t, db)
		s := b.attach(t, db, p)
		require.NoError(t, s.Migrate(ctx))
		now := time.Now()
		var some []store.Limit
		for range 400 {
			limits := make([]store.Limit, 50)
			for i := range limits {
				limits[i] = randomLimit(5, time.Hour)
			}
			some = limits[:3]
			now = now.Add(time.Second)
			require.NoError(t, s.CountEvent(ctx, now, randomEvent(), limits...))
		}
		_, err := db.Exec(map[sqlstore.Dialect]string{sqlstore.SQLite: "ANALYZE ", sqlstore.PostgreSQL: "ANALYZE ", sqlstore.MySQL: "ANALYZE TABLE "}[b.dialect] +
			p + "counter_events")
		require.NoError(t, err)
		table := p + "counter_events"
		primary := map[sqlstore.Dialect]string{
			sqlstore.SQLite: "sqlite_autoindex_" + table + "_1", sqlstore.PostgreSQL: table + "_pkey", sqlstore.MySQL: "key=PRIMARY",
		}[b.dialect]
		for index, statements := range s.HotCounters(now.Add(time.Hour-390*time.Second), some) {
			if index == "primary" {
				index = primary
			}
			for _, statement := range statements {
				var plan string
				switch b.dialect {
				case sqlstore.SQLite:
					plan = lines(t, db, "EXPLAIN QUERY PLAN "+statement.Text, statement.Args...)
				case sqlstore.PostgreSQL:
					plan = planPostgreSQL(t, db, statement, false)
				default:
					plan = lines(t, db, "EXPLAIN "+statement.Text, statement.Args...)
				}
				require.Contains(t, plan, index, "%s\n%s", statement.Text, plan)
				whole := regexp.MustCompile(`(?m)SCAN ` + p + `\w+$|Seq Scan on ` + p + `|type=ALL|type=index`)
				require.NotRegexp(t, whole, plan, "%s\n%s", statement.Text, plan)
			}
		}
	})
}

// A job that forgets what is over.
func ExampleStore_PurgeCounters() {
	purge := func(ctx context.Context, s *sqlstore.Store) (err error) {
		const batch = 1000
		for n := batch; n == batch && err == nil; {
			n, err = s.PurgeCounters(ctx, time.Now().Add(-time.Minute), batch) // a minute: clocks may differ
		}
		return err
	}
	_ = purge // call it every ten minutes, say
}
