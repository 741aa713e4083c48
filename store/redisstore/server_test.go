package redisstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// server is a redis-server of a test's own.
type server struct {
	t    testing.TB
	addr string
	dir  string
	args []string
	cmd  *exec.Cmd

	sentinel string // the file with the settings of a sentinel, "" for a server
}

// startServer starts a redis-server on a loopback port, with its files in a temporary directory. It ends with the test.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), args: args}
	s.addr = freeAddr(t)
	s.start()
	t.Cleanup(s.kill)
	return s
}

// Ports that the system does not give out by itself: one that it does could be another process's before the server has it, and while a test
// has the server killed. The tests of examples/server, which run at the same time, take those above.
const lowestPort, portCount = 10_000, 10_000

var (
	firstPort = rand.Uint32N(portCount) // another one in each process
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

func port(t testing.TB, addr string) int {
	t.Helper()
	_, p, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	n, err := strconv.Atoi(p)
	require.NoError(t, err)
	return n
}

func (s *server) start() {
	s.t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		missing(s.t, "no redis-server: %v", err)
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	require.NoError(s.t, err)
	defer log.Close()
	args := append([]string{"--port", fmt.Sprint(port(s.t, s.addr)), "--bind", "127.0.0.1", "--dir", s.dir, "--daemonize", "no"}, s.args...)
	if s.sentinel != "" {
		args = append([]string{s.sentinel, "--sentinel"}, args...)
	} else {
		args = append(args, "--save", "")
	}
	s.cmd = exec.Command(binary, args...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	require.NoError(s.t, s.cmd.Start())
	c := redis.NewClient(&redis.Options{Addr: s.addr, MaxRetries: -1, DialerRetries: 1})
	defer c.Close()
	eventually(s.t, "redis-server answers", func() error { return c.Ping(context.Background()).Err() })
}

// kill ends the server as a power failure would.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *server) client() *redis.Client { return newClient(s.t, &redis.Options{Addr: s.addr}) }

// patience is for how long anything is waited for. A sentinel that was kept from running for 2 seconds does nothing for 30.
const patience = 2 * time.Minute

// eventually waits until f, which asks another process, returns nil.
func eventually(t testing.TB, what string, f func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatalf("%s: not within %v: %v", what, patience, err)
}
