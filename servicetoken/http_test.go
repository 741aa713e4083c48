package servicetoken_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// site is a server as an application builds it: a protected resource and the generate endpoint.
type site struct {
	*httptest.Server
	service *servicetoken.Service
	users   *memstore.Store
	faults  *faultyStore
}

// newSite starts a site with an editor (ID 1), who may generate tokens and read users, a reader (ID 2), who may not, and a
// blocked user (ID 3). Each has the password "topsecret".
func newSite(t *testing.T, renderer autherr.Renderer, endpoint servicetoken.EndpointConfig, fallback bool) *site {
	t.Helper()
	hash, err := newHasher(t, password.Config{}).Hash("topsecret")
	require.NoError(t, err)
	s := &site{users: newStore(t,
		store.User{ID: "1", Name: "my_username", PasswordHash: hash, Active: true, Permissions: []string{servicetoken.DefaultPermission, "view user information"}},
		store.User{ID: "2", Name: "reader", PasswordHash: hash, Active: true},
		store.User{ID: "3", Name: "blocked_user", PasswordHash: hash, Permissions: []string{servicetoken.DefaultPermission}},
	)}
	s.faults = &faultyStore{UserStore: s.users}
	s.service = newService(t, servicetoken.Config{Users: s.faults})
	endpoint.Renderer = renderer
	if fallback {
		endpoint.Login = newLogin(t, s.faults, password.Config{})
	}
	generate, err := s.service.GenerateEndpoint(endpoint)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/api/services_token/generate", generate)
	mux.Handle("GET /api/user/{id}", auth.Require(s.service, &auth.Options{Renderer: renderer})(
		auth.RequirePermission("view user information")(
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				id, _ := auth.FromContext(r.Context())
				_, _ = io.WriteString(w, "hello "+id.Name)
			}))))
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// do sends a request with an Authorization field unless that is empty.
func (s *site) do(t *testing.T, httpMethod, path, authorization, body string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), httpMethod, s.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := s.Client().Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(got)
}

const (
	resource     = "/api/user/1"
	generatePath = "/api/services_token/generate"
)

func TestAnswersOfTheProtectedResource(t *testing.T) {
	const (
		anonymous = `["Access denied for user anonymous"]`
		wrong     = `["Invalid credentials."]`
	)
	object := func(status, code, text string) string {
		return `{"status":"error","http_code":"` + status + `","error":"` + code + `","error_description":"` + text + `"}`
	}
	cases := []struct {
		name          string
		authorization func(*site) string
		status        int
		services      string
		json          string
	}{
		{"no credentials", func(*site) string { return "" }, 401, anonymous,
			object("401", "MISSING_AUTHORIZATION_HEADER", "Authorization header not received.")},
		{"another scheme", func(*site) string { return "Bearer " + vectorToken }, 401, anonymous,
			object("401", "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", "Authorization header must be the type of Basic.")},
		{"wrong token", func(*site) string { return basic("1.ffffffff."+someMAC, "") }, 401, wrong,
			object("401", "INVALID_CREDENTIALS", "Invalid credentials.")},
		{"expired token", func(*site) string { return basic(vectorToken, "") }, 401, wrong,
			object("401", "INVALID_CREDENTIALS", "Invalid credentials.")},
		{"unknown user", func(*site) string { return basic("ff.ffffffff."+someMAC, "") }, 401, wrong,
			object("401", "INVALID_CREDENTIALS", "Invalid credentials.")},
		{"invalidated token", func(s *site) string {
			token, _, err := s.service.Mint(t.Context(), "2")
			require.NoError(t, err)
			require.NoError(t, s.users.SetPasswordHash(t.Context(), "2", "another"))
			return basic(token, "")
		}, 401, wrong, object("401", "INVALID_CREDENTIALS", "Invalid credentials.")},
		{"name and password", func(*site) string { return basic("my_username", "topsecret") }, 401, wrong,
			object("401", "INVALID_CREDENTIALS", "Invalid credentials.")},
		{"no permission", func(s *site) string {
			token, _, err := s.service.Mint(t.Context(), "2")
			require.NoError(t, err)
			return basic(token, "")
		}, 403, `["Access denied for user reader"]`, object("403", "ACCESS_DENIED", "Access denied.")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for name, profile := range map[string]struct {
				renderer autherr.Renderer
				body     string
			}{
				"2025":    {autherr.Profile2025(nil), c.services},
				"objects": {autherr.Profile2025(&autherr.ProfileOptions{ServiceTokenJSON: true}), c.json},
			} {
				s := newSite(t, profile.renderer, servicetoken.EndpointConfig{}, false)
				resp, body := s.do(t, "GET", resource, c.authorization(s), "")
				require.Equal(t, c.status, resp.StatusCode, name)
				require.Equal(t, profile.body, body, name)
				require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
				require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
				var challenges []string
				if c.status == 401 {
					challenges = []string{`Basic realm="Example API"`}
				}
				require.Equal(t, challenges, resp.Header.Values("WWW-Authenticate"), name)
			}
		})
	}
}

// TestATokenInTheURL is what curl http://<token>:@host/ does.
func TestATokenInTheURL(t *testing.T) {
	s := newSite(t, nil, servicetoken.EndpointConfig{}, false)
	u, err := url.Parse(s.URL + resource)
	require.NoError(t, err)
	u.User = url.UserPassword(mustMint(t, s.service), "")
	resp, err := s.Client().Get(u.String())
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "hello my_username", string(body))
	require.Equal(t, "private", resp.Header.Get("Cache-Control"))
	require.Equal(t, "Authorization", resp.Header.Get("Vary"))
}

func TestAnOutageIs503(t *testing.T) {
	s := newSite(t, nil, servicetoken.EndpointConfig{}, true)
	token := basic(mustMint(t, s.service), "")
	s.faults.err = errors.New("connection to 10.0.0.7 refused")
	for _, c := range []struct{ method, path string }{{"GET", resource}, {"POST", generatePath}} {
		resp, body := s.do(t, c.method, c.path, token, "")
		require.Equal(t, 503, resp.StatusCode)
		require.Equal(t, `["Service temporarily unavailable."]`, body)
		require.Equal(t, "1", resp.Header.Get("Retry-After"))
		require.Empty(t, resp.Header.Get("WWW-Authenticate"))
	}
	s.faults.err, s.faults.panic = nil, true
	resp, body := s.do(t, "POST", generatePath, token, "")
	require.Equal(t, 500, resp.StatusCode)
	require.Equal(t, `["Internal error."]`, body)
}

// TestInAChainEachFindsItsOwn: a token and a password are both Basic credentials.
func TestInAChainEachFindsItsOwn(t *testing.T) {
	s := newSite(t, nil, servicetoken.EndpointConfig{}, false)
	password, err := auth.NewBasic(auth.BasicConfig{Login: newLogin(t, s.users, password.Config{}), Realm: realm})
	require.NoError(t, err)
	chain := auth.Chain(s.service, password)
	for _, c := range []struct {
		name, pw string
		method   autherr.Method
	}{
		{mustMint(t, s.service), "", autherr.MethodServiceToken},
		{"my_username", "topsecret", autherr.MethodBasic},
	} {
		id, err := chain.Authenticate(request(c.name, c.pw))
		require.NoError(t, err)
		require.Equal(t, c.method, id.Method)
	}
	challenges := chain.(auth.Challenger).Challenges()
	require.Len(t, challenges, 1, "one scheme and one realm are one challenge")
	require.True(t, strings.HasPrefix(challenges[0].String(), `Basic realm="Example API"`))
}
