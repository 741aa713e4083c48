package main

import (
	"net/http"

	"github.com/go-chi/jwtauth/v5"
	"github.com/lestrrat-go/jwx/v2/jwt"
)

func protectByJWTAuth(m *material) (func(http.Handler) http.Handler, error) {
	tokens := jwtauth.New(m.alg, m.signKey, m.verifyKey,
		jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithRequiredClaim(jwt.ExpirationKey))
	return func(next http.Handler) http.Handler {
		return jwtauth.Verifier(tokens)(jwtauth.Authenticator(tokens)(next))
	}, nil
}

func whoOfJWTAuth(r *http.Request) (string, []string) {
	token, _, err := jwtauth.FromContext(r.Context())
	if err != nil || token == nil {
		return "", nil
	}
	return whoInMap(token.PrivateClaims())
}
