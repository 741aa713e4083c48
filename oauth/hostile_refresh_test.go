package oauth_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// In the last second of a family there is no token left to give that could be announced: expires_in would be 0, and a JSON Web Token, which has
// whole seconds, could not be issued at all. It is no fault of the server either.
func TestTheLastSecondOfAFamily(t *testing.T) {
	for name, jwts := range map[string]bool{"opaque": false, "JSON Web Tokens": true} {
		end := 100 * time.Hour
		if jwts {
			end -= 300 * time.Millisecond // they end on a whole second
		}
		for _, left := range []time.Duration{time.Nanosecond, time.Millisecond, time.Second - 1} {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(300 * time.Millisecond) // not on a whole second
				w := newJWTWorld(t)
				w.changeClient(t, "mobile", func(c *store.Client) { c.JWTAccessTokens = jwts })
				p := w.begin(t)
				time.Sleep(end - left)
				require.Equal(t, invalidRefreshToken, w.refresh(p.Refresh).body, "%s, %v left", name, left)
				require.Equal(t, inactive, w.do(ask("mobile", p.Refresh)).body, "as at the token endpoint")
				require.Zero(t, w.record(t, p.Refresh).SpentAt)
			})
		}
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(300 * time.Millisecond)
			w := newJWTWorld(t)
			w.changeClient(t, "mobile", func(c *store.Client) { c.JWTAccessTokens = jwts })
			p := w.begin(t)
			time.Sleep(end - time.Second)
			require.NotEqual(t, inactive, w.do(ask("mobile", p.Refresh)).body)
			p = parsePair(t, w.refresh(p.Refresh))
			require.EqualValues(t, 1, p.ExpiresIn, name)
			require.True(t, w.works(p.Access), name)
		})
	}
}

// The last second may begin while the request waits for a store.
func TestTheLastSecondOfAFamilyBeginsMeanwhile(t *testing.T) {
	for _, jwts := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newJWTWorld(t)
			w.changeClient(t, "mobile", func(c *store.Client) { c.JWTAccessTokens = jwts })
			p := w.begin(t)
			time.Sleep(100*time.Hour - 1500*time.Millisecond)
			w.stores.call, w.stores.fault = "UserByID", func(*faults, *any) error { time.Sleep(time.Second); return nil }
			require.Equal(t, invalidRefreshToken, w.refresh(p.Refresh).body, jwts)
			require.Zero(t, w.record(t, p.Refresh).SpentAt)
		})
	}
}

// A server whose clock is ahead marks tokens as spent in the future. That is forgiven as far as the grace time goes, and not for hours: until then the
// owner's token would count as a repeat, and the thief who was faster would keep his.
func TestGraceIsNotStretchedByAClockThatIsAhead(t *testing.T) {
	for ahead, spared := range map[time.Duration]bool{5 * time.Second: true, 10*time.Second - 1: true, 10 * time.Second: false, time.Hour: false} {
		synctest.Test(t, func(t *testing.T) {
			w := newRefreshingWorld(t, "2025")
			w.serve(t, func(cfg *oauth.ServerConfig) { cfg.RefreshGrace = 10 * time.Second })
			first := w.begin(t)
			thief := parsePair(t, w.refresh(first.Refresh))
			w.stores.call, w.stores.fault = "TokenByID", func(_ *faults, v *any) error {
				rec := (*v).(store.Token)
				if rec.ID == oauth.TokenID(first.Refresh) {
					rec.SpentAt = time.Now().Add(ahead)
					*v = rec
				}
				return nil
			}
			require.Equal(t, invalidRefreshToken, w.refresh(first.Refresh).body)
			w.stores.fault = nil
			require.Equal(t, spared, w.works(thief.Access), ahead)
		})
	}
}

// What a family was not granted at first it never gets, on whatever way: by asking, by a client that has more by now, or after it had fewer.
func TestScopesOfAFamilyNeverGrow(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	p := w.begin(t, "scope", "read")
	w.changeClient(t, "mobile", func(c *store.Client) { c.Scopes = append(c.Scopes, "root"); c.DefaultScopes = c.Scopes })
	for _, scope := range []string{"write", "read write", "root", "read root"} {
		require.Equal(t, "INVALID_SCOPE", w.refresh(p.Refresh, "scope", scope).code(t), scope)
	}
	p = parsePair(t, w.refresh(p.Refresh))
	require.Equal(t, "read", p.Scope)
	w.changeClient(t, "mobile", func(c *store.Client) { c.Scopes, c.DefaultScopes = []string{"root"}, nil })
	require.Equal(t, "INVALID_SCOPE", w.refresh(p.Refresh).code(t))
	require.Equal(t, []string{"read"}, w.record(t, p.Refresh).Scopes)
	require.Zero(t, w.record(t, p.Refresh).SpentAt)
}

// A refresh token and the password of its user are worth nothing to another client, nor to the same client of another application, and asking
// does the family no harm.
func TestAnothersRefreshTokenIsNoWeapon(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	c, err := w.db.ClientByID(t.Context(), "mobile")
	require.NoError(t, err)
	c.ID = "rival"
	require.NoError(t, w.db.PutClient(context.Background(), c))
	first := w.begin(t)
	second := parsePair(t, w.refresh(first.Refresh))
	for name, token := range map[string]string{"spent": first.Refresh, "fresh": second.Refresh} {
		a := w.do(post(form("grant_type", "refresh_token", "refresh_token", token, "client_id", "rival", "client_secret", robotSecret)))
		require.Equal(t, invalidRefreshToken, a.body, name)
		require.Equal(t, inactive, w.do(ask("rival", token)).body, name)
		require.Equal(t, notAllowed[0], w.do(end("rival", token)).body, name)
	}
	require.True(t, w.works(second.Access))
	parsePair(t, w.refresh(second.Refresh))
}

// A service that lets tokens live a little longer, for clocks that differ, shares the list of revocations: what the server calls expired still
// works there until it is on the list.
func TestRFC7009_ExpiredJSONWebTokenIsEndedWhereItStillWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newJWTWorld(t)
		lenient, err := jwt.NewVerifier(jwt.VerifierConfig{
			Keys: w.issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: issuerName, Audience: []string{"b"}, Type: jwt.AccessToken,
			Users: &w.stores, Realm: realm, Revocations: w.revocations, ExpiryLeeway: time.Minute,
		})
		require.NoError(t, err)
		token := w.sign(t, func(_ *store.User, t *store.Token) { t.ExpiresAt = t.IssuedAt.Add(time.Second) })
		time.Sleep(2 * time.Second)
		require.Equal(t, "TOKEN_EXPIRED", w.do(get(token)).code(t))
		_, err = lenient.Verify(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, notAllowed[0], w.do(end("robot", token)).body, "it is of another client")
		_, err = lenient.Verify(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, ended, w.do(end("mobile", token)).body)
		_, err = lenient.Verify(t.Context(), token)
		require.Error(t, err, "the server said that it is revoked")
	})
}
