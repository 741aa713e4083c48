package interop

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const tokenPath = "/rest_api/access_token"

// The clients of the example server in these tests. Their names and secrets look different when they are form-encoded, and some of them
// look encoded as they are.
const (
	clientID     = "demo+1%41"
	clientSecret = "pl+us %2B co:lon & 100%25 =?"
	jwtClientID  = "strict client/1"
	jwtSecret    = "100% <b>\"quoted\"</b> a:b;c+d"
)

// conversation is a library that talks to an example server.
type conversation struct {
	oauthLibrary
	ask           func(oauthJob) oauthOutcome
	base, profile string
	auth          string // how the clients show their secrets
}

// Each library does what an OAuth client does, in each of its ways to authenticate, with the codes of the RFCs and with those of the
// documented system.
func TestOAuthClients(t *testing.T) {
	program := buildServer(t)
	for _, profile := range []string{"rfc", "2025"} {
		base := startServer(t, program, "-profile", profile,
			"-client-id", clientID, "-client-secret", clientSecret, "-jwt-client-id", jwtClientID, "-jwt-client-secret", jwtSecret)
		for _, library := range oauthLibraries {
			t.Run(profile+"/"+library.name, func(t *testing.T) {
				ask := library.start(t, base)
				for _, auth := range library.auths {
					c := conversation{library, ask, base, profile, auth}
					t.Run(auth, func(t *testing.T) {
						t.Run("metadata", c.testMetadata)
						t.Run("client_credentials", c.testClientCredentials)
						t.Run("password and refresh", c.testRefresh)
						t.Run("introspection", c.testIntrospection)
						t.Run("revocation", c.testRevocation)
						t.Run("automatic refresh", c.testAutomaticRefresh)
						t.Run("refusals", c.testRefusals)
						t.Run("challenges", c.testChallenges)
					})
				}
			})
		}
	}
}

// demo and strict begin jobs of the two clients: the one of the documented system, and the one whose access tokens are JSON Web Tokens.
func (c conversation) demo(op string) oauthJob {
	return oauthJob{Op: op, ID: clientID, Secret: clientSecret, Auth: c.auth}
}

func (c conversation) strict(op string) oauthJob {
	return oauthJob{Op: op, ID: jwtClientID, Secret: jwtSecret, Auth: c.auth}
}

type params = map[string]string

func grant(j oauthJob, grant string, p params) oauthJob {
	j.Grant, j.Params = grant, params{}
	maps.Copy(j.Params, p)
	return j
}

func on(j oauthJob, token string) oauthJob {
	j.Token, j.Path, j.Hint = token, "/profile", "access_token"
	return j
}

// can reports whether the library has something for an operation, after finding out that what it is said to lack it does lack.
func (c conversation) can(t *testing.T, op string) bool {
	t.Helper()
	lacking := c.lacking(op)
	require.Equal(t, lacking, c.ask(on(c.demo(op), "unknown")).Unsupported)
	return !lacking
}

func (c conversation) lacking(op string) bool { return slices.Contains(c.lacks, op) }

// good carries out a job that must succeed.
func (c conversation) good(t *testing.T, j oauthJob) map[string]any {
	t.Helper()
	o := c.ask(j)
	require.False(t, o.Unsupported, j.Op)
	if o.Error != nil {
		t.Fatalf("%s %s: %+v", j.Op, j.Grant, *o.Error)
	}
	return o.Value
}

// bad carries out a job that must fail.
func (c conversation) bad(t *testing.T, j oauthJob) oauthFailure {
	t.Helper()
	o := c.ask(j)
	require.False(t, o.Unsupported, j.Op)
	require.NotNil(t, o.Error, "%s %s: %v", j.Op, j.Grant, o.Value)
	return *o.Error
}

// tokens gets tokens and looks at what every answer of the token endpoint has.
func (c conversation) tokens(t *testing.T, j oauthJob, scope string) (access, refresh string) {
	t.Helper()
	v := c.good(t, j)
	require.True(t, strings.EqualFold("bearer", v["token_type"].(string)))
	require.EqualValues(t, 3600, v["expires_in"])
	require.Equal(t, scope, scopeOf(v))
	access = v["access_token"].(string)
	if j.ID == jwtClientID {
		require.Len(t, strings.Split(access, "."), 3, "a JSON Web Token")
	} else {
		require.True(t, strings.HasPrefix(access, "aat_"), access)
	}
	refresh, _ = v["refresh_token"].(string)
	require.Equal(t, j.Grant != "client_credentials", strings.HasPrefix(refresh, "art_"), "there is a refresh token")
	return access, refresh
}

