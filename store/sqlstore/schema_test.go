package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// TestWithoutTables: a clear error from every method, and never "not there".
func TestWithoutTables(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		s := b.bare(t, b.open(t))
		require.ErrorIs(t, s.CheckSchema(t.Context()), sqlstore.ErrSchema)
		for _, call := range calls {
			err := call.do(t.Context(), s)
			require.ErrorIs(t, err, sqlstore.ErrSchema, call.name)
			require.NotErrorIs(t, err, store.ErrNotFound, call.name)
			require.ErrorContains(t, err, "call Migrate", call.name)
		}
		require.NoError(t, s.Migrate(t.Context()))
		require.NoError(t, s.CheckSchema(t.Context()))
		_, err := s.UserByID(t.Context(), "1")
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}

func TestMigrateKeepsWhatIsThere(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		s, again := b.store(t)
		require.NoError(t, s.PutUser(t.Context(), store.User{ID: "1", Name: "name"}))
		for range 2 {
			s = again()
			require.NoError(t, s.Migrate(t.Context()))
		}
		_, err := s.UserByName(t.Context(), "name")
		require.NoError(t, err)
	})
}

// TestAnAuditOfAnEarlierReleaseIsKept: with the columns that it lacked, whose writers go on meanwhile.
func TestAnAuditOfAnEarlierReleaseIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, db := t.Context(), b.open(t)
		p := prefix(t, db)
		s := b.attach(t, db, p)
		require.NoError(t, s.Migrate(ctx))
		earlier := "INSERT INTO " + p + "audit (at, user_name, address, http_method, path, method, application, outcome, status, code, user_agent) " +
			"VALUES (1, 'u', '', '', '', '', '', '', 0, '', '')"
		for _, statement := range []string{
			"ALTER TABLE " + p + "audit DROP COLUMN kind", "ALTER TABLE " + p + "audit DROP COLUMN client_id",
			"DELETE FROM " + p + "schema WHERE version = 3", earlier,
		} {
			_, err := db.ExecContext(ctx, statement)
			require.NoError(t, err, statement)
		}
		require.NoError(t, b.attach(t, db, p).Migrate(ctx))
		_, err := db.ExecContext(ctx, earlier)
		require.NoError(t, err)
		full := store.AuditRecord{Time: time.UnixMicro(2).UTC(), Kind: "login", ClientID: "c"}
		require.NoError(t, s.AppendAudit(ctx, full))
		got, err := s.ListAudit(ctx, store.AuditFilter{}, 10)
		require.NoError(t, err)
		old := store.AuditRecord{Time: time.UnixMicro(1).UTC(), User: "u"}
		require.Equal(t, []store.AuditRecord{full, old, old}, got)
	})
}

// TestAMigrationThatWasInterruptedGoesOn: between two columns, which no transaction holds together on MySQL, whatever language the server speaks.
func TestAMigrationThatWasInterruptedGoesOn(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, db := t.Context(), b.open(t)
		p := prefix(t, db)
		require.NoError(t, b.attach(t, db, p).Migrate(ctx))
		for _, statement := range []string{"ALTER TABLE " + p + "audit DROP COLUMN client_id", "DELETE FROM " + p + "schema WHERE version = 3"} {
			_, err := db.ExecContext(ctx, statement)
			require.NoError(t, err, statement)
		}
		if b.dialect == sqlstore.MySQL {
			dsn, settings, _ := strings.Cut(b.dsn(t), "?")
			db = b.openDSN(t, dsn+"?lc_messages=%27de_DE%27&"+settings)
		}
		s := b.attach(t, db, p)
		require.NoError(t, s.Migrate(ctx))
		require.NoError(t, s.AppendAudit(ctx, store.AuditRecord{Time: time.Now(), Kind: "login", ClientID: "c"}))
	})
}

// TestServersMigrateAtOnce: with a connection pool each, as several machines have.
func TestServersMigrateAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		dsn := b.dsn(t)
		first := b.open(t) // skips without a server
		if b.dialect == sqlstore.SQLite {
			dsn = "file:" + filepath.Join(t.TempDir(), "bare.db") // none of the advised settings
			first = b.openDSN(t, dsn)
		}
		p := prefix(t, first)
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			db := b.openDSN(t, dsn)
			s := b.attach(t, db, p)
			wg.Go(func() {
				errs[i] = unhurried(
					func() error { return s.Migrate(t.Context()) },
					func() error { return s.AppendAudit(t.Context(), store.AuditRecord{Time: time.Now()}) },
				)
			})
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		s := b.attach(t, first, p)
		records, err := s.ListAudit(t.Context(), store.AuditFilter{}, 100)
		require.NoError(t, err)
		require.Len(t, records, len(errs))
		var count int
		require.NoError(t, first.QueryRow("SELECT COUNT(*) FROM "+p+"schema").Scan(&count))
		require.Equal(t, 3, count)
	})
}

