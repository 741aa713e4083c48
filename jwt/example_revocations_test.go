package jwt_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// Tokens that can be ended before their time, and whose signatures are computed once.
func ExampleRevocations() {
	ctx := context.Background()
	const name = "https://api.example.com"
	db, _ := memstore.New(nil)
	user := store.User{ID: "1", Name: "my_username", Active: true, Stamp: "1"}
	_ = db.PutUser(ctx, user)

	key, _ := jwt.GenerateKey(jwt.RS256, nil)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: name, Audience: []string{name}, Key: key})
	if err != nil {
		panic(err)
	}
	revocations, err := jwt.NewRevocations(jwt.RevocationsConfig{Tokens: db, Issuer: name, MaxLifetime: jwt.DefaultLifetime})
	if err != nil {
		panic(err)
	}
	verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.RS256}, Issuer: name, Audience: []string{name}, Users: db, Realm: "Example API",
		Revocations: revocations, CacheTokens: 10_000,
	})
	if err != nil {
		panic(err)
	}

	// The handler with which a user signs out of one device.
	signOut := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		if err := revocations.Revoke(r.Context(), id.Claims.(*jwt.Claims)); err != nil {
			http.Error(w, "Try again.", http.StatusServiceUnavailable)
		}
	})
	mux := http.NewServeMux()
	mux.Handle("POST /sign-out", auth.Require(verifier, nil)(signOut))

	// Out of all.
	token, _ := issuer.Issue(ctx, user)
	_, err = verifier.Verify(ctx, token.Compact)
	fmt.Println(err)
	fmt.Println(revocations.RevokeUser(ctx, user.ID, time.Now()))
	_, err = verifier.Verify(ctx, token.Compact)
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
	// jwt: INVALID_TOKEN: the token has been revoked
}