// scopeOf returns the scopes of an answer, which one library splits.
func scopeOf(v map[string]any) string {
	switch scope := v["scope"].(type) {
	case string:
		return scope
	case []any:
		names := make([]string, len(scope))
		for i, s := range scope {
			names[i] = s.(string)
		}
		return strings.Join(names, " ")
	}
	return ""
}

// works uses a token for /profile, with the roles if it has the scope for them.
func (c conversation) works(t *testing.T, access string, roles bool) {
	t.Helper()
	if c.lacking("use") {
		res, body := use(t, c.base+"/profile", access)
		require.Equal(t, 200, res.StatusCode, body)
		require.Equal(t, roles, strings.Contains(body, `"roles":["editor"]`), body)
		return
	}
	want := map[string]any{"uid": 1.0, "name": userName}
	if roles {
		want["roles"] = []any{"editor"}
	}
	require.Equal(t, want, c.good(t, on(c.demo("use"), access)))
}

// dead finds that a token does not work any more.
func (c conversation) dead(t *testing.T, access string) {
	t.Helper()
	res, body := use(t, c.base+"/profile", access)
	require.Equal(t, 401, res.StatusCode, body)
	require.Contains(t, strings.Join(res.Header.Values("Www-Authenticate"), ", "), `Bearer realm="Example API", error="invalid_token"`)
}

func (c conversation) testMetadata(t *testing.T) {
	if !c.can(t, "discover") {
		return
	}
	v := c.good(t, c.strict("discover"))
	require.Equal(t, c.base, v["issuer"])
	require.Equal(t, c.base+tokenPath, v["token_endpoint"])
	require.Equal(t, c.base+"/oauth/introspect", v["introspection_endpoint"])
	require.Equal(t, c.base+"/oauth/revoke", v["revocation_endpoint"])
	require.Equal(t, c.base+"/.well-known/jwks.json", v["jwks_uri"])
	require.Equal(t, []any{"password", "client_credentials", "refresh_token"}, v["grant_types_supported"])
	require.Equal(t, []any{"profile", "roles"}, v["scopes_supported"])
}

func (c conversation) testClientCredentials(t *testing.T) {
	token, _ := c.tokens(t, grant(c.strict("token"), "client_credentials", nil), "profile")
	c.works(t, token, false)
	token, _ = c.tokens(t, grant(c.strict("token"), "client_credentials", params{"scope": "profile roles"}), "profile roles")
	c.works(t, token, true)
	token, _ = c.tokens(t, grant(c.demo("token"), "client_credentials", params{"username": userName, "scope": "profile"}), "profile")
	c.works(t, token, false)
	c.tokens(t, grant(c.demo("token"), "client_credentials", params{"username": userName}), "")
}

func (c conversation) password(t *testing.T, j oauthJob, scope string) (access, refresh string) {
	t.Helper()
	return c.tokens(t, grant(j, "password", params{"username": userName, "password": userPass, "scope": scope}), scope)
}

func (c conversation) testRefresh(t *testing.T) {
	for _, j := range []oauthJob{c.demo("token"), c.strict("token")} {
		access, refresh := c.password(t, j, "profile roles")
		c.works(t, access, true)
		if !c.lacking("scopes of a refresh") {
			access, refresh = c.tokens(t, grant(j, "refresh_token", params{"refresh_token": refresh, "scope": "profile"}), "profile")
			c.works(t, access, false)
		}
		for range 3 { // all scopes of the grant again
			access, refresh = c.tokens(t, grant(j, "refresh_token", params{"refresh_token": refresh}), "profile roles")
			c.works(t, access, true)
		}
	}
}

