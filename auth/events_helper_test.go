package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// recorder is an EventSink that keeps events.
type recorder struct {
	mu     sync.Mutex
	events []auth.Event
	all    []auth.Event // those that were taken too
}

func (r *recorder) Record(_ context.Context, e auth.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events, r.all = append(r.events, e), append(r.all, e)
	return nil
}

// take returns what was told since it was called last.
func (r *recorder) take() []auth.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

// told is a program with a route for every method and with all endpoints, that tells of everything.
type told struct {
	recorder
	t       testing.TB
	base    string
	db      *memstore.Store
	outage  error             // of the users, if any
	good    map[string]string // credentials by route: the value of Authorization, or of API-KEY for /apikey
	expired map[string]string
	secrets []string // nothing of which may be told
}

// UserByID and UserByName are those of the store, unless it is out of order.
func (w *told) UserByID(ctx context.Context, id string) (store.User, error) {
	if w.outage != nil {
		return store.User{}, w.outage
	}
	return w.db.UserByID(ctx, id)
}

func (w *told) UserByName(ctx context.Context, name string) (store.User, error) {
	if w.outage != nil {
		return store.User{}, w.outage
	}
	return w.db.UserByName(ctx, name)
}

const clientSecret = "the-secret-of-the-client"

func newTold(t *testing.T) *told {
	t.Helper()
	ctx := context.Background()
	must := func(err error) { t.Helper(); require.NoError(t, err) }
	h := newHashing(t)
	db, err := memstore.New(nil)
	must(err)
	w := &told{t: t, db: db, good: map[string]string{}, expired: map[string]string{}}
	sink := &w.recorder
	put := func(id, name, pw string, active bool, permissions ...string) store.User {
		u := store.User{ID: id, Name: name, PasswordHash: h.hash(t, pw), Active: active, Stamp: "stamp-" + id, Roles: []string{"role-" + id}, Permissions: permissions}
		must(db.PutUser(ctx, u))
		w.secrets = append(w.secrets, pw, u.PasswordHash, u.Stamp)
		return u
	}
	user := put("1", "my_username", "topsecret", true, servicetoken.DefaultPermission)
	put("2", "reader", "reader-password", true)
	put("3", "blocked_user", "blocked-password", false)
	secretHash, err := oauth.HashSecret(clientSecret)
	must(err)
	w.secrets = append(w.secrets, clientSecret, secretHash, "wrong-password", "wrong-secret", "secret-in-query")
	for _, c := range []store.Client{
		{ID: "app", Grants: []string{oauth.GrantPassword}, InsecurePasswordGrantWithoutSecret: true},
		{ID: "robot", Grants: []string{oauth.GrantPassword, oauth.GrantClientCredentials, oauth.GrantRefreshToken}, AnyUser: true, SecretHashes: []string{secretHash}},
		{ID: "resource", Introspect: true, SecretHashes: []string{secretHash}},
	} {
		c.Application, c.Active = "oauth001", true
		must(db.PutClient(ctx, c))
	}

	options := &auth.Options{Events: sink}
	login := newLogin(t, auth.LoginConfig{Users: w, Hasher: h.Hasher})
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "a"})
	must(err)
	w.good["/basic"] = basicValue("my_username:topsecret")

	key, id := auth.NewAPIKey()
	must(db.PutAPIKey(ctx, store.APIKey{ID: id, UserID: "1"}))
	blockedKey, id := auth.NewAPIKey()
	must(db.PutAPIKey(ctx, store.APIKey{ID: id, UserID: "3"}))
	w.secrets = append(w.secrets, key, blockedKey)
	w.good["/apikey"] = base64.StdEncoding.EncodeToString([]byte("my_username:" + key))
	w.good["/apikey?blocked"] = base64.StdEncoding.EncodeToString([]byte("blocked_user:" + blockedKey))
	w.good["/apikey-basic"] = basicValue("my_username:" + key)
	byKey, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: db, Users: w, Realm: "a"})
	must(err)
	byKeyBasic, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: db, Users: w, Realm: "a", Basic: true})
	must(err)

	signing, err := jwt.NewSigningSecret(jwt.HS256, []byte("0123456789abcdef0123456789abcdef"), nil)
	must(err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://a.example", Audience: []string{"b"}, Key: signing})
	must(err)
	issued, err := issuer.Issue(ctx, user)
	must(err)
	w.good["/jwt"] = "Bearer " + issued.Compact
	verifier, err := jwt.NewVerifier(jwt.VerifierConfig{Keys: issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: "https://a.example", Audience: []string{"b"}, Users: w, Realm: "a"})
	must(err)

	for name, until := range map[string]time.Duration{"good": time.Hour, "expired": -time.Minute} {
		opaque := auth.NewRandom(auth.PrefixAccessToken)
		must(db.CreateTokens(ctx, store.Token{ID: oauth.TokenID(opaque), Kind: store.AccessToken, UserID: "1", ClientID: "robot", Application: "oauth001",
			Stamp: user.Stamp, IssuedAt: time.Now().Add(-time.Hour), ExpiresAt: time.Now().Add(until)}))
		map[string]map[string]string{"good": w.good, "expired": w.expired}[name]["/oauth"] = "Bearer " + opaque
	}
	bearer, err := oauth.NewVerifier(oauth.VerifierConfig{Application: "oauth001", Tokens: db, Users: w, Clients: db, Realm: "a"})
	must(err)

	service, err := servicetoken.New(servicetoken.Config{Users: w, Keys: []servicetoken.Key{servicetoken.Key("0123456789abcdef0123456789abcdef")}, Realm: "a"})
	must(err)
	mint := func(id string) string {
		token, _, err := service.Mint(ctx, id)
		must(err)
		return basicValue(token + ":")
	}
	w.good["/service"], w.good["/service?reader"] = mint("1"), mint("2")
	synctest.Test(t, func(*testing.T) { w.expired["/service"] = mint("1") }) // where the year is 2000

	mux := http.NewServeMux()
	route := func(path string, a auth.Authenticator) {
		gate := auth.Require(a, options)
		mux.Handle(path, gate(http.HandlerFunc(whoami)))
		mux.Handle(path+"/role", gate(auth.RequireRole("role-2")(http.HandlerFunc(whoami))))
		mux.Handle(path+"/path/", gate(auth.RequirePathRoles(auth.PathRule{Pattern: "*/path/*", Roles: []string{"role-2"}})(http.HandlerFunc(whoami))))
	}
	route("/basic", basic)
	route("/apikey", byKey)
	route("/apikey-basic", byKeyBasic)
	route("/jwt", verifier)
	route("/oauth", bearer)
	route("/service", service)
	route("/chain", auth.Chain(verifier, bearer, service, byKeyBasic, basic))
	route("/app", byHeader(t, auth.ByHeaderConfig{Applications: []auth.Application{{ID: "basic001", Authenticator: basic}, {ID: "jwt00001", Authenticator: verifier}}}))
	mux.Handle("/anonymous", auth.Require(basic, &auth.Options{Events: sink, AllowAnonymous: true})(http.HandlerFunc(whoami)))
	mux.Handle("/anonymous/role", auth.Require(basic, &auth.Options{Events: sink, AllowAnonymous: true})(auth.RequireRole("x")(http.HandlerFunc(whoami))))
	mux.Handle("/tls", auth.RequireTLS(nil, options)(http.HandlerFunc(whoami)))
	filter, err := auth.NewAddressFilter(auth.AddressFilterConfig{Block: prefixes(t, "127.0.0.0/8"), Events: sink})
	must(err)
	mux.Handle("/address", filter(http.HandlerFunc(whoami)))

	idToken, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: "a", Events: sink})
	must(err)
	mux.Handle("/rest_api/id_token", idToken)
	server, err := oauth.NewServer(oauth.ServerConfig{Application: "oauth001", Clients: db, Tokens: db, Users: w, Login: login, Realm: "a", Events: sink})
	must(err)
	mux.Handle("/rest_api/access_token", server.TokenEndpoint())
	mux.Handle("/rest_api/revoke", server.RevokeEndpoint())
	mux.Handle("/oauth/introspect", server.IntrospectionEndpoint())
	mux.Handle("/oauth/revoke", server.RevocationEndpoint())
	generate, err := service.GenerateEndpoint(servicetoken.EndpointConfig{Login: login, Events: sink})
	must(err)
	mux.Handle("/api/services_token/generate", generate)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	w.base = srv.URL

	for _, list := range []map[string]string{w.good, w.expired} {
		for _, value := range list {
			w.secrets = append(w.secrets, value[strings.LastIndexByte(value, ' ')+1:])
		}
	}
	return w
}

// send sends a request and returns the status and the answer, every text of which that may be a token is a secret from then on. fields are name and value in turn.
func (w *told) send(method, target string, form url.Values, fields ...string) (int, map[string]any) {
	w.t.Helper()
	r, err := http.NewRequest(method, w.base+target, strings.NewReader(form.Encode()))
	require.NoError(w.t, err)
	r.Header.Set("User-Agent", "agent/1.0")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	var answer map[string]any
	_ = json.Unmarshal(body, &answer)
	for name, value := range answer {
		if text, ok := value.(string); ok && strings.Contains(name, "token") && name != "token_type" {
			w.secrets = append(w.secrets, text)
		}
	}
	return res.StatusCode, answer
}
