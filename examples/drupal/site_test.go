package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store/sqlstore"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// Hashes of "topsecret" by Drupal 7 and by PHP's password_hash, which Drupal uses since 10.1.
const (
	drupal7Hash = "$S$DObiphG/vEKkbXGK0F8XwRCstLZFuCs0z4Na9ZDn5XCXscbkwPAA"
	bcryptHash  = "$2y$10$jdpfG/Iq8rNaTkjZ0mRVRumDbav44iFDYufqWtzG5UDIbKDNQOqWG"
)

// backend is a database on which a site and a service can be.
type backend struct {
	dialect sqlstore.Dialect
	flag    func(t *testing.T) string // as -from and -to take it
}

var backends = []backend{
	{sqlstore.SQLite, func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a b.sqlite") }},
	{sqlstore.PostgreSQL, func(*testing.T) string {
		return cmp.Or(os.Getenv("APIAUTH_TEST_POSTGRES"), "postgres://postgres@127.0.0.1:5432/test")
	}},
	{sqlstore.MySQL, func(*testing.T) string {
		return "mysql:" + cmp.Or(os.Getenv("APIAUTH_TEST_MYSQL"), "root@tcp(127.0.0.1:3306)/test")
	}},
}

// openTest returns the database of a flag, or skips the test where there is none.
func openTest(t *testing.T, flag string) database {
	t.Helper()
	d, err := open(flag)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.db.Close() })
	if err := d.db.PingContext(t.Context()); err != nil {
		if os.Getenv("CI") != "" || d.dialect == sqlstore.SQLite {
			t.Fatalf("no %s: %v", d.dialect, err)
		}
		t.Skipf("no %s: %v", d.dialect, err)
	}
	return d
}

// testSite is the database of a Drupal site, written to as Drupal does.
type testSite struct {
	database
	t       *testing.T
	flag    string
	version drupal.Version
	prefix  string
}

// account is a user as a test writes him.
type account struct {
	uid        int
	name, pass string
	active     bool
	roles      []string
}

// The tables that are read, as store/sqlstore/drupal/schema_test.go has them in full.
var siteTables = map[drupal.Version][]string{
	drupal.Drupal7: {
		"users (uid BIGINT PRIMARY KEY, name VARCHAR(60) NOT NULL UNIQUE, pass VARCHAR(128) NOT NULL, status INT NOT NULL)",
		"role (rid BIGINT PRIMARY KEY, name VARCHAR(64) NOT NULL UNIQUE)",
		"users_roles (uid BIGINT NOT NULL, rid BIGINT NOT NULL, PRIMARY KEY (uid, rid))",
		"role_permission (rid BIGINT NOT NULL, permission VARCHAR(128) NOT NULL, PRIMARY KEY (rid, permission))",
	},
	drupal.Drupal8: {
		"users (uid INTEGER PRIMARY KEY, uuid VARCHAR(128) NOT NULL UNIQUE, langcode VARCHAR(12) NOT NULL)",
		"users_field_data (uid INTEGER NOT NULL, langcode VARCHAR(12) NOT NULL, name VARCHAR(60) NOT NULL, pass VARCHAR(255), status INT, default_langcode INT NOT NULL, PRIMARY KEY (uid, langcode))",
		"user__roles (deleted INT NOT NULL, entity_id INTEGER NOT NULL, langcode VARCHAR(32) NOT NULL, delta INTEGER NOT NULL, roles_target_id VARCHAR(255) NOT NULL, PRIMARY KEY (entity_id, deleted, delta, langcode))",
		"config (collection VARCHAR(100) NOT NULL, name VARCHAR(150) NOT NULL, data BLOB, PRIMARY KEY (collection, name))",
	},
}

// newTestSite installs a site with the roles "editor" and "reader". Its tables are dropped at the end of the test.
func newTestSite(t *testing.T, version drupal.Version, b backend) *testSite {
	t.Helper()
	s := &testSite{t: t, flag: b.flag(t), version: version, prefix: "d" + strings.ToLower(rand.Text()[:8]) + "_"}
	s.database = openTest(t, s.flag)
	for _, table := range siteTables[version] {
		name, columns, _ := strings.Cut(table, " ")
		if s.dialect == sqlstore.PostgreSQL {
			columns = strings.ReplaceAll(columns, "BLOB", "BYTEA")
		}
		s.exec("CREATE TABLE {" + name + "} " + columns)
		t.Cleanup(func() { _, _ = s.db.Exec(s.sql("DROP TABLE {" + name + "}")) })
	}
	if version == drupal.Drupal7 {
		s.exec("INSERT INTO {users} VALUES (0, '', '', 0)")
		s.exec("INSERT INTO {role} VALUES (1, 'anonymous user'), (2, 'authenticated user'), (3, 'administrator'), (4, 'editor'), (5, 'reader')")
	} else {
		s.exec("INSERT INTO {users} VALUES (0, 'x', 'en')")
		s.exec("INSERT INTO {users_field_data} VALUES (0, 'en', '', NULL, 0, 1)")
	}
	s.role(s.authenticated())
	s.role("editor", "create page content", "generate services token", "view user information")
	s.role("reader", "view user information")
	return s
}

func (s *testSite) authenticated() string {
	if s.version == drupal.Drupal7 {
		return "authenticated user"
	}
	return "authenticated"
}

// sql puts the names of the tables and the placeholders of the database into a statement.
func (s *testSite) sql(query string) string {
	quote := `"`
	if s.dialect == sqlstore.MySQL {
		quote = "`"
	}
	query = strings.NewReplacer("{", quote+s.prefix, "}", quote).Replace(query)
	for n := 1; s.dialect == sqlstore.PostgreSQL && strings.Contains(query, "?"); n++ {
		query = strings.Replace(query, "?", "$"+strconv.Itoa(n), 1)
	}
	return query
}

