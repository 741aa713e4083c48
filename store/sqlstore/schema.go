package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// migrationFiles holds a folder for each dialect. The files are applied in the order of their names and never change once released; the
// number of a file is its place. In them {} stands for the prefix of the tables, and every statement ends with a semicolon at the end of
// a line.
//
// To add a column: put a file with the next number into each of the three folders, as 0003_audit.sql is, with a DEFAULT, because servers of the release
// before go on writing rows without it. Name it in the columns of its table in queries.go, where updateUser, tokenTypes and the numbers of marks are
// too, and read and write it in the file of its record, such as client.go. Put it into the table of README.md and into a test like
// TestAnAuditOfAnEarlierReleaseIsKept; tests in schema_test.go name the newest number. Migrate then adds the column to old databases.
//
//go:embed migrations
var migrationFiles embed.FS

// migrations returns the statements of each migration: those that bring the schema from version n to n+1 are at n.
func (s *Store) migrations() [][]string {
	folder := map[Dialect]string{SQLite: "sqlite", PostgreSQL: "postgres", MySQL: "mysql"}[s.dialect]
	names, err := fs.Glob(migrationFiles, path.Join("migrations", folder, "*.sql")) // sorted
	if err != nil {
		panic(err)
	}
	all := make([][]string, len(names))
	for i, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		for statement := range strings.SplitSeq(strings.ReplaceAll(string(text), "{}", s.prefix), ";\n") {
			if strings.TrimSpace(statement) != "" {
				all[i] = append(all[i], statement)
			}
		}
	}
	return all
}

// Migrate creates the tables, or brings those of an earlier release to the present schema. It does nothing if they are up to date, and
// may be called by several servers at once: one works and the others wait. It needs the right to create tables, which the other methods
// do not.
//
// Tables of a later release are left alone, with [ErrSchema].
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	once := s.migrateInTransaction
	if s.dialect == MySQL {
		once = s.migrateMySQL
	}
	err := s.repeat(ctx, "migrating the schema", func() error { return once(ctx) })
	if err != nil {
		return err
	}
	s.checked.Store(true)
	return nil
}

// executor is a connection or a transaction.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// migrate applies what is missing. The caller sees to it that nobody else does.
func (s *Store) migrate(ctx context.Context, db executor) error {
	table := "CREATE TABLE IF NOT EXISTS " + s.prefix + "schema (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)"
	if _, err := db.ExecContext(ctx, table); err != nil {
		return err
	}
	version, err := s.version(ctx, db)
	if err != nil {
		return err
	}
	migrations := s.migrations()
	if version > len(migrations) {
		return s.otherRelease(version)
	}
	for ; version < len(migrations); version++ {
		for _, statement := range migrations[version] {
			if _, err := db.ExecContext(ctx, statement); err != nil && !s.dialect.addedBefore(err) {
				return err
			}
		}
		insert := s.queries.sql("INSERT INTO {}schema (version, applied_at) VALUES (?, ?)")
		if _, err := db.ExecContext(ctx, insert, version+1, time.Now().UnixMicro()); err != nil {
			return err
		}
	}
	return nil
}

// addedBefore reports whether a column is there already, as after an interruption on MySQL: neither it nor SQLite has ADD COLUMN IF NOT
// EXISTS.
func (d Dialect) addedBefore(err error) bool {
	kind, _ := d.classify(err)
	return kind == doubled
}

// version returns the version of the schema, zero for a database without.
func (s *Store) version(ctx context.Context, db executor) (int, error) {
	var version sql.Null[int]
	err := db.QueryRowContext(ctx, s.queries.version).Scan(&version)
	return version.V, err
}

func (s *Store) otherRelease(version int) error {
	have, format := len(s.migrations()), "sqlstore: the tables %s* are at version %d, made by a later release than this, which knows %d: %w"
	if version < have {
		format = "sqlstore: the tables %s* are at version %d and this release needs %d, call Migrate: %w"
	}
	return fmt.Errorf(format, s.prefix, version, have, ErrSchema)
}

// migrateInTransaction is for databases in which the definition of tables is part of a transaction.
func (s *Store) migrateInTransaction(ctx context.Context) error {
	if err := s.line(ctx); err != nil {
		return err
	}
	defer s.leave()
	tx, err := s.db.BeginTx(ctx, s.dialect.isolation())
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if s.dialect == PostgreSQL {
		if err := s.preparePostgreSQL(ctx, tx); err != nil {
			return err
		}
	}
	if err := s.migrate(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// preparePostgreSQL waits for its turn and refuses a database that cannot keep every text.
func (s *Store) preparePostgreSQL(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", advisoryKey(s.prefix)); err != nil {
		return err
	}
	var encoding string
	if err := tx.QueryRowContext(ctx, "SELECT current_setting('server_encoding')").Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("sqlstore: the encoding of the database is %s, not UTF8: %w", encoding, ErrSchema)
	}
	return nil
}

// advisoryKey is a number for the lock: PostgreSQL knows them by no other name.
func advisoryKey(prefix string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("apiauth sqlstore " + prefix))
	return int64(h.Sum64())
}

// migrateMySQL migrates under a lock of the server that belongs to one connection.
func (s *Store) migrateMySQL(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	const name = "SHA1(CONCAT('apiauth sqlstore ', DATABASE(), ' ', ?))"
	defer func() { // first, for the lock may be ours before we know
		var released sql.Null[int]
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := conn.QueryRowContext(end, "SELECT RELEASE_LOCK("+name+")", s.prefix).Scan(&released); err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // then the lock ends with the connection
		}
	}()
	for got := (sql.Null[int]{}); got.V != 1; {
		if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK("+name+", 5)", s.prefix).Scan(&got); err != nil {
			return err
		}
		if !got.Valid {
			return errors.New("the server gives no lock")
		}
	}
	return s.migrate(ctx, conn)
}

// CheckSchema returns nil if the tables are there and of this release, and an [ErrSchema] that says what to do if not. Every Store does
// the same at its first use.
func (s *Store) CheckSchema(ctx context.Context) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	var version int
	err := s.repeat(ctx, "checking the schema", func() (err error) {
		version, err = s.version(ctx, s.db)
		return err
	})
	switch {
	case errors.Is(err, ErrSchema):
		return fmt.Errorf("sqlstore: there are no tables %s*, call Migrate: %w", s.prefix, ErrSchema)
	case err != nil:
		return err
	}
	if version != len(s.migrations()) {
		return s.otherRelease(version)
	}
	s.checked.Store(true)
	return nil
}

// usable returns an error if the store is closed or the context is done.
func (s *Store) usable(ctx context.Context) error {
	if s.closed.Load() {
		return errClosed
	}
	return alive(ctx)
}

// ready is usable, and checks the schema once.
func (s *Store) ready(ctx context.Context) error {
	if s.checked.Load() {
		return s.usable(ctx)
	}
	return s.CheckSchema(ctx)
}

// deleted returns store.ErrNotFound if a statement that deletes or updates one row found none.
func deleted(n int64, err error) error {
	if err == nil && n == 0 {
		return store.ErrNotFound
	}
	return err
}
