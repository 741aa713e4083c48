package leak

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// The passwords have characters that most ways to print a text write otherwise.
const (
	application = "leak0001"
	realm       = "Leak API"
	pass        = `corr€ct "horse" <battery> & stäple+/%=`
	otherPass   = `another 'good' pass\phrase, with <all> & sündry`
	wrongPass   = `wrong "pass" phrase+of/somebody%20élse`
)

// maxAudit is more audit records than a test makes, so that none is dropped for another.
const maxAudit = 1 << 20

// users is a store that goes wrong when it is told to, and can keep new hashes.
type users struct {
	*storetest.Faulty
	db *memstore.Store
}

func (u users) RehashPassword(ctx context.Context, id, old, now string) error {
	if err := u.db.RehashPassword(ctx, id, old, now); err != nil {
		return err
	}
	return fmt.Errorf("store: the new hash may be lost: %s", trouble)
}

// service is everything that there is, with one log.
type service struct {
	t     testing.TB
	scan  *scanner
	log   *slog.Logger
	db    *memstore.Store
	store users
	srv   *httptest.Server

	other    *service // another authorization server, which is the same program
	provider *provider

	issuer       *jwt.Issuer
	verifier     *jwt.Verifier
	access       *jwt.Verifier
	oauthServer  *oauth.Server
	oauthTokens  *oauth.Verifier
	revocations  *jwt.Revocations
	services     *servicetoken.Service
	audit        *auth.BufferedSink
	told         counts // the events, by their kinds
	clientSecret string
	jwtSecret    string
	apiKey       string
	printables   map[string]any
}

// counts counts by a name.
type counts struct {
	mu sync.Mutex
	of map[string]int
}

func (c *counts) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[name]++
}

// must returns v.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		require.NoError(t, err)
		return v
	}
}

func newService(t testing.TB, scan *scanner, profile autherr.Renderer, other *service) *service {
	t.Helper()
	s := &service{t: t, scan: scan, other: other, printables: map[string]any{}}
	level := &slog.HandlerOptions{Level: slog.LevelDebug - 100, AddSource: true}
	s.log = slog.New(slog.NewMultiHandler(slog.NewTextHandler(scan, level), slog.NewJSONHandler(scan, level)))
	s.db = must(memstore.New(&memstore.Config{MaxAudit: maxAudit}))(t)
	s.store = users{storetest.NewFaulty(storetest.Stores{Users: s.db, Clients: s.db, Tokens: s.db, APIKeys: s.db}), s.db}
	s.srv = httptest.NewUnstartedServer(nil)
	s.srv.Config.ErrorLog = log.New(scan, "", 0)
	s.srv.Start()
	t.Cleanup(s.srv.Close)
	s.records()
	s.srv.Config.Handler = s.routes(profile)
	return s
}

