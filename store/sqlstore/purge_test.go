package sqlstore_test

import (
	"database/sql"
	"errors"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// purgeCount is how many expired tokens TestPurgeWhileOthersVerify has. For a measurement set APIAUTH_TEST_PURGE to 1000000 and run it
// with -v and -timeout 1h.
func purgeCount(t testing.TB) int {
	t.Helper()
	text := os.Getenv("APIAUTH_TEST_PURGE")
	if text == "" {
		return 3000
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// TestPurgeWhileOthersVerify purges in batches, as the package documentation advises, while others verify tokens and issue new ones. All
// expired tokens go, nothing else does, nobody sees an error, and the log says how long the others took.
func TestPurgeWhileOthersVerify(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, db := t.Context(), b.open(t)
		p := prefix(t, db)
		s := b.attach(t, db, p)
		require.NoError(t, s.Migrate(ctx))
		user, client, live := population(t, s)
		count := purgeCount(t)
		expire(t, s, count)
		t.Logf("%s: %d tokens take %d bytes each with all indexes", b.name, count+len(live), size(t, b, db, p+"tokens")/int64(count+len(live)))

		verify := func(n int) {
			_, err1 := s.TokenByID(ctx, live[n%len(live)])
			_, err2 := s.UserByID(ctx, user)
			_, err3 := s.ClientByID(ctx, client)
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Error(err)
			}
		}
		issue := func(int) {
			if err := s.CreateTokens(ctx, benchToken(store.AccessToken, "")); err != nil {
				t.Error(err)
			}
		}
		alone := make(chan struct{})
		time.AfterFunc(300*time.Millisecond, func() { close(alone) })
		logTimes(t, b.name+": verification with nothing else", times(alone, verify))

		done := make(chan struct{})
		var wg sync.WaitGroup
		var verified, issued []time.Duration
		wg.Go(func() { verified = times(done, verify) })
		wg.Go(func() { issued = times(done, issue) })
		start, purged := time.Now(), 0
		var batches []time.Duration
		const batch = 1000
		for n := batch; n == batch; purged += n {
			var err error
			began := time.Now()
			n, err = s.PurgeTokens(ctx, time.Now().Add(-store.ExpiredGrace), batch)
			require.NoError(t, err)
			batches = append(batches, time.Since(began))
			time.Sleep(10 * time.Millisecond) // lets others have the disk
		}
		took := time.Since(start)
		close(done)
		wg.Wait()
		require.Equal(t, count, purged)
		t.Logf("%s: %d tokens purged in %v", b.name, count, took.Round(time.Millisecond))
		logTimes(t, b.name+": batches of 1000", batches)
		logTimes(t, b.name+": verification meanwhile", verified)
		logTimes(t, b.name+": issue meanwhile", issued)
		for n := range live {
			_, err := s.TokenByID(ctx, live[n])
			require.NoError(t, err)
		}
	})
}

// times calls f until done, at least once, and returns how long each call took, sorted.
func times(done <-chan struct{}, f func(n int)) (took []time.Duration) {
	for n := 0; ; n++ {
		start := time.Now()
		f(n)
		took = append(took, time.Since(start))
		select {
		case <-done:
			return took
		default:
		}
	}
}

func logTimes(t *testing.T, what string, took []time.Duration) {
	t.Helper()
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[int(q*float64(len(took)-1))].Round(time.Microsecond) }
	t.Logf("%s: %d times, p50 %v, p99 %v, at most %v", what, len(took), at(0.5), at(0.99), at(1))
}

// expire stores n tokens that expired long ago.
func expire(t *testing.T, s *sqlstore.Store, n int) {
	t.Helper()
	var wg sync.WaitGroup
	work := make(chan int)
	for range 2 {
		wg.Go(func() {
			for size := range work {
				tokens := make([]store.Token, size)
				for i := range tokens {
					tokens[i] = benchToken(store.AccessToken, strconv.Itoa(i))
					tokens[i].UserID = strconv.Itoa(i % 200)
					tokens[i].ExpiresAt = time.Now().Add(-24*time.Hour + time.Duration(i)*time.Second)
				}
				if err := s.CreateTokens(t.Context(), tokens...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for ; n > 0; n -= 5000 {
		work <- min(n, 5000)
	}
	close(work)
	wg.Wait()
}

// size returns what a table takes on disk, with its indexes.
func size(t *testing.T, b backend, db *sql.DB, table string) (bytes int64) {
	t.Helper()
	query := map[sqlstore.Dialect]string{
		sqlstore.SQLite:     "SELECT SUM(pgsize) FROM dbstat WHERE name LIKE '%'||'" + table + "'||'%'",
		sqlstore.PostgreSQL: "SELECT pg_total_relation_size('" + table + "')",
		sqlstore.MySQL:      "SELECT data_length + index_length FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '" + table + "'",
	}[b.dialect]
	if b.dialect == sqlstore.MySQL {
		_, err := db.Exec("ANALYZE TABLE " + table)
		require.NoError(t, err)
	}
	require.NoError(t, db.QueryRow(query).Scan(&bytes))
	return bytes
}
