package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets this test program be the server: a test that wants a running server starts itself again with the
// environment variable set, so that what is tested is main as users run it.
func TestMain(m *testing.M) {
	if os.Getenv(beServer) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const beServer = "APIAUTH_TEST_BE_THE_SERVER"

// patience is for how long anything is waited for that takes a moment on a machine with nothing else to do.
const patience = 2 * time.Minute

// example is a running example server.
type example struct {
	base, host           string // http://127.0.0.1:1234 and 127.0.0.1:1234
	clientID, secret     string
	jwtClient, jwtSecret string // of the client whose access tokens are JWTs
	apiKey, blockedKey   string // of my_username and of blocked_user
	banner               []string
	pid                  int
	http                 *http.Client
	stop, kill           func() // the server, as the operator does and as a power failure does; the test's end stops it otherwise
	stderr               *syncBuffer
	accessToken, jwt, st func() string // fresh ones of my_username
	jwtAccess, refresh   func() string // the same: an access token that is a JWT, and a refresh token
}

var (
	bannerKey    = regexp.MustCompile(`blocked_user / blocked-password \(blocked; API key (\S+)\)`)
	bannerAddr   = regexp.MustCompile(`example server on (http://(\S+)) `)
	bannerClient = regexp.MustCompile(`client +(\S+) +secret (\S+) +API key of my_username (\S+)\nJWT client +(\S+) +secret (\S+) `)
)

// startServer runs the example server with these flags, on a free port and with the store in memory unless they say otherwise, until the
// test ends.
func startServer(t testing.TB, flags ...string) *example {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, append([]string{"-addr", "127.0.0.1:0", "-store", "memory", "-log-level", "DEBUG"}, flags...)...)
	cmd.Env = append(os.Environ(), beServer+"=1")
	cmd.Dir = t.TempDir()
	s := &example{stderr: new(syncBuffer), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Minute}}
	cmd.Stderr = s.stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var ended sync.Once
	s.stop = func() {
		s.http.CloseIdleConnections() // for one that was never used the server would wait
		ended.Do(func() { interrupt(t, cmd, s.stderr) })
	}
	s.kill = func() {
		ended.Do(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // says that it was killed
		})
	}
	t.Cleanup(func() {
		s.stop()
		requireNoSecret(t, s)
	})

	lines := make(chan string)
	go func() {
		defer close(lines)
		for sc := bufio.NewScanner(stdout); sc.Scan(); {
			lines <- sc.Text()
		}
	}()
	deadline := time.After(patience)
	for last := false; !last; {
		select {
		case line, ok := <-lines:
			require.True(t, ok, "the server ended; its log:\n%s", s.stderr)
			s.banner = append(s.banner, line)
			last = strings.Contains(line, "/api/user/1")
		case <-deadline:
			t.Fatalf("the server did not start; its log:\n%s", s.stderr)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()

	text := strings.Join(s.banner, "\n")
	addr := bannerAddr.FindStringSubmatch(text)
	require.NotNil(t, addr, text)
	client := bannerClient.FindStringSubmatch(text)
	require.NotNil(t, client, text)
	s.base, s.host, s.clientID, s.secret, s.apiKey, s.pid = addr[1], addr[2], client[1], client[2], client[3], cmd.Process.Pid
	s.jwtClient, s.jwtSecret = client[4], client[5]
	blocked := bannerKey.FindStringSubmatch(text)
	require.NotNil(t, blocked, text)
	s.blockedKey = blocked[1]
	require.Eventually(t, func() bool {
		resp, err := http.Get(s.base + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, patience, 10*time.Millisecond)

	s.accessToken = func() string {
		return s.member(t, "access_token", "-d", "grant_type=client_credentials", "-d", "client_id="+s.clientID, "-d", "client_secret="+s.secret, "-d", "username=my_username", s.base+"/rest_api/access_token")
	}
	s.jwt = func() string {
		return s.member(t, "jwt_token", "-X", "POST", "-u", "my_username:topsecret", s.base+"/rest_api/id_token")
	}
	s.jwtAccess = func() string {
		return s.member(t, "access_token", "-u", s.jwtClient+":"+s.jwtSecret, "-d", "grant_type=client_credentials", s.base+"/rest_api/access_token")
	}
	s.refresh = func() string {
		return s.member(t, "refresh_token", "-u", s.clientID+":"+s.secret, "-d", "grant_type=password", "-d", "username=my_username", "-d", "password=topsecret", s.base+"/rest_api/access_token")
	}
	s.st = func() string {
		return s.member(t, "token", "-X", "POST", "-u", "my_username:topsecret", s.base+"/api/services_token/generate")
	}
	return s
}

// interrupt ends a server as its operator does.
func interrupt(t testing.TB, cmd *exec.Cmd, log *syncBuffer) {
	t.Helper()
	_ = cmd.Process.Signal(os.Interrupt)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		require.NoError(t, err, "the server ends by itself when interrupted; its log:\n%s", log)
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		t.Errorf("the server did not end; its log:\n%s", log)
	}
}

// expand replaces the placeholders of a curl line.
func (s *example) expand(line string) string {
	return os.Expand(line, func(name string) string {
		switch name {
		case "BASE":
			return s.base
		case "HOST":
			return s.host
		case "CLIENT":
			return s.clientID
		case "SECRET":
			return s.secret
		case "JWTCLIENT":
			return s.jwtClient
		case "JWTSECRET":
			return s.jwtSecret
		case "KEY":
			return s.apiKey
		case "BLOCKEDKEY":
			return s.blockedKey
		case "TOKEN":
			return s.accessToken()
		case "JWT":
			return s.jwt()
		case "JWTACCESS":
			return s.jwtAccess()
		case "REFRESH":
			return s.refresh()
		case "ST":
			return s.st()
		}
		return "$" + name
	})
}

// member runs curl and returns a string member of the JSON object that it prints.
func (s *example) member(t testing.TB, name string, args ...string) string {
	t.Helper()
	resp := curl(t, args...)
	m := regexp.MustCompile(`"` + name + `":"([^"]+)"`).FindStringSubmatch(resp.body)
	require.NotNil(t, m, "no %s in %d %s", name, resp.status, resp.body)
	return m[1]
}

// response is what curl got.
type response struct {
	status int
	header http.Header
	body   string
}

// curl runs the real curl.
func curl(t testing.TB, args ...string) response {
	t.Helper()
	path, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("curl is not installed")
		}
		t.Skip("curl is not installed: this test drives the server with it")
	}
	dir := t.TempDir()
	head := filepath.Join(dir, "head")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append([]string{"-sS", "-q", "--noproxy", "*", "-D", head}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "curl %q: %s", args, &stderr)

	// curl keeps the head of every response it got; the last one counts.
	data, err := os.ReadFile(head)
	require.NoError(t, err)
	heads := strings.Split(strings.TrimRight(string(data), "\r\n"), "\r\n\r\n")
	r, err := http.ReadResponse(bufio.NewReader(strings.NewReader(heads[len(heads)-1]+"\r\n\r\n")), nil)
	require.NoError(t, err)
	return response{r.StatusCode, r.Header, stdout.String()}
}

// words splits a command line at blanks outside single and double quotes, as a shell does with the lines used here.
func words(t testing.TB, line string) []string {
	t.Helper()
	var list []string
	var word strings.Builder
	in, quote := false, rune(0)
	for _, c := range line {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			} else {
				word.WriteRune(c)
			}
		case c == '\'' || c == '"':
			quote, in = c, true
		case c == ' ':
			if in {
				list = append(list, word.String())
				word.Reset()
				in = false
			}
		default:
			word.WriteRune(c)
			in = true
		}
	}
	require.Zero(t, quote, "unbalanced quotes in %s", line)
	if in {
		list = append(list, word.String())
	}
	return list
}

// syncBuffer is a buffer that a process writes and a test reads.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
