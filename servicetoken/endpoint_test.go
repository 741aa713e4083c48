package servicetoken_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
)

// generatedToken returns the token of a successful answer.
func generatedToken(t *testing.T, body string) string {
	t.Helper()
	var got struct{ Expires, Token string }
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	require.NotEmpty(t, got.Token)
	return got.Token
}

func TestGenerateAnswers(t *testing.T) {
	insufficient := `["Access denied for user reader"]`
	wrong := `["Invalid credentials."]`
	anonymous := `["Access denied for user anonymous"]`
	for _, c := range []struct {
		name, user, pw string
		off, on        int // statuses without and with the password fallback
		offBody        string
		onBody         string
	}{
		{name: "name and password", user: "my_username", pw: "topsecret", off: 401, offBody: wrong, on: 200},
		{name: "wrong password", user: "my_username", pw: "Topsecret", off: 401, offBody: wrong, on: 401, onBody: wrong},
		{name: "empty password", user: "my_username", pw: "", off: 401, offBody: wrong, on: 401, onBody: wrong},
		{name: "empty name", user: "", pw: "topsecret", off: 401, offBody: wrong, on: 401, onBody: wrong},
		{name: "unknown name", user: "nobody", pw: "topsecret", off: 401, offBody: wrong, on: 401, onBody: wrong},
		{name: "blocked user", user: "blocked_user", pw: "topsecret", off: 401, offBody: wrong, on: 401, onBody: wrong},
		{name: "no permission", user: "reader", pw: "topsecret", off: 401, offBody: wrong, on: 403, onBody: insufficient},
		{name: "API key", user: "my_username", pw: auth.NewRandom(auth.PrefixAPIKey), off: 401, offBody: wrong, on: 401, onBody: wrong},
		{name: "no credentials", off: 401, offBody: anonymous, on: 401, onBody: anonymous},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, fallback := range []bool{false, true} {
				s := newSite(t, nil, servicetoken.EndpointConfig{}, fallback)
				authorization := basic(c.user, c.pw)
				if c.name == "no credentials" {
					authorization = ""
				}
				status, want := c.off, c.offBody
				if fallback {
					status, want = c.on, c.onBody
				}
				resp, body := s.do(t, "POST", generatePath, authorization, "")
				require.Equal(t, status, resp.StatusCode, body)
				require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
				require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
				if status == 401 {
					require.Equal(t, []string{`Basic realm="Example API"`}, resp.Header.Values("WWW-Authenticate"))
				} else {
					require.Empty(t, resp.Header.Values("WWW-Authenticate"))
				}
				if status == 200 {
					accepted(t, s.service, generatedToken(t, body))
				} else {
					require.Equal(t, want, body)
				}
			}
		})
	}
}

func TestATokenGeneratesTheNext(t *testing.T) {
	s := newSite(t, nil, servicetoken.EndpointConfig{}, false)
	resp, body := s.do(t, "POST", generatePath, basic(mustMint(t, s.service), ""), "")
	require.Equal(t, 200, resp.StatusCode)
	require.Regexp(t, regexp.MustCompile(`^\{"expires":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000","token":"1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{43}"\}$`), body)
	resp, body = s.do(t, "GET", resource, basic(generatedToken(t, body), ""), "")
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "hello my_username", body)

	reader, _, err := s.service.Mint(t.Context(), "2")
	require.NoError(t, err)
	resp, body = s.do(t, "POST", generatePath, basic(reader, ""), "")
	require.Equal(t, 403, resp.StatusCode)
	require.Equal(t, `["Access denied for user reader"]`, body)

	resp, body = s.do(t, "POST", generatePath, basic(vectorToken, ""), "")
	require.Equal(t, 401, resp.StatusCode)
	require.Equal(t, `["Invalid credentials."]`, body)
}

// generateAt calls the endpoint at a time, as the site's user 1, within synctest.
func generateAt(t *testing.T, at time.Time, cfg servicetoken.EndpointConfig) *httptest.ResponseRecorder {
	t.Helper()
	s := newService(t, servicetoken.Config{})
	time.Sleep(time.Until(at))
	token := mustMint(t, s)
	time.Sleep(time.Minute)
	h, err := s.GenerateEndpoint(cfg)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	r := request(token, "")
	r.Method = http.MethodPost
	h.ServeHTTP(w, r)
	return w
}

// TestTheDocumentedAnswer is that of the manual: the token is the vector's.
func TestTheDocumentedAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := generateAt(t, time.Unix(vectorEnd, 0).Add(-servicetoken.DefaultLifetime-time.Minute), servicetoken.EndpointConfig{
			Status: http.StatusCreated, Location: time.FixedZone("CET", 3600),
		})
		require.Equal(t, http.StatusCreated, w.Code)
		require.Equal(t, `{"expires":"2015-12-07T20:39:47+0100","token":"`+vectorToken+`"}`, w.Body.String())
	})
}

func TestExpiryIsToldInUTCByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := generateAt(t, time.Date(2026, 1, 31, 23, 59, 0, 0, time.UTC), servicetoken.EndpointConfig{})
		require.Equal(t, http.StatusOK, w.Code)
		require.Contains(t, w.Body.String(), `{"expires":"2026-03-03T00:00:00+0000","token":"1.`)
	})
}

