package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
)

func (w *world) tokens(change func(*servicetoken.Config)) *servicetoken.Service {
	w.t.Helper()
	cfg := servicetoken.Config{Users: w.db, Keys: []servicetoken.Key{servicetoken.DrupalKey(sitePrivateKey, siteHashSalt)}, Realm: siteRealm}
	if change != nil {
		change(&cfg)
	}
	tokens, err := servicetoken.New(cfg)
	require.NoError(w.t, err)
	return tokens
}

// TestTheGenerateAction: who may generate tokens, with what, and what the answer is like.
func TestTheGenerateAction(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens(nil)
	zone := time.FixedZone("", 3600)
	mux := http.NewServeMux()
	for path, cfg := range map[string]servicetoken.EndpointConfig{
		"/api/services_token/generate": {Login: w.login, Permission: servicetoken.DefaultPermission},
		"/token-only":                  {},
		"/drupal8":                     {Login: w.login, Status: http.StatusCreated, Location: zone},
		"/other-permission":            {Login: w.login, Permission: "administer tokens"},
		"/objects":                     {Login: w.login, Renderer: autherr.Profile2025(&autherr.ProfileOptions{ServiceTokenJSON: true})},
	} {
		endpoint, err := tokens.GenerateEndpoint(cfg)
		require.NoError(t, err)
		mux.Handle(path, endpoint)
	}
	base := serve(t, mux).String()
	made := send(t, "POST", base+"/api/services_token/generate", rightPassword, nil)
	require.Equal(t, http.StatusOK, made.status)
	token := basicHeader(made.member(t, "token"), "")
	require.Equal(t, http.StatusForbidden, send(t, "POST", base+"/api/services_token/generate", basicHeader("reader", "topsecret"), nil).status)
	require.Equal(t, http.StatusUnauthorized, send(t, "POST", base+"/token-only", rightPassword, nil).status, "no password fallback")
	require.Equal(t, http.StatusOK, send(t, "POST", base+"/token-only", token, nil).status)
	require.Equal(t, http.StatusForbidden, send(t, "POST", base+"/other-permission", token, nil).status)
	created := send(t, "POST", base+"/drupal8", token, nil)
	require.Equal(t, http.StatusCreated, created.status)
	require.True(t, strings.HasSuffix(created.member(t, "expires"), "+0100"), created.body)
	require.Equal(t, `["Access denied for user anonymous"]`, send(t, "POST", base+"/drupal8", "", nil).body)
	require.Equal(t, "MISSING_AUTHORIZATION_HEADER", send(t, "POST", base+"/objects", "", nil).member(t, "error"))
}

// TestLifetimeAndRealm: a site's settings for both.
func TestLifetimeAndRealm(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens(func(c *servicetoken.Config) { c.Lifetime, c.Realm = 10*time.Minute, "My API" })
	token, expires, err := tokens.Mint(t.Context(), "1")
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(10*time.Minute), expires, time.Minute)
	mux := http.NewServeMux()
	mux.Handle("/mine", auth.Require(tokens, nil)(ok))
	mux.Handle("/another", auth.Require(w.tokens(nil), nil)(ok))
	base := serve(t, mux).String()
	w.requireStatus(200, "GET", base+"/mine", "Authorization", basicHeader(token, ""))
	w.requireStatus(401, "GET", base+"/another", "Authorization", basicHeader(token, ""))
	resp, err := http.Get(base + "/mine")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, `Basic realm="My API"`, resp.Header.Get("WWW-Authenticate"))
}

