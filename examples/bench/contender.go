package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// contender is one way to protect a handler with tokens, the way its documentation recommends. The checks of iss, aud and
// exp are on in all of them, and all leave the user's name and roles to the handler, so all do the same work for it.
type contender struct {
	name string

	// protect returns the middleware that accepts the tokens of m.
	protect func(m *material) (func(http.Handler) http.Handler, error)

	// who returns the user whom the middleware left in the request.
	who func(*http.Request) (name string, roles []string)
}

// The names by which the goals refer to contenders.
const (
	ours       = "apiauth"
	oursCached = "apiauth, cache on"
	golangJWT  = "golang-jwt v5"
	jwxV2      = "jwx v2"
	auth0V2    = "auth0 v2"
)

func contenders() []contender {
	return []contender{
		{ours, protectByApiauth, whoOfApiauth},
		{oursCached, protectByApiauthCached, whoOfApiauth},
		{golangJWT, protectByGolangJWT, whoOfGolangJWT},
		{"go-jose v4", protectByGoJose, whoOfGoJose},
		{jwxV2, protectByJWX, whoOfJWX},
		{"chi jwtauth v5", protectByJWTAuth, whoOfJWTAuth},
		{auth0V2, protectByAuth0, whoOfAuth0},
	}
}

// named returns the contender of that name.
func named(name string) contender {
	for _, c := range contenders() {
		if c.name == name {
			return c
		}
	}
	panic("no contender is called " + name)
}

// privateClaims are the claims that are no registered ones.
type privateClaims struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// whoInMap is for the libraries that leave claims in a map.
func whoInMap(claims map[string]any) (name string, roles []string) {
	name, _ = claims["name"].(string)
	list, _ := claims["roles"].([]any)
	for _, role := range list {
		text, _ := role.(string)
		roles = append(roles, text)
	}
	return name, roles
}

type claimsKey struct{}

var errNoToken = errors.New("no token")

// bearer is the middleware that the users of a library without one write: verify gets the token and returns what goes into the context.
func bearer(verify func(token string) (any, error)) func(http.Handler) http.Handler {
	return guard(func(r *http.Request) (any, error) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			return nil, errNoToken
		}
		return verify(token)
	})
}

// guard is the same for a library that reads the request itself.
func guard(verify func(*http.Request) (any, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, err := verify(r)
			if err != nil {
				http.Error(w, "invalid token", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)))
		})
	}
}
