package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// What the site signs services tokens with, and its realm.
const (
	sitePrivateKey = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"
	siteHashSalt   = "hash-salt"
	siteRealm      = "Example API"
)

// A clientID with its secret, as the module had them.
const (
	moduleClientID     = "client-of-the-module"
	moduleClientSecret = "secret-of-the-module"
)

// serviceConfig is what changes on the way.
type serviceConfig struct {
	users store.UserStore
	own   *sqlstore.Store // of clients, tokens and API keys
	keys  []servicetoken.Key
	jwt   *jwt.SigningKey
}

// keepHashes hides that a store can replace hashes, so that logins leave them as they are.
type keepHashes struct{ store.UserStore }

// lowerNames finds a user by his name in lower case if nobody has the name as it is written. Drupal finds names in any case. Where all
// names are in lower case, which the program for copying says, everybody is found as before.
type lowerNames struct{ store.UserStore }

func (s lowerNames) UserByName(ctx context.Context, name string) (store.User, error) {
	u, err := s.UserStore.UserByName(ctx, name)
	if lower := strings.ToLower(name); errors.Is(err, store.ErrNotFound) && lower != name {
		return s.UserStore.UserByName(ctx, lower)
	}
	return u, err
}

// newService is the service that takes over from the site.
func newService(t *testing.T, cfg serviceConfig) http.Handler {
	t.Helper()
	must := func(err error) { t.Helper(); require.NoError(t, err) }
	// The proxy in front is on this machine. Elsewhere it is named with its own address.
	transport, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	must(err)
	hasher, err := password.New(password.Config{Accept: []password.Format{password.Drupal7, password.Bcrypt}})
	must(err)
	login, err := auth.NewLogin(auth.LoginConfig{Users: cfg.users, Hasher: hasher, Transport: transport})
	must(err)
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: siteRealm})
	must(err)
	keys, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: cfg.own, Users: cfg.users, Realm: siteRealm})
	must(err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://api.example", Audience: []string{"https://api.example"}, Key: cfg.jwt})
	must(err)
	idToken, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: siteRealm})
	must(err)
	jwts, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.ES256}, Issuer: "https://api.example", Audience: []string{"https://api.example"}, Users: cfg.users, Realm: siteRealm,
	})
	must(err)
	server, err := oauth.NewServer(oauth.ServerConfig{Application: "oauth001", Clients: cfg.own, Tokens: cfg.own, Users: cfg.users, Login: login, Realm: siteRealm})
	must(err)
	accessTokens, err := oauth.NewVerifier(oauth.VerifierConfig{Application: "oauth001", Clients: cfg.own, Tokens: cfg.own, Users: cfg.users, Realm: siteRealm})
	must(err)
	tokens, err := servicetoken.New(servicetoken.Config{Users: cfg.users, Keys: cfg.keys, Realm: siteRealm, Transport: transport})
	must(err)
	generate, err := tokens.GenerateEndpoint(servicetoken.EndpointConfig{Login: login})
	must(err)

	any := auth.Require(auth.Chain(accessTokens, jwts, tokens, keys, basic), nil)
	view := auth.RequirePermission("view user information")
	mux := http.NewServeMux()
	mux.Handle("/rest_api/id_token", idToken)
	mux.Handle("/rest_api/access_token", server.TokenEndpoint())
	mux.Handle("/api/services_token/generate", generate)
	mux.Handle("GET /api/user/{id}", any(view(http.HandlerFunc(whoami))))
	mux.Handle("GET /user/{id}", any(view(http.HandlerFunc(whoami))))
	return servedBy("service", mux)
}

func servedBy(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Served-By", name)
		next.ServeHTTP(w, r)
	})
}

func whoami(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context())
	fmt.Fprintf(w, `{"uid":%s,"name":%q}`, id.UserID, id.Name)
}

// siteToken makes a services token as the module does it in PHP, by other means than package servicetoken.
func siteToken(a account, expires time.Time) string {
	text := func(s string) string { return fmt.Sprintf(`s:%d:"%s";`, len(s), s) }
	status := "0"
	if a.active {
		status = "1"
	}
	serialized := "a:4:{" + text("name") + text(a.name) + text("pass") + text(a.pass) + text("realm") + text(siteRealm) + text("status") + text(status) + "}"
	mac := hmac.New(sha256.New, []byte(sitePrivateKey+siteHashSalt))
	fmt.Fprintf(mac, "%d%s%d", a.uid, serialized, expires.Unix())
	return fmt.Sprintf("%x.%x.%s", a.uid, expires.Unix(), base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}

// oldSite stands for the site: it answers the same requests, with Basic and with services tokens that it signs itself.
func oldSite(t *testing.T, s *testSite) http.Handler {
	t.Helper()
	users := s.users()
	hasher, err := password.New(password.Config{Accept: []password.Format{password.Drupal7, password.Bcrypt}})
	require.NoError(t, err)
	caller := func(r *http.Request) (store.User, bool) {
		name, secret, _ := r.BasicAuth()
		if parts := strings.Split(name, "."); len(parts) == 3 && secret == "" {
			uid, _ := strconv.ParseInt(parts[0], 16, 64)
			expires, _ := strconv.ParseInt(parts[1], 16, 64)
			u, err := users.UserByID(r.Context(), strconv.FormatInt(uid, 10))
			want := siteToken(account{uid: int(uid), name: u.Name, pass: u.PasswordHash, active: u.Active}, time.Unix(expires, 0))
			return u, err == nil && u.Active && want == name && time.Now().Unix() < expires
		}
		u, err := users.UserByName(r.Context(), name)
		if err != nil || !u.Active {
			return u, false
		}
		right, err := hasher.Verify(u.PasswordHash, secret)
		return u, err == nil && right
	}
	return servedBy("site", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, ok := caller(r)
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"uid":%s,"name":%q}`, u.ID, u.Name)
	}))
}

// front is the reverse proxy: it sends the paths that begin with one of the moved to the service, and all others to the site.
type front struct {
	site, service *url.URL
	moved         []string
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to := f.site
	for _, prefix := range f.moved {
		if strings.HasPrefix(r.URL.Path, prefix) {
			to = f.service
		}
	}
	proxy(to).ServeHTTP(w, r)
}

// reply is what a client sees.
type reply struct {
	status         int
	body, servedBy string
	members        map[string]any
}

// send sends a request with these credentials, as a client does that knows one address only.
func send(t *testing.T, method, address, authorization string, form url.Values) reply {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	require.NoError(t, err)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	r := reply{status: resp.StatusCode, body: string(data), servedBy: resp.Header.Get("Served-By")}
	_ = json.Unmarshal(data, &r.members)
	return r
}

// member returns a text of the answer.
func (r reply) member(t *testing.T, name string) string {
	t.Helper()
	text, ok := r.members[name].(string)
	require.True(t, ok, "%s in %d %s", name, r.status, r.body)
	return text
}

func basicHeader(name, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+secret))
}

// serve runs a handler until the test ends and returns its address.
func serve(t *testing.T, h http.Handler) *url.URL {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	return u
}
