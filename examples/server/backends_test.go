package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// backend is a place for the records of a server under test. The databases are those of this machine unless the environment names others.
type backend struct {
	name string
	make func(t *testing.T) (flags []string) // that name a new, empty place
}

var (
	sqliteBackend = backend{"sqlite", func(t *testing.T) []string {
		return []string{"-store", "sqlite:" + filepath.Join(t.TempDir(), "demo.db")}
	}}
	postgresBackend = backend{"postgres", func(t *testing.T) []string { return []string{"-store", newPostgres(t)} }}
	mysqlBackend    = backend{"mysql", func(t *testing.T) []string { return []string{"-store", newMySQL(t)} }}
)

// withRedis is a backend whose tokens are on a Redis server of the test's own.
func withRedis(b backend) backend {
	return backend{b.name + " and redis", func(t *testing.T) []string {
		return append(b.make(t), "-redis", "redis://"+startRedis(t).addr)
	}}
}

// missing ends a test that cannot run here.
func missing(t testing.TB, what string, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("no %s: %v", what, err)
	}
	t.Skipf("no %s: %v", what, err)
}

// openServer returns the administrator's connection to a database server, or skips the test.
func openServer(t testing.TB, address string) *sql.DB {
	t.Helper()
	c, err := parseStore(address)
	require.NoError(t, err)
	db, _, err := c.open()
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	if err := db.PingContext(t.Context()); err != nil {
		missing(t, c.kind, err)
	}
	return db
}

func postgresAddress() string {
	return cmp.Or(os.Getenv("APIAUTH_TEST_POSTGRES"), "postgres://postgres@127.0.0.1:5432/test")
}

// newPostgres returns the address of a schema that is dropped in the end.
func newPostgres(t testing.TB) string {
	t.Helper()
	db, name := openServer(t, postgresAddress()), randomName()
	_, err := db.Exec("CREATE SCHEMA " + name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.Exec("DROP SCHEMA " + name + " CASCADE")
		require.NoError(t, err)
	})
	u, err := url.Parse(postgresAddress())
	require.NoError(t, err)
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String()
}

// newMySQL returns the address of a database that is dropped in the end.
func newMySQL(t testing.TB) string {
	t.Helper()
	cfg, err := mysql.ParseDSN(cmp.Or(os.Getenv("APIAUTH_TEST_MYSQL"), "root@tcp(127.0.0.1:3306)/test")) // as the tests of sqlstore have it
	require.NoError(t, err)
	u := url.URL{Scheme: inMySQL, User: url.UserPassword(cfg.User, cfg.Passwd), Host: cfg.Addr, Path: "/" + cfg.DBName}
	db, name := openServer(t, u.String()), randomName()
	_, err = db.Exec("CREATE DATABASE " + name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.Exec("DROP DATABASE " + name)
		require.NoError(t, err)
	})
	u.Path = "/" + name
	return u.String()
}

func randomName() string { return "example_" + strings.ToLower(rand.Text()) }

// ownKeys are flags with which several servers, or one server several times, have the same keys and secrets.
func ownKeys(t testing.TB) []string {
	dir := t.TempDir()
	return []string{
		"-jwt-key", filepath.Join(dir, "jwt.key"), "-service-key", filepath.Join(dir, "service.key"), "-flood-key", filepath.Join(dir, "flood.key"), "-alg", "ES256",
		"-issuer", "https://api.example.com", "-client-secret", rand.Text(), "-jwt-client-secret", rand.Text(), "-api-key", "aak_" + rand.Text(), "-blocked-api-key", "aak_" + rand.Text(),
	}
}

// records are what a server has, seen past it.
type records struct {
	*sqlstore.Store
	tokens interface {
		store.TokenStore
		store.TokenLister
	}
}

// openRecords opens the place that flags name.
func openRecords(t testing.TB, flags []string) records {
	t.Helper()
	cfg, err := parseFlags(flags, io.Discard)
	require.NoError(t, err)
	a := &app{cfg: cfg, log: slog.New(slog.DiscardHandler)}
	require.NoError(t, a.openStores(t.Context()))
	t.Cleanup(a.close)
	r := records{}
	r.Store, _ = a.store.(*sqlstore.Store)
	r.tokens = a.tokens.(interface {
		store.TokenStore
		store.TokenLister
	})
	return r
}

// Ports that the system does not give out by itself: one that it does could be another process's before a server has it, and while a test has the
// server down. The tests of redisstore, which run at the same time, take those below.
const lowestPort, portCount = 20_000, 10_000

var (
	firstPort = mathrand.Uint32N(portCount) // another one in each process
	portsUsed atomic.Uint32
)

// freeAddr returns an address of the loopback interface on which nobody listens, another one each time.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 1000 {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", lowestPort+(firstPort+portsUsed.Add(1))%portCount))
		if err == nil {
			require.NoError(t, l.Close())
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

// ownRedis is a Redis server that a test has to itself.
type ownRedis struct {
	t    testing.TB
	addr string
	dir  string
	cmd  *exec.Cmd
}

// startRedis starts a Redis server that has on the disk what it has answered, until the test ends.
func startRedis(t testing.TB) *ownRedis {
	t.Helper()
	s := &ownRedis{t: t, addr: freeAddr(t), dir: t.TempDir()}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *ownRedis) start() {
	s.t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		missing(s.t, "redis-server", err)
	}
	_, port, err := net.SplitHostPort(s.addr)
	require.NoError(s.t, err)
	s.cmd = exec.Command(program, "--port", port, "--bind", "127.0.0.1", "--dir", s.dir, "--daemonize", "no", "--save", "",
		"--appendonly", "yes", "--appendfsync", "always")
	require.NoError(s.t, s.cmd.Start())
	c := redis.NewClient(&redis.Options{Addr: s.addr, MaxRetries: -1, DialerRetries: 1})
	defer c.Close()
	require.Eventually(s.t, func() bool { return c.Ping(context.Background()).Err() == nil }, patience, 10*time.Millisecond)
}

// kill ends the server as a power failure would.
func (s *ownRedis) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// call sends a request by the HTTP client of Go. A form is posted.
func (s *example) call(path string, form url.Values, change func(*http.Request)) (response, error) {
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	req, err := http.NewRequest(method, s.base+path, strings.NewReader(body))
	if err != nil {
		return response{}, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(req)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(data)}, err
}
