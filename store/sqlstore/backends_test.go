package sqlstore_test

import (
	"cmp"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// backend is a database over which the tests run. The servers are those of this machine unless the environment names others.
type backend struct {
	name    string
	dialect sqlstore.Dialect
	driver  string
	dsn     func(t testing.TB) string
}

var backends = []backend{
	{"sqlite", sqlstore.SQLite, "sqlite", func(t testing.TB) string { return sqliteDSN(filepath.Join(t.TempDir(), "test.db")) }},
	{"postgres", sqlstore.PostgreSQL, "pgx", func(testing.TB) string {
		return cmp.Or(os.Getenv("APIAUTH_TEST_POSTGRES"), "postgres://postgres@127.0.0.1:5432/test")
	}},
	{"mariadb", sqlstore.MySQL, "mysql", func(testing.TB) string {
		return cmp.Or(os.Getenv("APIAUTH_TEST_MYSQL"), "root@tcp(127.0.0.1:3306)/test")
	}},
}

// sqliteDSN is what the documentation advises.
func sqliteDSN(file string) string {
	return "file:" + file + "?" + url.Values{
		"_pragma": {"busy_timeout(1000)", "journal_mode(WAL)", "synchronous(NORMAL)"}, "_txlock": {"immediate"},
	}.Encode()
}

// onEach runs f as a subtest over each database.
func onEach(t *testing.T, f func(t *testing.T, b backend)) {
	t.Helper()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) { f(t, b) })
	}
}

// open returns the database, or skips the test where there is none.
func (b backend) open(t testing.TB) *sql.DB {
	t.Helper()
	db := b.openDSN(t, b.dsn(t))
	if err := db.PingContext(t.Context()); err != nil {
		if os.Getenv("CI") != "" || b.dialect == sqlstore.SQLite {
			t.Fatalf("no %s: %v", b.dialect, err)
		}
		t.Skipf("no %s: %v", b.dialect, err)
	}
	return db
}

func (b backend) openDSN(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(b.driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	return db
}

// tables are all that a Store has, those that refer to others first.
var tables = []string{"user_roles", "users", "roles", "clients", "api_keys", "tokens", "audit", "counter_events", "schema"}

// prefix returns one that no other test has, and drops its tables in the end.
func prefix(t testing.TB, db *sql.DB) string {
	t.Helper()
	p := newPrefix()
	t.Cleanup(func() { require.NoError(t, drop(db, p)) })
	return p
}

func newPrefix() string {
	var random [6]byte
	_, _ = rand.Read(random[:])
	return "t" + hex.EncodeToString(random[:]) + "_"
}

// bare returns a Store without tables.
func (b backend) bare(t testing.TB, db *sql.DB) *sqlstore.Store {
	t.Helper()
	return b.attach(t, db, prefix(t, db))
}

// attach returns a Store over tables that may be there.
func (b backend) attach(t testing.TB, db *sql.DB, prefix string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: b.dialect, TablePrefix: prefix})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// store returns an empty Store, and a function that returns another one over the same tables.
func (b backend) store(t testing.TB) (s *sqlstore.Store, again func() *sqlstore.Store) {
	t.Helper()
	db := b.open(t)
	p := b.borrow(t, db)
	return b.attach(t, db, p), func() *sqlstore.Store { return b.attach(t, db, p) }
}

// empty is store for those who need no other.
func (b backend) empty(t testing.TB) *sqlstore.Store {
	t.Helper()
	s, _ := b.store(t)
	return s
}

func TestTheTablesAreAllThereIs(t *testing.T) {
	b := backends[0]
	db := b.open(t)
	p := prefix(t, db)
	require.NoError(t, b.attach(t, db, p).Migrate(t.Context()))
	found, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
	require.NoError(t, err)
	defer found.Close()
	var names []string
	for found.Next() {
		var name string
		require.NoError(t, found.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, found.Err())
	want := slices.Clone(tables)
	for i := range want {
		want[i] = p + want[i]
	}
	require.ElementsMatch(t, want, names)
}
