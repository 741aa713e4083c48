package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// world is what the tests of settings share: a store with two users and the door at which they show their passwords.
type world struct {
	t     *testing.T
	db    *sqlstore.Store
	login *auth.Login
}

func newWorld(t *testing.T, change ...func(*auth.LoginConfig)) *world {
	t.Helper()
	to := newTarget(t, backends[0])
	require.NoError(t, to.Migrate(t.Context()))
	require.NoError(t, to.PutRole(t.Context(), "editor", []string{"create page content", "generate services token"}))
	require.NoError(t, to.PutUser(t.Context(), store.User{ID: "1", Name: "my_username", PasswordHash: bcryptHash, Active: true, Roles: []string{"editor"}}))
	require.NoError(t, to.PutUser(t.Context(), store.User{ID: "2", Name: "reader", PasswordHash: bcryptHash, Active: true}))
	hasher, err := password.New(password.Config{Accept: []password.Format{password.Bcrypt}})
	require.NoError(t, err)
	cfg := auth.LoginConfig{Users: keepHashes{to.Store}, Hasher: hasher}
	for _, f := range change {
		f(&cfg)
	}
	login, err := auth.NewLogin(cfg)
	require.NoError(t, err)
	return &world{t, to.Store, login}
}

func (w *world) basic(header string) *auth.Basic {
	w.t.Helper()
	basic, err := auth.NewBasic(auth.BasicConfig{Login: w.login, Realm: siteRealm, Header: header})
	require.NoError(w.t, err)
	return basic
}

var ok = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })

// ask sends a request and returns the status and the error code. Fields are names and values in turn.
func (w *world) ask(method, address string, fields ...string) (status int, code string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, address, nil)
	require.NoError(w.t, err)
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer resp.Body.Close()
	var refusal struct{ Error string }
	_ = decode(resp.Body, &refusal)
	return resp.StatusCode, refusal.Error
}

func (w *world) requireStatus(want int, method, address string, fields ...string) {
	w.t.Helper()
	status, code := w.ask(method, address, fields...)
	require.Equal(w.t, want, status, "%s %s: %s", method, address, code)
}

func (w *world) requireCode(want autherr.Code, method, address string, fields ...string) {
	w.t.Helper()
	_, code := w.ask(method, address, fields...)
	require.Equal(w.t, string(want), code, "%s %s", method, address)
}

var rightPassword = basicHeader("my_username", "topsecret")

func TestApplications(t *testing.T) {
	w := newWorld(t)
	keys, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: w.db, Users: w.db, Realm: siteRealm})
	require.NoError(t, err)
	basic := auth.Application{ID: "5f2c9a01", Name: "Basic", Authenticator: w.basic("")}
	off := auth.Application{ID: "5f2c9a02", Name: "Not any more", Authenticator: w.basic(""), Disabled: true}
	mobile := auth.Application{ID: "5f2c9a03", Name: "Mobile", Authenticator: keys}
	mux := http.NewServeMux()
	for path, cfg := range map[string]auth.ByHeaderConfig{
		"/required": {Applications: []auth.Application{basic, off, mobile}},
		"/default":  {Applications: []auth.Application{basic, off, mobile}, Default: &basic},
		"/renamed":  {Applications: []auth.Application{basic}, Header: "X-Application"},
	} {
		choice, err := auth.ByHeader(cfg)
		require.NoError(t, err)
		mux.Handle(path, auth.Require(choice, nil)(ok))
	}
	base := serve(t, mux).String()
	w.requireStatus(200, "GET", base+"/required", "AUTH-METHOD", basic.ID, "Authorization", rightPassword)
	w.requireCode(autherr.MissingHeader, "GET", base+"/required", "Authorization", rightPassword)
	w.requireCode(autherr.InvalidApplicationID, "GET", base+"/default", "AUTH-METHOD", off.ID, "Authorization", rightPassword)
	w.requireCode(autherr.MissingAPIKeyHeader, "GET", base+"/default", "AUTH-METHOD", mobile.ID, "Authorization", rightPassword)
	w.requireStatus(200, "GET", base+"/default", "Authorization", rightPassword)
	w.requireStatus(200, "GET", base+"/renamed", "X-Application", basic.ID, "Authorization", rightPassword)
}

