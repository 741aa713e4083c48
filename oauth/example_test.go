package oauth_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// A server that gives out tokens, and a handler that accepts them.
func Example() {
	ctx := context.Background()
	db, err := memstore.New(nil)
	check(err)
	check(db.PutUser(ctx, store.User{ID: "1", Name: "alice", Active: true, Roles: []string{"editor"}}))

	// Register a program that may act for Alice. Its secret is shown to whoever runs it, once.
	client, secret, err := oauth.NewClient(store.Client{
		Application: "oauth001",
		Grants:      []string{oauth.GrantClientCredentials},
		Users:       []string{"1"},
		Scopes:      []string{"articles"},
	})
	check(err)
	check(db.PutClient(ctx, client))

	login, err := auth.NewLogin(auth.LoginConfig{Users: db})
	check(err)
	server, err := oauth.NewServer(oauth.ServerConfig{
		Application: "oauth001", Clients: db, Tokens: db, Users: db, Login: login, Realm: "Example API",
	})
	check(err)
	verifier, err := oauth.NewVerifier(oauth.VerifierConfig{
		Application: "oauth001", Clients: db, Tokens: db, Users: db, Realm: "Example API",
	})
	check(err)

	mux := http.NewServeMux()
	mux.Handle("/rest_api/access_token", server.TokenEndpoint())
	mux.Handle("/", auth.Require(verifier, nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		fmt.Println(id.Name, id.Roles, id.Scopes)
	})))
	api := httptest.NewServer(mux)
	defer api.Close()

	// What the program does.
	resp, err := http.PostForm(api.URL+"/rest_api/access_token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret},
		"username": {"alice"}, "scope": {"articles"},
	})
	check(err)
	token := accessToken(resp)
	fmt.Println(resp.Status, token[:4], resp.Header.Get("Cache-Control"))

	req, err := http.NewRequest("GET", api.URL+"/", nil)
	check(err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err = http.DefaultClient.Do(req)
	check(err)
	fmt.Println(resp.Status)

	// Output:
	// 200 OK aat_ no-store
	// alice [editor] [articles]
	// 200 OK
}

// Replacing a client's secret without an interruption: add the new one, hand it over, take the old one away.
func ExampleNewClientSecret() {
	client, _, err := oauth.NewClient(store.Client{
		Application: "oauth001", Grants: []string{oauth.GrantClientCredentials}, AnyUser: true,
	})
	check(err)

	_, hash := oauth.NewClientSecret()
	client.SecretHashes = append(client.SecretHashes, hash)
	fmt.Println(len(client.SecretHashes), oauth.CheckClient(client))

	client.SecretHashes = client.SecretHashes[1:]
	fmt.Println(len(client.SecretHashes), oauth.CheckClient(client))

	// Output:
	// 2 <nil>
	// 1 <nil>
}

func ExampleHashSecret() {
	_, err := oauth.HashSecret("too short")
	fmt.Println(err)

	hash, err := oauth.HashSecret("UVYCDXrfeqXpzbhGWXHy3bgrzNzyYvMS")
	fmt.Println(strings.HasPrefix(hash, "v1:sha256:"), err)

	// Output:
	// oauth: HashSecret: the secret has 9 bytes, fewer than 16
	// true <nil>
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
