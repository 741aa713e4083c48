package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// The requests of the tests about stores, sent by the HTTP client of Go: they are too many for curl.

// caller is a request's way to authenticate.
type caller func(*http.Request)

func withToken(token string) caller {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func basicAuth(name, password string) caller {
	return func(r *http.Request) { r.SetBasicAuth(name, password) }
}

// client is the demo client, or the one whose access tokens are JWTs.
func (s *example) client(jwts bool) caller {
	if jwts {
		return basicAuth(s.jwtClient, s.jwtSecret)
	}
	return basicAuth(s.clientID, s.secret)
}

// form makes a form of names and values.
func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// do is call for tests that expect an answer.
func (s *example) do(t testing.TB, path string, form url.Values, as caller) response {
	t.Helper()
	got, err := s.call(path, form, as)
	require.NoError(t, err)
	return got
}

// pair is a successful answer of an endpoint that gives tokens.
type pair struct {
	Access   string `json:"access_token"`
	Refresh  string `json:"refresh_token"`
	Identity string `json:"jwt_token"`
	Token    string `json:"token"`
}

func parsePair(got response) (p pair, err error) {
	if got.status != http.StatusOK {
		return pair{}, fmt.Errorf("%d %s", got.status, got.body)
	}
	return p, json.Unmarshal([]byte(got.body), &p)
}

func mustPair(t testing.TB, got response) pair {
	t.Helper()
	p, err := parsePair(got)
	require.NoError(t, err)
	return p
}

var (
	loginForm = form("grant_type", "password", "username", "my_username", "password", "topsecret")
	issueForm = form("grant_type", "client_credentials", "username", "my_username")
)

func refreshForm(token string) url.Values {
	return form("grant_type", "refresh_token", "refresh_token", token)
}

// credentials are one of each kind, all of my_username.
type credentials struct {
	opaque, jwtAccess, refresh, jwtRefresh, identity, service, apiKey string
}

// issueAll gets one of each.
func (s *example) issueAll(t testing.TB) (c credentials) {
	t.Helper()
	first := mustPair(t, s.do(t, routeToken, loginForm, s.client(false)))
	c.opaque, c.refresh = first.Access, first.Refresh
	second := mustPair(t, s.do(t, routeToken, loginForm, s.client(true)))
	c.jwtAccess, c.jwtRefresh = second.Access, second.Refresh
	me := basicAuth("my_username", "topsecret")
	c.identity = mustPair(t, s.do(t, "/rest_api/id_token", form(), me)).Identity
	c.service = mustPair(t, s.do(t, "/api/services_token/generate", form(), me)).Token
	c.apiKey = s.apiKey
	return c
}

// callers are the ways to authenticate with them, and with the password.
func (c credentials) callers() map[string]caller {
	return map[string]caller{
		"access token":   withToken(c.opaque),
		"JWT access":     withToken(c.jwtAccess),
		"identity token": withToken(c.identity),
		"services token": basicAuth(c.service, ""),
		"API key":        func(r *http.Request) { r.Header.Set("API-KEY", base64Pair("my_username", c.apiKey)) },
		"password":       basicAuth("my_username", "topsecret"),
	}
}
