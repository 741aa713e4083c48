package main

import (
	"context"
	"net/http"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwt"
)

func protectByJWX(m *material) (func(http.Handler) http.Handler, error) {
	options := []jwt.ParseOption{
		jwt.WithKey(jwa.SignatureAlgorithm(m.alg), m.verifyKey),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithRequiredClaim(jwt.ExpirationKey),
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, err := jwt.ParseRequest(r, options...)
			if err != nil {
				http.Error(w, "invalid token", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, token)))
		})
	}, nil
}

func whoOfJWX(r *http.Request) (string, []string) {
	token, ok := r.Context().Value(claimsKey{}).(jwt.Token)
	if !ok {
		return "", nil
	}
	return whoInMap(token.PrivateClaims())
}
