package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func main() {
	server := &http.Server{Addr: "127.0.0.1:8080", Handler: newHandler(), ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second}
	log.Println("listening on http://" + server.Addr)
	log.Fatal(server.ListenAndServe())
}

// newHandler returns a handler that greets those who give the right name and password.
func newHandler() http.Handler {
	hasher := must(password.New(password.Config{}))
	users := must(memstore.New(nil)) // or your own store.UserStore
	user := store.User{ID: "1", Name: "my_username", PasswordHash: must(hasher.Hash("topsecret")), Active: true}
	if err := users.PutUser(context.Background(), user); err != nil {
		log.Fatal(err)
	}

	login := must(auth.NewLogin(auth.LoginConfig{Users: users, Hasher: hasher}))
	basic := must(auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"}))
	return auth.Require(basic, nil)(http.HandlerFunc(hello))
}

func hello(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context()) // who Require let through
	fmt.Fprintf(w, "Hello, %s!\n", id.Name)
}

// must ends the program if a part of it is set up wrongly.
func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
