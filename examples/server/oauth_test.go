package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the standards have beyond the documented system: refresh tokens (RFC 6749 section 6), introspection (RFC 7662), revocation by
// clients (RFC 7009), metadata (RFC 8414), and access tokens that are JSON Web Tokens (RFC 9068).

// get runs a curl line whose placeholders are filled in.
func (s *example) get(t *testing.T, line string) response {
	t.Helper()
	return curl(t, words(t, s.line(line))...)
}

// object runs a curl line that is answered with a JSON object.
func (s *example) object(t *testing.T, line string) map[string]any {
	t.Helper()
	got := s.get(t, line)
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.body), &object))
	return object
}

const byClient, byJWTClient = `-u ${CLIENT}:${SECRET} `, `-u ${JWTCLIENT}:${JWTSECRET} `

func (s *example) active(t *testing.T, token string) bool {
	t.Helper()
	answer := s.object(t, byClient+`-d token=`+token+` ${BASE}/oauth/introspect`)
	if answer["active"] == false {
		require.Len(t, answer, 1)
		return false
	}
	require.Equal(t, true, answer["active"])
	return true
}

func TestOAuthBeyondTheManuals(t *testing.T) {
	for _, profile := range profiles {
		s := startServer(t, "-profile", profile)
		for name, test := range map[string]func(*testing.T, *example, string){
			"refresh tokens":              testRefreshTokens,
			"revocation by clients":       testRevocationByClients,
			"authentication of clients":   testEndpointsForClientsAskForAuthentication,
			"access tokens that are JWTs": testAccessTokensThatAreJWTs,
			"scopes":                      testScopes,
		} {
			t.Run(profile+" "+name, func(t *testing.T) { test(t, s, profile) })
		}
	}
}

func testRefreshTokens(t *testing.T, s *example, profile string) {
	first := s.refresh()
	answer := s.object(t, byClient+`-d grant_type=refresh_token -d refresh_token=`+first+` ${BASE}/rest_api/access_token`)
	access, second := answer["access_token"].(string), answer["refresh_token"].(string)
	require.NotContains(t, answer, "scope", "none was asked for")
	require.True(t, s.active(t, access))
	require.True(t, s.active(t, second))
	require.False(t, s.active(t, first))

	requireRefused(t, profile, "oauth", "INVALID_REFRESH_TOKEN", nil, s.get(t, byClient+`-d grant_type=refresh_token -d refresh_token=`+first+` ${BASE}/rest_api/access_token`))
	require.False(t, s.active(t, access), "what is used twice is stolen, and ends all that descends from the grant")
	require.False(t, s.active(t, second))
	requireRefused(t, profile, "oauth", "INVALID_REFRESH_TOKEN", nil, s.get(t, byClient+`-d grant_type=refresh_token -d refresh_token=`+second+` ${BASE}/rest_api/access_token`))
	requireRefused(t, profile, "oauth", "MISSING_CLIENT_SECRET", nil, s.get(t, `-d client_id=${CLIENT} -d grant_type=refresh_token -d refresh_token=${REFRESH} ${BASE}/rest_api/access_token`))
}

// A resource server that is a client of the server is told about its tokens, of either form.
func TestIntrospection(t *testing.T) {
	s := startServer(t)
	answer := s.object(t, byJWTClient+`-d token=${TOKEN} ${BASE}/oauth/introspect`)
	require.EqualValues(t, 3600, answer["exp"].(float64)-answer["iat"].(float64))
	delete(answer, "exp")
	delete(answer, "iat")
	require.Equal(t, map[string]any{"active": true, "client_id": s.clientID, "username": "my_username", "token_type": "Bearer", "sub": "1", "iss": s.base}, answer)

	answer = s.object(t, byClient+`-d token=${JWTACCESS} ${BASE}/oauth/introspect`)
	require.Equal(t, s.jwtClient, answer["client_id"])
	require.Equal(t, "profile", answer["scope"])
	require.Equal(t, s.base, answer["iss"])

	require.False(t, s.active(t, s.jwt()), "an identity token is no access token")
	require.False(t, s.active(t, "nonsense"))
}

func testRevocationByClients(t *testing.T, s *example, profile string) {
	for name, c := range map[string]struct {
		by, token string
	}{
		"access token":  {byClient, s.accessToken()},
		"JWT":           {byJWTClient, s.jwtAccess()},
		"refresh token": {byClient, s.refresh()},
	} {
		t.Run(name, func(t *testing.T) {
			other := byClient
			if c.by == byClient {
				other = byJWTClient
			}
			requireRefused(t, profile, "oauth", "UNAUTHORIZED_CLIENT", nil, s.get(t, other+`-d token=`+c.token+` ${BASE}/oauth/revoke`))
			require.True(t, s.active(t, c.token), "another client cannot revoke it")
			require.Empty(t, s.object(t, c.by+`-d token=`+c.token+` ${BASE}/oauth/revoke`))
			require.False(t, s.active(t, c.token))
			require.Empty(t, s.object(t, c.by+`-d token=`+c.token+` ${BASE}/oauth/revoke`), "again")
		})
	}
	requireRefused(t, profile, "oauth", "UNSUPPORTED_TOKEN_TYPE", nil, s.get(t, byClient+`-d token=${JWT} ${BASE}/oauth/revoke`))
}

