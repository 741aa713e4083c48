package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// proxy sends requests on and says how they came, as the reverse proxy of the README does.
func proxy(to *url.URL) http.Handler {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.SetXForwarded()
		r.Out.Header.Set("X-Forwarded-Proto", "https") // the proxy of this test stands for one that takes TLS only
	}}
}

// TestTheWholeMove goes the way of the README: the site alone, side by side, alone, rehashing, a new key. What a client sends never changes.
func TestTheWholeMove(t *testing.T) {
	theWholeMove := func(t *testing.T, s *testSite, to *target) {
		alan := account{2, "alan", drupal7Hash, true, []string{"editor"}}
		grace := account{3, "grace", bcryptHash, true, []string{"editor"}}
		mallory := account{4, "mallory", bcryptHash, false, []string{"editor"}}
		s.put(alan, grace, mallory)

		in := time.Now().Add(time.Hour)
		siteKey := servicetoken.DrupalKey(sitePrivateKey, siteHashSalt)
		key, err := jwt.GenerateKey(jwt.ES256, nil)
		require.NoError(t, err)
		cfg := serviceConfig{users: s.users(), own: to.Store, keys: []servicetoken.Key{siteKey}, jwt: key}
		require.NoError(t, to.Migrate(t.Context())) // what the service keeps itself

		// The credentials of the clients, and whether they are good.
		type credential struct {
			name, authorization string
			good                bool
		}
		credentials := []credential{
			{"password, $S$", basicHeader("alan", "topsecret"), true},
			{"password, bcrypt", basicHeader("grace", "topsecret"), true},
			{"password, another case", basicHeader("Grace", "topsecret"), true},
			{"services token of the site", basicHeader(siteToken(alan, in), ""), true},
			{"wrong password", basicHeader("alan", "wrong"), false},
			{"nobody", basicHeader("nobody", "topsecret"), false},
			{"blocked, the right password", basicHeader("mallory", "topsecret"), false},
			{"blocked, a services token of better days", basicHeader(siteToken(account{4, "mallory", bcryptHash, true, nil}, in), ""), false},
			{"a services token that says so", basicHeader(siteToken(mallory, in), ""), false},
			{"an expired services token", basicHeader(siteToken(alan, time.Now().Add(-time.Hour)), ""), false},
			{"a services token with another hash", basicHeader(siteToken(account{2, "alan", bcryptHash, true, nil}, in), ""), false},
			{"nothing", "", false},
		}
		f := &front{site: serve(t, oldSite(t, s)), service: serve(t, newService(t, cfg))}
		base := serve(t, f).String()
		check := func(where string, paths map[string]string) {
			t.Helper()
			for path, by := range paths {
				for _, c := range credentials {
					got := send(t, "GET", base+path, c.authorization, nil)
					require.Equal(t, by, got.servedBy, "%s: %s", where, c.name)
					if c.good {
						require.Equal(t, http.StatusOK, got.status, "%s: %s: %s", where, c.name, got.body)
						require.Contains(t, []string{`{"uid":2,"name":"alan"}`, `{"uid":3,"name":"grace"}`}, got.body)
					} else {
						require.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, got.status, "%s: %s", where, c.name)
					}
				}
			}
		}

		// 1. Side by side: paths go over one by one.
		check("the site alone", map[string]string{"/user/2": "site"})
		f.moved = []string{"/api/"}
		check("some paths", map[string]string{"/user/2": "site", "/api/user/2": "service"})
		st := send(t, "POST", base+"/api/services_token/generate", basicHeader("grace", "topsecret"), nil).member(t, "token")
		credentials = append(credentials, credential{"services token of the service", basicHeader(st, ""), true}) // which the site takes too
		check("tokens of both", map[string]string{"/user/2": "site"})
		f.moved = []string{"/"}
		check("all paths", map[string]string{"/user/2": "service"})

		// The client of the module, with the secret that it has, and the tokens that the service has given out by now.
		hash, err := oauth.HashSecret(moduleClientSecret)
		require.NoError(t, err)
		require.NoError(t, to.PutClient(t.Context(), store.Client{
			ID: moduleClientID, Application: "oauth001", Active: true, SecretHashes: []string{hash},
			Grants: []string{oauth.GrantPassword, oauth.GrantClientCredentials}, InsecurePasswordGrantWithoutSecret: true, AnyUser: true,
		}))
		access := send(t, "POST", base+"/rest_api/access_token", "", url.Values{"grant_type": {"password"}, "username": {"grace"}, "password": {"topsecret"}, "client_id": {moduleClientID}})
		id := send(t, "POST", base+"/rest_api/id_token", basicHeader("alan", "topsecret"), nil)
		credentials = append(credentials,
			credential{"access token", "Bearer " + access.member(t, "access_token"), true},
			credential{"JWT", "Bearer " + id.member(t, "jwt_token"), true},
		)
		check("tokens of the service", map[string]string{"/user/2": "service"})

		// 2. Alone: the users are copied, and the site's database is not needed any more.
		output, err := s.copyTo(to)
		require.NoError(t, err, output)
		cfg.users = keepHashes{lowerNames{to.Store}}
		f.service = serve(t, newService(t, cfg))
		f.site = f.service
		check("alone", map[string]string{"/user/2": "service"})
		u, err := to.UserByName(t.Context(), "alan")
		require.NoError(t, err)
		require.Equal(t, drupal7Hash, u.PasswordHash, "logins have left it as it is")

		// 3. A key of the service's own signs, and the site's is still accepted.
		ownKey := servicetoken.Key(rand.Text() + rand.Text())
		cfg.keys = []servicetoken.Key{ownKey, siteKey}
		f.service = serve(t, newService(t, cfg))
		f.site = f.service
		next := send(t, "POST", base+"/api/services_token/generate", basicHeader(st, ""), nil).member(t, "token")
		credentials = append(credentials, credential{"services token with the new key", basicHeader(next, ""), true})
		check("two keys", map[string]string{"/api/user/2": "service"})

		// 4. When the last token of the site has ended: the new key alone, and hashes are brought up to date.
		cfg.users, cfg.keys = to.Store, []servicetoken.Key{ownKey}
		f.service = serve(t, newService(t, cfg))
		f.site = f.service
		status := func(name string) int {
			t.Helper()
			for _, c := range credentials {
				if c.name == name {
					return send(t, "GET", base+"/user/2", c.authorization, nil).status
				}
			}
			t.Fatal(name)
			return 0
		}
		require.Equal(t, http.StatusUnauthorized, status("services token of the site"))
		require.Equal(t, http.StatusUnauthorized, status("services token of the service"))
		require.Equal(t, http.StatusOK, status("services token with the new key"))
		require.Equal(t, http.StatusOK, status("password, $S$"))
		require.Equal(t, http.StatusOK, status("password, bcrypt"))
		for _, name := range []string{"alan", "grace"} {
			u, err := to.UserByName(t.Context(), name)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(u.PasswordHash, "$argon2id$"), name)
		}
		require.Equal(t, http.StatusUnauthorized, status("services token with the new key"), "it was signed over the old hash")
		require.Equal(t, http.StatusOK, status("access token"), "the password is the same")
		require.Equal(t, http.StatusOK, status("JWT"), "the password is the same")
		require.Equal(t, http.StatusOK, status("password, $S$"))
		require.Equal(t, http.StatusForbidden, status("blocked, the right password"))
		require.Equal(t, http.StatusUnauthorized, status("wrong password"))

		// Copied once more, nothing is taken back.
		output, err = s.copyTo(to)
		require.NoError(t, err, output)
		require.Contains(t, output, "0 to change, 3 as they are")
	}
	for _, on := range []struct {
		version drupal.Version
		backend backend
	}{{drupal.Drupal7, backends[0]}, {drupal.Drupal7, backends[2]}, {drupal.Drupal8, backends[0]}, {drupal.Drupal8, backends[1]}} {
		t.Run(fmt.Sprintf("Drupal%d on %s", on.version, on.backend.dialect), func(t *testing.T) {
			theWholeMove(t, newTestSite(t, on.version, on.backend), newTarget(t, on.backend))
		})
	}
}

