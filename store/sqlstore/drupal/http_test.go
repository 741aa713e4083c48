package drupal_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// Hashes of "topsecret" by Drupal 7 and by PHP's password_hash, which Drupal uses since 10.1: with bcrypt, or where a site says so with
// argon2id, here with the parameters that PHP takes when it is told no others.
const (
	drupal7Hash  = "$S$DObiphG/vEKkbXGK0F8XwRCstLZFuCs0z4Na9ZDn5XCXscbkwPAA"
	bcryptHash   = "$2y$10$jdpfG/Iq8rNaTkjZ0mRVRumDbav44iFDYufqWtzG5UDIbKDNQOqWG"
	argon2idHash = "$argon2id$v=19$m=65536,t=4,p=1$anVOWE44Q2tSLlN2VGZ4SQ$MAsUOa8xJr5DavdRGvx+Fs7KtSjF03AJsum/+6GLC1g"
)

// newLogin accepts all that Drupal has written.
func newLogin(t *testing.T, users store.UserStore) *auth.Login {
	t.Helper()
	hasher, err := password.New(password.Config{Accept: []password.Format{password.Drupal7, password.Bcrypt}})
	require.NoError(t, err)
	login, err := auth.NewLogin(auth.LoginConfig{Users: users, Hasher: hasher})
	require.NoError(t, err)
	return login
}

// whoami answers with the name, the roles and the permissions of the caller.
func whoami(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context())
	_ = json.NewEncoder(w).Encode([]any{id.UserID, id.Name, id.Roles, id.Permissions})
}

// ask sends a request with Basic credentials.
func ask(t *testing.T, method, url, name, password string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	req.SetBasicAuth(name, password)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, strings.TrimSpace(string(data))
}

func TestUsersOfTheSiteLogIn(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		if s.dialect == drupal.PostgreSQL {
			t.Skip("the others show it")
		}
		users := s.store(t)
		login := newLogin(t, users)
		put(t, s,
			store.User{ID: "2", Name: "of drupal 7", PasswordHash: drupal7Hash, Active: true, Roles: []string{"editor"}, Permissions: []string{"create page content"}},
			store.User{ID: "3", Name: "of drupal 10", PasswordHash: bcryptHash, Active: true, Roles: []string{"editor"}, Permissions: []string{"create page content"}},
			store.User{ID: "4", Name: "of argon2id", PasswordHash: argon2idHash, Active: true},
			store.User{ID: "5", Name: "blocked", PasswordHash: bcryptHash, Roles: []string{"editor"}, Permissions: []string{"create page content"}},
			store.User{ID: "6", Name: "without password", Active: true},
		)
		basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
		require.NoError(t, err)
		server := httptest.NewServer(auth.Require(basic, nil)(http.HandlerFunc(whoami)))
		defer server.Close()

		as := s.implicit()
		for _, test := range []struct {
			name, password string
			status         int
			body           string
		}{
			{"of drupal 7", "topsecret", 200, `["2","of drupal 7",["` + as + `","editor"],["create page content"]]`},
			{"Of Drupal 10", "topsecret", 200, `["3","of drupal 10",["` + as + `","editor"],["create page content"]]`},
			{"of argon2id", "topsecret", 200, `["4","of argon2id",["` + as + `"],null]`},
			{"of drupal 7", "wrong", 401, "INVALID_CREDENTIALS"},
			{"of drupal 10", "Topsecret", 401, "INVALID_CREDENTIALS"},
			{"of argon2id", "topsecret ", 401, "INVALID_CREDENTIALS"},
			{"of drupal 7", drupal7Hash, 401, "INVALID_CREDENTIALS"},
			{"blocked", "topsecret", 403, "USER_BLOCKED"},
			{"blocked", "wrong", 401, "INVALID_CREDENTIALS"},
			{"without password", "x", 401, "INVALID_CREDENTIALS"},
			{"nobody", "topsecret", 401, "INVALID_CREDENTIALS"},
		} {
			status, body := ask(t, "GET", server.URL, test.name, test.password)
			require.Equal(t, test.status, status, "%s: %s", test.name, body)
			require.Contains(t, body, test.body, test.name)
		}
		u, err := users.UserByID(t.Context(), "2")
		require.NoError(t, err)
		require.Equal(t, drupal7Hash, u.PasswordHash, "nobody has rehashed it")

		s.exec(t, "DROP TABLE {users}")
		status, _ := ask(t, "GET", server.URL, "of drupal 7", "topsecret")
		require.Equal(t, http.StatusServiceUnavailable, status)
	})
}

