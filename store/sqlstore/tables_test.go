package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// used are tables on the servers that a test has emptied for the next one. To create and drop them anew for each would take most of the time.
var used struct {
	mu       sync.Mutex
	prefixes map[sqlstore.Dialect][]string
}

// borrow returns the prefix of tables that are there and empty. The test empties them in the end, which is no less strict than to drop them:
// the next one finds what it left behind.
func (b backend) borrow(t testing.TB, db *sql.DB) string {
	t.Helper()
	if b.dialect == sqlstore.SQLite { // each has a file of its own
		p := prefix(t, db)
		require.NoError(t, b.attach(t, db, p).Migrate(t.Context()))
		return p
	}
	used.mu.Lock()
	defer used.mu.Unlock()
	free := used.prefixes[b.dialect]
	var p string
	if n := len(free); n > 0 {
		p, used.prefixes[b.dialect] = free[n-1], free[:n-1]
	} else {
		p = newPrefix()
		require.NoError(t, b.attach(t, db, p).Migrate(t.Context()))
	}
	t.Cleanup(func() {
		empty(t, db, p)
		used.mu.Lock()
		defer used.mu.Unlock()
		used.prefixes[b.dialect] = append(used.prefixes[b.dialect], p)
	})
	return p
}

// empty deletes all records of a Store.
func empty(t testing.TB, db *sql.DB, prefix string) {
	t.Helper()
	for _, table := range tables {
		if table != "schema" {
			_, err := db.Exec("DELETE FROM " + prefix + table)
			require.NoError(t, err)
		}
	}
}

func drop(db *sql.DB, prefix string) error {
	for _, table := range tables {
		if _, err := db.ExecContext(context.Background(), "DROP TABLE IF EXISTS "+prefix+table); err != nil {
			return err
		}
	}
	return nil
}

// TestMain drops the tables that tests have left for others.
func TestMain(m *testing.M) {
	used.prefixes = map[sqlstore.Dialect][]string{}
	code := m.Run()
	for _, b := range backends[1:] {
		if err := b.dropUsed(); err != nil {
			fmt.Fprintf(os.Stderr, "tables of %s are left: %v\n", b.name, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

func (b backend) dropUsed() error {
	if len(used.prefixes[b.dialect]) == 0 {
		return nil
	}
	db, err := sql.Open(b.driver, b.dsn(nil))
	if err != nil {
		return err
	}
	defer db.Close()
	for _, p := range used.prefixes[b.dialect] {
		if err := drop(db, p); err != nil {
			return err
		}
	}
	return nil
}
