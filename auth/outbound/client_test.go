package outbound_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth/outbound"
)

// transport is an http.RoundTripper.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newClient returns a client that is closed when the test ends.
func newClient(t testing.TB, change func(*outbound.Config)) *outbound.Client {
	t.Helper()
	cfg := outbound.Config{URL: "https://other.example/path?key=topsecret", MaxBody: 1000}
	change(&cfg)
	c, err := outbound.New(cfg)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

var get = outbound.Request{Method: "GET"}

func TestClientsThatCannotBe(t *testing.T) {
	for _, test := range []struct {
		change func(*outbound.Config)
		want   string
	}{
		{func(c *outbound.Config) { c.URL = "" }, "URL is missing"},
		{func(c *outbound.Config) { c.URL = "http://other.example/topsecret" }, "URL is not https"},
		{func(c *outbound.Config) { c.URL = "http://127.0.0.1.example.com/" }, "URL is not https"},
		{func(c *outbound.Config) { c.URL = "ftp://127.0.0.1/" }, "URL is neither https nor http"},
		{func(c *outbound.Config) { c.URL = "/topsecret" }, "URL is not absolute"},
		{func(c *outbound.Config) { c.URL = "https:other.example" }, "URL is not absolute"},
		{func(c *outbound.Config) { c.URL = "https://other.example/\x7ftopsecret" }, "URL is malformed"},
		{func(c *outbound.Config) { c.URL = "https://u:topsecret@other.example/" }, "URL holds user information"},
		{func(c *outbound.Config) { c.URL = "https://other.example/#topsecret" }, "URL has a fragment"},
		{func(c *outbound.Config) { c.URL = "https://localho\u017ft/" }, "beyond ASCII"},
		{func(c *outbound.Config) { c.Transport = (*http.Transport)(nil) }, "Transport is missing"},
		{func(c *outbound.Config) { c.Transport = transport(nil) }, "Transport is missing"},
		{func(c *outbound.Config) { c.MaxBody = 0 }, "MaxBody is missing"},
		{func(c *outbound.Config) { c.Timeout = -1 }, "Timeout is negative"},
		{func(c *outbound.Config) { c.Timeout = time.Minute }, "Timeout is negative or over 5s"},
	} {
		cfg := outbound.Config{URL: "https://other.example/", MaxBody: 1}
		test.change(&cfg)
		c, err := outbound.New(cfg)
		require.Nil(t, c, test.want)
		require.ErrorContains(t, err, test.want)
		require.NotContains(t, err.Error(), "topsecret")
	}
}

func TestHTTPIsForThisMachine(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:1/", "http://[::1]/", "http://LOCALHOST/", "http://127.9.9.9/"} {
		newClient(t, func(c *outbound.Config) { c.URL = url })
	}
	newClient(t, func(c *outbound.Config) { c.URL, c.InsecureAllowHTTP = "http://other.example/", true })
}

// A name of this machine that leads to another is not followed there. The addresses are set aside for documentation; nothing is sent to them.
func TestTheNameOfThisMachineLeadsNowhereElse(t *testing.T) {
	_, err := outbound.Connections(context.Background(), true, 0).DialContext(context.Background(), "tcp", "192.0.2.1:80")
	require.ErrorContains(t, err, "leads to another machine")
	for _, address := range []string{"192.0.2.1:80", "[2001:db8::1]:80", "[fe80::1%1]:80", "0.0.0.0:80", "[::]:80", "[::ffff:192.0.2.1]:80", "", "127.0.0.1"} {
		require.Error(t, outbound.RefuseOthers("tcp", address, nil), address)
	}
	for _, address := range []string{"127.0.0.1:80", "127.9.9.9:1", "[::1]:80", "[::ffff:127.0.0.1]:80"} {
		require.NoError(t, outbound.RefuseOthers("tcp", address, nil), address)
	}
}

// Where it need not be this machine nothing is refused, which a machine with an address of its own beyond loopback can show of itself.
func TestOtherMachinesAreReachedOverHTTPS(t *testing.T) {
	addrs, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLinkLocalUnicast() {
			l, err := net.Listen("tcp", net.JoinHostPort(ip.IP.String(), "0"))
			if err != nil {
				continue // an address that is being set up or taken down
			}
			c, err := outbound.Connections(context.Background(), false, 0).DialContext(context.Background(), "tcp", l.Addr().String())
			require.NoError(t, err)
			require.NoError(t, c.Close())
			require.NoError(t, l.Close())
		}
	}
}

