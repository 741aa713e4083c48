package drupal_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

func TestNewRefuses(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	defer db.Close()
	good := drupal.Config{DB: db, Dialect: drupal.SQLite, Version: drupal.Drupal8, TablePrefix: "main.site1_"}
	_, err = drupal.New(good)
	require.NoError(t, err)
	for field, change := range map[string]func(*drupal.Config){
		"DB":                                 func(c *drupal.Config) { c.DB = nil },
		"Dialect is Dialect(0)":              func(c *drupal.Config) { c.Dialect = 0 },
		"Dialect is Dialect(4)":              func(c *drupal.Config) { c.Dialect = 4 },
		"Version is 0":                       func(c *drupal.Config) { c.Version = 0 },
		"Version is 6":                       func(c *drupal.Config) { c.Version = 6 },
		"Version is 10":                      func(c *drupal.Config) { c.Version = 10 },
		"TablePrefix is longer":              func(c *drupal.Config) { c.TablePrefix = strings.Repeat("p", drupal.MaxTablePrefix+1) },
		"SuperUserPermissions":               func(c *drupal.Config) { c.SuperUserPermissions = []string{"a", ""} },
		"RolePermissions has a role without": func(c *drupal.Config) { c.RolePermissions = map[string][]string{"": {"a"}} },
		`for the role "r"`:                   func(c *drupal.Config) { c.RolePermissions = map[string][]string{"r": {""}} },
	} {
		cfg := good
		change(&cfg)
		s, err := drupal.New(cfg)
		require.Nil(t, s)
		require.ErrorContains(t, err, "drupal: Config."+map[bool]string{true: "RolePermissions"}[strings.HasPrefix(field, "for")])
		require.ErrorContains(t, err, field)
	}
	for _, prefix := range []string{`a"`, "a`", "a b", "a;", "a--", "a.b.c", ".a", ".", "a-b", "\u00fc", "a\x00", "{", "?"} {
		cfg := good
		cfg.TablePrefix = prefix
		_, err := drupal.New(cfg)
		require.ErrorContains(t, err, "Config.TablePrefix", prefix)
	}
	for _, prefix := range []string{"", "a", "a_", "A1", "schema.", "schema.a_", "1_", "where_"} {
		cfg := good
		cfg.TablePrefix = prefix
		_, err := drupal.New(cfg)
		require.NoError(t, err, prefix)
	}
}

func TestDialectsHaveNames(t *testing.T) {
	require.Equal(t, "SQLite PostgreSQL MySQL Dialect(9)", fmt.Sprint(drupal.SQLite, " ", drupal.PostgreSQL, " ", drupal.MySQL, " ", drupal.Dialect(9)))
}

// TestTablesOfAnotherSchema names the schema in the prefix, as Drupal does.
func TestTablesOfAnotherSchema(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		put(t, s, store.User{ID: "2", Name: "alan", Active: true, Roles: []string{"editor"}, Permissions: []string{"edit"}})
		schema := map[drupal.Dialect]string{drupal.SQLite: "main", drupal.PostgreSQL: "public"}[s.dialect]
		if s.dialect == drupal.MySQL {
			require.NoError(t, s.db.QueryRow("SELECT DATABASE()").Scan(&schema))
		}
		users := s.store(t, func(c *drupal.Config) { c.TablePrefix = schema + "." + s.prefix })
		u, err := users.UserByName(t.Context(), "alan")
		require.NoError(t, err)
		require.Equal(t, []string{"edit"}, u.Permissions)
	})
}

func TestAStorePrintsNothing(t *testing.T) {
	s := newSite(t, drupal.Drupal7, drupal.SQLite)
	users := s.store(t)
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		fmt.Fprintf(&out, verb, users)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("store", "s", users)
	require.NotContains(t, out.String(), s.prefix)
	require.Equal(t, "drupal.Store", fmt.Sprint(users))
}