// records puts users, clients and keys into the store.
func (s *service) records() {
	t, ctx := s.t, context.Background()
	weak := password.Argon2idParams{Memory: 64, Time: 1, Threads: 1}
	hasher := must(password.New(password.Config{Argon2id: weak, InsecureWeakArgon2id: true}))(t)
	hash := func(p string) string {
		h := must(hasher.Hash(p))(t)
		s.scan.keep("password hash", h)
		return h
	}
	all := []string{"see", servicetoken.DefaultPermission}
	for _, u := range []store.User{
		{ID: "1", Name: "my_username", PasswordHash: hash(pass), Active: true, Roles: []string{"editor"}, Permissions: all, Stamp: "stamp-one"},
		{ID: "2", Name: "reader", PasswordHash: hash(otherPass), Active: true, Stamp: "stamp-two"},
		{ID: "3", Name: "blocked_user", PasswordHash: hash(otherPass), Permissions: all, Stamp: "stamp-three"},
		{ID: "4", Name: "stampless", PasswordHash: hash(otherPass), Active: true, Permissions: all},
	} {
		require.NoError(t, s.db.PutUser(ctx, u))
		s.printables["store.User "+u.Name] = u
	}
	s.scan.keep("password", pass)
	s.scan.keep("password", otherPass)
	s.scan.keep("wrong password", wrongPass)

	grants := []string{oauth.GrantPassword, oauth.GrantClientCredentials, oauth.GrantRefreshToken}
	for _, c := range []store.Client{
		{ID: "client", Application: application, Grants: grants, AnyUser: true, Scopes: []string{"read", "write"}, Introspect: true},
		{ID: "jwtclient", Application: application, Grants: grants, AnyUser: true, Scopes: []string{"read"}, JWTAccessTokens: true},
		{ID: "off", Application: application, Grants: grants, AnyUser: true},
	} {
		c, secret, err := oauth.NewClient(c)
		require.NoError(t, err)
		s.scan.keep("client secret", secret)
		s.scan.keep("hash of a client secret", c.SecretHashes[0])
		switch c.ID {
		case "client":
			s.clientSecret = secret
		case "jwtclient":
			s.jwtSecret = secret
		case "off":
			c.Active = false
		}
		require.NoError(t, s.db.PutClient(ctx, c))
		s.printables["store.Client "+c.ID] = c
	}

	key, id := auth.NewAPIKey()
	s.apiKey = key
	s.scan.keep("API key", key)
	record := store.APIKey{ID: id, UserID: "1", Name: "build", CreatedAt: time.Now()}
	require.NoError(t, s.db.PutAPIKey(ctx, record))
	s.printables["store.APIKey"] = record
}

