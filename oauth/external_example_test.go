package oauth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// Tokens of another server, which is asked about each of them.
func ExampleNewIntrospectionVerifier() {
	// The other server, as it would be elsewhere.
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.PostFormValue("token") == "2YotnFZFEjr1zCsicMWpAA" {
			fmt.Fprint(w, `{"active":true,"username":"alice","scope":"articles","aud":"https://api.example"}`)
		} else {
			fmt.Fprint(w, `{"active":false}`)
		}
	}))
	defer other.Close()

	db, err := memstore.New(nil)
	check(err)
	check(db.PutUser(context.Background(), store.User{ID: "1", Name: "alice", Active: true}))

	verifier, err := oauth.NewIntrospectionVerifier(oauth.IntrospectionConfig{
		URL:           other.URL + "/introspect",
		ClientID:      "articles-api",
		ClientSecret:  "secret from the other server",
		Audience:      []string{"https://api.example"},
		Users:         db,
		UsernameClaim: "username",
		Scopes:        []string{"articles"},
		Realm:         "Example API",
	})
	check(err)
	defer verifier.Close()

	api := auth.Require(verifier, nil)(auth.RequireScope("articles")(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		fmt.Println("hello", id.Name)
	})))
	for _, token := range []string{"2YotnFZFEjr1zCsicMWpAA", "another"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// hello alice
	// 200
	// 401
}

// Tokens of an identity provider that only tells whose they are.
func ExampleNewUserInfoVerifier() {
	db, err := memstore.New(nil)
	check(err)
	verifier, err := oauth.NewUserInfoVerifier(oauth.UserInfoConfig{
		URL:               "https://id.example/userinfo",
		InsecureAnyClient: true, // whatever program of the provider's a token was issued for
		UsernameAttribute: "preferred_username",
		Users:             db,
		Realm:             "Example API",
	})
	check(err)
	defer verifier.Close()
	fmt.Println(verifier)
	// Output: oauth.UserInfoVerifier(https://id.example/userinfo)
}