func TestTablesOfAnotherRelease(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, db := t.Context(), b.open(t)
		p := prefix(t, db)
		running := b.attach(t, db, p)
		require.NoError(t, running.Migrate(ctx))
		_, err := db.Exec("INSERT INTO " + p + "schema (version, applied_at) VALUES (4, 0)")
		require.NoError(t, err)

		later := b.attach(t, db, p)
		require.ErrorIs(t, later.Migrate(ctx), sqlstore.ErrSchema)
		_, err = later.UserByID(ctx, "1")
		require.ErrorIs(t, err, sqlstore.ErrSchema)
		require.ErrorContains(t, err, "later release")
		_, err = running.UserByID(ctx, "1")
		require.ErrorIs(t, err, store.ErrNotFound, "one that runs goes on: later releases add")

		_, err = db.Exec("DELETE FROM " + p + "schema WHERE version > 3")
		require.NoError(t, err)
		require.NoError(t, b.attach(t, db, p).Migrate(ctx), "the way back that README.md describes")
		require.NoError(t, b.attach(t, db, p).CheckSchema(ctx))

		_, err = db.Exec("DELETE FROM " + p + "schema")
		require.NoError(t, err)
		earlier := b.attach(t, db, p)
		err = earlier.CheckSchema(ctx)
		require.ErrorIs(t, err, sqlstore.ErrSchema)
		require.ErrorContains(t, err, "call Migrate")
		require.NoError(t, earlier.Migrate(ctx), "every statement can be repeated, as after an interruption on MySQL")
		require.NoError(t, earlier.CheckSchema(ctx))
	})
}

// TestTablesThatVanish: a running server says so too.
func TestTablesThatVanish(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		ctx, db := t.Context(), b.open(t)
		p := prefix(t, db)
		s := b.attach(t, db, p)
		require.NoError(t, s.Migrate(ctx))
		require.NoError(t, s.CheckSchema(ctx))
		_, err := db.Exec("DROP TABLE " + p + "tokens")
		require.NoError(t, err)
		_, err = s.TokenByID(ctx, store.TokenID{1})
		require.ErrorIs(t, err, sqlstore.ErrSchema)
		require.NotErrorIs(t, err, store.ErrNotFound)
	})
}

func TestPrefixesShareNothing(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		db := b.open(t)
		one, other := b.bare(t, db), b.bare(t, db)
		require.NoError(t, one.Migrate(t.Context()))
		require.ErrorIs(t, other.CheckSchema(t.Context()), sqlstore.ErrSchema)
		require.NoError(t, other.Migrate(t.Context()))
		require.NoError(t, one.PutUser(t.Context(), store.User{ID: "1", Name: "name"}))
		_, err := other.UserByID(t.Context(), "1")
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}

func TestMigrateEndsWithItsContext(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		db := b.open(t)
		s := b.bare(t, db)
		cause := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		require.ErrorIs(t, s.Migrate(ctx), cause)
		require.ErrorIs(t, s.CheckSchema(ctx), cause)
		require.NotErrorIs(t, s.CheckSchema(ctx), sqlstore.ErrSchema)
	})
}

// TestMigrateWaitsForItsTurn: while another holds the lock nothing happens, and the wait ends with the context.
func TestMigrateWaitsForItsTurn(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		db := b.open(t)
		p := prefix(t, db)
		release := holdMigrationLock(t, b, db, p)
		s := b.attach(t, db, p)
		cause := errors.New("too long")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(100*time.Millisecond, func() { cancel(cause) })
		require.ErrorIs(t, s.Migrate(ctx), cause)
		release()
		require.NoError(t, s.Migrate(t.Context()))
	})
}

// holdMigrationLock does what a Migrate does first that never comes to its end.
func holdMigrationLock(t *testing.T, b backend, db *sql.DB, prefix string) (release func()) {
	t.Helper()
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	begin, args, end := "BEGIN IMMEDIATE", []any{}, "ROLLBACK"
	switch b.dialect {
	case sqlstore.PostgreSQL:
		begin, args = "SELECT pg_advisory_lock($1)", []any{sqlstore.AdvisoryKey(prefix)}
		end = "SELECT pg_advisory_unlock_all()"
	case sqlstore.MySQL:
		begin, args = "SELECT GET_LOCK(SHA1(CONCAT('apiauth sqlstore ', DATABASE(), ' ', ?)), 0)", []any{prefix}
		end = "SELECT RELEASE_ALL_LOCKS()"
	}
	_, err = conn.ExecContext(t.Context(), begin, args...)
	require.NoError(t, err)
	return func() {
		_, err := conn.ExecContext(t.Context(), end)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
}
