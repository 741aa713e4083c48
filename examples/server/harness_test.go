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

// example is a running example server.
type example struct {
	base, host           string // http://127.0.0.1:1234 and 127.0.0.1:1234
	clientID, secret     string
	apiKey               string
	banner               []string
	pid                  int
	stderr               *syncBuffer
	accessToken, jwt, st func() string // fresh ones of my_username
}

var (
	bannerAddr   = regexp.MustCompile(`example server on (http://(\S+)) `)
	bannerClient = regexp.MustCompile(`client +(\S+) +secret (\S+) +API key of my_username (\S+)`)
)

// startServer runs the example server with these flags, on a free port, until the test ends.
func startServer(t testing.TB, flags ...string) *example {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, append([]string{"-addr", "127.0.0.1:0"}, flags...)...)
	cmd.Env = append(os.Environ(), beServer+"=1")
	cmd.Dir = t.TempDir()
	s := &example{stderr: new(syncBuffer)}
	cmd.Stderr = s.stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case err := <-done:
			require.NoError(t, err, "the server ends by itself when interrupted; its log:\n%s", s.stderr)
		case <-time.After(15 * time.Second):
			_ = cmd.Process.Kill()
			t.Errorf("the server did not end; its log:\n%s", s.stderr)
		}
	})

	lines := make(chan string)
	go func() {
		defer close(lines)
		for sc := bufio.NewScanner(stdout); sc.Scan(); {
			lines <- sc.Text()
		}
	}()
	deadline := time.After(30 * time.Second)
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
	require.Eventually(t, func() bool {
		resp, err := http.Get(s.base + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, 10*time.Second, 10*time.Millisecond)

	s.accessToken = func() string {
		return s.member(t, "access_token", "-d", "grant_type=client_credentials", "-d", "client_id="+s.clientID, "-d", "client_secret="+s.secret, "-d", "username=my_username", s.base+"/rest_api/access_token")
	}
	s.jwt = func() string {
		return s.member(t, "jwt_token", "-X", "POST", "-u", "my_username:topsecret", s.base+"/rest_api/id_token")
	}
	s.st = func() string {
		return s.member(t, "token", "-X", "POST", "-u", "my_username:topsecret", s.base+"/api/services_token/generate")
	}
	return s
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
		case "KEY":
			return s.apiKey
		case "TOKEN":
			return s.accessToken()
		case "JWT":
			return s.jwt()
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
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
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
