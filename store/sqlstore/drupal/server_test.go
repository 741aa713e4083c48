package drupal_test

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// server returns how to reach a database server: that of this machine unless the environment names another, as in the tests of sqlstore.
func server(dialect drupal.Dialect) (driver, dsn string) {
	if dialect == drupal.MySQL {
		return "mysql", cmp.Or(os.Getenv("APIAUTH_TEST_MYSQL"), "root@tcp(127.0.0.1:3306)/test")
	}
	return "pgx", cmp.Or(os.Getenv("APIAUTH_TEST_POSTGRES"), "postgres://postgres@127.0.0.1:5432/test")
}

// serverAs is server for another account.
func serverAs(t *testing.T, dialect drupal.Dialect, account, password string) (driver, dsn string) {
	t.Helper()
	driver, dsn = server(dialect)
	if dialect == drupal.MySQL {
		cfg, err := mysql.ParseDSN(dsn)
		require.NoError(t, err)
		cfg.User, cfg.Passwd = account, password
		return driver, cfg.FormatDSN()
	}
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.UserPassword(account, password)
	return driver, u.String()
}

// TestServersAreThoseOfTheEnvironment, everywhere in this folder: a run that starts servers of its own has no others.
func TestServersAreThoseOfTheEnvironment(t *testing.T) {
	t.Setenv("APIAUTH_TEST_MYSQL", "admin:secret@tcp(192.0.2.1:3307)/elsewhere?timeout=5s")
	t.Setenv("APIAUTH_TEST_POSTGRES", "postgres://admin:secret@192.0.2.1:5433/elsewhere?sslmode=disable")
	for dialect, want := range map[drupal.Dialect]string{
		drupal.MySQL:      "reader:word@tcp(192.0.2.1:3307)/elsewhere?timeout=5s",
		drupal.PostgreSQL: "postgres://reader:word@192.0.2.1:5433/elsewhere?sslmode=disable",
	} {
		_, dsn := serverAs(t, dialect, "reader", "word")
		require.Equal(t, want, dsn)
	}
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if file != "server_test.go" {
			require.NotRegexp(t, `127\.0\.0\.1:(3306|5432)`, string(text), file)
		}
	}
}
