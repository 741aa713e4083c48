package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/examples/internal/readme"
)

func TestTheCommandsOfTheReadmePrintWhatItShows(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(printer))
	defer upstream.Close()
	a, key, err := demoUsers(t.Context())
	require.NoError(t, err)
	readme.Run(t, newProxy(a, parse(t, upstream.URL)), "KEY="+key)
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u
}

// behind serves a service and the proxy before it, and returns the address of the proxy, such as 127.0.0.1:1234.
func behind(t *testing.T, service http.HandlerFunc) string {
	t.Helper()
	upstream := httptest.NewServer(service)
	t.Cleanup(upstream.Close)
	return before(t, upstream.URL)
}

// before serves the proxy before a service that runs already.
func before(t *testing.T, service string) string {
	t.Helper()
	a, _, err := demoUsers(t.Context())
	require.NoError(t, err)
	return serve(t, a, service)
}

func serve(t *testing.T, a auth.Authenticator, service string) string {
	t.Helper()
	log.SetOutput(io.Discard)
	proxy := httptest.NewServer(newProxy(a, parse(t, service)))
	t.Cleanup(proxy.Close)
	return proxy.Listener.Addr().String()
}

const alan = "Authorization: Basic YWxhbjp0b3BzZWNyZXQ=" // alan:topsecret

// raw sends lines as they are and returns the response, whose body is read from the connection. net/http as a client would not send all
// that an attacker can.
func raw(t *testing.T, host string, lines ...string) (*http.Response, net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprint(conn, strings.Join(lines, "\r\n"))
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	return resp, conn, in
}

// get sends a GET with these fields in addition and returns the response and its body.
func get(t *testing.T, host string, fields ...string) (*http.Response, string) {
	t.Helper()
	lines := append([]string{"GET / HTTP/1.1", "Host: api.example.com"}, fields...)
	resp, _, _ := raw(t, host, append(lines, "", "")...)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}