func (s *testSite) exec(query string, args ...any) {
	s.t.Helper()
	_, err := s.db.Exec(s.sql(query), args...)
	require.NoError(s.t, err, query)
}

// role saves the permissions of a role.
func (s *testSite) role(name string, permissions ...string) {
	s.t.Helper()
	if s.version == drupal.Drupal7 {
		s.exec("DELETE FROM {role_permission} WHERE rid IN (SELECT rid FROM {role} WHERE name = ?)", name)
		for _, p := range permissions {
			s.exec("INSERT INTO {role_permission} (rid, permission) SELECT rid, '"+p+"' FROM {role} WHERE name = ?", name)
		}
		return
	}
	list := fmt.Sprintf(`a:%d:{`, len(permissions))
	for i, p := range permissions {
		list += fmt.Sprintf(`i:%d;s:%d:"%s";`, i, len(p), p)
	}
	s.exec("DELETE FROM {config} WHERE name = ?", "user.role."+name)
	s.exec("INSERT INTO {config} (collection, name, data) VALUES ('', ?, ?)", "user.role."+name,
		[]byte(fmt.Sprintf(`a:2:{s:2:"id";s:%d:"%s";s:11:"permissions";%s}}`, len(name), name, list)))
}

// put saves users.
func (s *testSite) put(accounts ...account) {
	s.t.Helper()
	for _, a := range accounts {
		s.remove(a.uid)
		status := 0
		if a.active {
			status = 1
		}
		if s.version == drupal.Drupal7 {
			s.exec("INSERT INTO {users} (uid, name, pass, status) VALUES (?, ?, ?, ?)", a.uid, a.name, a.pass, status)
			for _, role := range a.roles {
				s.exec("INSERT INTO {users_roles} (uid, rid) SELECT "+strconv.Itoa(a.uid)+", rid FROM {role} WHERE name = ?", role)
			}
			continue
		}
		s.exec("INSERT INTO {users} (uid, uuid, langcode) VALUES (?, ?, 'en')", a.uid, rand.Text())
		s.exec("INSERT INTO {users_field_data} (uid, langcode, name, pass, status, default_langcode) VALUES (?, 'en', ?, ?, ?, 1)",
			a.uid, a.name, sql.NullString{String: a.pass, Valid: a.pass != ""}, status)
		for delta, role := range a.roles {
			s.exec("INSERT INTO {user__roles} (deleted, entity_id, langcode, delta, roles_target_id) VALUES (0, ?, 'en', ?, ?)", a.uid, delta, role)
		}
	}
}

// remove deletes a user.
func (s *testSite) remove(uid int) {
	s.t.Helper()
	if s.version == drupal.Drupal7 {
		s.exec("DELETE FROM {users_roles} WHERE uid = ?", uid)
	} else {
		s.exec("DELETE FROM {users_field_data} WHERE uid = ?", uid)
		s.exec("DELETE FROM {user__roles} WHERE entity_id = ?", uid)
	}
	s.exec("DELETE FROM {users} WHERE uid = ?", uid)
}

// users are those of the site, with the permissions that they have there.
func (s *testSite) users() *drupal.Store {
	s.t.Helper()
	users, err := drupal.New(drupal.Config{DB: s.db, Dialect: s.site, Version: s.version, TablePrefix: s.prefix, SitePermissions: true})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = users.Close() })
	return users
}

// target is the database of the service.
type target struct {
	database
	*sqlstore.Store
	flag, prefix string
}

// newTarget returns one without tables.
func newTarget(t *testing.T, b backend) *target {
	t.Helper()
	to := &target{flag: b.flag(t), prefix: "t" + strings.ToLower(rand.Text()[:8]) + "_"}
	to.database = openTest(t, to.flag)
	var err error
	to.Store, err = sqlstore.New(sqlstore.Config{DB: to.db, Dialect: to.dialect, TablePrefix: to.prefix})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = to.Store.Close()
		for _, table := range []string{"user_roles", "users", "roles", "clients", "api_keys", "tokens", "audit", "counter_events", "schema"} {
			_, _ = to.db.Exec("DROP TABLE IF EXISTS " + to.prefix + table)
		}
	})
	return to
}

// copyTo runs the program from the site to the target.
func (s *testSite) copyTo(to *target, flags ...string) (output string, err error) {
	return s.copyWith(context.Background(), to, flags...)
}

func (s *testSite) copyWith(ctx context.Context, to *target, flags ...string) (output string, err error) {
	version := "7"
	if s.version == drupal.Drupal8 {
		version = "10"
	}
	var stdout, stderr strings.Builder
	err = run(ctx, append([]string{"-from", s.flag, "-prefix", s.prefix, "-drupal", version, "-to", to.flag, "-to-prefix", to.prefix}, flags...), &stdout, &stderr)
	if stderr.Len() > 0 {
		err = errors.Join(err, errors.New(stderr.String()))
	}
	return stdout.String(), err
}

// eachSite runs f over sites of both layouts on each database, with the target on the same.
func eachSite(t *testing.T, f func(t *testing.T, s *testSite, to *target)) {
	t.Helper()
	for _, version := range []drupal.Version{drupal.Drupal7, drupal.Drupal8} {
		for _, b := range backends {
			t.Run(fmt.Sprintf("Drupal%d on %s", version, b.dialect), func(t *testing.T) { f(t, newTestSite(t, version, b), newTarget(t, b)) })
		}
	}
}