func TestTheEnvironmentNamesNoProxy(t *testing.T) {
	for _, idle := range []int{0, 5} {
		require.Nil(t, outbound.Connections(context.Background(), false, idle).Proxy)
	}
}

func TestWhatIsSent(t *testing.T) {
	header := http.Header{"Accept": {"a/b"}}
	c := newClient(t, func(c *outbound.Config) {
		c.Transport = transport(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			require.Equal(t, "x=y", string(body))
			require.EqualValues(t, 3, r.ContentLength)
			require.Equal(t, "https://other.example/path?key=topsecret", r.URL.String())
			require.Equal(t, http.Header{"Accept": {"a/b"}, "Accept-Encoding": {"gzip"}, "Idempotency-Key": nil}, r.Header)
			r.Header.Set("Accept", "changed")
			return &http.Response{StatusCode: 200, Header: http.Header{"A": {"b"}}, Body: io.NopCloser(strings.NewReader("text"))}, nil
		})
	})
	require.Equal(t, "https://other.example/path", c.Name())
	for range 2 {
		answer, err := c.Do(outbound.Request{Method: "POST", Header: header, Body: "x=y"})
		require.NoError(t, err)
		require.Equal(t, &outbound.Answer{Status: 200, Header: http.Header{"A": {"b"}}, Body: []byte("text")}, answer)
	}
}

func TestTheBodyOfAnotherStatusIsNotRead(t *testing.T) {
	c := newClient(t, func(c *outbound.Config) {
		c.Transport = transport(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 401, Header: http.Header{}, Body: io.NopCloser(failing{})}, nil
		})
	})
	answer, err := c.Do(get)
	require.NoError(t, err)
	require.Equal(t, 401, answer.Status)
	require.Nil(t, answer.Body)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("read") }

// What a redirect leads to, by how many are allowed.
func TestRedirects(t *testing.T) {
	for name, test := range map[string]struct {
		allowed int
		to      string
		want    string
	}{
		"none":         {0, "/x", "status 302"},
		"same origin":  {1, "/x", ""},
		"other case":   {1, "https://OTHER.example:443/x", ""},
		"other host":   {1, "https://other.example.example/", "another origin"},
		"other port":   {1, "https://other.example:444/", "another origin"},
		"other scheme": {1, "http://other.example/", "another origin"},
		"scheme only":  {1, "http://other.example:443/", "another origin"},
		"user info":    {1, "https://u:p@other.example/", "another origin"},
		"one too many": {2, "/again", "too many redirects"},
	} {
		c := newClient(t, func(c *outbound.Config) {
			c.Redirects = test.allowed
			c.Transport = transport(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/x" {
					return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("there"))}, nil
				}
				return &http.Response{StatusCode: 302, Header: http.Header{"Location": {test.to}}, Body: http.NoBody, Request: r}, nil
			})
		})
		answer, err := c.Do(get)
		switch {
		case test.want == "":
			require.NoError(t, err, name)
			require.Equal(t, "there", string(answer.Body), name)
		case test.want == "status 302":
			require.NoError(t, err, name)
			require.Equal(t, 302, answer.Status)
		default:
			require.ErrorContains(t, err, test.want, name)
			require.Nil(t, answer)
			require.NotContains(t, err.Error(), "other.example")
		}
	}
}

func TestHowMuchIsRead(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(bytes.Repeat([]byte("x"), 2000))
	require.NoError(t, w.Close())
	for name, test := range map[string]struct {
		body, encoding, want string
	}{
		"just":     {strings.Repeat("x", 1000), "", ""},
		"identity": {"x", "Identity", ""},
		"more":     {strings.Repeat("x", 1001), "", "too long"},
		"unpacked": {zipped.String(), "gzip", "too long"},
		"broken":   {"x", "x-gzip", "EOF"},
		"br":       {"x", "br", "an encoding that was not asked for"},
	} {
		c := newClient(t, func(c *outbound.Config) {
			c.Transport = transport(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Encoding": {test.encoding}}, Body: io.NopCloser(strings.NewReader(test.body))}, nil
			})
		})
		answer, err := c.Do(get)
		if test.want == "" {
			require.NoError(t, err, name)
			require.Equal(t, test.body, string(answer.Body))
			continue
		}
		require.ErrorContains(t, err, test.want, name)
		require.Nil(t, answer)
	}
}

func TestACallEndsWithItsDeadlineOrTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, func(c *outbound.Config) {
			c.Transport = transport(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, errors.New("the connection is closed")
			})
		})
		start := time.Now()
		_, err := c.Do(get)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "the connection is closed")
		require.Equal(t, outbound.MaxTimeout, time.Since(start))
		time.AfterFunc(time.Second, c.Close)
		_, err = c.Do(get)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, outbound.MaxTimeout+time.Second, time.Since(start))
		_, err = c.Do(get)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestErrorsRepeatNoSecret(t *testing.T) {
	var fault func() error
	c := newClient(t, func(c *outbound.Config) {
		c.Transport = transport(func(*http.Request) (*http.Response, error) { return nil, fault() })
	})
	ask := func() error {
		_, err := c.Do(outbound.Request{Method: "GET", Secrets: []string{"", "short", "the-token"}})
		return err
	}
	fault = func() error { return errors.New("got the-token") }
	require.EqualError(t, ask(), "the error repeats a secret of the request and is not told")
	require.NoError(t, errors.Unwrap(ask()))
	fault = func() error { panic("got the-token") }
	require.EqualError(t, ask(), "the error repeats a secret of the request and is not told")
	fault = func() error { panic("something short") }
	require.EqualError(t, ask(), "panic: something short")
	fault = func() error { return io.ErrUnexpectedEOF }
	require.Equal(t, io.ErrUnexpectedEOF, ask(), "without the address")

	_, err := c.Do(outbound.Request{Method: "a b"})
	require.ErrorContains(t, err, "invalid method")
}

func TestBrief(t *testing.T) {
	err := outbound.Brief(errors.New("a\nb\x1b" + strings.Repeat("x", 1000)))
	require.Equal(t, `a\nb\x1b`+strings.Repeat("x", 252)+"…", err.Error())
	require.ErrorIs(t, outbound.Brief(io.EOF), io.EOF)
	require.Equal(t, "EOF", outbound.Brief(io.EOF).Error())
	require.Equal(t, `"a" and \\"b"`, outbound.Brief(errors.New(`"a" and \"b"`)).Error(), "what shows it quotes it once more")
}

func TestKeptConnections(t *testing.T) {
	for idle, want := range map[int]int{0: 10, 1: 1, 5: 1} {
		// On a busy machine net/http gives a connection up whose goroutines take more than 50 ms to speak to each other.
		conns := 0
		for begun := time.Now(); conns != want && time.Since(begun) < 30*time.Second; {
			conns = connectionsOfTenCalls(t, idle)
		}
		require.Equal(t, want, conns, idle)
	}
}

func connectionsOfTenCalls(t *testing.T, idle int) int {
	conns := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conns[r.RemoteAddr] = true // one at a time
		w.WriteHeader(200 + len(conns)%2)
		_, _ = io.WriteString(w, strings.Repeat("x", 900))
	}))
	defer server.Close()
	before := runtime.NumGoroutine()
	c := newClient(t, func(c *outbound.Config) { c.URL, c.Idle = server.URL, idle })
	for range 10 {
		_, err := c.Do(get)
		require.NoError(t, err)
	}
	c.Close()
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 30*time.Second, 10*time.Millisecond) // the one that looks
	return len(conns)
}

// A server that accepts connections and is silent keeps nothing beyond the client.
func TestASilentHandshake(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	before := runtime.NumGoroutine()
	for _, idle := range []int{0, 5} {
		c := newClient(t, func(c *outbound.Config) {
			c.URL, c.Idle, c.Timeout = "https://"+l.Addr().String(), idle, 20*time.Millisecond
		})
		for range 5 {
			_, err := c.Do(get)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		c.Close()
		require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 30*time.Second, 10*time.Millisecond)
	}
}

// A connection that is closed is forgotten by what would close it.
func TestClosedConnectionsAreForgotten(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	life, end := context.WithCancel(context.Background())
	defer end()
	tr := outbound.Connections(life, true, 1)
	first, err := tr.DialContext(context.Background(), "tcp", l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, first.Close())
	second, err := tr.DialContext(context.Background(), "tcp", l.Addr().String())
	require.NoError(t, err)
	end()
	_, err = second.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, second.Close(), net.ErrClosed)
	_, err = tr.DialContext(context.Background(), "tcp", l.Addr().String())
	require.ErrorContains(t, err, "canceled")
}
