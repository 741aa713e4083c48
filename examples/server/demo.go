package main

import (
	"context"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// Permissions of the demo.
const (
	createPage    = "create page content"
	viewUsers     = "view user information"
	generateToken = "generate services token"
)

// demoUsers are the accounts with which to try things. They exist in this program only; the library has none.
var demoUsers = []struct {
	id, name, password string
	roles, permissions []string
	active             bool
}{
	{"1", "my_username", "topsecret", []string{"editor"}, []string{createPage, viewUsers, generateToken}, true},
	{"2", "reader", "reader-password", nil, nil, true},
	{"3", "blocked_user", "blocked-password", nil, nil, false},
}

// The applications, each with one method. Clients choose by sending the id in the AUTH-METHOD header.
const (
	appBasic        = "basic001"
	appAPIKey       = "apikey01"
	appJWT          = "jwt00001"
	appOAuth        = "oauth001"
	appServiceToken = "service1"
)

// demoCredentials are the random ones, which the start-up text shows.
type demoCredentials struct{ clientID, clientSecret, apiKey string }

// seed creates the demo's records.
func seed(ctx context.Context, s *memstore.Store, hasher *password.Hasher, cfg config) (demoCredentials, error) {
	for _, u := range demoUsers {
		hash, err := hasher.Hash(u.password)
		if err != nil {
			return demoCredentials{}, err
		}
		err = s.PutUser(ctx, store.User{ID: u.id, Name: u.name, PasswordHash: hash, Active: u.active, Roles: u.roles, Permissions: u.permissions,
			Stamp: "demo", // the same at each start, so that JWTs survive it
		})
		if err != nil {
			return demoCredentials{}, err
		}
	}

	var made demoCredentials
	var err error
	if made.clientID, made.clientSecret, err = seedClient(ctx, s, cfg); err != nil {
		return demoCredentials{}, err
	}

	var id store.KeyID
	if made.apiKey = cfg.apiKey; made.apiKey != "" {
		id = auth.KeyID(made.apiKey)
	} else {
		made.apiKey, id = auth.NewAPIKey()
	}
	return made, s.PutAPIKey(ctx, store.APIKey{ID: id, UserID: demoUsers[0].id, Name: "demo", CreatedAt: time.Now()})
}

// seedClient creates the demo client. It may do more than a client should: act for any user, and use the password grant without
// its secret, as the documented system allows.
func seedClient(ctx context.Context, s *memstore.Store, cfg config) (id, secret string, err error) {
	if id = cfg.clientID; id == "" {
		id = auth.NewRandom("demo_")
	}
	var hash string
	if secret = cfg.clientSecret; secret == "" {
		secret, hash = oauth.NewClientSecret()
	} else if hash, err = oauth.HashSecret(secret); err != nil {
		return "", "", fmt.Errorf("-client-secret: %w", err)
	}
	return id, secret, s.PutClient(ctx, store.Client{
		ID:                                 id,
		Application:                        appOAuth,
		Name:                               "demo client",
		Active:                             true,
		SecretHashes:                       []string{hash},
		Grants:                             []string{"password", "client_credentials"},
		InsecurePasswordGrantWithoutSecret: true,
		AnyUser:                            true,
		Introspect:                         true,
	})
}
