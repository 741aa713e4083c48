package auth_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// exampleUsers returns a store with the user my_username, whose password is topsecret.
func exampleUsers() *memstore.Store {
	users, err := memstore.New(nil)
	if err != nil {
		panic(err)
	}
	hasher, err := password.New(password.Config{})
	if err != nil {
		panic(err)
	}
	hash, err := hasher.Hash("topsecret")
	if err != nil {
		panic(err)
	}
	err = users.PutUser(context.Background(), store.User{
		ID: "1", Name: "my_username", PasswordHash: hash, Active: true, Permissions: []string{"create page content"},
	})
	if err != nil {
		panic(err)
	}
	return users
}

// exampleBasic returns an authenticator by user name and password.
func exampleBasic(users store.UserStore) *auth.Basic {
	login, err := auth.NewLogin(auth.LoginConfig{Users: users})
	if err != nil {
		panic(err)
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
	if err != nil {
		panic(err)
	}
	return basic
}

// hello greets the caller.
func hello(w http.ResponseWriter, r *http.Request) {
	id, ok := auth.FromContext(r.Context())
	if !ok {
		fmt.Fprint(w, "hello, stranger")
		return
	}
	fmt.Fprintf(w, "hello, %s (%s)", id.Name, id.Method)
}

// send sends a request over TLS and prints the answer.
func send(h http.Handler, set func(*http.Request)) {
	r := httptest.NewRequest("GET", "/", nil)
	r.TLS = new(tls.ConnectionState)
	if set != nil {
		set(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
}

// Protect a handler with user names and passwords.
func ExampleRequire() {
	protected := auth.Require(exampleBasic(exampleUsers()), nil)(http.HandlerFunc(hello))

	send(protected, func(r *http.Request) { r.SetBasicAuth("my_username", "topsecret") })
	send(protected, func(r *http.Request) { r.SetBasicAuth("my_username", "wrong") })
	send(protected, nil)
	// Output:
	// 200 hello, my_username (basic)
	// 401 {"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password"}
	// 401 {"status":"error","http_code":"401","error":"MISSING_AUTHORIZATION_HEADER","error_description":"Authorization header not received."}
}

// Let callers without credentials in. Those with bad ones are still refused.
func ExampleRequire_anonymous() {
	optional := auth.Require(exampleBasic(exampleUsers()), &auth.Options{AllowAnonymous: true})(http.HandlerFunc(hello))

	send(optional, nil)
	send(optional, func(r *http.Request) { r.SetBasicAuth("my_username", "wrong") })
	// Output:
	// 200 hello, stranger
	// 401 {"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password"}
}

// Accept passwords and API keys on one route.
func ExampleChain() {
	users := exampleUsers()
	secret, id := auth.NewAPIKey() // the secret goes to the user, the record into the store
	if err := users.PutAPIKey(context.Background(), store.APIKey{ID: id, UserID: "1", Name: "build server"}); err != nil {
		panic(err)
	}
	key, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: users, Users: users, Realm: "Example API", Basic: true})
	if err != nil {
		panic(err)
	}
	protected := auth.Require(auth.Chain(key, exampleBasic(users)), nil)(http.HandlerFunc(hello))

	send(protected, func(r *http.Request) { r.SetBasicAuth("my_username", "topsecret") })
	send(protected, func(r *http.Request) { r.SetBasicAuth("my_username", secret) })
	// Output:
	// 200 hello, my_username (basic)
	// 200 hello, my_username (apikey-basic)
}

// Let the client name the application whose method it uses.
func ExampleByHeader() {
	byHeader, err := auth.ByHeader(auth.ByHeaderConfig{
		Applications: []auth.Application{{ID: "basic001", Authenticator: exampleBasic(exampleUsers())}},
	})
	if err != nil {
		panic(err)
	}
	protected := auth.Require(byHeader, nil)(http.HandlerFunc(hello))

	send(protected, func(r *http.Request) {
		r.Header.Set("AUTH-METHOD", "basic001")
		r.SetBasicAuth("my_username", "topsecret")
	})
	send(protected, func(r *http.Request) { r.SetBasicAuth("my_username", "topsecret") })
	// Output:
	// 200 hello, my_username (basic)
	// 400 {"status":"error","http_code":400,"error":"MISSING_HEADER","error_description":"Missing required unique header. It should contain the application ID."}
}

// Ask for a permission inside Require.
func ExampleRequirePermission() {
	gate := auth.Require(exampleBasic(exampleUsers()), nil)
	create := gate(auth.RequirePermission("create page content")(http.HandlerFunc(hello)))
	remove := gate(auth.RequirePermission("delete page content")(http.HandlerFunc(hello)))

	login := func(r *http.Request) { r.SetBasicAuth("my_username", "topsecret") }
	send(create, login)
	send(remove, login)
	// Output:
	// 200 hello, my_username (basic)
	// 403 {"status":"error","http_code":"403","error":"ACCESS_DENIED","error_description":"Access denied."}
}

// certificates is an authenticator of an application's own: by client certificate.
type certificates struct{ users store.UserStore }

var errNoCertificate = auth.Decline(auth.Absent, &autherr.Error{
	Code: "MISSING_CERTIFICATE", Status: http.StatusUnauthorized, Text: "A client certificate is needed.",
})

func (c certificates) Authenticate(r *http.Request) (*auth.Identity, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil, errNoCertificate // not for this one: a Chain goes on
	}
	name := r.TLS.VerifiedChains[0][0].Subject.CommonName
	user, err := auth.ActiveUserByName(r.Context(), c.users, "certificate", name)
	switch {
	case err == auth.ErrNoUser:
		return nil, autherr.New("certificate", autherr.InvalidCredentials, err) // final
	case err != nil:
		return nil, err // an outage, which is no refusal
	}
	return auth.NewIdentity(user, "certificate"), nil
}

// An application adds a method of its own by the one method of the interface.
func ExampleAuthenticator() {
	users := exampleUsers()
	send(auth.Require(certificates{users}, nil)(http.HandlerFunc(hello)), nil)

	either := auth.Require(auth.Chain(certificates{users}, exampleBasic(users)), nil)(http.HandlerFunc(hello))
	send(either, func(r *http.Request) { r.SetBasicAuth("my_username", "topsecret") })
	// Output:
	// 401 {"status":"error","http_code":401,"error":"MISSING_CERTIFICATE","error_description":"A client certificate is needed."}
	// 200 hello, my_username (basic)
}
