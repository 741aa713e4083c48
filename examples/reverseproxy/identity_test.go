package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// smuggled are fields with which a client could say that it is root.
var smuggled = []string{
	"X-Remote-User: root", "x-remote-user: root", "X_Remote_User: root", "X-Remote_User: root", "X_REMOTE_USER: root", "X.Remote.User: root", "X~Remote'User: root",
	"Remote-User: root", "REMOTE_USER: root", "X-Remote-Group: root", "X-Forwarded-User: root", "X_Forwarded_For: root", "Forwarded: for=root", "X-Real-IP: root",
	"X-Auth-Request-User: root", "X-User: root", "X-User-Name: root", "API_KEY: root", "Proxy-Authorization: root", "Auth_Method: root", "AUTH-METHOD: root",
	"X-WEBAUTH-USER: root", "X_WebAuth_User: root", "X-Auth-User: root", "SSL-Client-S-DN: root",
	"Connection: X-Remote-User", "Connection: X-Remote-User, close, X-Remote-User-Id, X-Remote-Roles", "Trailer: X-Remote-User",
}

func TestAClientCannotSmuggleAnIdentity(t *testing.T) {
	got := make(chan http.Header, 1)
	host := behind(t, func(_ http.ResponseWriter, r *http.Request) { got <- r.Header })
	for _, fields := range append([][]string{smuggled[:len(smuggled)-3]}, split(smuggled)...) {
		resp, body := get(t, host, append(fields, alan)...)
		require.Equal(t, 200, resp.StatusCode, "%q: %s", fields, body)
		h := <-got
		require.Equal(t, []string{"alan"}, h["X-Remote-User"], "%q", fields)
		require.Equal(t, []string{"17"}, h["X-Remote-User-Id"])
		require.Equal(t, []string{"editor,reader%2C%20abroad"}, h["X-Remote-Roles"])
		for name, values := range h {
			require.NotContains(t, strings.Join(values, " "), "root", "%q came through as %s", fields, name)
			require.NotContains(t, []string{"authorization", "api-key", "auth-method"}, spelling(name))
		}
	}
}

func split(list []string) (single [][]string) {
	for _, s := range list {
		single = append(single, []string{s})
	}
	return single
}

func TestTrailersOfARequestDoNotReachTheService(t *testing.T) {
	got := make(chan *http.Request, 1)
	host := behind(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // trailers are known after the body
		got <- r
	})
	resp, _, _ := raw(t, host, "POST / HTTP/1.1", "Host: api", alan, "Trailer: X-Remote-User, X-Note", "Transfer-Encoding: chunked", "",
		"4", "body", "0", "X-Remote-User: root", "X-Note: root", "X-Remote-Roles: root", "", "")
	require.Equal(t, 200, resp.StatusCode)
	r := <-got
	require.Empty(t, r.Trailer)
	require.Equal(t, []string{"alan"}, r.Header["X-Remote-User"])
}

func TestUserInfoInTheRequestTargetIsNobody(t *testing.T) {
	host := behind(t, printer)
	resp, _, _ := raw(t, host, "GET http://alan:topsecret@api/ HTTP/1.1", "Host: api", "", "")
	require.Equal(t, 401, resp.StatusCode)
	resp, _, _ = raw(t, host, "GET http://root:root@api/ HTTP/1.1", "Host: api", alan, "", "")
	require.Equal(t, 200, resp.StatusCode)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NotContains(t, string(body), "root")
	require.NotContains(t, string(body), "Authorization")
}

// oneUser is an authenticator that knows everybody as this user.
type oneUser store.User

func (u oneUser) Authenticate(*http.Request) (*auth.Identity, error) {
	return auth.NewIdentity(store.User(u), "test"), nil
}

func TestAnyNameArrivesAsItIs(t *testing.T) {
	for _, name := range []string{
		"alan", "", " ", "Émilie 100%", "a,b;c", "\r\nX-Remote-User-Id: 0", "root\x00", "\xff\xfe", "%00", "日本語", strings.Repeat("é", 500), "a\tb", "a+b", "\u0085\u2028",
	} {
		got := make(chan http.Header, 1)
		host := serve(t, oneUser{ID: "id " + name, Name: name, Roles: []string{name, "b,c"}}, "http://"+listen(t, func(_ http.ResponseWriter, r *http.Request) { got <- r.Header }))
		resp, _ := get(t, host)
		require.Equal(t, 200, resp.StatusCode)
		h := <-got
		for _, field := range []string{fieldUser, fieldUserID, fieldRoles} {
			require.Len(t, h[field], 1)
			require.NotRegexp(t, `[^!-~]`, h[field][0], "visible ASCII only")
		}
		require.Equal(t, name, unescape(t, h.Get(fieldUser)))
		require.Equal(t, "id "+name, unescape(t, h.Get(fieldUserID)))
		roles := strings.Split(h.Get(fieldRoles), ",")
		require.Len(t, roles, 2)
		require.Equal(t, []string{name, "b,c"}, []string{unescape(t, roles[0]), unescape(t, roles[1])})
	}
}

func unescape(t *testing.T, s string) string {
	t.Helper()
	s, err := url.PathUnescape(s)
	require.NoError(t, err)
	return s
}

// A service in another language, which cannot tell X_Remote_User from X-Remote-User.
func TestAServiceBehindWSGISeesTheRealUserOnly(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is not installed")
		}
		t.Skip("python3 is not installed: this test runs a service in Python")
	}
	cmd := exec.Command(python, "testdata/upstream.py")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	port, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	service := "127.0.0.1:" + strings.TrimSpace(port)

	attack := []string{"X_Remote_User: root", "Remote_User: root", "API_KEY: root"}
	_, body := get(t, service, append(attack, "Connection: close")...)
	require.Contains(t, body, "HTTP_X_REMOTE_USER=root", "without the proxy it works, so this test can fail")

	_, body = get(t, before(t, "http://"+service), append(attack, alan, "Connection: close")...)
	require.Equal(t, "HTTP_X_REMOTE_USER=alan\n", body)
}

func Example_identityFields() {
	h := http.Header{"X_remote_user": {"root"}}
	strip(h)
	setIdentity(h, &auth.Identity{UserID: "17", Name: "Émilie", Roles: []string{"a, b"}})
	fmt.Println(h)
	// Output: map[X-Remote-Roles:[a%2C%20b] X-Remote-User:[%C3%89milie] X-Remote-User-Id:[17]]
}
