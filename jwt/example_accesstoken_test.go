package jwt_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// A resource server takes access tokens of an authorization server elsewhere: it fetches the keys, and asks nobody about a token.
func ExampleIssuer_IssueAccessToken() {
	ctx := context.Background()

	// The authorization server. Its token endpoint, of package oauth, calls IssueAccessToken for clients that are to have such tokens.
	key, _ := jwt.GenerateKey(jwt.ES256, nil)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://login.example.org", Audience: []string{"https://api.example.com"}, Key: key})
	if err != nil {
		panic(err)
	}
	published, _ := jwt.NewJWKSHandler(issuer, nil)
	server := httptest.NewServer(published)
	defer server.Close()
	token := func(scopes ...string) string {
		now := time.Now()
		alice := store.User{ID: "4711", Name: "alice", Active: true, Stamp: "1"}
		compact, err := issuer.IssueAccessToken(ctx, alice, store.Token{ClientID: "app", Scopes: scopes, IssuedAt: now, ExpiresAt: now.Add(time.Hour)})
		if err != nil {
			panic(err)
		}
		return compact
	}

	// The resource server. It has users of its own, of the same names.
	keys, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: server.URL, Algorithms: []jwt.Algorithm{jwt.ES256}})
	if err != nil {
		panic(err)
	}
	defer keys.Close()
	users, _ := memstore.New(nil)
	_ = users.PutUser(ctx, store.User{ID: "1", Name: "alice", Active: true})
	verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
		Type:          jwt.AccessToken,
		Keys:          keys,
		Algorithms:    []jwt.Algorithm{jwt.ES256},
		Issuer:        "https://login.example.org",
		Audience:      []string{"https://api.example.com"},
		UsernameClaim: "name",
		TrustScopes:   []string{"read", "write"},
		Users:         users,
		Realm:         "Example API",
	})
	if err != nil {
		panic(err)
	}
	write := auth.Require(verifier, nil)(auth.RequireScope("write")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		fmt.Fprint(w, "user ", id.UserID, " may ", id.Scopes)
	})))

	for _, bearer := range []string{token("read", "write", "deploy"), token("read")} {
		r := httptest.NewRequest(http.MethodPut, "/", nil)
		r.Header.Set("Authorization", "Bearer "+bearer)
		w := httptest.NewRecorder()
		write.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}

	// An identity token of the same issuer, signed with the same key, is no access token.
	identity, _ := issuer.Issue(ctx, store.User{ID: "4711", Name: "alice", Active: true, Stamp: "1"})
	_, err = verifier.Verify(ctx, identity.Compact)
	fmt.Println(err != nil)
	// Output:
	// 200 user 1 may [read write]
	// 403 {"status":"error","error":"ACCESS_DENIED","error_description":"Access denied."}
	// true
}