// TestTheCustomHeader: each method reads it in addition, where Authorization is absent.
func TestTheCustomHeader(t *testing.T) {
	w := newWorld(t)
	key, err := jwt.GenerateKey(jwt.RS256, nil)
	require.NoError(t, err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://api.example", Audience: []string{"https://api.example"}, Key: key})
	require.NoError(t, err)
	jwts, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.RS256}, Issuer: "https://api.example", Audience: []string{"https://api.example"}, Users: w.db, Realm: siteRealm, Header: "X-Api-Auth",
	})
	require.NoError(t, err)
	idToken, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: w.login, Realm: siteRealm, Header: "X-Api-Auth"})
	require.NoError(t, err)
	accessTokens, err := oauth.NewVerifier(oauth.VerifierConfig{Application: "5f2c9a04", Clients: w.db, Tokens: w.db, Users: w.db, Realm: siteRealm, Header: "X-Api-Auth"})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/basic", auth.Require(w.basic("X-Api-Auth"), nil)(ok))
	mux.Handle("/jwt", auth.Require(jwts, nil)(ok))
	mux.Handle("/oauth", auth.Require(accessTokens, nil)(ok))
	mux.Handle("/rest_api/id_token", idToken)
	base := serve(t, mux).String()
	w.requireStatus(200, "GET", base+"/basic", "X-Api-Auth", rightPassword)
	w.requireStatus(200, "POST", base+"/rest_api/id_token", "X-Api-Auth", rightPassword)
	token, err := issuer.Issue(t.Context(), must(w.db.UserByID(t.Context(), "1")))
	require.NoError(t, err)
	w.requireStatus(200, "GET", base+"/jwt", "X-Api-Auth", "Bearer "+token.Compact)
	w.requireCode(autherr.InvalidAccessToken, "GET", base+"/oauth", "X-Api-Auth", "Bearer nonsense")
	w.requireCode(autherr.InvalidCredentials, "GET", base+"/basic", "X-Api-Auth", rightPassword, "Authorization", basicHeader("my_username", "wrong"))
}

// TestWhatIsRestricted: which APIs ask for credentials, by paths, methods, roles and addresses.
func TestWhatIsRestricted(t *testing.T) {
	w := newWorld(t)
	// The proxy of this test is on this machine.
	transport, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	require.NoError(t, err)
	allowed, err := auth.ParsePrefixes("192.0.2.0/24, 2001:db8::1")
	require.NoError(t, err)
	onlyFrom, err := auth.NewAddressFilter(auth.AddressFilterConfig{Allow: allowed, Transport: transport})
	require.NoError(t, err)
	notFrom, err := auth.NewAddressFilter(auth.AddressFilterConfig{Block: allowed, Transport: transport})
	require.NoError(t, err)
	roles, err := auth.NewPathRoles(auth.PathRolesConfig{Rules: []auth.PathRule{
		{Pattern: "/custom/*/publish", Roles: []string{"editor"}},
		{Pattern: "/custom/*", AnyUser: true},
	}})
	require.NoError(t, err)
	user := auth.Require(w.basic(""), nil)

	mux := http.NewServeMux()
	mux.Handle("/open", ok)
	mux.Handle("/jsonapi/", user(ok))
	mux.Handle("GET /node/{id}", auth.Require(w.basic(""), &auth.Options{AllowAnonymous: true})(ok))
	mux.Handle("/node/{id}", user(auth.RequirePermission("create page content")(ok)))
	mux.Handle("/custom/", user(roles(ok)))
	mux.Handle("/allowed", onlyFrom(ok))
	mux.Handle("/blocked", notFrom(ok))
	base := serve(t, mux).String()
	reader := basicHeader("reader", "topsecret")

	w.requireStatus(200, "GET", base+"/open")
	w.requireStatus(401, "GET", base+"/jsonapi/node/article")
	w.requireStatus(200, "GET", base+"/jsonapi/node/article", "Authorization", reader)
	w.requireStatus(200, "GET", base+"/node/1") // "Whitelist all GET APIs"
	w.requireStatus(401, "GET", base+"/node/1", "Authorization", basicHeader("reader", "wrong"))
	w.requireStatus(401, "POST", base+"/node/1")
	w.requireStatus(403, "POST", base+"/node/1", "Authorization", reader)
	w.requireStatus(200, "POST", base+"/node/1", "Authorization", rightPassword)
	w.requireStatus(200, "GET", base+"/custom/a", "Authorization", reader)
	w.requireStatus(403, "POST", base+"/custom/a/publish", "Authorization", reader)
	w.requireStatus(200, "POST", base+"/custom/a/publish", "Authorization", rightPassword)
	for address, inside := range map[string]bool{"192.0.2.7": true, "2001:db8::1": true, "198.51.100.1": false} {
		one, other := 200, 403
		if !inside {
			one, other = other, one
		}
		w.requireStatus(one, "GET", base+"/allowed", "X-Forwarded-For", address)
		w.requireStatus(other, "GET", base+"/blocked", "X-Forwarded-For", address)
	}
}

