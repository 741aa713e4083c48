package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// realm names what this server protects, in challenges and in services tokens.
const realm = "Example API"

// app is the service: its store, the authenticators and the endpoints that give out credentials.
type app struct {
	cfg      config
	log      *slog.Logger
	store    *memstore.Store
	demo     demoCredentials
	madeKeys []string
	nodes    atomic.Int64
	closers  []io.Closer // what goes on in the background

	ownJWTs oauth.SelfContainedRevoker // ends those of our issuer before their time

	byHeader      auth.Authenticator    // the client chooses the method, or sends what it has
	serviceTokens *servicetoken.Service // one method only

	idToken, jwks       http.Handler
	accessToken, revoke http.Handler
	generate            http.Handler
}

// newApp puts the parts of the library together.
func newApp(ctx context.Context, cfg config, log *slog.Logger) (*app, error) {
	a := &app{cfg: cfg, log: log}
	if err := a.build(ctx); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// build makes every part of the service. What it has started when it fails, close ends.
func (a *app) build(ctx context.Context) error {
	cfg := a.cfg
	var err error
	if a.store, err = memstore.New(nil); err != nil {
		return err
	}
	hasher, err := password.New(password.Config{})
	if err != nil {
		return err
	}
	if a.demo, err = seed(ctx, a.store, hasher, cfg); err != nil {
		return err
	}

	// One Login for all methods that take a password: they share its bound on hashing.
	login, err := auth.NewLogin(auth.LoginConfig{Users: a.store, Hasher: hasher})
	if err != nil {
		return err
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: realm})
	if err != nil {
		return err
	}
	apiKey, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: a.store, Users: a.store, Realm: realm})
	if err != nil {
		return err
	}
	jwts, err := a.jwtParts(login)
	if err != nil {
		return fmt.Errorf("JWT: %w", err)
	}
	tokens, err := a.oauthParts(login)
	if err != nil {
		return fmt.Errorf("OAuth: %w", err)
	}
	if err := a.serviceTokenParts(login); err != nil {
		return fmt.Errorf("services token: %w", err)
	}

	choice := auth.ByHeaderConfig{Applications: []auth.Application{
		{ID: appBasic, Name: "Basic", Authenticator: basic},
		{ID: appAPIKey, Name: "API key", Authenticator: apiKey},
		{ID: appJWT, Name: "JWT", Authenticator: jwts},
		{ID: appOAuth, Name: "OAuth", Authenticator: tokens},
		{ID: appServiceToken, Name: "Services token", Authenticator: a.serviceTokens},
	}}
	if !cfg.requireApplication {
		choice.Default = &auth.Application{Authenticator: auth.Chain(tokens, jwts, a.serviceTokens, apiKey, basic)}
	}
	a.byHeader, err = auth.ByHeader(choice)
	return err
}

// oauthParts makes the token endpoint, the revoke endpoint and the verifier of access tokens.
func (a *app) oauthParts(login *auth.Login) (auth.Authenticator, error) {
	server, err := oauth.NewServer(oauth.ServerConfig{
		Application:   appOAuth,
		Clients:       a.store,
		Tokens:        a.store,
		Users:         a.store,
		Login:         login,
		JWTs:          a.ownJWTs,
		Realm:         realm,
		TokenLifetime: a.cfg.tokenTTL,
		Renderer:      a.cfg.profile,
		OnError:       a.logRefusal,
	})
	if err != nil {
		return nil, err
	}
	a.accessToken, a.revoke = server.TokenEndpoint(), server.RevokeEndpoint()
	return oauth.NewVerifier(oauth.VerifierConfig{Application: appOAuth, Clients: a.store, Tokens: a.store, Users: a.store, Realm: realm})
}

// serviceTokenParts makes the verifier of services tokens and the endpoint that generates them, which takes a password
// too: that is how a client gets its first token.
func (a *app) serviceTokenParts(login *auth.Login) error {
	key, err := secretFile(a.cfg.serviceKeyFile, a.madeKey)
	if err != nil {
		return err
	}
	a.serviceTokens, err = servicetoken.New(servicetoken.Config{
		Users:    a.store,
		Keys:     []servicetoken.Key{key},
		Realm:    realm,
		Lifetime: a.cfg.serviceTokenTTL,
	})
	if err != nil {
		return err
	}
	a.generate, err = a.serviceTokens.GenerateEndpoint(servicetoken.EndpointConfig{
		Login:      login,
		Permission: generateToken,
		Renderer:   a.cfg.profile,
		OnError:    a.logRefusal,
	})
	return err
}

// close ends what goes on in the background.
func (a *app) close() {
	for _, c := range a.closers {
		_ = c.Close()
	}
}

// madeKey remembers a key file that was made, for the start-up text.
func (a *app) madeKey(name string) { a.madeKeys = append(a.madeKeys, name) }
