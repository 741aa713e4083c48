package jwt_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// An issuer and a verifier for its tokens.
func Example() {
	ctx := context.Background()
	users, _ := memstore.New(nil)
	alice := store.User{ID: "1", Name: "alice", Active: true, Stamp: "1", Roles: []string{"editor"}}
	_ = users.PutUser(ctx, alice)

	key, err := jwt.GenerateKey(jwt.ES256, nil)
	if err != nil {
		panic(err)
	}
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{
		Issuer:   "https://api.example.com",
		Audience: []string{"https://api.example.com"},
		Key:      key,
	})
	if err != nil {
		panic(err)
	}
	verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys:       issuer,
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuer:     "https://api.example.com",
		Audience:   []string{"https://api.example.com"},
		Users:      users,
		Realm:      "Example API",
	})
	if err != nil {
		panic(err)
	}
	handler := auth.Require(verifier, nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		fmt.Fprintln(w, "hello", id.Name, id.Roles)
	}))

	token, err := issuer.Issue(ctx, alice)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token.Compact)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Print(w.Body)

	// A changed password ends the token at once.
	alice.Stamp = "2"
	_ = users.PutUser(ctx, alice)
	_, err = verifier.Verify(ctx, token.Compact)
	fmt.Println(errors.Is(err, autherr.UserInformationNotFound))
	// Output:
	// hello alice [editor]
	// true
}

// Tokens of another issuer, whose users are found by name here.
func ExampleNewVerifier_otherIssuer() {
	users, _ := memstore.New(nil)
	keys, err := jwt.ParseKeySet([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`), jwt.EdDSA)
	if err != nil {
		panic(err)
	}
	_, err = jwt.NewVerifier(jwt.VerifierConfig{
		Keys:          keys,
		Algorithms:    []jwt.Algorithm{jwt.EdDSA},
		Issuer:        "https://login.example.org",
		Audience:      []string{"https://api.example.com"},
		UsernameClaim: "preferred_username",
		Users:         users,
		Realm:         "Example API",
	})
	fmt.Println(err)

	// What is missing is told when the program starts.
	_, err = jwt.NewVerifier(jwt.VerifierConfig{Keys: keys, Algorithms: []jwt.Algorithm{jwt.EdDSA}, Users: users, Realm: "Example API"})
	fmt.Println(err)
	// Output:
	// <nil>
	// jwt: NewVerifier: Issuer is missing
}

// A key file that survives restarts.
func ExampleParseSigningKey() {
	key, _ := jwt.GenerateKey(jwt.EdDSA, nil)
	file, _ := key.MarshalPEM() // write it where only this service reads it

	again, err := jwt.ParseSigningKey(jwt.EdDSA, file, nil)
	fmt.Println(err, again.ID() == key.ID())

	_, err = jwt.ParseSigningKey(jwt.RS256, file, nil)
	fmt.Println(err)
	// Output:
	// <nil> true
	// jwt: signing key: an Ed25519 key is not for RS256
}

// The next key is published before it signs, and the last one stays until its tokens have ended.
func ExampleIssuer_Rotate() {
	last, _ := jwt.GenerateKey(jwt.ES256, &jwt.KeyOptions{ID: "2025"})
	next, _ := jwt.GenerateKey(jwt.ES256, &jwt.KeyOptions{ID: "2026"})
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{
		Issuer:    "https://api.example.com",
		Audience:  []string{"https://api.example.com"},
		Key:       last,
		OtherKeys: []*jwt.VerificationKey{next.VerificationKey()},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(issuer.KeySet().Len())
	fmt.Println(issuer.Rotate(next, last.VerificationKey()))
	fmt.Println(issuer.Rotate(next))
	fmt.Println(issuer.KeySet().Len())
	// Output:
	// 2
	// <nil>
	// <nil>
	// 1
}