// A client that authenticates wrongly, or not at all, is told how.
func testEndpointsForClientsAskForAuthentication(t *testing.T, s *example, profile string) {
	for _, route := range []string{"/oauth/introspect", "/oauth/revoke"} {
		token := ` -d token=${TOKEN} ${BASE}` + route
		requireRefused(t, profile, "oauth", "INVALID_CLIENT_ID", []string{basic}, s.get(t, token))
		requireRefused(t, profile, "oauth", "INVALID_CLIENT_ID", []string{basic}, s.get(t, `-u nobody:${SECRET}`+token))
		requireRefused(t, profile, "oauth", "INVALID_CLIENT_SECRET", []string{basic}, s.get(t, `-u ${CLIENT}:${JWTSECRET}`+token))
		requireRefused(t, profile, "oauth", "INVALID_HTTP_METHOD", nil, s.get(t, byClient+`${BASE}`+route))
	}
}

// The client whose access tokens are JSON Web Tokens names no user, as the standard has it. Such a token opens what an opaque one does, and nothing
// for which another kind of token is demanded.
func testAccessTokensThatAreJWTs(t *testing.T, s *example, profile string) {
	token := s.jwtAccess()
	require.Len(t, strings.Split(token, "."), 3)
	for _, app := range []string{"AUTH-METHOD: oauth001", "X-None: x"} {
		require.Equal(t, "my_username", s.object(t, `-H '`+app+`' -H 'Authorization: Bearer `+token+`' ${BASE}/user/1`)["name"])
	}
	requireRefused(t, profile, "jwt", "INVALID_SIGNATURE", invalidToken, s.get(t, `-H 'AUTH-METHOD: jwt00001' -H 'Authorization: Bearer `+token+`' ${BASE}/user/1`))
	requireRefused(t, profile, "oauth", "INVALID_ACCESS_TOKEN", invalidToken, s.get(t, `-H 'AUTH-METHOD: oauth001' -H 'Authorization: Bearer `+token+`x' ${BASE}/user/1`))

	// Its user revokes it as any other.
	use := func() response { return s.get(t, `-H 'Authorization: Bearer `+token+`' ${BASE}/user/1`) }
	require.Equal(t, 200, s.get(t, `-u reader:reader-password -d token=`+token+` ${BASE}/rest_api/revoke`).status)
	require.Equal(t, 200, use().status, "another user's revocation has no effect")
	require.Equal(t, 200, s.get(t, `-u my_username:topsecret -d token=`+token+` ${BASE}/rest_api/revoke`).status)
	requireRefused(t, profile, "oauth", "INVALID_ACCESS_TOKEN", invalidToken, use())

	requireRefused(t, profile, "oauth", "UNAUTHORIZED_CLIENT", nil, s.get(t, byJWTClient+`-d grant_type=client_credentials -d username=reader ${BASE}/rest_api/access_token`))
}

// A token without the scope of a route is told which one it needs (RFC 6750 section 3.1), a password that scopes are nothing for it.
func testScopes(t *testing.T, s *example, profile string) {
	token := func(scope string) string {
		answer := s.object(t, byClient+`-d grant_type=client_credentials -d username=my_username --data-urlencode 'scope=`+scope+`' ${BASE}/rest_api/access_token`)
		require.Equal(t, scope, answer["scope"])
		return answer["access_token"].(string)
	}
	profileOf := func(token string) response { return s.get(t, `-H 'Authorization: Bearer `+token+`' ${BASE}/profile`) }
	require.Equal(t, `{"uid":1,"name":"my_username"}`+"\n", profileOf(token("profile")).body)
	require.Equal(t, `{"uid":1,"name":"my_username","roles":["editor"]}`+"\n", profileOf(token("roles profile")).body)
	require.Equal(t, `{"uid":1,"name":"my_username"}`+"\n", profileOf(s.jwtAccess()).body)

	for _, lacking := range []string{token("roles"), s.accessToken()} {
		got := profileOf(lacking)
		require.Equal(t, 403, got.status, got.body)
		requireChallenges(t, profile, []string{`Bearer realm="Example API", error="insufficient_scope", scope="profile"`}, got.header.Values("Www-Authenticate"))
	}
	got := s.get(t, `-u my_username:topsecret ${BASE}/profile`)
	require.Equal(t, 403, got.status, got.body)
	require.Empty(t, got.header.Values("Www-Authenticate"))
	requireRefused(t, profile, "oauth", "MISSING_AUTHORIZATION_HEADER", anyMethod, s.get(t, `${BASE}/profile`))
}

// Every address in the metadata is where it says.
func TestMetadata(t *testing.T) {
	s := startServer(t)
	m := s.object(t, `${BASE}/.well-known/oauth-authorization-server`)
	require.Equal(t, s.base, m["issuer"])
	require.Equal(t, []any{"password", "client_credentials", "refresh_token"}, m["grant_types_supported"])
	require.Equal(t, []any{"profile", "roles"}, m["scopes_supported"])
	for _, name := range []string{"token_endpoint", "introspection_endpoint", "revocation_endpoint"} {
		require.Equal(t, 405, s.get(t, m[name].(string)).status, name)
	}
	require.Equal(t, 200, s.get(t, m["jwks_uri"].(string)).status)

	// An issuer with a path has its metadata at that path.
	s = startServer(t, "-issuer", "https://api.example.com/v1/")
	m = s.object(t, `${BASE}/.well-known/oauth-authorization-server/v1`)
	require.Equal(t, "https://api.example.com/v1/", m["issuer"])
	require.Equal(t, "https://api.example.com/v1/rest_api/access_token", m["token_endpoint"])
	require.Equal(t, 404, s.get(t, `${BASE}/.well-known/oauth-authorization-server`).status)
}