// TestTheClientsAndKeysOfTheModule keep the secrets that they have: only digests are stored.
func TestTheClientsAndKeysOfTheModule(t *testing.T) {
	s, to := newTestSite(t, drupal.Drupal8, backends[0]), newTarget(t, backends[0])
	s.put(account{2, "alan", bcryptHash, true, []string{"editor"}})
	_, err := s.copyTo(to)
	require.NoError(t, err)
	const moduleKey = "api-key-that-the-module-made"
	require.NoError(t, to.PutAPIKey(t.Context(), store.APIKey{ID: auth.KeyID(moduleKey), UserID: "2", Name: "from the module", CreatedAt: time.Now()}))
	hash, err := oauth.HashSecret(moduleClientSecret)
	require.NoError(t, err)
	require.NoError(t, to.PutClient(t.Context(), store.Client{
		ID: moduleClientID, Application: "oauth001", Active: true, SecretHashes: []string{hash}, Grants: []string{oauth.GrantClientCredentials}, Users: []string{"2"},
	}))
	key, err := jwt.GenerateKey(jwt.ES256, nil)
	require.NoError(t, err)
	base := serve(t, newService(t, serviceConfig{
		users: to.Store, own: to.Store, keys: []servicetoken.Key{servicetoken.DrupalKey(sitePrivateKey, siteHashSalt)}, jwt: key,
	})).String()

	req, err := http.NewRequestWithContext(t.Context(), "GET", base+"/user/2", nil)
	require.NoError(t, err)
	req.Header.Set("API-KEY", strings.TrimPrefix(basicHeader("alan", moduleKey), "Basic "))
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	grant := url.Values{"grant_type": {"client_credentials"}, "client_id": {moduleClientID}, "client_secret": {moduleClientSecret}, "username": {"alan"}}
	access := send(t, "POST", base+"/rest_api/access_token", "", grant).member(t, "access_token")
	require.Equal(t, http.StatusOK, send(t, "GET", base+"/user/2", "Bearer "+access, nil).status)
	grant.Set("client_secret", moduleClientSecret+"x")
	require.Equal(t, http.StatusUnauthorized, send(t, "POST", base+"/rest_api/access_token", "", grant).status)
}

