package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// The IDs that clients send. The documented system makes 8 hex characters up for each; any name without blanks will do.
const (
	office  = "0ff1ce01" // employees with name and password
	devices = "dev1ce02" // machines with API keys
	shop    = "5h0p0003" // customers with JSON Web Tokens
)

type config struct {
	fallback string // the application of requests that name none
	off      string // one that is switched off
}

// service is the handler and what the demo shows of it.
type service struct {
	handler http.Handler
	key     string // base64 of the machine's name and API key, as it is sent
}

func newService(ctx context.Context, cfg config) (*service, error) {
	var s service
	mux := http.NewServeMux()
	basic, err := officeApp(ctx)
	if err != nil {
		return nil, err
	}
	apiKey, err := devicesApp(ctx, &s)
	if err != nil {
		return nil, err
	}
	tokens, err := shopApp(ctx, mux)
	if err != nil {
		return nil, err
	}

	choice := auth.ByHeaderConfig{Applications: []auth.Application{
		{ID: office, Name: "Office", Authenticator: basic},
		{ID: devices, Name: "Devices", Authenticator: apiKey},
		{ID: shop, Name: "Shop", Authenticator: tokens},
	}}
	if cfg.off != "" {
		app := find(choice.Applications, cfg.off)
		if app == nil {
			return nil, fmt.Errorf("-off %q is none of the applications", cfg.off)
		}
		app.Disabled = true
	}
	if cfg.fallback != "" {
		if choice.Default = find(choice.Applications, cfg.fallback); choice.Default == nil {
			return nil, fmt.Errorf("-default %q is none of the applications", cfg.fallback)
		}
	}
	byHeader, err := auth.ByHeader(choice)
	if err != nil {
		return nil, err
	}
	mux.Handle("GET /me", auth.Require(byHeader, nil)(http.HandlerFunc(me)))
	s.handler = mux
	return &s, nil
}

// find returns the application with this ID, or nil.
func find(apps []auth.Application, id string) *auth.Application {
	for i := range apps {
		if apps[i].ID == id {
			return &apps[i]
		}
	}
	return nil
}

// officeApp: few people, so failed logins are limited more strictly than by default.
func officeApp(ctx context.Context) (auth.Authenticator, error) {
	_, login, err := people(ctx, "ada", "topsecret", auth.FloodLimits{PerUserAndAddress: auth.Rate{Max: 3, Window: time.Hour}})
	if err != nil {
		return nil, err
	}
	return auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Office"})
}

// devicesApp: a machine has no password, and what it may do ends with its key.
func devicesApp(ctx context.Context, s *service) (auth.Authenticator, error) {
	users, err := memstore.New(nil)
	if err != nil {
		return nil, err
	}
	if err := users.PutUser(ctx, store.User{ID: "1", Name: "gate-7", Active: true}); err != nil {
		return nil, err
	}
	key, id := auth.NewAPIKey()
	if err := users.PutAPIKey(ctx, store.APIKey{ID: id, UserID: "1", ExpiresAt: time.Now().AddDate(1, 0, 0)}); err != nil {
		return nil, err
	}
	s.key = base64.StdEncoding.EncodeToString([]byte("gate-7:" + key))
	return auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: users, Users: users, Realm: "Devices"})
}

// shopApp: the password buys a token once, for five minutes, at an endpoint that needs no AUTH-METHOD.
func shopApp(ctx context.Context, mux *http.ServeMux) (auth.Authenticator, error) {
	users, login, err := people(ctx, "ada", "another password", auth.FloodLimits{}) // not the Ada of the office
	if err != nil {
		return nil, err
	}
	const name = "https://shop.example.com"
	key, err := jwt.GenerateKey(jwt.ES256, nil) // a real service reads its key from a file
	if err != nil {
		return nil, err
	}
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: name, Audience: []string{name}, Key: key, Lifetime: 5 * time.Minute})
	if err != nil {
		return nil, err
	}
	endpoint, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: "Shop"})
	if err != nil {
		return nil, err
	}
	mux.Handle("/rest_api/id_token", endpoint)
	return jwt.NewVerifier(jwt.VerifierConfig{
		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.ES256}, Issuer: name, Audience: []string{name}, Users: users, Realm: "Shop",
	})
}

// people returns a store with one person, and its login.
func people(ctx context.Context, name, pw string, flood auth.FloodLimits) (*memstore.Store, *auth.Login, error) {
	hasher, err := password.New(password.Config{})
	if err != nil {
		return nil, nil, err
	}
	hash, err := hasher.Hash(pw)
	if err != nil {
		return nil, nil, err
	}
	users, err := memstore.New(nil)
	if err != nil {
		return nil, nil, err
	}
	if err := users.PutUser(ctx, store.User{ID: "1", Name: name, PasswordHash: hash, Active: true, Stamp: "1"}); err != nil {
		return nil, nil, err
	}
	login, err := auth.NewLogin(auth.LoginConfig{Users: users, Hasher: hasher, Flood: flood})
	return users, login, err
}
