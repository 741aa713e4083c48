package main

import (
	"context"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

const application = "bench"

// serveApiauth is more than the others do: it looks up each token's client and user, and gives out tokens for an account.
func serveApiauth(m *authMaterial) (*authServer, error) {
	db, err := newAuthStore(m)
	if err != nil {
		return nil, err
	}
	login, err := auth.NewLogin(auth.LoginConfig{Users: db})
	if err != nil {
		return nil, err
	}
	server, err := oauth.NewServer(oauth.ServerConfig{
		Application: application, Clients: db, Tokens: db, Users: db, Login: login, Realm: "bench", TokenLifetime: issuedLifetime,
	})
	if err != nil {
		return nil, err
	}
	verifier, err := oauth.NewVerifier(oauth.VerifierConfig{Application: application, Clients: db, Tokens: db, Users: db, Realm: "bench"})
	if err != nil {
		return nil, err
	}
	return &authServer{
		endpoint: server.TokenEndpoint(),
		give: func(user int, expires time.Time) (string, error) {
			token := auth.NewRandom(auth.PrefixAccessToken)
			return token, db.CreateTokens(context.Background(), store.Token{
				ID: oauth.TokenID(token), Kind: store.AccessToken, UserID: userID(user), ClientID: clientID, Application: application,
				Stamp: userStamp, IssuedAt: time.Now().UTC(), ExpiresAt: expires.UTC(),
			})
		},
		protect: auth.Require(verifier, nil),
		who: func(r *http.Request) string {
			id, ok := auth.FromContext(r.Context())
			if !ok {
				return ""
			}
			return id.UserID
		},
	}, nil
}

// newAuthStore returns a store with the client and the users.
func newAuthStore(m *authMaterial) (*memstore.Store, error) {
	hash, err := oauth.HashSecret(m.secret)
	if err != nil {
		return nil, err
	}
	db, err := newAccounts(m.users)
	if err != nil {
		return nil, err
	}
	return db, db.PutClient(context.Background(), store.Client{
		ID: clientID, Application: application, Active: true, SecretHashes: []string{hash},
		Grants: []string{oauth.GrantClientCredentials}, DefaultUser: userID(0),
	})
}
