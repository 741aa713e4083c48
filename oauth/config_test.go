package oauth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func TestConstructorsNameTheFieldThatIsMissing(t *testing.T) {
	w := newWorld(t, "2025")
	var none *memstore.Store

	server := func() oauth.ServerConfig {
		return oauth.ServerConfig{Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm}
	}
	_, err := oauth.NewServer(server())
	require.NoError(t, err)
	for field, changes := range map[string][]func(*oauth.ServerConfig){
		"Application": {func(c *oauth.ServerConfig) { c.Application = "" }},
		"Clients":     {func(c *oauth.ServerConfig) { c.Clients = nil }, func(c *oauth.ServerConfig) { c.Clients = none }},
		"Tokens":      {func(c *oauth.ServerConfig) { c.Tokens = nil }, func(c *oauth.ServerConfig) { c.Tokens = none }},
		"Users":       {func(c *oauth.ServerConfig) { c.Users = nil }, func(c *oauth.ServerConfig) { c.Users = none }},
		"Login":       {func(c *oauth.ServerConfig) { c.Login = nil }},
		"JWTRevoker":  {func(c *oauth.ServerConfig) { c.JWTRevoker = (*revoker)(nil) }},
		"Realm":       {func(c *oauth.ServerConfig) { c.Realm = "" }, func(c *oauth.ServerConfig) { c.Realm = "a\r\nb" }},
		"TokenLifetime": {
			func(c *oauth.ServerConfig) { c.TokenLifetime = -time.Hour }, func(c *oauth.ServerConfig) { c.TokenLifetime = time.Second - 1 },
		},
	} {
		for _, change := range changes {
			cfg := server()
			change(&cfg)
			s, err := oauth.NewServer(cfg)
			require.ErrorContains(t, err, "oauth: NewServer: ")
			require.Regexp(t, "(?i)"+field, err.Error())
			require.Nil(t, s)
		}
	}
	_, err = oauth.NewServer(oauth.ServerConfig{})
	require.Error(t, err)

	verifier := func() oauth.VerifierConfig {
		return oauth.VerifierConfig{Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Realm: realm}
	}
	_, err = oauth.NewVerifier(verifier())
	require.NoError(t, err)
	for field, changes := range map[string][]func(*oauth.VerifierConfig){
		"Application":      {func(c *oauth.VerifierConfig) { c.Application = "" }},
		"Clients":          {func(c *oauth.VerifierConfig) { c.Clients = nil }, func(c *oauth.VerifierConfig) { c.Clients = none }},
		"SkipClientLookup": {func(c *oauth.VerifierConfig) { c.SkipClientLookup = true }},
		"Tokens":           {func(c *oauth.VerifierConfig) { c.Tokens = nil }, func(c *oauth.VerifierConfig) { c.Tokens = none }},
		"Users":            {func(c *oauth.VerifierConfig) { c.Users = nil }, func(c *oauth.VerifierConfig) { c.Users = none }},
		"Realm":            {func(c *oauth.VerifierConfig) { c.Realm = "" }, func(c *oauth.VerifierConfig) { c.Realm = "\x00" }},
		"Header": {
			func(c *oauth.VerifierConfig) { c.Header = "a b" }, func(c *oauth.VerifierConfig) { c.Header = "authorization" },
			func(c *oauth.VerifierConfig) { c.Header = "Api-Key" },
		},
	} {
		for _, change := range changes {
			cfg := verifier()
			change(&cfg)
			v, err := oauth.NewVerifier(cfg)
			require.ErrorContains(t, err, "oauth: NewVerifier: ")
			require.Regexp(t, "(?i)"+field, err.Error())
			require.Nil(t, v)
		}
	}
	_, err = oauth.NewVerifier(oauth.VerifierConfig{})
	require.Error(t, err)
}

func TestTokenLifetimeIsTheClientsOrTheServers(t *testing.T) {
	w := newWorld(t, "2025")
	s, err := oauth.NewServer(oauth.ServerConfig{
		Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm, TokenLifetime: 1999 * time.Millisecond,
	})
	require.NoError(t, err)
	w.mux.Handle("/short", s.TokenEndpoint())
	for path, want := range map[string][2]int{"/short": {1, 90}, "/rest_api/access_token": {3600, 90}} {
		for i, body := range []string{passwordBody, clientBody} {
			q := post(body)
			q.path = path
			require.EqualValues(t, want[i], parseToken(t, w.do(q)).ExpiresIn)
		}
	}
}
