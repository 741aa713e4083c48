package auth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// exampleAs is an authenticator that takes everybody for one user. Tests of an application have package authtest for it.
func exampleAs(id auth.Identity) auth.Authenticator {
	return authFunc(func(*http.Request) (*auth.Identity, error) { return &id, nil })
}

// Whoever has one of the roles may come in.
func ExampleRequireRole() {
	staff := auth.RequireRole("editor", "admin")(http.HandlerFunc(hello))

	send(auth.Require(exampleAs(auth.Identity{Name: "alan", Roles: []string{"editor"}, Method: "basic"}), nil)(staff), nil)
	send(auth.Require(exampleAs(auth.Identity{Name: "grace", Method: "basic"}), nil)(staff), nil)
	// Output:
	// 200 hello, alan (basic)
	// 403 {"status":"error","http_code":"403","error":"ACCESS_DENIED","error_description":"Access denied."}
}

// A scope is what a token may be used for, so nobody has one with a password, whoever he is.
func ExampleRequireScope() {
	write := auth.RequireScope("articles:write")(http.HandlerFunc(hello))

	token := auth.Identity{Name: "alan", Scopes: []string{"articles:read", "articles:write"}, Method: autherr.MethodOAuth}
	send(auth.Require(exampleAs(token), nil)(write), nil)
	send(auth.Require(exampleAs(auth.Identity{Name: "alan", Roles: []string{"admin"}, Method: "basic"}), nil)(write), nil)
	// Output:
	// 200 hello, alan (oauth)
	// 403 {"status":"error","http_code":"403","error":"ACCESS_DENIED","error_description":"Access denied."}
}

// A form of an application's own goes through the same door as every other password: the failures count, and all answers take the same time.
func ExampleNewLogin() {
	login, err := auth.NewLogin(auth.LoginConfig{
		Users: exampleUsers(),
		Flood: auth.FloodLimits{PerUserAndAddress: auth.Rate{Max: 2, Window: time.Hour}},
	})
	if err != nil {
		panic(err)
	}
	form := func(w http.ResponseWriter, r *http.Request) {
		user, err := login.Check(r, auth.Attempt{Name: r.PostFormValue("name"), Password: r.PostFormValue("password"), Method: autherr.MethodBasic})
		switch {
		case errors.Is(err, autherr.TooManyRequests):
			fmt.Println("try again later")
		case errors.Is(err, autherr.InvalidCredentials):
			fmt.Println("wrong name or password")
		case err != nil:
			fmt.Println("out of order")
		default:
			fmt.Println("welcome,", user.Name) // start a session
		}
	}

	for _, password := range []string{"topsecret", "guess 1", "guess 2", "guess 3", "topsecret"} {
		r := httptest.NewRequest("POST", "https://www.example/login", nil)
		r.PostForm = map[string][]string{"name": {"my_username"}, "password": {password}}
		form(httptest.NewRecorder(), r)
	}
	// Output:
	// welcome, my_username
	// wrong name or password
	// wrong name or password
	// try again later
	// try again later
}

// API keys in a header of their own. The store has a digest of the key and the user has the key.
func ExampleNewAPIKeyAuthenticator() {
	users := exampleUsers()
	key, id := auth.NewAPIKey()
	if err := users.PutAPIKey(context.Background(), store.APIKey{ID: id, UserID: "1", Name: "build server"}); err != nil {
		panic(err)
	}
	keys, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: users, Users: users, Realm: "Example API"})
	if err != nil {
		panic(err)
	}
	protected := auth.Require(keys, nil)(http.HandlerFunc(hello))

	for _, value := range []string{"my_username:" + key, "my_username:guess"} {
		send(protected, func(r *http.Request) { r.Header.Set("API-KEY", base64.StdEncoding.EncodeToString([]byte(value))) })
	}
	// Output:
	// 200 hello, my_username (apikey)
	// 401 {"status":"error","http_code":401,"error":"INVALID_API_KEY","error_description":"Sorry, you are using an invalid API Key."}
}

// Tell those who try out tokens to stop. What is right is never refused.
func ExampleLimitForged() {
	users := exampleUsers()
	key, id := auth.NewAPIKey()
	if err := users.PutAPIKey(context.Background(), store.APIKey{ID: id, UserID: "1"}); err != nil {
		panic(err)
	}
	keys, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: users, Users: users, Realm: "Example API"})
	if err != nil {
		panic(err)
	}
	limited, err := auth.LimitForged(keys, auth.ForgedLimit{Rate: auth.Rate{Max: 2, Window: time.Minute}})
	if err != nil {
		panic(err)
	}
	protected := auth.Require(limited, nil)(http.HandlerFunc(hello))

	for _, value := range []string{"guess 1", "guess 2", "guess 3", key} {
		visit(protected, "192.0.2.7", "/", func(r *http.Request) {
			r.Header.Set("API-KEY", base64.StdEncoding.EncodeToString([]byte("my_username:"+value)))
		})
	}
	// Output:
	// 401
	// 401
	// 429
	// 200
}

// Count what becomes of requests, for example for a monitoring system.
func ExampleEventSink() {
	counts := map[auth.Outcome]int{} // under a mutex, where requests are concurrent
	sink := auth.EventFunc(func(_ context.Context, e auth.Event) error {
		counts[e.Outcome]++
		return nil
	})
	protected := auth.Require(exampleBasic(exampleUsers()), &auth.Options{Events: sink})(http.HandlerFunc(hello))

	visit(protected, "192.0.2.7", "/", func(r *http.Request) { r.SetBasicAuth("my_username", "topsecret") })
	visit(protected, "192.0.2.7", "/", func(r *http.Request) { r.SetBasicAuth("my_username", "wrong") })
	visit(protected, "192.0.2.7", "/", nil)
	fmt.Println(counts)
	// Output:
	// 200
	// 401
	// 401
	// map[failure:1 invalid_credentials:1 success:1]
}

// A handler asks who is there, and what he may do.
func ExampleFromContext() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, ok := auth.FromContext(r.Context())
		if !ok {
			fmt.Fprint(w, "nobody") // not behind Require, or AllowAnonymous
			return
		}
		fmt.Fprintf(w, "%s may create pages: %t", id.Name, id.HasPermission("create page content"))
	})

	send(auth.Require(exampleBasic(exampleUsers()), nil)(handler), func(r *http.Request) { r.SetBasicAuth("my_username", "topsecret") })
	send(handler, nil)
	// Output:
	// 200 my_username may create pages: true
	// 200 nobody
}
