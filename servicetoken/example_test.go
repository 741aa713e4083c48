package servicetoken_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// A token opens the protected resource until its user changes.
func Example() {
	ctx := context.Background()
	users, _ := memstore.New(nil)
	_ = users.PutUser(ctx, store.User{ID: "1", Name: "my_username", PasswordHash: "$argon2id$…", Active: true})

	key := make(servicetoken.Key, servicetoken.MinKey)
	_, _ = rand.Read(key) // a real one is kept, so that tokens survive a restart
	tokens, err := servicetoken.New(servicetoken.Config{Users: users, Keys: []servicetoken.Key{key}, Realm: "Example API"})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(auth.Require(tokens, nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		fmt.Println("hello", id.Name)
	})))
	defer server.Close()

	token, _, _ := tokens.Mint(ctx, "1")
	get := func() {
		resp, err := http.Get(strings.Replace(server.URL, "http://", "http://"+token+":@", 1))
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	get()
	_ = users.SetPasswordHash(ctx, "1", "$argon2id$… of another password")
	get()
	// Output:
	// hello my_username
	// 200
	// 401
}

// Clients get their first token for a user name and a password, and the next ones for a token.
func ExampleService_GenerateEndpoint() {
	users, _ := memstore.New(nil)
	tokens, err := servicetoken.New(servicetoken.Config{
		Users: users, Keys: []servicetoken.Key{servicetoken.Key(rand.Text() + rand.Text())}, Realm: "Example API",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	login, err := auth.NewLogin(auth.LoginConfig{Users: users})
	if err != nil {
		fmt.Println(err)
		return
	}
	generate, err := tokens.GenerateEndpoint(servicetoken.EndpointConfig{Login: login})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/api/services_token/generate", generate)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/services_token/generate", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 401 ["Access denied for user anonymous"]
}

// With the roles among the properties, tokens end when their user's roles change.
func ExampleConfig_properties() {
	ctx := context.Background()
	users, _ := memstore.New(nil)
	user := store.User{ID: "1", Name: "my_username", PasswordHash: "$argon2id$…", Active: true, Roles: []string{"editor"}}
	_ = users.PutUser(ctx, user)
	tokens, err := servicetoken.New(servicetoken.Config{
		Users: users,
		Keys:  []servicetoken.Key{servicetoken.Key(rand.Text() + rand.Text())},
		Realm: "Example API",
		Properties: func(_ context.Context, u store.User) (servicetoken.Properties, error) {
			return servicetoken.Properties{"roles": u.Roles}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	token, _, _ := tokens.Mint(ctx, "1")
	r := httptest.NewRequest(http.MethodGet, "https://example.org/", nil)
	r.SetBasicAuth(token, "")
	_, err = tokens.Authenticate(r)
	fmt.Println(err)

	user.Roles = []string{"editor", "reviewer"}
	_ = users.PutUser(ctx, user)
	_, err = tokens.Authenticate(r)
	fmt.Println(err)
	// Output:
	// <nil>
	// service-token: INVALID_CREDENTIALS: token is forged, or the user has changed since it was made
}

// A site's own key, so that the tokens that it has given out keep working.
func ExampleDrupalKey() {
	key := servicetoken.DrupalKey("AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE", "hash-salt")
	fmt.Println(len(key), key)
	// Output: 52 servicetoken.Key(redacted)
}
