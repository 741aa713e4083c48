package jwt_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// Tokens of another issuer, whose keys are where it publishes them.
func ExampleNewRemoteKeySet() {
	// The other issuer. Instead of this there is an address in its documentation, such as https://login.example.org/.well-known/jwks.json.
	key, _ := jwt.GenerateKey(jwt.ES256, nil)
	issuer, _ := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://login.example.org", Audience: []string{"https://api.example.com"}, Key: key})
	handler, _ := jwt.NewJWKSHandler(issuer, nil)
	server := httptest.NewServer(handler)
	defer server.Close()

	keys, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{
		URL:        server.URL,
		Algorithms: []jwt.Algorithm{jwt.ES256},
		OnFetch: func(_ *jwt.KeySet, err error) {
			if err != nil {
				fmt.Println(err) // to the log
			}
		},
	})
	if err != nil {
		panic(err)
	}
	defer keys.Close()

	ctx := context.Background()
	users, _ := memstore.New(nil)
	_ = users.PutUser(ctx, store.User{ID: "1", Name: "alice", Active: true})
	verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys:          keys,
		Algorithms:    []jwt.Algorithm{jwt.ES256},
		Issuer:        "https://login.example.org",
		Audience:      []string{"https://api.example.com"},
		UsernameClaim: "name",
		Users:         users,
		Realm:         "Example API",
	})
	if err != nil {
		panic(err)
	}

	token, _ := issuer.Issue(ctx, store.User{ID: "4711", Name: "alice", Active: true, Stamp: "1"})
	id, err := verifier.Verify(ctx, token.Compact)
	fmt.Println(id.UserID, id.Name, err)
	// Output:
	// 1 alice <nil>
}

// Several issuers, each with its own keys.
func ExampleByIssuer() {
	users, _ := memstore.New(nil)
	verifier := func(issuer string) *jwt.Verifier {
		keys, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: issuer + "/jwks.json", Algorithms: []jwt.Algorithm{jwt.RS256}})
		if err != nil {
			panic(err)
		}
		v, err := jwt.NewVerifier(jwt.VerifierConfig{
			Keys:          keys,
			Algorithms:    []jwt.Algorithm{jwt.RS256},
			Issuer:        issuer,
			Audience:      []string{"https://api.example.com"},
			UsernameClaim: "preferred_username",
			Users:         users,
			Realm:         "Example API",
		})
		if err != nil {
			panic(err)
		}
		return v
	}
	_, err := jwt.ByIssuer(verifier("https://login.example.org"), verifier("https://id.example.net"))
	fmt.Println(err)
	_, err = jwt.ByIssuer(verifier("https://login.example.org"), verifier("https://login.example.org"))
	fmt.Println(err)
	// Output:
	// <nil>
	// jwt: ByIssuer: two verifiers are for the JWT tokens of "https://login.example.org"
}
