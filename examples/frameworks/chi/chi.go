// Package chiapi protects routes of chi. Its middleware is that of net/http, so there is nothing to adapt.
package chiapi

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/apiauth-go/apiauth/auth"
)

// New returns a router with a public route and some for which a says who is calling.
func New(a auth.Authenticator) *chi.Mux {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Get("/public", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "for everybody") })
	r.With(auth.Require(a, &auth.Options{AllowAnonymous: true})).Get("/greeting", greet)
	r.Group(func(r chi.Router) {
		r.Use(auth.Require(a, nil))
		r.Get("/me", me)
		r.With(auth.RequireRole("editor")).Get("/articles/{id}", read)
		r.With(auth.RequirePermission("edit articles")).Put("/articles/{id}", edit)
	})
	return r
}

func greet(w http.ResponseWriter, r *http.Request) {
	name := "stranger"
	if id, ok := auth.FromContext(r.Context()); ok {
		name = id.Name
	}
	fmt.Fprintf(w, "hello, %s\n", name)
}

func me(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context())
	fmt.Fprintf(w, "%s, user %s, by %s\n", id.Name, id.UserID, id.Method)
}

func read(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context())
	fmt.Fprintf(w, "%s reads article %s\n", id.Name, chi.URLParam(r, "id"))
}

func edit(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context())
	fmt.Fprintf(w, "%s edits article %s\n", id.Name, chi.URLParam(r, "id"))
}