// TestTokensThatASiteHasGivenOut: made by PHP, and good before the move, beside the site and after it.
func TestTokensThatASiteHasGivenOut(t *testing.T) {
	for _, version := range []drupal.Version{drupal.Drupal7, drupal.Drupal8} {
		synctest.Test(t, func(t *testing.T) { // where it is 2000, and no token has expired
			s, to := newTestSite(t, version, backends[0]), newTarget(t, backends[0])
			pass := "$S$D" + strings.Repeat("A", 51)
			s.put(account{1, "my_username", pass, true, nil}, account{4711, "zo\u00e9", pass, true, nil})
			output, err := s.copyTo(to)
			require.NoError(t, err, output)
			for _, test := range []struct{ realm, token, name string }{
				{"Example API", "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM", "my_username"},
				{`Q"uote & Co`, "1267.6a000000.MD_lRqXiLV7JjUYcMzp2LHfZdKOz4aTUzliHfsT0G0U", "zo\u00e9"},
			} {
				authenticate := func(users store.UserStore) (*auth.Identity, error) {
					tokens, err := servicetoken.New(servicetoken.Config{Users: users, Realm: test.realm, Keys: []servicetoken.Key{servicetoken.DrupalKey(sitePrivateKey, siteHashSalt)}})
					require.NoError(t, err)
					r := httptest.NewRequestWithContext(t.Context(), "GET", "https://localhost/", nil)
					r.SetBasicAuth(test.token, "")
					return tokens.Authenticate(r)
				}
				for _, users := range []store.UserStore{s.users(), to.Store} {
					id, err := authenticate(users)
					require.NoError(t, err)
					require.Equal(t, test.name, id.Name)
				}
				id := strings.SplitN(test.token, ".", 2)[0]
				uid, err := strconv.ParseInt(id, 16, 64)
				require.NoError(t, err)
				require.NoError(t, to.SetActive(t.Context(), strconv.FormatInt(uid, 10), false))
				_, err = authenticate(to.Store)
				require.Error(t, err, "blocked")
			}
		})
	}
}
