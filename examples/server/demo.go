package main

import (
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// Permissions of the demo.
const (
	createPage    = "create page content"
	viewUsers     = "view user information"
	generateToken = "generate services token"
)

// administrator is the role of those who may use the console.
const administrator = "administrator"

// demoUser is an account with a password that everybody can read here.
type demoUser struct {
	id, name, password string
	roles, permissions []string
	active             bool
}

// demoOperator may use the console. His password is the one here only on a server that nobody else reaches (operator.go).
var demoOperator = demoUser{"4", "operator", "operator-password", []string{administrator}, nil, true}

// demoUsers are the accounts with which to try things. They exist in this program only; the library has none.
var demoUsers = []demoUser{
	{"1", "my_username", "topsecret", []string{"editor"}, []string{createPage, viewUsers, generateToken}, true},
	{"2", "reader", "reader-password", nil, nil, true},
	{"3", "blocked_user", "blocked-password", nil, nil, false},
	demoOperator,
}

// The applications, each with one method. Clients choose by sending the id in the AUTH-METHOD header.
const (
	appBasic        = "basic001"
	appAPIKey       = "apikey01" // in the field API-KEY
	appAPIKeyBasic  = "apikey02" // as a Basic credential
	appJWT          = "jwt00001"
	appOAuth        = "oauth001"
	appServiceToken = "service1"
)

// The scopes for which both demo clients may ask: scopeProfile opens GET /profile, and scopeRoles adds the roles to what it tells.
const (
	scopeProfile = "profile"
	scopeRoles   = "roles"
)

// demoCredentials are the random ones, which the start-up text shows.
type demoCredentials struct {
	client, jwtClient  clientCredential
	apiKey, blockedKey string // of my_username and of blocked_user
	operator           string // his password, empty if it is not known
}

// clientCredential is how a demo client shows who it is.
type clientCredential struct{ id, secret string }

// demoClient is a client of the documented system. It may do more than a client should: act for any user, and use the password grant
// without its secret. It gets scopes only when it asks for them, for the documented answers have none.
var demoClient = store.Client{
	Name:                               "demo client",
	Grants:                             []string{oauth.GrantPassword, oauth.GrantClientCredentials, oauth.GrantRefreshToken},
	InsecurePasswordGrantWithoutSecret: true,
	AnyUser:                            true,
	Scopes:                             []string{scopeProfile, scopeRoles},
	Introspect:                         true,
}

// demoJWTClient is a client as the standards have it. Its access tokens are JSON Web Tokens, it always shows its secret, and with the
// client_credentials grant it acts for one user, without naming him.
var demoJWTClient = store.Client{
	Name:            "demo client with JWTs",
	Grants:          []string{oauth.GrantPassword, oauth.GrantClientCredentials, oauth.GrantRefreshToken},
	DefaultUser:     demoUsers[0].id,
	Scopes:          []string{scopeProfile, scopeRoles},
	DefaultScopes:   []string{scopeProfile},
	JWTAccessTokens: true,
	Introspect:      true,
}
