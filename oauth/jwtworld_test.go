package oauth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// mount replaces server and verifier by ones whose configuration is changed, and mounts all of it anew.
func (w *world) mount(t testing.TB, change func(*oauth.ServerConfig)) {
	t.Helper()
	cfg := oauth.ServerConfig{
		Application: application, Clients: &w.stores, Tokens: &w.stores, Users: &w.stores, Login: w.login, Realm: realm, Renderer: autherr.Profile2025(nil),
		OnError: func(_ *http.Request, e *autherr.Error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.errors = append(w.errors, e)
		},
	}
	change(&cfg)
	var err error
	w.server, err = oauth.NewServer(cfg)
	require.NoError(t, err)
	w.verifier, err = oauth.NewVerifier(oauth.VerifierConfig{
		Application: application, Clients: &w.stores, Tokens: &w.stores, Users: &w.stores, Realm: realm, JWTVerifier: cfg.JWTVerifier,
	})
	require.NoError(t, err)
	w.mux = http.NewServeMux()
	w.mux.Handle("/rest_api/access_token", w.server.TokenEndpoint())
	w.mux.Handle("/rest_api/revoke", w.server.RevokeEndpoint())
	w.mux.Handle("/oauth/introspect", w.server.IntrospectionEndpoint())
	w.mux.Handle("/oauth/revoke", w.server.RevocationEndpoint())
	w.mux.Handle("/", auth.Require(w.verifier, &auth.Options{Renderer: cfg.Renderer})(http.HandlerFunc(whoami)))
}

const issuerName = "https://api.example.com"

// jwtWorld is a world whose client "mobile" gets JSON Web Tokens, made and verified by package jwt.
type jwtWorld struct {
	*world
	issuer           *jwt.Issuer
	access, identity *jwt.Verifier
	revocations      *jwt.Revocations
}

func newJWTWorld(t testing.TB) *jwtWorld {
	t.Helper()
	w := &jwtWorld{world: newRefreshingWorld(t, "2025", func(c *store.Client) { c.JWTAccessTokens, c.Introspect = true, true })}
	key, err := jwt.GenerateKey(jwt.HS256, nil)
	require.NoError(t, err)
	w.issuer, err = jwt.NewIssuer(jwt.IssuerConfig{Issuer: issuerName, Audience: []string{"https://shop.example.com", "b"}, Key: key})
	require.NoError(t, err)
	w.revocations, err = jwt.NewRevocations(jwt.RevocationsConfig{Tokens: &w.stores, Issuer: issuerName, MaxLifetime: 200 * time.Hour})
	require.NoError(t, err)
	cfg := jwt.VerifierConfig{
		Keys: w.issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: issuerName, Audience: []string{"b"}, Users: &w.stores, Realm: realm, Revocations: w.revocations,
	}
	w.identity, err = jwt.NewVerifier(cfg)
	require.NoError(t, err)
	cfg.Type = jwt.AccessToken
	w.access, err = jwt.NewVerifier(cfg)
	require.NoError(t, err)
	w.mount(t, func(c *oauth.ServerConfig) {
		c.JWTIssuer, c.JWTVerifier, c.JWTRevoker = w.issuer, w.access, jwt.Revokers{w.identity, w.access}
	})
	return w
}

// sign returns an access token of "mobile" for user 1 that change has worked on.
func (w *jwtWorld) sign(t testing.TB, change func(*store.User, *store.Token)) string {
	t.Helper()
	user, err := w.db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	now := time.Now()
	rec := store.Token{ClientID: "mobile", Application: application, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	if change != nil {
		change(&user, &rec)
	}
	token, err := w.issuer.IssueAccessToken(t.Context(), user, rec)
	require.NoError(t, err)
	return token
}

// fakeJWTs answers every question about a JSON Web Token alike.
type fakeJWTs struct {
	identity *auth.Identity
	err      error
	asked    []string
}

func (f *fakeJWTs) Verify(_ context.Context, token string) (*auth.Identity, error) {
	f.asked = append(f.asked, token)
	return f.identity, f.err
}
