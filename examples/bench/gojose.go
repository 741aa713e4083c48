package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

type goJoseClaims struct {
	jwt.Claims
	privateClaims
}

func protectByGoJose(m *material) (func(http.Handler) http.Handler, error) {
	algorithms := []jose.SignatureAlgorithm{jose.SignatureAlgorithm(m.alg)}
	return bearer(func(text string) (any, error) {
		token, err := jwt.ParseSigned(text, algorithms)
		if err != nil {
			return nil, err
		}
		var claims goJoseClaims
		if err := token.Claims(m.verifyKey, &claims); err != nil {
			return nil, err
		}
		if claims.Expiry == nil { // Validate does not ask for one
			return nil, errors.New("no exp")
		}
		expected := jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{audience}, Time: time.Now()}
		return &claims, claims.ValidateWithLeeway(expected, 0)
	}), nil
}

func whoOfGoJose(r *http.Request) (string, []string) {
	claims, ok := r.Context().Value(claimsKey{}).(*goJoseClaims)
	if !ok {
		return "", nil
	}
	return claims.Name, claims.Roles
}