// routes builds everything and returns the handler of all of it.
func (s *service) routes(profile autherr.Renderer) http.Handler {
	t := s.t
	serviceKey, hmacKey := auth.NewRandom("sk_"), auth.NewRandom("hk_")
	s.scan.keep("key of services tokens", serviceKey)
	s.scan.keep("key of JSON Web Tokens", hmacKey)

	sink := must(auth.NewSlogSink(s.log, &auth.SlogOptions{Burst: 1 << 30}))(t)
	s.audit = must(auth.NewAuditSink(s.db, &auth.BufferOptions{Size: maxAudit}))(t)
	events := auth.MultiSink(sink, auth.EventFunc(func(_ context.Context, e auth.Event) error {
		s.told.add(string(e.Kind))
		s.scan.printed("event", e)
		s.scan.failed("event's cause", e.Cause)
		text, err := json.Marshal(e)
		s.scan.came("event as JSON", string(text))
		return err
	}), s.audit)
	onError := func(r *http.Request, e *autherr.Error) {
		s.log.Error("refused", "error", e, "code", e.Code, "path", r.URL.Path)
		s.scan.failed("OnError", e)
	}
	options := &auth.Options{Renderer: profile, OnError: onError, Events: events}

	many := auth.Rate{Max: 10_000, Window: time.Hour}
	loginConfig := auth.LoginConfig{
		Users: s.store, Flood: auth.FloodLimits{PerUserAndAddress: many, PerAddress: many, PerUser: many, RevokePerAddress: many}, CacheVerified: time.Minute, Events: events,
		Hasher: must(password.New(password.Config{Argon2id: password.Argon2idParams{Memory: 128, Time: 1, Threads: 1}, InsecureWeakArgon2id: true}))(t), // so that each login is a rehash
		OnRehashError: func(_ context.Context, id string, err error) {
			s.log.Warn("rehash", "user", id, "error", err)
			s.scan.failed("OnRehashError", err)
		},
	}
	login := must(auth.NewLogin(loginConfig))(t)
	basic := must(auth.NewBasic(auth.BasicConfig{Login: login, Realm: realm}))(t)
	apiKeyConfig := auth.APIKeyConfig{Keys: s.store, Users: s.store, Realm: realm}
	apiKey := must(auth.NewAPIKeyAuthenticator(apiKeyConfig))(t)
	apiKeyConfig.Basic = true
	apiKeyBasic := must(auth.NewAPIKeyAuthenticator(apiKeyConfig))(t)

	signing := must(jwt.NewSigningSecret(jwt.HS256, []byte(hmacKey), nil))(t)
	if s.other == nil { // what publishes its keys has none that are shared
		signing = must(jwt.GenerateKey(jwt.EdDSA, nil))(t)
		jwk := must(signing.MarshalJWK())(t)
		var members map[string]string
		require.NoError(t, json.Unmarshal(jwk, &members))
		s.scan.keep("private key", members["d"])
	}
	issuerConfig := jwt.IssuerConfig{Issuer: s.srv.URL, Audience: []string{s.srv.URL}, Key: signing}
	s.issuer = must(jwt.NewIssuer(issuerConfig))(t)
	s.revocations = must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: s.store, Issuer: s.srv.URL, MaxLifetime: time.Hour}))(t)
	verifierConfig := jwt.VerifierConfig{
		Keys: s.issuer, Algorithms: []jwt.Algorithm{signing.Algorithm()}, Issuer: s.srv.URL, Audience: []string{s.srv.URL}, Users: s.store, Realm: realm, Revocations: s.revocations, CacheTokens: 8,
	}
	s.verifier = must(jwt.NewVerifier(verifierConfig))(t)
	verifierConfig.Type = jwt.AccessToken
	s.access = must(jwt.NewVerifier(verifierConfig))(t)
	idToken := must(jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: s.issuer, Login: login, Realm: realm, Renderer: profile, OnError: onError, Events: events}))(t)

	serverConfig := oauth.ServerConfig{
		Application: application, Clients: s.store, Tokens: s.store, Users: s.store, Login: login, Realm: realm, Issuer: s.srv.URL,
		JWTIssuer: s.issuer, JWTVerifier: s.access, JWTRevoker: jwt.Revokers{s.verifier, s.access}, Renderer: profile, OnError: onError, Events: events,
	}
	s.oauthServer = must(oauth.NewServer(serverConfig))(t)
	tokenConfig := oauth.VerifierConfig{Application: application, Tokens: s.store, Users: s.store, Clients: s.store, JWTVerifier: s.access, Realm: realm}
	s.oauthTokens = must(oauth.NewVerifier(tokenConfig))(t)

	servicesConfig := servicetoken.Config{Users: s.store, Keys: []servicetoken.Key{servicetoken.Key(serviceKey)}, Realm: realm}
	s.services = must(servicetoken.New(servicesConfig))(t)
	generate := must(s.services.GenerateEndpoint(servicetoken.EndpointConfig{Login: login, Renderer: profile, OnError: onError, Events: events}))(t)

	for name, v := range map[string]any{
		"LoginConfig": loginConfig, "Login": login, "Basic": basic, "APIKey": apiKey, "APIKeyConfig": apiKeyConfig, "SigningKey": signing, "VerificationKey": signing.VerificationKey(),
		"jwt.IssuerConfig": issuerConfig, "jwt.Issuer": s.issuer, "jwt.VerifierConfig": verifierConfig, "jwt.Verifier": s.verifier, "jwt.Revocations": s.revocations,
		"oauth.ServerConfig": serverConfig, "oauth.Server": s.oauthServer, "oauth.VerifierConfig": tokenConfig, "oauth.Verifier": s.oauthTokens,
		"servicetoken.Config": servicesConfig, "servicetoken.Service": s.services, "memstore.Store": s.db, "Options": options,
	} {
		s.printables[name] = v
	}

	show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		s.log.Info("served", "identity", id)
		s.scan.printed("identity", *id)
		fmt.Fprintf(w, "Hello, %s!", id.Name)
	})
	mux := http.NewServeMux()
	protect := func(path string, a auth.Authenticator) {
		mux.Handle(path, auth.Require(a, options)(auth.RequirePermission("see")(show)))
	}
	limited := must(auth.LimitForged(auth.Chain(s.oauthTokens, s.verifier, s.services, apiKey, basic), auth.ForgedLimit{Rate: many}))(t)
	s.printables["LimitForged"] = limited
	protect("/any", limited)
	protect("/basic", basic)
	protect("/key", apiKey)
	protect("/keybasic", apiKeyBasic)
	protect("/jwt", s.verifier)
	protect("/oauth", s.oauthTokens)
	protect("/service", s.services)
	mux.Handle("/scope", auth.Require(limited, options)(auth.RequireScope("read")(show)))
	mux.Handle("/id_token", idToken)
	mux.Handle("/access_token", s.oauthServer.TokenEndpoint())
	mux.Handle("/revoke", s.oauthServer.RevokeEndpoint())
	mux.Handle("/oauth/introspect", s.oauthServer.IntrospectionEndpoint())
	mux.Handle("/oauth/revoke", s.oauthServer.RevocationEndpoint())
	mux.Handle("/generate", generate)
	if s.other == nil {
		mux.Handle("/jwks.json", must(jwt.NewJWKSHandler(s.issuer, nil))(t))
		return mux
	}
	for path, a := range s.foreign() {
		protect(path, a)
	}
	return mux
}

