package sqlstore_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

func TestNewRefuses(t *testing.T) {
	db := backends[0].open(t)
	for name, test := range map[string]struct {
		cfg   sqlstore.Config
		field string
	}{
		"nothing":         {sqlstore.Config{}, "Config.DB"},
		"no database":     {sqlstore.Config{Dialect: sqlstore.SQLite}, "Config.DB"},
		"no dialect":      {sqlstore.Config{DB: db}, "Config.Dialect"},
		"unknown dialect": {sqlstore.Config{DB: db, Dialect: sqlstore.MySQL + 1}, "Config.Dialect"},
		"negative":        {sqlstore.Config{DB: db, Dialect: -1}, "Config.Dialect"},
		"SQL as prefix":   {sqlstore.Config{DB: db, Dialect: sqlstore.SQLite, TablePrefix: "x; DROP TABLE users; --"}, "Config.TablePrefix"},
		"quote":           {sqlstore.Config{DB: db, Dialect: sqlstore.SQLite, TablePrefix: `x"`}, "Config.TablePrefix"},
		"schema":          {sqlstore.Config{DB: db, Dialect: sqlstore.SQLite, TablePrefix: "public."}, "Config.TablePrefix"},
		"digit first":     {sqlstore.Config{DB: db, Dialect: sqlstore.SQLite, TablePrefix: "1x"}, "Config.TablePrefix"},
		"upper case":      {sqlstore.Config{DB: db, Dialect: sqlstore.SQLite, TablePrefix: "Shop_"}, "Config.TablePrefix has an upper-case letter"},
		"letter abroad":   {sqlstore.Config{DB: db, Dialect: sqlstore.SQLite, TablePrefix: "\u00fc"}, "Config.TablePrefix"},
		"long prefix":     {sqlstore.Config{DB: db, Dialect: sqlstore.SQLite, TablePrefix: strings.Repeat("x", sqlstore.MaxTablePrefix+1)}, "Config.TablePrefix"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := sqlstore.New(test.cfg)
			require.ErrorContains(t, err, test.field)
			require.Nil(t, s)
		})
	}
}

func TestTheLongestPrefixWorks(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		db := b.open(t)
		p := prefix(t, db)
		long := p + strings.Repeat("x", sqlstore.MaxTablePrefix-len(p))
		t.Cleanup(func() {
			for _, table := range tables {
				_, err := db.Exec("DROP TABLE IF EXISTS " + long + table)
				require.NoError(t, err)
			}
		})
		s := b.attach(t, db, long)
		require.NoError(t, s.Migrate(t.Context()))
		require.NoError(t, s.CreateTokens(t.Context(), benchToken(store.AccessToken, "")))
	})
}

func TestDialectsHaveNames(t *testing.T) {
	require.Equal(t, "SQLite PostgreSQL MySQL Dialect(0) Dialect(4)",
		fmt.Sprint(sqlstore.SQLite, sqlstore.PostgreSQL, sqlstore.MySQL, sqlstore.Dialect(0), sqlstore.Dialect(4)))
}

func TestAStoreInALogLineShowsNothing(t *testing.T) {
	s := backends[0].empty(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		require.Equal(t, "sqlstore.Store", fmt.Sprintf(verb, s))
	}
}

// TestImports: the package itself takes nothing from others but the interface of package store. Drivers are the application's choice.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{range .Imports}}{{.}}{{"\n"}}{{end}}`, ".").Output()
	require.NoError(t, err)
	for imported := range strings.FieldsSeq(string(out)) {
		if strings.Contains(imported, ".") {
			require.Equal(t, "github.com/apiauth-go/apiauth/store", imported)
		}
	}
}
