package main

import (
	"context"
	"net/http"

	jwtmiddleware "github.com/auth0/go-jwt-middleware/v2"
	"github.com/auth0/go-jwt-middleware/v2/validator"
)

type auth0Claims struct{ privateClaims }

// Validate implements validator.CustomClaims.
func (*auth0Claims) Validate(context.Context) error { return nil }

// protectByAuth0 cannot be made to ask for an exp, only to check one that is there.
func protectByAuth0(m *material) (func(http.Handler) http.Handler, error) {
	key := func(context.Context) (any, error) { return m.verifyKey, nil }
	v, err := validator.New(key, validator.SignatureAlgorithm(m.alg), issuer, []string{audience},
		validator.WithCustomClaims(func() validator.CustomClaims { return &auth0Claims{} }))
	if err != nil {
		return nil, err
	}
	return jwtmiddleware.New(v.ValidateToken).CheckJWT, nil
}

func whoOfAuth0(r *http.Request) (string, []string) {
	claims, ok := r.Context().Value(jwtmiddleware.ContextKey{}).(*validator.ValidatedClaims)
	if !ok {
		return "", nil
	}
	custom := claims.CustomClaims.(*auth0Claims)
	return custom.Name, custom.Roles
}