// TestExternalTokens are those of others: a JWT by a JWKS URI or a shared secret, and whatever an identity provider's user-info endpoint knows, each with
// its Username Attribute.
func TestExternalTokens(t *testing.T) {
	w := newWorld(t)
	stranger := store.User{ID: "id-there", Name: "my_username", Active: true, Stamp: "1"}
	key, err := jwt.GenerateKey(jwt.RS256, nil)
	require.NoError(t, err)
	secret := []byte("a shared secret of 32 bytes or more, which is for tests only")
	signing, err := jwt.NewSigningSecret(jwt.HS256, secret, nil)
	require.NoError(t, err)
	verification, err := jwt.NewVerificationSecret(jwt.HS256, secret, nil)
	require.NoError(t, err)
	shared, err := jwt.NewKeySet(verification)
	require.NoError(t, err)
	theirs := func(name string, key *jwt.SigningKey) *jwt.Issuer {
		issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: name, Audience: []string{"https://api.example"}, Key: key})
		require.NoError(t, err)
		return issuer
	}
	rs, hs := theirs("https://rs.example", key), theirs("https://hs.example", signing)
	published, err := jwt.NewJWKSHandler(rs, nil)
	require.NoError(t, err)
	remote, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: serve(t, published).String(), Algorithms: []jwt.Algorithm{jwt.RS256}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = remote.Close() })
	byIssuer := func(name string, alg jwt.Algorithm, keys jwt.KeySource) *jwt.Verifier {
		v, err := jwt.NewVerifier(jwt.VerifierConfig{
			Keys: keys, Algorithms: []jwt.Algorithm{alg}, Issuer: name, Audience: []string{"https://api.example"}, Users: w.db, UsernameClaim: "name", Realm: siteRealm,
		})
		require.NoError(t, err)
		return v
	}
	userInfo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer known-there" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"sub":"id-there","preferred_username":"my_username"}`))
	}))
	t.Cleanup(userInfo.Close)
	provider, err := oauth.NewUserInfoVerifier(oauth.UserInfoConfig{
		URL: userInfo.URL, UsernameAttribute: "preferred_username", InsecureAnyClient: true, Users: w.db, Realm: siteRealm,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = provider.Close() })
	mux := http.NewServeMux()
	mux.Handle("/rs", auth.Require(byIssuer("https://rs.example", jwt.RS256, remote), nil)(ok))
	mux.Handle("/hs", auth.Require(byIssuer("https://hs.example", jwt.HS256, shared), nil)(ok))
	mux.Handle("/provider", auth.Require(provider, nil)(ok))
	base := serve(t, mux).String()
	tokenRS, err := rs.Issue(t.Context(), stranger)
	require.NoError(t, err)
	tokenHS, err := hs.Issue(t.Context(), stranger)
	require.NoError(t, err)
	w.requireStatus(200, "GET", base+"/rs", "Authorization", "Bearer "+tokenRS.Compact)
	w.requireStatus(200, "GET", base+"/hs", "Authorization", "Bearer "+tokenHS.Compact)
	w.requireCode(autherr.InvalidSignature, "GET", base+"/rs", "Authorization", "Bearer "+tokenHS.Compact)
	w.requireStatus(200, "GET", base+"/provider", "Authorization", "Bearer known-there")
	w.requireCode(autherr.InvalidAccessToken, "GET", base+"/provider", "Authorization", "Bearer unknown-there")
}

// TestLifetimes: what the modules have in minutes is a time.Duration.
func TestLifetimes(t *testing.T) {
	w := newWorld(t)
	key, err := jwt.GenerateKey(jwt.RS256, nil)
	require.NoError(t, err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://api.example", Audience: []string{"https://api.example"}, Key: key, Lifetime: 20 * time.Minute})
	require.NoError(t, err)
	idToken, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: w.login, Realm: siteRealm})
	require.NoError(t, err)
	server, err := oauth.NewServer(oauth.ServerConfig{Application: "5f2c9a04", Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: siteRealm, TokenLifetime: 30 * time.Minute})
	require.NoError(t, err)
	for id, lifetime := range map[string]time.Duration{"usual": 0, "short": 5 * time.Minute} {
		c, _, err := oauth.NewClient(store.Client{
			ID: id, Application: "5f2c9a04", Grants: []string{oauth.GrantPassword}, InsecurePasswordGrantWithoutSecret: true, TokenLifetime: lifetime,
		})
		require.NoError(t, err)
		require.NoError(t, w.db.PutClient(t.Context(), c))
	}
	mux := http.NewServeMux()
	mux.Handle("/rest_api/id_token", idToken)
	mux.Handle("/rest_api/access_token", server.TokenEndpoint())
	base := serve(t, mux).String()
	require.EqualValues(t, 1200, send(t, "POST", base+"/rest_api/id_token", rightPassword, nil).members["expires_in"])
	for client, seconds := range map[string]int{"usual": 1800, "short": 300} {
		form := url.Values{"grant_type": {"password"}, "username": {"my_username"}, "password": {"topsecret"}, "client_id": {client}}
		require.EqualValues(t, seconds, send(t, "POST", base+"/rest_api/access_token", "", form).members["expires_in"])
	}
}
