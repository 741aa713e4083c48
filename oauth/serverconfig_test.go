package oauth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestServerRefusesLifetimesThatMakeNoSense(t *testing.T) {
	w := newWorld(t, "2025")
	for field, change := range map[string]func(*oauth.ServerConfig){
		"RefreshGrace -1ns is negative or over 1m0s":              func(c *oauth.ServerConfig) { c.RefreshGrace = -1 },
		"RefreshGrace 1m0.000000001s is negative or over 1m0s":    func(c *oauth.ServerConfig) { c.RefreshGrace = oauth.MaxRefreshGrace + 1 },
		"negative or too short RefreshTokenLifetime -1ns":         func(c *oauth.ServerConfig) { c.RefreshTokenLifetime = -1 },
		"negative or too short RefreshTokenLifetime 999.999999ms": func(c *oauth.ServerConfig) { c.RefreshTokenLifetime = time.Second - 1 },
		"negative Timeout -1ns":                                   func(c *oauth.ServerConfig) { c.Timeout = -1 },
		"JWTIssuer is missing":                                    func(c *oauth.ServerConfig) { c.JWTVerifier = w.verifier },
		"JWTVerifier is missing":                                  func(c *oauth.ServerConfig) { c.JWTIssuer = signer{} },
	} {
		cfg := oauth.ServerConfig{Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm}
		change(&cfg)
		_, err := oauth.NewServer(cfg)
		require.ErrorContains(t, err, field)
	}
	var nilVerifier *oauth.Verifier
	_, err := oauth.NewVerifier(oauth.VerifierConfig{Application: application, Tokens: w.db, Users: w.db, Clients: w.db, Realm: realm, JWTVerifier: nilVerifier})
	require.ErrorContains(t, err, "JWTVerifier is missing")
	_, err = oauth.NewVerifier(oauth.VerifierConfig{Application: application, Tokens: w.db, Users: w.db, SkipClientLookup: true, Realm: realm, JWTVerifier: w.verifier})
	require.ErrorContains(t, err, "both JWTVerifier and SkipClientLookup are set")
}

// signer is an AccessTokenIssuer.
type signer struct {
	token string
	err   error
}

func (s signer) IssueAccessToken(context.Context, store.User, store.Token) (string, error) {
	return s.token, s.err
}
