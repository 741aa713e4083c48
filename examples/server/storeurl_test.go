package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStoreURLsAreTranslated(t *testing.T) {
	c, err := parseStore("mysql://web%40app:p%3As%2Fs@127.0.0.1/auth")
	require.NoError(t, err)
	require.Equal(t, "web@app", c.mysql.User)
	require.Equal(t, "p:s/s", c.mysql.Passwd)
	require.Equal(t, "tcp", c.mysql.Net)
	require.Equal(t, "127.0.0.1:3306", c.mysql.Addr)
	require.Equal(t, "auth", c.mysql.DBName)
	require.Equal(t, "preferred", c.mysql.TLSConfig)
	require.Equal(t, connectTimeout, c.mysql.Timeout)
	require.Equal(t, "mysql://web%40app@127.0.0.1/auth", c.String())

	c, err = parseStore("mysql://root@[::1]:3307/auth?tls=true")
	require.NoError(t, err)
	require.Equal(t, "[::1]:3307", c.mysql.Addr)
	require.Equal(t, "true", c.mysql.TLSConfig)

	for _, scheme := range []string{"postgres", "postgresql"} {
		c, err = parseStore(scheme + "://web:p%40ss@127.0.0.1:5433/auth?search_path=app&connect_timeout=9")
		require.NoError(t, err)
		require.Equal(t, "p@ss", c.postgres.Password)
		require.EqualValues(t, 5433, c.postgres.Port)
		require.Equal(t, "auth", c.postgres.Database)
		require.Equal(t, 9*time.Second, c.postgres.ConnectTimeout)
		require.Equal(t, "postgres://web@127.0.0.1:5433/auth", c.String())
	}
	c, err = parseStore("postgres://web@127.0.0.1/auth")
	require.NoError(t, err)
	require.Equal(t, connectTimeout, c.postgres.ConnectTimeout)

	r, err := parseRedis("redis://:topsecret@127.0.0.1:6380/3")
	require.NoError(t, err)
	require.Equal(t, "topsecret", r.options.Password)
	require.Equal(t, 3, r.options.DB)
	require.True(t, r.options.ContextTimeoutEnabled)
	require.Equal(t, "redis://@127.0.0.1:6380/3", r.place)
}

// What is wrong with an address is told without its password, wherever that stands and however the address is broken.
func TestPasswordsOfStoresAreNeverPrinted(t *testing.T) {
	for _, url := range []string{
		"%s://u:topsecret@127.0.0.1:1/test",
		"%s://u:topsecret@127.0.0.1:port/test",
		"%s://u:topsecret@127.0.0.1:1",
		"%s://u:topsecret@127.0.0.1:1/a/b",
		"%s://u:topsecret@127.0.0.1:1/test?nonsense=1",
		"%s://u:topsecret@127.0.0.1:1/test?connect_timeout=x",
		"%s://u:topsecret@127.0.0.1:1/test?password=topsecret&sslmode=nonsense",
		"%s://127.0.0.1:1/test?password=topsecret&tls=nonsense",
		"%s://u:12/topsecret@127.0.0.1:1/test",
		"%s://u:/topsecret@127.0.0.1:1/test",
		"%s://u:12?topsecret@127.0.0.1:1/test",
		"%s://u:12#topsecret@127.0.0.1:1/test",
		"%s://u:topsecret%%@127.0.0.1:1/test",
		"%s://u:topsecret @127.0.0.1:1/test",
		"%s://u:topsecret@@127.0.0.1:1/test",
		"%s:u:topsecret@127.0.0.1:1/test",
		"%s//u:topsecret@127.0.0.1:1/test",
	} {
		for _, scheme := range []string{"postgres", "mysql", "redis", "rediss", "unix", "oracle"} {
			for _, flag := range []string{"-store", "-redis"} {
				args := []string{"-addr", "127.0.0.1:0", "-jwt-key", "", "-service-key", ""}
				if flag == "-redis" {
					args = append(args, "-store", "memory")
				}
				var out bytes.Buffer
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				value := fmt.Sprintf(url, scheme)
				err := run(ctx, append(args, flag, value), &out, &out)
				cancel()
				require.Error(t, err, "%s %s", flag, value)
				require.NotContains(t, err.Error()+out.String(), "topsecret", "%s %s", flag, value)
				require.Contains(t, err.Error(), flag)
			}
		}
	}
}

// The file of SQLite is the one that is named, whatever stands in its name, and nobody else reads it.
func TestSQLiteFilesAreFoundAndPrivate(t *testing.T) {
	for _, name := range []string{"a.db", "a?mode=memory&x#y%41.db", "naïve file.db"} {
		file := filepath.Join(t.TempDir(), name)
		c, err := parseStore("sqlite:" + file)
		require.NoError(t, err)
		db, _, err := c.open()
		require.NoError(t, err)
		defer db.Close()
		_, err = db.Exec("CREATE TABLE t (a INTEGER)")
		require.NoError(t, err)
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(file + suffix)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), suffix)
		}
		require.Equal(t, "wal", pragma(t, db, "journal_mode"))
		require.Equal(t, "2", pragma(t, db, "synchronous"), "FULL")
	}
}

func pragma(t *testing.T, db *sql.DB, name string) (value string) {
	t.Helper()
	require.NoError(t, db.QueryRow("PRAGMA "+name).Scan(&value))
	return value
}

func TestKeysLastAsLongAsTheRecords(t *testing.T) {
	for _, test := range []struct{ store, jwt, service string }{
		{"memory", "", ""},
		{"sqlite:/x/y.db", "/x/y.db.jwt-ES256.key", "/x/y.db.service.key"},
		{"postgres://127.0.0.1/test", "apiauth-demo-postgres.jwt-ES256.key", "apiauth-demo-postgres.service.key"},
		{"mysql://127.0.0.1/test", "apiauth-demo-mysql.jwt-ES256.key", "apiauth-demo-mysql.service.key"},
	} {
		cfg, err := parseFlags([]string{"-alg", "ES256", "-store", test.store}, io.Discard)
		require.NoError(t, err)
		require.Equal(t, test.jwt, cfg.jwtKeyFile)
		require.Equal(t, test.service, cfg.serviceKeyFile)
	}
	cfg, err := parseFlags([]string{"-jwt-key", "a", "-service-key", "b"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, []string{"sqlite:apiauth-demo.db", "a", "b"}, []string{cfg.store.String(), cfg.jwtKeyFile, cfg.serviceKeyFile})
}
