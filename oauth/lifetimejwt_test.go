package oauth_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// TestNoJSONWebTokenIsPromisedLongerThanItIsAccepted: the verifier ends tokens after its MaxLifetime, which is that of the list of revocations, and
// a client with a longer TokenLifetime must not be told otherwise.
func TestNoJSONWebTokenIsPromisedLongerThanItIsAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newJWTWorld(t) // whose list has 200 hours
		for _, test := range []struct {
			client, server time.Duration
			jwts           bool
			want           time.Duration
		}{
			{300 * time.Hour, 0, true, 200 * time.Hour},
			{0, 300 * time.Hour, true, 200 * time.Hour},
			{200*time.Hour - time.Second, 0, true, 200*time.Hour - time.Second},
			{0, 0, true, oauth.DefaultTokenLifetime},
			{300 * time.Hour, 0, false, 300 * time.Hour}, // has a record of its own
		} {
			w.mount(t, func(c *oauth.ServerConfig) {
				c.JWTIssuer, c.JWTVerifier, c.TokenLifetime = w.issuer, w.access, test.server
			})
			client, err := w.db.ClientByID(context.Background(), "mobile")
			require.NoError(t, err)
			client.TokenLifetime, client.RefreshTokenLifetime, client.JWTAccessTokens = test.client, 0, test.jwts
			require.NoError(t, w.db.PutClient(context.Background(), client))

			a := w.do(post(mobileLogin))
			var told struct {
				ExpiresIn int64 `json:"expires_in"`
			}
			require.NoError(t, json.Unmarshal([]byte(a.body), &told), a.body)
			require.EqualValues(t, test.want/time.Second, told.ExpiresIn)

			token := parsePair(t, a).Access
			time.Sleep(test.want - time.Second)
			require.Equal(t, 200, w.do(get(token)).status, "still, as it was told")
			time.Sleep(time.Second)
			require.Equal(t, 401, w.do(get(token)).status)
		}
	})
}

// A JSON Web Token names whole seconds, and a client is told in whole seconds how long it has: the token works as long, wherever in a second it is
// issued, and less than a second longer.
func TestAJSONWebTokenWorksAsLongAsItsClientIsTold(t *testing.T) {
	for _, into := range []time.Duration{0, time.Microsecond, 300 * time.Millisecond, 999_999 * time.Microsecond} {
		for _, lifetime := range []time.Duration{time.Second, 1500 * time.Millisecond, time.Hour, 200 * time.Hour} { // the last is the most
			synctest.Test(t, func(t *testing.T) {
				w := newJWTWorld(t)
				client, err := w.db.ClientByID(context.Background(), "mobile")
				require.NoError(t, err)
				client.TokenLifetime, client.RefreshTokenLifetime = lifetime, 0
				require.NoError(t, w.db.PutClient(context.Background(), client))
				time.Sleep(into)

				p := parsePair(t, w.do(post(mobileLogin)))
				told := time.Duration(p.ExpiresIn) * time.Second
				require.GreaterOrEqual(t, told, lifetime.Truncate(time.Second)-time.Second)
				if lifetime <= time.Hour {
					require.GreaterOrEqual(t, told, lifetime.Truncate(time.Second))
				}
				time.Sleep(told - time.Microsecond)
				require.Equal(t, 200, w.do(get(p.Access)).status, "%s into a second, %s", into, lifetime)
				time.Sleep(time.Second + time.Microsecond)
				require.Equal(t, 401, w.do(get(p.Access)).status, "%s into a second, %s", into, lifetime)
			})
		}
	}
}

// Zero would be taken for no end at all by many a client.
func TestAJSONWebTokenOfAShortFamilyIsAnnouncedWithASecond(t *testing.T) {
	for _, lifetime := range []time.Duration{time.Second, 1400 * time.Millisecond, 1600 * time.Millisecond, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			w := newJWTWorld(t)
			w.changeClient(t, "mobile", func(c *store.Client) { c.TokenLifetime, c.RefreshTokenLifetime = 0, lifetime })
			time.Sleep(500 * time.Millisecond)
			p := w.begin(t)
			require.Positive(t, p.ExpiresIn, "%s", lifetime)
			time.Sleep(time.Duration(p.ExpiresIn)*time.Second - time.Microsecond)
			require.Equal(t, 200, w.do(get(p.Access)).status, "%s", lifetime)
			time.Sleep(time.Second + time.Microsecond)
			require.Equal(t, 401, w.do(get(p.Access)).status, "%s", lifetime)
		})
	}
}

func TestAServerNeedsAVerifierThatAcceptsItsTokensForASecond(t *testing.T) {
	w := newJWTWorld(t)
	for lifetime, refused := range map[time.Duration]bool{time.Second - 1: true, 2*time.Second - 1: true, 2 * time.Second: false} {
		verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
			Keys: w.issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: issuerName, Audience: []string{"b"}, Users: &w.stores, Realm: realm,
			Type: jwt.AccessToken, MaxLifetime: lifetime,
		})
		require.NoError(t, err)
		_, err = oauth.NewServer(oauth.ServerConfig{
			Application: application, Clients: &w.stores, Tokens: &w.stores, Users: &w.stores, Login: w.login, Realm: realm,
			JWTIssuer: w.issuer, JWTVerifier: verifier,
		})
		if !refused {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "JWTVerifier")
	}
}
