package jwt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// The endpoint that gives a token for a password, and the keys for those who verify it elsewhere.
func ExampleNewIssuer() {
	users, _ := memstore.New(nil)
	hasher, _ := password.New(password.Config{})
	hash, _ := hasher.Hash("topsecret")
	_ = users.PutUser(context.Background(), store.User{ID: "1", Name: "my_username", PasswordHash: hash, Active: true})
	login, err := auth.NewLogin(auth.LoginConfig{Users: users})
	if err != nil {
		panic(err)
	}

	key, err := jwt.GenerateKey(jwt.ES256, &jwt.KeyOptions{ID: "2026"})
	if err != nil {
		panic(err)
	}
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{
		Issuer:   "https://api.example.com",
		Audience: []string{"https://api.example.com"},
		Key:      key,
		Claims: func(_ context.Context, user store.User) (map[string]any, error) {
			return map[string]any{"tenant": "north"}, nil // what the services want to know besides
		},
	})
	if err != nil {
		panic(err)
	}
	tokens, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: "Example API"})
	if err != nil {
		panic(err)
	}
	keys, err := jwt.NewJWKSHandler(issuer, nil)
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/rest_api/id_token", tokens)
	mux.Handle("/.well-known/jwks.json", keys)

	r := httptest.NewRequest("POST", "https://api.example.com/rest_api/id_token", nil)
	r.SetBasicAuth("my_username", "topsecret")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Cache-Control"))

	w = httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/.well-known/jwks.json", nil))
	var published struct {
		Keys []struct{ Kty, Crv, Kid, Use string }
	}
	_ = json.Unmarshal(w.Body.Bytes(), &published)
	fmt.Printf("%+v\n", published)
	// Output:
	// 200 no-store
	// {Keys:[{Kty:EC Crv:P-256 Kid:2026 Use:sig}]}
}