func TestEachCallGivesAFreshExpiryAndKeepsTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, servicetoken.Config{})
		first := mustMint(t, s)
		h, err := s.GenerateEndpoint(servicetoken.EndpointConfig{})
		require.NoError(t, err)
		time.Sleep(servicetoken.DefaultLifetime - time.Second)
		r := request(first, "")
		r.Method = http.MethodPost
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code)
		second := generatedToken(t, w.Body.String())
		require.NotEqual(t, first, second)
		accepted(t, s, first)
		require.Equal(t, time.Now().Add(servicetoken.DefaultLifetime), accepted(t, s, second).ExpiresAt)
		time.Sleep(time.Second)
		refused(t, s, first)
		accepted(t, s, second)
	})
}

func TestGenerateIgnoresTheBody(t *testing.T) {
	s := newSite(t, nil, servicetoken.EndpointConfig{}, false)
	token := basic(mustMint(t, s.service), "")
	for _, body := range []string{"", "{", "username=x&username=y", strings.Repeat("x", auth.MaxBody+1)} {
		resp, got := s.do(t, "POST", generatePath, token, body)
		require.Equal(t, 200, resp.StatusCode, got)
	}
}

func TestGenerateIsPOSTOnly(t *testing.T) {
	s := newSite(t, nil, servicetoken.EndpointConfig{}, true)
	for _, m := range []string{"GET", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		resp, body := s.do(t, m, generatePath, basic(mustMint(t, s.service), ""), "")
		require.Equal(t, 405, resp.StatusCode)
		require.Equal(t, "POST", resp.Header.Get("Allow"))
		require.NotContains(t, body, "token")
	}
}

func TestGenerateNeedsTheConfiguredPermission(t *testing.T) {
	for permission, want := range map[string]int{"": 200, servicetoken.DefaultPermission: 200, "view user information": 200, "administer": 403} {
		s := newSite(t, nil, servicetoken.EndpointConfig{Permission: permission}, false)
		resp, body := s.do(t, "POST", generatePath, basic(mustMint(t, s.service), ""), "")
		require.Equal(t, want, resp.StatusCode, "%s: %s", permission, body)
	}
}

// TestTheTokenIsSignedWithTheRehashedPassword: the login that generates the token replaces the stored hash.
func TestTheTokenIsSignedWithTheRehashedPassword(t *testing.T) {
	old, err := newHasher(t, password.Config{}).Hash("topsecret")
	require.NoError(t, err)
	u := vectorUser()
	u.PasswordHash = old
	users := newStore(t, u)
	s := newService(t, servicetoken.Config{Users: users})
	before := mustMint(t, s)
	stronger := password.Config{Argon2id: password.Argon2idParams{Memory: 128, Time: 1, Threads: 1}, InsecureWeakArgon2id: true}
	h, err := s.GenerateEndpoint(servicetoken.EndpointConfig{Login: newLogin(t, users, stronger)})
	require.NoError(t, err)
	r := request("my_username", "topsecret")
	r.Method = http.MethodPost
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code)
	now, err := users.UserByID(t.Context(), "1")
	require.NoError(t, err)
	require.NotEqual(t, old, now.PasswordHash)
	accepted(t, s, generatedToken(t, w.Body.String()))
	refused(t, s, before)
}

func TestGenerateRefusesInsecureTransport(t *testing.T) {
	users := newStore(t, vectorUser())
	s := newService(t, servicetoken.Config{Users: users})
	var seen []*autherr.Error
	h, err := s.GenerateEndpoint(servicetoken.EndpointConfig{
		Login:   newLogin(t, users, password.Config{}),
		OnError: func(_ *http.Request, e *autherr.Error) { seen = append(seen, e) },
	})
	require.NoError(t, err)
	for i, r := range []*http.Request{request(mustMint(t, s), ""), request("my_username", "topsecret")} {
		r.Method = http.MethodPost
		r.RemoteAddr = "192.0.2.1:1234"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, http.StatusForbidden, w.Code)
		require.Equal(t, `["HTTPS is required."]`, w.Body.String())
		require.Len(t, seen, i+1)
		hasCode(t, seen[i], autherr.InsecureTransport)
	}
}

// TestAUserWithoutAHashIsNotGivenAToken: a directory knows his password, and nothing stored changes with it.
func TestAUserWithoutAHashIsNotGivenAToken(t *testing.T) {
	u := vectorUser()
	u.PasswordHash = ""
	users := directory{newStore(t, u)}
	s := newService(t, servicetoken.Config{Users: users})
	login, err := auth.NewLogin(auth.LoginConfig{Users: users})
	require.NoError(t, err)
	h, err := s.GenerateEndpoint(servicetoken.EndpointConfig{Login: login})
	require.NoError(t, err)
	r := request("my_username", "topsecret")
	r.Method = http.MethodPost
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Equal(t, `["Access denied for user my_username"]`, w.Body.String())
}

var _ store.PasswordVerifier = directory{}
