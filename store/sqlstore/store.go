package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/apiauth-go/apiauth/store"
)

// Store keeps all records in a SQL database. Make one with [New]. All methods are safe for concurrent use, by any number of Stores
// over one database.
type Store struct {
	db      *sql.DB
	dialect Dialect
	prefix  string
	queries queries

	checked  atomic.Bool // the schema is there and is ours
	prepared sync.Map    // of *sql.Stmt by text
	closed   atomic.Bool

	// writing is held by whoever writes to SQLite, which has one writer at a time: those of one process then stand in line, where the
	// database would have them sleep and try again. Nil with other databases.
	writing chan struct{}
}

var (
	_ store.UserStore        = (*Store)(nil)
	_ store.PasswordRehasher = (*Store)(nil)
	_ store.ClientStore      = (*Store)(nil)
	_ store.APIKeyStore      = (*Store)(nil)
	_ store.TokenStore       = (*Store)(nil)
	_ store.TokenLister      = (*Store)(nil)
	_ store.TokenPurger      = (*Store)(nil)
	_ store.AuditStore       = (*Store)(nil)
	_ store.AuditLister      = (*Store)(nil)
	_ store.AuditPurger      = (*Store)(nil)
	_ store.CounterStore     = (*Store)(nil)
	_ store.CounterPurger    = (*Store)(nil)
)

// New returns a Store over the database. It does not connect: whether the database answers and has the tables shows in
// [Store.Migrate], [Store.CheckSchema] or the first use.
func New(cfg Config) (*Store, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Store{db: cfg.DB, dialect: cfg.Dialect, prefix: cfg.TablePrefix, queries: newQueries(cfg.Dialect, cfg.TablePrefix)}
	if s.dialect == SQLite {
		s.writing = make(chan struct{}, 1)
	}
	return s, nil
}

// Close releases the prepared statements. It does not close the database, which belongs to whoever opened it. Afterwards every method
// returns an error.
func (s *Store) Close() error {
	s.closed.Store(true)
	s.prepared.Range(func(query, stmt any) bool {
		s.prepared.Delete(query)
		_ = stmt.(*sql.Stmt).Close()
		return true
	})
	return nil
}

// String returns a fixed text: a Store in a log line must not spill what its database handle holds.
func (s *Store) String() string { return "sqlstore.Store" }

// Format prints String for every verb.
func (s *Store) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// alive returns the cause of ctx's end as an error, or nil while ctx goes on.
func alive(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("sqlstore: %w", context.Cause(ctx))
}
