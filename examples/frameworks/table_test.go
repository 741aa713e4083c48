package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/examples/internal/readme"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

func TestTheCommandsOfTheReadmePrintWhatItShows(t *testing.T) {
	a := users(t)
	eachFramework(t, func(t *testing.T, name string) { readme.Run(t, routers[name](a)) })
}

func users(t *testing.T) auth.Authenticator {
	t.Helper()
	a, err := demoUsers(t.Context())
	require.NoError(t, err)
	return a
}

func eachFramework(t *testing.T, f func(t *testing.T, name string)) {
	for _, name := range slices.Sorted(maps.Keys(routers)) {
		t.Run(name, func(t *testing.T) { f(t, name) })
	}
}

// answer is a response as far as the frameworks must agree.
type answer struct {
	status                                     int
	body                                       string
	contentType, challenge, cacheControl, vary string
}

// send sends a request as the user, if there is one, and returns the answer.
func send(t *testing.T, method, url, user, password string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	h := resp.Header
	contentType := strings.ToLower(h.Get("Content-Type")) // echo writes UTF-8, the others utf-8
	return answer{resp.StatusCode, string(body), contentType, h.Get("WWW-Authenticate"), h.Get("Cache-Control"), h.Get("Vary")}
}

const (
	text      = "text/plain; charset=utf-8"
	jsonBody  = "application/json"
	challenge = `Basic realm="Example API", charset="UTF-8"`
	absent    = `{"status":"error","http_code":"401","error":"MISSING_AUTHORIZATION_HEADER","error_description":"Authorization header not received."}`
	wrong     = `{"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password"}`
	denied    = `{"status":"error","http_code":"403","error":"ACCESS_DENIED","error_description":"Access denied."}`
)

var (
	notSaidWho  = answer{401, absent, jsonBody, challenge, "no-store", ""}
	notBelieved = answer{401, wrong, jsonBody, challenge, "no-store", ""}
	notAllowed  = answer{403, denied, jsonBody, "", "no-store", "Authorization"}
)

func ok(body string) answer { return answer{200, body, text, "", "private", "Authorization"} }

// requests are the requests that all frameworks answer alike.
var requests = []struct {
	method, path, user, password string
	want                         answer
}{
	{"GET", "/public", "", "", answer{200, "for everybody\n", text, "", "", ""}},
	{"GET", "/public", "alan", "wrong", answer{200, "for everybody\n", text, "", "", ""}},
	{"GET", "/greeting", "", "", ok("hello, stranger\n")},
	{"GET", "/greeting", "grace", "topsecret", ok("hello, grace\n")},
	{"GET", "/greeting", "grace", "wrong", notBelieved},
	{"GET", "/me", "", "", notSaidWho},
	{"GET", "/me", "edsger", "wrong", notBelieved},
	{"GET", "/me", "nobody", "topsecret", notBelieved},
	{"GET", "/me", "edsger", "topsecret", ok("edsger, user 19, by basic\n")},
	{"GET", "/articles/7", "", "", notSaidWho},
	{"GET", "/articles/7", "edsger", "topsecret", notAllowed},
	{"GET", "/articles/7", "grace", "topsecret", ok("grace reads article 7\n")},
	{"PUT", "/articles/7", "", "", notSaidWho},
	{"PUT", "/articles/7", "grace", "topsecret", notAllowed},
	{"PUT", "/articles/8", "alan", "topsecret", ok("alan edits article 8\n")},
}

func TestAllFrameworksAnswerAlike(t *testing.T) {
	a := users(t)
	eachFramework(t, func(t *testing.T, name string) {
		server := httptest.NewServer(routers[name](a))
		defer server.Close()
		for _, r := range requests {
			got := send(t, r.method, server.URL+r.path, r.user, r.password)
			require.Equal(t, r.want, got, "%s %s as %q", r.method, r.path, r.user)
		}
	})
}