// foreign returns the authenticators for what the other server gives out.
func (s *service) foreign() map[string]auth.Authenticator {
	t := s.t
	keys := must(jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: s.other.srv.URL + "/jwks.json", Algorithms: []jwt.Algorithm{jwt.EdDSA},
		OnFetch: func(set *jwt.KeySet, err error) {
			s.log.Info("keys", "set", set, "error", err)
			s.scan.failed("OnFetch", err)
		}}))(t)
	t.Cleanup(func() { _ = keys.Close() })
	s.provider = &provider{s: s}
	at := httptest.NewServer(s.provider)
	t.Cleanup(at.Close)
	introspection := oauth.IntrospectionConfig{
		URL: at.URL + "/introspect", ClientID: "client", ClientSecret: s.other.clientSecret, SkipAudience: true, Users: s.store, UsernameClaim: "username", Scopes: []string{"read"},
		Realm: realm, AcceptOwnShape: true,
	}
	userInfo := oauth.UserInfoConfig{URL: at.URL + "/userinfo", InsecureAnyClient: true, UsernameAttribute: "sub", Users: s.store, Realm: realm, AcceptOwnShape: true}
	introspected := must(oauth.NewIntrospectionVerifier(introspection))(t)
	informed := must(oauth.NewUserInfoVerifier(userInfo))(t)
	t.Cleanup(func() { _, _ = introspected.Close(), informed.Close() })
	for name, v := range map[string]any{"RemoteKeySet": keys, "IntrospectionConfig": introspection, "IntrospectionVerifier": introspected, "UserInfoConfig": userInfo, "UserInfoVerifier": informed} {
		s.printables[name] = v
	}
	return map[string]auth.Authenticator{
		"/foreign/jwt": must(jwt.NewVerifier(jwt.VerifierConfig{Keys: keys, Algorithms: []jwt.Algorithm{jwt.EdDSA}, Issuer: s.other.srv.URL, Audience: []string{s.other.srv.URL},
			Users: s.store, UsernameClaim: "name", Realm: realm}))(t),
		"/foreign/introspect": introspected,
		"/foreign/userinfo":   informed,
	}
}

// provider stands before the other server. It passes questions on or, when it is told to, answers like a server that is broken and repeats what it was sent.
type provider struct {
	s      *service
	broken atomic.Bool
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	token := r.PostForm.Get("token")
	if token == "" {
		token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	if p.broken.Load() {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			pair, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
			fmt.Fprintf(conn, "HTTP/1.1 %s %s %s\r\n\r\n", token, pair, r.Header.Get("Authorization"))
			_ = conn.Close()
		}
		return
	}
	w.Header().Set("Content-Type", "application/json")
	id, err := p.s.other.oauthTokens.Verify(r.Context(), token)
	switch {
	case err != nil && r.URL.Path == "/userinfo":
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":"invalid_token","token":%q}`, token)
	case err != nil:
		fmt.Fprintf(w, `{"active":false}`)
	default:
		fmt.Fprintf(w, `{"active":true,"sub":%q,"username":%q}`, id.Name, id.Name)
	}
}
