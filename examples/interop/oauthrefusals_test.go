package interop

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// refusals are the answers to mistakes, in both profiles.
var refusals = map[string]struct {
	status map[string]int
	code   map[string]string
}{
	"secret":         {both(401, 401), codes("invalid_client", "INVALID_CLIENT_SECRET")},
	"client":         {both(401, 401), codes("invalid_client", "INVALID_CLIENT_ID")},
	"password":       {both(400, 401), codes("invalid_grant", "INVALID_CREDENTIALS")},
	"reused":         {both(400, 400), codes("invalid_grant", "INVALID_REFRESH_TOKEN")},
	"scope":          {both(400, 400), codes("invalid_scope", "INVALID_SCOPE")},
	"grant":          {both(400, 400), codes("unsupported_grant_type", "UNSUPPORTED_GRANT_TYPE")},
	"username":       {both(400, 400), codes("invalid_request", "MISSING_USERNAME")},
	"user":           {both(400, 400), codes("unauthorized_client", "UNAUTHORIZED_CLIENT")},
	"other client":   {both(400, 400), codes("unauthorized_client", "UNAUTHORIZED_CLIENT")},
	"self-contained": {both(400, 400), codes("unsupported_token_type", "UNSUPPORTED_TOKEN_TYPE")},
}

func both(rfc, documented int) map[string]int { return map[string]int{"rfc": rfc, "2025": documented} }

func codes(rfc, documented string) map[string]string {
	return map[string]string{"rfc": rfc, "2025": documented}
}

// refused carries out a job and finds the refusal by that name, in the library's own type.
func (c conversation) refused(t *testing.T, name string, j oauthJob) {
	t.Helper()
	want := refusals[name]
	got := c.bad(t, j)
	require.Equal(t, want.code[c.profile], got.Code, "%+v", got)
	if got.Status != 0 {
		require.Equal(t, want.status[c.profile], got.Status)
	}
	if got.Type != "HTTPError" { // with which a library leaves an answer as it is
		require.Equal(t, c.failure(want.status[c.profile], got.Code), got.Type, "%+v", got)
	}
	require.NotEmpty(t, got.Description)
}

func (c conversation) testRefusals(t *testing.T) {
	with := func(j oauthJob, id, secret string) oauthJob {
		j.ID, j.Secret = id, secret
		return j
	}
	credentials := grant(c.strict("token"), "client_credentials", nil)
	c.refused(t, "secret", with(credentials, jwtClientID, clientSecret))
	c.refused(t, "client", with(credentials, "nobody", jwtSecret))
	c.refused(t, "scope", grant(c.strict("token"), "client_credentials", params{"scope": "profile admin"}))
	c.refused(t, "username", grant(c.demo("token"), "client_credentials", nil))
	c.refused(t, "user", grant(c.demo("token"), "client_credentials", params{"username": "blocked_user"}))
	c.refused(t, "user", grant(c.strict("token"), "client_credentials", params{"username": "reader"}))
	c.refused(t, "password", grant(c.strict("token"), "password", params{"username": userName, "password": "wrong"}))
	if !c.lacking("other grants") {
		c.refused(t, "grant", grant(c.strict("token"), "urn:ietf:params:oauth:grant-type:jwt-bearer", params{"assertion": "x"}))
	}

	// Somebody who uses a refresh token a second time takes it from everybody.
	_, first := c.password(t, c.demo("token"), "profile")
	again := grant(c.demo("token"), "refresh_token", params{"refresh_token": first})
	access, second := c.tokens(t, again, "profile")
	if !c.lacking("scopes of a refresh") {
		c.refused(t, "scope", grant(c.demo("token"), "refresh_token", params{"refresh_token": second, "scope": "roles"}))
	}
	c.refused(t, "reused", grant(c.strict("token"), "refresh_token", params{"refresh_token": second})) // another client has no power over it
	c.works(t, access, false)
	c.refused(t, "reused", again)
	c.refused(t, "reused", grant(c.demo("token"), "refresh_token", params{"refresh_token": second}))
	c.dead(t, access)

	if !c.lacking("revoke") {
		access, _ = c.password(t, c.demo("token"), "profile")
		c.refused(t, "other client", on(c.strict("revoke"), access))
		c.works(t, access, false)
		c.refused(t, "self-contained", on(c.strict("revoke"), idToken(t, c.base)))
		c.refused(t, "secret", with(on(c.demo("revoke"), access), clientID, jwtSecret))
		c.works(t, access, false)
	}
	if !c.lacking("introspect") {
		c.refused(t, "secret", with(on(c.demo("introspect"), access), clientID, jwtSecret))
		c.refused(t, "client", with(on(c.demo("introspect"), access), "nobody", jwtSecret))
	}
}

// Challenges are read by two libraries; others show the fields as they are.
func (c conversation) testChallenges(t *testing.T) {
	if !c.can(t, "use") {
		return
	}
	basic := oauthChallenge{"basic", map[string]string{"realm": "Example API", "charset": "UTF-8"}}
	apiKey := oauthChallenge{"apikey", map[string]string{"realm": "Example API"}}
	bearer := func(more ...string) oauthChallenge {
		parameters := map[string]string{"realm": "Example API"}
		for i := 0; i < len(more); i += 2 {
			parameters[more[i]] = more[i+1]
		}
		return oauthChallenge{"bearer", parameters}
	}
	check := func(status int, want []oauthChallenge, got oauthFailure) {
		t.Helper()
		require.Equal(t, status, got.Status, "%+v", got)
		if got.Challenges == nil {
			require.Len(t, got.Fields, len(want))
			for i, field := range got.Fields {
				require.True(t, strings.EqualFold(want[i].Scheme, field[:strings.IndexByte(field, ' ')]), "%q", got.Fields)
				for name, value := range want[i].Parameters {
					require.Contains(t, field, name+`="`+value+`"`)
				}
			}
			return
		}
		require.Equal(t, want, withoutDescriptions(got.Challenges))
	}
	check(401, []oauthChallenge{basic, apiKey, bearer("error", "invalid_token")}, c.bad(t, on(c.demo("use"), "aat_0123456789abcdefghijklmnopqrstuv")))

	access, _ := c.tokens(t, grant(c.demo("token"), "client_credentials", params{"username": userName, "scope": "roles"}), "roles")
	check(403, []oauthChallenge{bearer("error", "insufficient_scope", "scope", "profile")}, c.bad(t, on(c.demo("use"), access)))

	if !c.lacking("introspect") {
		j := on(c.demo("introspect"), access)
		j.Secret = jwtSecret
		check(401, []oauthChallenge{basic}, c.bad(t, j))
	}
}

// withoutDescriptions drops the texts for people, which the profile rfc adds to challenges.
func withoutDescriptions(challenges []oauthChallenge) []oauthChallenge {
	for _, c := range challenges {
		delete(c.Parameters, "error_description")
	}
	return challenges
}
