package oauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// exampleServer returns a server with one user and these clients.
func exampleServer(clients ...store.Client) (*oauth.Server, *memstore.Store) {
	ctx := context.Background()
	db, err := memstore.New(nil)
	check(err)
	check(db.PutUser(ctx, store.User{ID: "1", Name: "alice", Active: true}))
	for _, c := range clients {
		check(db.PutClient(ctx, c))
	}
	login, err := auth.NewLogin(auth.LoginConfig{Users: db})
	check(err)
	server, err := oauth.NewServer(oauth.ServerConfig{
		Application: "oauth001", Clients: db, Tokens: db, Users: db, Login: login, Realm: "Example API", Issuer: "https://api.example.com",
	})
	check(err)
	return server, db
}

// postForm sends a form as a client and returns the body of the answer.
func postForm(url, client, secret string, form url.Values) []byte {
	r, err := http.NewRequest("POST", url, strings.NewReader(form.Encode()))
	check(err)
	r.SetBasicAuth(client, secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(err)
	return body
}

// A resource server asks whether a token is good, until its client ends it.
func ExampleServer_IntrospectionEndpoint() {
	robot, robotSecret, err := oauth.NewClient(store.Client{
		ID: "robot", Application: "oauth001", Grants: []string{oauth.GrantClientCredentials}, Users: []string{"1"}, Scopes: []string{"articles"},
	})
	check(err)
	shop, shopSecret, err := oauth.NewClient(store.Client{ID: "shop", Application: "oauth001", Introspect: true})
	check(err)
	server, _ := exampleServer(robot, shop)
	mux := http.NewServeMux()
	mux.Handle("/rest_api/access_token", server.TokenEndpoint())
	mux.Handle("/oauth/introspect", server.IntrospectionEndpoint())
	mux.Handle("/oauth/revoke", server.RevocationEndpoint())
	api := httptest.NewServer(mux)
	defer api.Close()

	var given struct {
		Token string `json:"access_token"`
	}
	check(json.Unmarshal(postForm(api.URL+"/rest_api/access_token", "robot", robotSecret, url.Values{
		"grant_type": {"client_credentials"}, "username": {"alice"}, "scope": {"articles"},
	}), &given))

	ask := func() {
		var told struct {
			Active                    bool
			Username, Scope, Iss, Sub string
		}
		check(json.Unmarshal(postForm(api.URL+"/oauth/introspect", "shop", shopSecret, url.Values{"token": {given.Token}}), &told))
		fmt.Printf("%+v\n", told)
	}
	ask()
	fmt.Printf("%s\n", postForm(api.URL+"/oauth/revoke", "robot", robotSecret, url.Values{"token": {given.Token}}))
	ask()

	// Output:
	// {Active:true Username:alice Scope:articles Iss:https://api.example.com Sub:1}
	// {}
	// {Active:false Username: Scope: Iss: Sub:}
}

func ExampleServer_MetadataHandler() {
	server, _ := exampleServer()
	h, err := server.MetadataHandler(oauth.MetadataConfig{
		TokenEndpoint:      "https://api.example.com/rest_api/access_token",
		RevocationEndpoint: "https://api.example.com/oauth/revoke",
	})
	check(err)
	mux := http.NewServeMux()
	mux.Handle("/.well-known/oauth-authorization-server", h)

	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, httptest.NewRequest("GET", "/.well-known/oauth-authorization-server", nil))
	var doc map[string]any
	check(json.Unmarshal(rec.Body.Bytes(), &doc))
	fmt.Println(doc["issuer"], doc["revocation_endpoint"])
	fmt.Println(doc["grant_types_supported"])

	// Output:
	// https://api.example.com https://api.example.com/oauth/revoke
	// [password client_credentials refresh_token]
}

// Replacing a client's secret while it goes on working.
func ExampleRotateSecret() {
	ctx := context.Background()
	client, _, err := oauth.NewClient(store.Client{
		ID: "robot", Application: "oauth001", Grants: []string{oauth.GrantClientCredentials}, Users: []string{"1"},
	})
	check(err)
	_, db := exampleServer(client)

	client, secret, err := oauth.RotateSecret(client)
	check(err)
	check(db.PutClient(ctx, client))
	fmt.Println(len(client.SecretHashes), secret[:4]) // hand it over, and wait until the client uses it

	client = oauth.DropOldSecrets(client)
	check(db.PutClient(ctx, client))
	fmt.Println(len(client.SecretHashes))

	// Output:
	// 2 acs_
	// 1
}

// Somebody has lost his telephone: what is signed in for him, and the end of it.
func ExampleAdmin() {
	ctx := context.Background()
	robot, secret, err := oauth.NewClient(store.Client{
		ID: "robot", Application: "oauth001", Grants: []string{oauth.GrantClientCredentials}, Users: []string{"1"},
	})
	check(err)
	server, db := exampleServer(robot)
	api := httptest.NewServer(server.TokenEndpoint())
	defer api.Close()
	postForm(api.URL, "robot", secret, url.Values{"grant_type": {"client_credentials"}, "username": {"alice"}})

	admin, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: db})
	check(err)
	tokens, more, err := admin.UserTokens(ctx, "1", 100)
	check(err)
	for _, t := range tokens {
		fmt.Println(t.Kind, t.ClientID, more)
	}
	check(admin.RevokeUser(ctx, "1"))
	tokens, _, err = admin.UserTokens(ctx, "1", 100)
	check(err)
	fmt.Println(len(tokens))

	// Output:
	// access robot false
	// 0
}