// newTokens returns a service with the key of the site.
func newTokens(t *testing.T, users store.UserStore, realm string) *servicetoken.Service {
	t.Helper()
	tokens, err := servicetoken.New(servicetoken.Config{
		Users: users, Realm: realm,
		Keys: []servicetoken.Key{servicetoken.DrupalKey("AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE", "hash-salt")},
	})
	require.NoError(t, err)
	return tokens
}

// TestServicesTokens gets a token for a name and password, uses it, and sees it end with whatever changes.
func TestServicesTokens(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		users := s.store(t)
		tokens := newTokens(t, users, "Example API")
		login := newLogin(t, users)
		generate, err := tokens.GenerateEndpoint(servicetoken.EndpointConfig{Login: login})
		require.NoError(t, err)
		mux := http.NewServeMux()
		mux.Handle("/api/services_token/generate", generate)
		mux.Handle("/whoami", auth.Require(tokens, nil)(auth.RequirePermission("view user information")(http.HandlerFunc(whoami))))
		server := httptest.NewServer(mux)
		defer server.Close()

		alan := store.User{
			ID: "2", Name: "alan", PasswordHash: drupal7Hash, Active: true, Roles: []string{"editor"},
			Permissions: []string{servicetoken.DefaultPermission, "view user information"},
		}
		put(t, s, alan, store.User{ID: "3", Name: "grace", PasswordHash: drupal7Hash, Active: true})
		status, _ := ask(t, "POST", server.URL+"/api/services_token/generate", "grace", "topsecret")
		require.Equal(t, http.StatusForbidden, status, "without the permission on the site")
		status, body := ask(t, "POST", server.URL+"/api/services_token/generate", "alan", "topsecret")
		require.Equal(t, http.StatusOK, status, body)
		var got struct{ Token string }
		require.NoError(t, json.Unmarshal([]byte(body), &got))

		use := func() int {
			status, _ := ask(t, "GET", server.URL+"/whoami", got.Token, "")
			return status
		}
		require.Equal(t, http.StatusOK, use())
		for name, change := range map[string]func(*store.User){
			"another password": func(u *store.User) { u.PasswordHash = bcryptHash },
			"blocked":          func(u *store.User) { u.Active = false },
			"another name":     func(u *store.User) { u.Name = "turing" },
			"another case":     func(u *store.User) { u.Name = "Alan" },
			"no password":      func(u *store.User) { u.PasswordHash = "" },
		} {
			changed := alan
			change(&changed)
			put(t, s, changed)
			require.Equal(t, http.StatusUnauthorized, use(), name)
			put(t, s, alan)
			require.Equal(t, http.StatusOK, use(), "as he was")
		}
		changed := alan
		changed.Roles = nil
		put(t, s, changed)
		require.Equal(t, http.StatusForbidden, use(), "no role, no permission")
	})
}

// TestTokensOfTheSite: what a site has given out opens a service here. The tokens were made by PHP.
func TestTokensOfTheSite(t *testing.T) {
	for _, version := range []drupal.Version{drupal.Drupal7, drupal.Drupal8} {
		for _, dialect := range []drupal.Dialect{drupal.SQLite, drupal.MySQL, drupal.PostgreSQL} {
			t.Run(fmt.Sprintf("Drupal%d on %s", version, dialect), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { // where it is 2000, and no token has expired
					testTokensOfTheSite(t, newSite(t, version, dialect))
				})
			})
		}
	}
}

func testTokensOfTheSite(t *testing.T, s *site) {
	users := s.store(t)
	pass := "$S$D" + strings.Repeat("A", 51)
	put(t, s,
		store.User{ID: "1", Name: "my_username", PasswordHash: pass, Active: true},
		store.User{ID: "4711", Name: "zo\u00e9", PasswordHash: pass, Active: true},
	)
	for _, test := range []struct{ realm, token, name string }{
		{"Example API", "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM", "my_username"},
		{`Q"uote & Co`, "1267.6a000000.MD_lRqXiLV7JjUYcMzp2LHfZdKOz4aTUzliHfsT0G0U", "zo\u00e9"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "https://localhost/", nil)
		r.SetBasicAuth(test.token, "")
		id, err := newTokens(t, users, test.realm).Authenticate(r)
		require.NoError(t, err)
		require.Equal(t, test.name, id.Name)

		_, err = newTokens(t, users, "Another API").Authenticate(r)
		require.Error(t, err)
	}
}
