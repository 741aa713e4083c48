package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/examples/server/console"
	"github.com/apiauth-go/apiauth/oauth"
)

// maxClientTTL is the longest lifetime of access tokens that the console gives a client. Revocations of JWTs are kept for as long.
const maxClientTTL = 24 * time.Hour

// consoleRecords are users and clients as the console takes them.
type consoleRecords struct {
	storage
	directory
}

// consoleParts makes the console. It has a realm of its own, so that browsers do not send the operator's password to the API.
func (a *app) consoleParts(login *auth.Login, applications []auth.Application) error {
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: realm + " console"})
	if err != nil {
		return err
	}
	tokens, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: a.tokens, JWTs: a.jwts.revocations, Events: a.events})
	if err != nil {
		return err
	}
	records := consoleRecords{a.store, a.directory}
	a.console, err = console.New(console.Config{
		Authenticator:        basic,
		Role:                 administrator,
		Options:              *a.options(),
		Users:                records,
		Clients:              records,
		Tokens:               tokens,
		Audit:                a.store,
		Applications:         a.describe(applications),
		ClientApplication:    appOAuth,
		Scopes:               []string{scopeProfile, scopeRoles},
		DefaultTokenLifetime: a.cfg.tokenTTL,
		MaxTokenLifetime:     max(a.cfg.tokenTTL, maxClientTTL),
		Examples:             a.examples(),
		OnError: func(r *http.Request, err error) {
			a.log.Error("console", "error", err, "path", logText(r.URL.Path))
		},
	})
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	return nil
}

// describe tells the console of the applications.
func (a *app) describe(applications []auth.Application) []console.Application {
	about := map[string]console.Application{
		appBasic:        {Method: "user name and password"},
		appAPIKey:       {Method: "user name and API key"},
		appAPIKeyBasic:  {Method: "user name and API key, as a Basic credential"},
		appJWT:          {Method: "JSON Web Token", TokenLifetime: a.cfg.tokenTTL},
		appOAuth:        {Method: "OAuth 2.0 access token", TokenLifetime: a.cfg.tokenTTL},
		appServiceToken: {Method: "services token", TokenLifetime: a.cfg.serviceTokenTTL},
		appExternal:     {Method: "access token of another server"},
	}
	list := make([]console.Application, len(applications))
	for i, application := range applications {
		list[i] = about[application.ID]
		list[i].ID, list[i].Name, list[i].Enabled = application.ID, application.Name, !application.Disabled
	}
	return list
}
