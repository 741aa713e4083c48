package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
)

// realm names what this server protects, in challenges and in services tokens.
const realm = "Example API"

// app is the service: its store, the authenticators and the endpoints that give out credentials.
type app struct {
	cfg       config
	log       *slog.Logger
	store     storage
	tokens    store.TokenStore   // the same, unless -redis says otherwise
	counters  store.CounterStore // of failed logins; nil if each Login counts by itself
	demo      demoCredentials
	madeKeys  []string
	nodes     atomic.Int64
	directory directory      // of users and clients
	events    auth.EventSink // is told of everything
	closers   []io.Closer    // what goes on in the background

	jwts ownJWTs // our issuer and the verifiers of its tokens

	byHeader      auth.Authenticator    // the client chooses the method, or sends what it has
	serviceTokens *servicetoken.Service // one method only

	idToken, jwks                http.Handler
	accessToken, userRevoke      http.Handler
	introspect, revoke, metadata http.Handler
	generate                     http.Handler
	console                      http.Handler // for operators

	handler http.Handler // of all routes
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
	if err = a.openStores(ctx); err != nil {
		return err
	}
	if err = a.openEvents(); err != nil {
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
	floodKey, err := secretFile(cfg.floodKeyFile, a.madeKey)
	if err != nil {
		return err
	}
	login, err := auth.NewLogin(auth.LoginConfig{Users: a.store, Hasher: hasher, Transport: cfg.access.transport, Counters: a.counters, FloodKey: floodKey})
	if err != nil {
		return err
	}
	clientFailures, err := auth.NewForgedCounter(auth.ForgedLimit{Transport: cfg.access.transport, Counters: a.counters, FloodKey: floodKey})
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
	apiKeyBasic, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: a.store, Users: a.store, Realm: realm, Basic: true})
	if err != nil {
		return err
	}
	jwts, err := a.jwtParts(login)
	if err != nil {
		return fmt.Errorf("JWT: %w", err)
	}
	tokens, err := a.oauthParts(login, clientFailures)
	if err != nil {
		return fmt.Errorf("OAuth: %w", err)
	}
	if err := a.serviceTokenParts(login); err != nil {
		return fmt.Errorf("services token: %w", err)
	}

	choice := auth.ByHeaderConfig{Applications: []auth.Application{
		{ID: appBasic, Name: "Basic", Authenticator: basic},
		{ID: appAPIKey, Name: "API key", Authenticator: apiKey},
		{ID: appAPIKeyBasic, Name: "API key as a Basic credential", Authenticator: apiKeyBasic},
		{ID: appJWT, Name: "JWT", Authenticator: jwts},
		{ID: appOAuth, Name: "OAuth", Authenticator: tokens},
		{ID: appServiceToken, Name: "Services token", Authenticator: a.serviceTokens},
	}}
	if cfg.introspect.url != "" {
		external, err := a.externalParts()
		if err != nil {
			return fmt.Errorf("-introspect: %w", err)
		}
		choice.Applications = append(choice.Applications, auth.Application{ID: appExternal, Name: "Another server's OAuth", Authenticator: external})
	}
	if err := a.consoleParts(login, choice.Applications); err != nil {
		return err
	}
	if !cfg.requireApplication {
		choice.Default = &auth.Application{Authenticator: auth.Chain(tokens, jwts, a.serviceTokens, apiKey, apiKeyBasic, basic)}
	}
	if a.byHeader, err = auth.ByHeader(choice); err != nil {
		return err
	}
	return a.routes()
}

// serviceTokenParts makes the verifier of services tokens and the endpoint that generates them, which takes a password
// too: that is how a client gets its first token.
func (a *app) serviceTokenParts(login *auth.Login) error {
	key, err := secretFile(a.cfg.serviceKeyFile, a.madeKey)
	if err != nil {
		return err
	}
	a.serviceTokens, err = servicetoken.New(servicetoken.Config{
		Users:     a.store,
		Keys:      []servicetoken.Key{key},
		Realm:     realm,
		Lifetime:  a.cfg.serviceTokenTTL,
		Transport: a.cfg.access.transport,
	})
	if err != nil {
		return err
	}
	a.generate, err = a.serviceTokens.GenerateEndpoint(servicetoken.EndpointConfig{
		Login:      login,
		Permission: generateToken,
		Renderer:   a.cfg.profile,
		Events:     a.events,
	})
	return err
}

// close ends what goes on in the background, the latest first: what uses a store was made after it.
func (a *app) close() {
	for _, c := range slices.Backward(a.closers) {
		_ = c.Close()
	}
}

// madeKey remembers a key file that was made, for the start-up text.
func (a *app) madeKey(name string) { a.madeKeys = append(a.madeKeys, name) }
