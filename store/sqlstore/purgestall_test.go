package sqlstore_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// TestAPurgeGoesInBatches: each call is one transaction of a few operations, which is over when it returns, and has deleted its batch and no
// more as others see it. Between two of them others write.
func TestAPurgeGoesInBatches(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, dsn := t.Context(), b.dsn(t)
		require.NoError(t, b.open(t).Ping()) // or skip
		db := b.openDSN(t, dsn)
		watched, operations := b.faulty(t, dsn)
		p := b.borrow(t, db)
		purger, others := b.attach(t, watched, p), b.attach(t, db, p)
		expired := func() (n int) {
			query := others.Bind("SELECT COUNT(*) FROM " + p + "tokens WHERE expires_at < ?")
			require.NoError(t, db.QueryRow(query, time.Now().UnixMicro()).Scan(&n))
			return n
		}
		const batch = 100
		pile := 10*batch + 50
		expire(t, others, pile)
		require.NoError(t, purger.CheckSchema(ctx))
		for n := batch; n == batch; {
			var err error
			operations.plan(nil)
			n, err = purger.PurgeTokens(ctx, time.Now().Add(-store.ExpiredGrace), batch)
			require.NoError(t, err)
			require.LessOrEqual(t, operations.counted(), 5, "beginning, preparing, one statement, committing, preparing for the next time")
			require.Zero(t, watched.Stats().InUse, "nothing is held for the next batch")
			require.Equal(t, min(batch, pile), n)
			pile -= n
			require.Equal(t, pile, expired())
			goOn(t, others, time.Now().Add(time.Hour))
		}
		require.Zero(t, pile)
	})
}

// goOn does what must not wait for a purge: it reads, issues, rotates and ends tokens, one of which expires at the given time.
func goOn(t *testing.T, s *sqlstore.Store, expires time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // forever, as far as clients are concerned
	defer cancel()
	first, second := benchToken(store.RefreshToken, "going on"), benchToken(store.RefreshToken, "going on")
	access := benchToken(store.AccessToken, "going on")
	access.ExpiresAt = expires
	require.NoError(t, s.CreateTokens(ctx, access, first), "issuing")
	_, err := s.TokenByID(ctx, access.ID)
	require.NoError(t, err, "verifying")
	_, err = s.RotateToken(ctx, first.ID, second)
	require.NoError(t, err, "refreshing")
	_, err = s.TakeToken(ctx, second.ID)
	require.NoError(t, err, "revoking one")
	require.NoError(t, s.DeleteTokens(ctx, store.TokenMatch{Family: "going on"}), "revoking a family")
}

// TestNobodyWaitsForABatch: one is stopped at its end, when it holds all the locks that it takes, and others go on, with the tokens next to
// those that it deletes too. SQLite has one writer at a time, as README.md says.
func TestNobodyWaitsForABatch(t *testing.T) {
	for _, b := range backends[1:] {
		t.Run(b.name, func(t *testing.T) {
			ctx, dsn := t.Context(), b.dsn(t)
			db := b.open(t)
			watched, operations := b.faulty(t, dsn)
			p := prefix(t, db)
			purger, others := b.attach(t, watched, p), b.attach(t, db, p)
			require.NoError(t, others.Migrate(ctx))
			expire(t, others, 200)
			last := benchToken(store.AccessToken, "last")
			last.ExpiresAt = time.Now().Add(-2 * time.Hour)
			next := benchToken(store.RefreshToken, "next")
			next.ExpiresAt = time.Now().Add(time.Minute)
			require.NoError(t, others.CreateTokens(ctx, last, next))
			require.NoError(t, purger.CheckSchema(ctx))
			stop := stopInTrigger
			if b.dialect == sqlstore.MySQL {
				stop = stopAtCommit
				_, err := db.Exec("ANALYZE TABLE " + p + "tokens") // or it takes the table for empty, and looks for a family by reading the whole
				require.NoError(t, err)
			}
			stopped, goAhead := stop(t, db, operations, p)
			var purging sync.WaitGroup
			defer purging.Wait()
			defer goAhead()
			purged, failed := 0, error(nil)
			purging.Go(func() { purged, failed = purger.PurgeTokens(ctx, last.ExpiresAt.Add(time.Second), 1000) })
			require.Eventually(t, stopped, time.Minute, 5*time.Millisecond)

			goOn(t, others, last.ExpiresAt.Add(time.Second))
			goOn(t, others, last.ExpiresAt.Add(30*time.Minute))
			_, err := others.RotateToken(ctx, next.ID)
			require.NoError(t, err)
			_, err = others.TokenByID(ctx, last.ID)
			require.NoError(t, err, "the batch is under way")
			if b.dialect == sqlstore.PostgreSQL {
				impatient, cancel := context.WithTimeout(ctx, 20*time.Second)
				defer cancel()
				n, err := others.PurgeTokens(impatient, last.ExpiresAt.Add(time.Second), 1000)
				require.NoError(t, err, "purging on another machine")
				require.Zero(t, n)
			}
			goAhead()
			purging.Wait()
			require.NoError(t, failed)
			require.Equal(t, 201, purged)
		})
	}
}

// stopAtCommit stops the one who uses the driver when he is about to commit.
func stopAtCommit(_ *testing.T, _ *sql.DB, operations *faults, _ string) (stopped func() bool, goAhead func()) {
	reached, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	operations.plan(func(_ int, operation string) error {
		if operation == "commit" {
			once.Do(func() { close(reached) })
			<-release
		}
		return nil
	})
	stopped = func() bool {
		select {
		case <-reached:
			return true
		default:
			return false
		}
	}
	return stopped, sync.OnceFunc(func() { close(release) })
}

// stopInTrigger stops whoever has deleted the tokens of the family "last", at the end of his statement, which is all of a purge on PostgreSQL.
func stopInTrigger(t *testing.T, db *sql.DB, _ *faults, prefix string) (stopped func() bool, goAhead func()) {
	t.Helper()
	key := rand.Int32()
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	exec := func(query string, args ...any) {
		t.Helper()
		_, err := conn.ExecContext(context.WithoutCancel(t.Context()), query, args...)
		require.NoError(t, err)
	}
	number := strconv.Itoa(int(key))
	exec("CREATE FUNCTION " + prefix + "stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(" + number + "); RETURN NULL; END'")
	t.Cleanup(func() { exec("DROP FUNCTION " + prefix + "stop CASCADE") })
	exec("CREATE TRIGGER stop AFTER DELETE ON " + prefix + "tokens FOR EACH ROW WHEN (OLD.family = 'last') EXECUTE FUNCTION " + prefix + "stop()")
	exec("SELECT pg_advisory_lock(" + number + ")")
	stopped = func() bool {
		var n int
		err := db.QueryRow("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = " + number).Scan(&n)
		return err == nil && n == 1
	}
	return stopped, sync.OnceFunc(func() { exec("SELECT pg_advisory_unlock(" + number + ")") })
}
