package oauth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// newJWTWalk makes a walk in which "mobile" gets JSON Web Tokens. Their revocations are kept in the store that can go wrong, too.
func newJWTWalk(t testing.TB) *walk {
	t.Helper()
	base := newJWTWorld(t)
	w := &walk{world: base.world, first: base.begin(t), other: base.begin(t)}
	require.True(t, auth.IsJWT(w.first.Access))
	w.faulty = storetest.NewFaulty(storetest.Stores{Users: w.db, Clients: w.db, Tokens: w.db})

	revocations, err := jwt.NewRevocations(jwt.RevocationsConfig{Tokens: w.faulty, Issuer: issuerName, MaxLifetime: 200 * time.Hour})
	require.NoError(t, err)
	access, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: base.issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: issuerName, Audience: []string{"b"}, Users: w.faulty, Realm: realm,
		Type: jwt.AccessToken, Revocations: revocations,
	})
	require.NoError(t, err)
	w.open(t, nil, func(c *oauth.ServerConfig) { c.JWTIssuer, c.JWTVerifier, c.JWTRevoker = base.issuer, access, access })
	return w
}

// walkedJWT are the requests about tokens that have none, but marks when they are revoked.
var walkedJWT = map[string]walked{
	"client_credentials": {request: func(pair) request {
		return post(form("grant_type", "client_credentials", "username", "my_username", "client_id", "mobile", "client_secret", robotSecret))
	}, stays: true},
	"password":   {request: walkedOpaque["password"].request, stays: true},
	"refresh":    {request: walkedOpaque["refresh"].request, stays: true},
	"use":        {request: walkedOpaque["use"].request, stays: true, marks: true},
	"introspect": {request: walkedOpaque["introspect"].request, stays: true, marks: true, never: "false"},
	"revoke":     {request: walkedOpaque["revoke"].request, stays: true, ends: true, marks: true},
	"RFC 7009":   {request: walkedOpaque["RFC 7009"].request, stays: true, ends: true, marks: true},

	"use of a revoked one":           {request: walkedOpaque["use"].request, prepare: endFirst, ends: true, marks: true, never: "UserID"},
	"introspection of a revoked one": {request: walkedOpaque["introspect"].request, prepare: endFirst, ends: true, marks: true, never: "true"},
	"revocation of a revoked one":    {request: walkedOpaque["revoke"].request, prepare: endFirst, ends: true, marks: true},
	"RFC 7009, a revoked one":        {request: walkedOpaque["RFC 7009"].request, prepare: endFirst, ends: true, marks: true},
}

// endFirst revokes what the walk is about.
func endFirst(w *walk, t *testing.T) {
	require.Equal(t, ended, w.do(atClientEndpoint("/oauth/revoke", w.first.Access)).body)
	require.False(t, w.works(w.first.Access))
}

// A JSON Web Token works unless there is a mark that it is revoked. Whatever becomes of the calls that look for marks and write them, none that is revoked
// is let in, none that is not is refused as revoked, and none is told to be revoked without its mark.
func TestEveryCallOfAStoreGoesWrongForJSONWebTokens(t *testing.T) {
	for name, c := range walkedJWT {
		t.Run(name, func(t *testing.T) { c.walk(t, newJWTWalk) })
	}
}

func TestNoJSONWebTokenIsHandedOutThatCannotBeVerified(t *testing.T) {
	for _, c := range []string{"client_credentials", "password", "refresh"} {
		walkedJWT[c].onlyWhatWorks(t, c, newJWTWalk)
	}
}
