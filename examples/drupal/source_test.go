package main

import (
	"context"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store/sqlstore"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// plainSite makes the file of a site as SQLite makes it, without a write-ahead log, and closes it.
func plainSite(t *testing.T) (file, flag string) {
	t.Helper()
	dir := t.TempDir()
	made := filepath.Join(dir, "made")
	file = filepath.Join(dir, "a b?.sqlite") // a name that the driver must not take for options
	db, err := sql.Open("sqlite", made)
	require.NoError(t, err)
	s := &testSite{t: t, version: drupal.Drupal7, database: database{db, sqlstore.SQLite, drupal.SQLite}}
	for _, table := range siteTables[drupal.Drupal7] {
		name, columns, _ := strings.Cut(table, " ")
		s.exec("CREATE TABLE {" + name + "} " + columns)
	}
	s.exec("INSERT INTO {role} VALUES (2, 'authenticated user'), (4, 'editor'), (5, 'reader')")
	s.put(accounts...)
	require.NoError(t, s.db.Close())
	require.NoError(t, os.Rename(made, file))
	return file, "sqlite:" + file
}

func TestTheFileOfASiteIsNotChanged(t *testing.T) {
	for _, flags := range [][]string{{"-dry-run"}, nil} {
		file, flag := plainSite(t)
		before, err := os.ReadFile(file)
		require.NoError(t, err)
		to := newTarget(t, backends[0])
		var out strings.Builder
		require.NoError(t, run(t.Context(), append([]string{"-from", flag, "-drupal", "7", "-to", to.flag, "-to-prefix", to.prefix}, flags...), &out, &out))
		require.Contains(t, out.String(), "site:   6 users")
		after, err := os.ReadFile(file)
		require.NoError(t, err)
		require.True(t, string(before) == string(after), "the file has other bytes")
		require.Equal(t, []string{"a b?.sqlite"}, files(t, filepath.Dir(file)), "and nothing lies beside it")
	}
}

func TestAMissingSiteIsNotMade(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "mistyped.sqlite")
	to := newTarget(t, backends[0])
	var out strings.Builder
	err := run(t.Context(), []string{"-from", "sqlite:" + missing, "-drupal", "7", "-to", to.flag, "-to-prefix", to.prefix}, &out, &out)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "-from")
	require.Empty(t, files(t, filepath.Dir(missing)))
}

func TestADryRunMakesNoTarget(t *testing.T) {
	_, flag := plainSite(t)
	missing := filepath.Join(t.TempDir(), "auth.sqlite")
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-from", flag, "-drupal", "7", "-to", "sqlite:" + missing, "-dry-run"}, &out, &out))
	require.Contains(t, out.String(), "target: 6 users to create")
	require.Empty(t, files(t, filepath.Dir(missing)))
}

// TestASiteCanOnlyBeRead: whatever an account may do.
func TestASiteCanOnlyBeRead(t *testing.T) {
	for _, b := range backends {
		t.Run(b.dialect.String(), func(t *testing.T) {
			s := newTestSite(t, drupal.Drupal7, b)
			from, err := openReadOnly(s.flag)
			require.NoError(t, err)
			defer from.db.Close()
			for _, statement := range []string{"UPDATE {users} SET status = 1", "DELETE FROM {users}", "CREATE TABLE {x} (a INT)"} {
				_, err := from.db.ExecContext(context.Background(), s.sql(statement))
				require.Error(t, err, statement)
			}
			var n int
			require.NoError(t, from.db.QueryRow(s.sql("SELECT count(*) FROM {users}")).Scan(&n))
			require.Equal(t, 1, n)
		})
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
