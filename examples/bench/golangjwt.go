package main

import (
	"net/http"

	"github.com/golang-jwt/jwt/v5"
)

// protectByGolangJWT keeps one parser, with the checks that the documentation of the package advises. Of the two ways that it shows, a map and a
// type for the claims, the map is the faster.
func protectByGolangJWT(m *material) (func(http.Handler) http.Handler, error) {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{m.alg}), jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
	)
	key := func(*jwt.Token) (any, error) { return m.verifyKey, nil }
	return bearer(func(text string) (any, error) {
		token, err := parser.Parse(text, key)
		if err != nil {
			return nil, err
		}
		return token.Claims, nil
	}), nil
}

func whoOfGolangJWT(r *http.Request) (string, []string) {
	claims, _ := r.Context().Value(claimsKey{}).(jwt.MapClaims)
	return whoInMap(claims)
}
