package oauth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// Register a client for an app in which people log in: it has the password grant, stays signed in, and may read.
func ExampleNewClient() {
	client, secret, err := oauth.NewClient(store.Client{
		ID:                   "mobile",
		Application:          "oauth001",
		Name:                 "The app for telephones",
		Grants:               []string{oauth.GrantPassword, oauth.GrantRefreshToken},
		Scopes:               []string{"articles:read", "articles:write"},
		DefaultScopes:        []string{"articles:read"},
		TokenLifetime:        10 * time.Minute,
		RefreshTokenLifetime: 90 * 24 * time.Hour,
	})
	fmt.Println(client.Active, len(client.SecretHashes), secret[:4], err) // store the record, hand over the secret

	_, _, err = oauth.NewClient(store.Client{ID: "mobile", Application: "oauth001", Grants: []string{"authorization_code"}})
	fmt.Println(err)
	// Output:
	// true 1 acs_ <nil>
	// oauth: client: Grants holds the unknown "authorization_code"
}

// A resource server beside the token server, which share the stores.
func ExampleNewVerifier() {
	ctx := context.Background()
	db, err := memstore.New(nil) // a database, for two programs
	check(err)
	check(db.PutUser(ctx, store.User{ID: "1", Name: "alice", Active: true}))
	check(db.PutClient(ctx, store.Client{ID: "mobile", Application: "oauth001", Active: true}))
	const token = "aat_kC4eXbB1v0nqYFZ7o2LJtUwQmRsGdHp9" // what the token endpoint answered
	now := time.Now()
	check(db.CreateTokens(ctx, store.Token{
		ID: oauth.TokenID(token), Kind: store.AccessToken, UserID: "1", ClientID: "mobile", Application: "oauth001",
		Scopes: []string{"articles:read"}, IssuedAt: now, ExpiresAt: now.Add(time.Hour), Stamp: stampOf(db, "1"),
	}))

	verifier, err := oauth.NewVerifier(oauth.VerifierConfig{Application: "oauth001", Clients: db, Tokens: db, Users: db, Realm: "Example API"})
	check(err)
	route := auth.Require(verifier, nil)(auth.RequireScope("articles:read")(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		fmt.Println(id.Name, id.ClientID, id.Scopes)
	})))
	get := func() {
		r := httptest.NewRequest("GET", "/articles", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		route.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}

	get()
	check(db.SetActive(ctx, "1", false)) // a blocked user is out at once
	get()
	// Output:
	// alice mobile [articles:read]
	// 200
	// 401
}

// stampOf returns the stamp of a user, which the token endpoint puts into each token.
func stampOf(db *memstore.Store, id string) string {
	u, err := db.UserByID(context.Background(), id)
	check(err)
	return u.Stamp
}