func (c conversation) testIntrospection(t *testing.T) {
	if !c.can(t, "introspect") {
		return
	}
	access, refresh := c.password(t, c.demo("token"), "profile roles")
	v := c.good(t, on(c.strict("introspect"), access)) // a resource server asks about a token of another client
	require.EqualValues(t, 3600, v["exp"].(float64)-v["iat"].(float64))
	delete(v, "exp")
	delete(v, "iat")
	require.Equal(t, map[string]any{
		"active": true, "scope": "profile roles", "client_id": clientID, "username": userName, "token_type": "Bearer", "sub": "1", "iss": c.base,
	}, v)

	require.Equal(t, true, c.good(t, on(c.demo("introspect"), refresh))["active"])
	inactive := map[string]any{"active": false}
	require.Equal(t, inactive, c.good(t, on(c.strict("introspect"), refresh)), "another client's refresh token is none of its business")
	require.Equal(t, inactive, c.good(t, on(c.strict("introspect"), "nonsense")))
	require.Equal(t, inactive, c.good(t, on(c.strict("introspect"), idToken(t, c.base))), "an identity token is no access token")

	access, _ = c.tokens(t, grant(c.strict("token"), "client_credentials", nil), "profile")
	v = c.good(t, on(c.demo("introspect"), access))
	claims := claimsOf(t, access)
	for _, name := range []string{"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope"} {
		require.Contains(t, claims, name)
		require.Equal(t, claims[name], v[name], name)
	}
	require.Equal(t, true, v["active"])
	require.Equal(t, "Bearer", v["token_type"])
}

func (c conversation) testRevocation(t *testing.T) {
	if !c.can(t, "revoke") {
		return
	}
	for _, j := range []oauthJob{c.demo("token"), c.strict("token")} {
		revoke := j
		revoke.Op = "revoke"
		access, refresh := c.password(t, j, "profile")
		c.good(t, on(revoke, access))
		c.dead(t, access)
		access, refresh = c.tokens(t, grant(j, "refresh_token", params{"refresh_token": refresh}), "profile")

		r := on(revoke, refresh)
		r.Hint = "refresh_token"
		c.good(t, r)
		c.refused(t, "reused", grant(j, "refresh_token", params{"refresh_token": refresh}))
		if j.ID == clientID { // a JSON Web Token has no record
			c.dead(t, access)
		}
		c.good(t, r) // again
	}
	c.good(t, on(c.strict("revoke"), "unknown"))
}

func (c conversation) testAutomaticRefresh(t *testing.T) {
	if !c.can(t, "autorefresh") {
		return
	}
	for _, j := range []oauthJob{c.demo("token"), c.strict("token")} {
		_, refresh := c.password(t, j, "profile")
		j.Op = "autorefresh"
		v := c.good(t, on(j, refresh))
		profile := map[string]any{"uid": 1.0, "name": userName}
		require.Equal(t, []any{profile, profile}, v["answers"])
		require.EqualValues(t, 1, v["refreshed"])
		next := v["token"].(map[string]any)["refresh_token"].(string)
		require.NotEqual(t, refresh, next)
		j.Op = "token"
		c.tokens(t, grant(j, "refresh_token", params{"refresh_token": next}), "profile")
	}
}

// A client's name can be an address. Whoever does not encode it cuts it at its colon.
func TestClientsWhoseNamesHaveAColon(t *testing.T) {
	const id = "https://client.example.com:8443/"
	base := startServer(t, buildServer(t), "-profile", "rfc", "-jwt-client-id", id, "-jwt-client-secret", jwtSecret)
	for _, library := range oauthLibraries {
		t.Run(library.name, func(t *testing.T) {
			ask := library.start(t, base)
			for _, auth := range library.auths {
				c := conversation{library, ask, base, "rfc", auth}
				j := grant(oauthJob{Op: "token", ID: id, Secret: jwtSecret, Auth: auth}, "client_credentials", nil)
				if auth == "raw" {
					c.refused(t, "client", j)
				} else {
					require.Equal(t, id, claimsOf(t, c.good(t, j)["access_token"].(string))["client_id"])
				}
			}
		})
	}
}

// A resource server verifies access tokens that are JSON Web Tokens without asking (RFC 9068).
func TestAccessTokensVerifyThroughThePublishedKeySet(t *testing.T) {
	program := buildServer(t)
	library := oauthLibraries[0]
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			base := startServer(t, program, "-alg", alg, "-jwt-client-id", jwtClientID, "-jwt-client-secret", jwtSecret)
			c := conversation{library, library.start(t, base), base, "2025", "basic"}
			access, _ := c.tokens(t, grant(c.strict("token"), "client_credentials", nil), "profile")
			j := on(c.strict("validate"), access)
			j.Audience = base
			require.Equal(t, claimsOf(t, access), c.good(t, j))

			j.Audience = base + "/"
			require.Equal(t, "OAUTH_JWT_CLAIM_COMPARISON_FAILED", c.bad(t, j).Code)
			j.Audience, j.Token = base, otherSignature(access)
			require.Contains(t, c.bad(t, j).Message, "signature verification failed")
			j.Token = idToken(t, base)
			require.Contains(t, c.bad(t, j).Message, `unexpected JWT "typ" header parameter value`)
		})
	}
}