// TestTheHookForProperties does what the example of the module's API file does: a token ends when the permissions of its user change.
func TestTheHookForProperties(t *testing.T) {
	w := newWorld(t)
	permissions := func(_ context.Context, u store.User) (servicetoken.Properties, error) {
		return servicetoken.Properties{"permissions": slices.Sorted(slices.Values(u.Permissions))}, nil
	}
	tokens := w.tokens(func(c *servicetoken.Config) { c.Properties = permissions })
	// hook_services_token_properties_alter may take the others away.
	only := w.tokens(func(c *servicetoken.Config) { c.Properties, c.SkipDefaultProperties = permissions, true })
	mux := http.NewServeMux()
	mux.Handle("/all", auth.Require(tokens, nil)(ok))
	mux.Handle("/only", auth.Require(only, nil)(ok))
	base := serve(t, mux).String()
	all, _, err := tokens.Mint(t.Context(), "1")
	require.NoError(t, err)
	alone, _, err := only.Mint(t.Context(), "1")
	require.NoError(t, err)
	expect := func(statusAll, statusOnly int) {
		t.Helper()
		w.requireStatus(statusAll, "GET", base+"/all", "Authorization", basicHeader(all, ""))
		w.requireStatus(statusOnly, "GET", base+"/only", "Authorization", basicHeader(alone, ""))
	}
	expect(200, 200)
	require.NoError(t, w.db.PutUser(t.Context(), store.User{ID: "1", Name: "renamed", PasswordHash: bcryptHash, Active: true, Roles: []string{"editor"}}))
	expect(401, 200)
	require.NoError(t, w.db.PutRole(t.Context(), "editor", []string{"create page content"}))
	expect(401, 401)
}

// TestTheHookForTheExpiry: the expiry is in the token, so two services that differ in their Lifetime only take each other's tokens.
func TestTheHookForTheExpiry(t *testing.T) {
	w := newWorld(t)
	usual := w.tokens(nil)
	subscribers := w.tokens(func(c *servicetoken.Config) { c.Lifetime = 365 * 24 * time.Hour })
	token, expires, err := subscribers.Mint(t.Context(), "1")
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(365*24*time.Hour), expires, time.Minute)
	base := serve(t, auth.Require(usual, nil)(ok)).String()
	w.requireStatus(200, "GET", base, "Authorization", basicHeader(token, ""))
}

// TestTheHookForTheAnswer: an endpoint of the application's own, with what Mint makes.
func TestTheHookForTheAnswer(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens(nil)
	generate := auth.Require(w.basic(""), nil)(auth.RequirePermission(servicetoken.DefaultPermission)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		token, expires, err := tokens.Mint(r.Context(), id.UserID)
		if err != nil {
			autherr.Respond(w, r, nil, err)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(`{"expires":` + strconv.FormatInt(expires.Unix(), 10) + `,"token":"` + token + `","subscription":"gold"}`))
	})))
	mux := http.NewServeMux()
	mux.Handle("POST /generate", generate)
	mux.Handle("GET /", auth.Require(tokens, nil)(ok))
	base := serve(t, mux).String()
	made := send(t, "POST", base+"/generate", rightPassword, nil)
	require.Equal(t, "gold", made.member(t, "subscription"))
	w.requireStatus(200, "GET", base, "Authorization", basicHeader(made.member(t, "token"), ""))
	require.Equal(t, http.StatusForbidden, send(t, "POST", base+"/generate", basicHeader("reader", "topsecret"), nil).status)
}

// TestHTTPSIsMandatory as the module's manual has it, unless a field says otherwise.
func TestHTTPSIsMandatory(t *testing.T) {
	w := newWorld(t)
	anywhere, err := auth.NewTransport(auth.TransportConfig{InsecureAllowHTTP: true})
	require.NoError(t, err)
	strict, lax := w.tokens(nil), w.tokens(func(c *servicetoken.Config) { c.Transport = anywhere })
	token, _, err := strict.Mint(t.Context(), "1")
	require.NoError(t, err)
	for tokens, want := range map[*servicetoken.Service]int{strict: 403, lax: 200} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://api.example/", nil) // from somewhere else, without TLS
		r.RemoteAddr = "192.0.2.7:1234"
		r.SetBasicAuth(token, "")
		answer := httptest.NewRecorder()
		auth.Require(tokens, nil)(ok).ServeHTTP(answer, r)
		require.Equal(t, want, answer.Code)
	}
}
