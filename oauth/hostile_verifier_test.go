package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// A token that acts for nobody lets nobody in, whatever a verifier of the application's own says.
func TestAJSONWebTokenOfNobody(t *testing.T) {
	w := newWorld(t, "2025")
	const token = "eyJhbGciOiJub25lIn0.e30."
	w.mount(t, func(cfg *oauth.ServerConfig) {
		cfg.JWTIssuer, cfg.JWTVerifier = fakeIssuer{}, &fakeJWTs{identity: &auth.Identity{ClientID: "robot"}}
	})
	require.Equal(t, 500, w.do(get(token)).status)
	require.Equal(t, internal, w.do(ask("resource", token)).body)
}

// The documentation promises that a user who is blocked is felt at once. A verifier that does not look users up cannot keep that.
func TestAVerifierThatLooksNobodyUpIsRefused(t *testing.T) {
	w := newJWTWorld(t)
	blind, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: w.issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: issuerName, Audience: []string{"b"}, Type: jwt.AccessToken,
		SkipUserLookup: true, MaxLifetime: time.Hour, Realm: realm,
	})
	require.NoError(t, err)
	_, err = oauth.NewVerifier(oauth.VerifierConfig{Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Realm: realm, JWTVerifier: blind})
	require.ErrorContains(t, err, "JWTVerifier")
	_, err = oauth.NewServer(oauth.ServerConfig{
		Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm, JWTIssuer: w.issuer, JWTVerifier: blind,
	})
	require.ErrorContains(t, err, "JWTVerifier")
}

// Each token would be refused, and the reason looked for elsewhere.
func TestAVerifierOfIdentityTokensIsRefused(t *testing.T) {
	w := newJWTWorld(t)
	other, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: w.issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: issuerName, Audience: []string{"b"}, Users: w.db, Realm: realm,
	})
	require.NoError(t, err)
	_, err = oauth.NewVerifier(oauth.VerifierConfig{Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Realm: realm, JWTVerifier: other})
	require.ErrorContains(t, err, "JWTVerifier takes no access tokens")
	_, err = oauth.NewServer(oauth.ServerConfig{
		Application: application, Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: realm, JWTIssuer: w.issuer, JWTVerifier: other,
	})
	require.ErrorContains(t, err, "JWTVerifier takes no access tokens")
}

// What the application's own claims are called does not decide whether a token can be asked about.
func TestOwnClaimsDoNotHideATokenFromIntrospection(t *testing.T) {
	w := newJWTWorld(t)
	for name, claims := range map[string]map[string]any{
		"members of the answer": {"active": false, "username": "root", "token_type": "DPoP", "token_use": "refresh_token"},
		"names in two cases":    {"plan": "a", "Plan": "b"},
		"objects":               {"x": map[string]any{"sub": "2", "active": false, "aud": "z"}},
	} {
		key, err := jwt.GenerateKey(jwt.HS256, nil)
		require.NoError(t, err)
		issuer, err := jwt.NewIssuer(jwt.IssuerConfig{
			Issuer: issuerName, Audience: []string{"b"}, Key: key,
			Claims: func(context.Context, store.User) (map[string]any, error) { return claims, nil },
		})
		require.NoError(t, err)
		verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
			Keys: issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: issuerName, Audience: []string{"b"}, Type: jwt.AccessToken, Users: w.db, Realm: realm,
		})
		require.NoError(t, err)
		w.mount(t, func(c *oauth.ServerConfig) { c.JWTIssuer, c.JWTVerifier = issuer, verifier })
		a := w.do(post(mobileLogin))
		if a.status != 200 { // not issued at all
			require.Equal(t, internal, a.body, name)
			continue
		}
		token := parsePair(t, a).Access
		require.True(t, w.works(token), name)
		body := w.do(ask("resource", token)).body
		require.Contains(t, body, `{"active":true,`, name)
		require.Contains(t, body, `"username":"my_username","token_type":"Bearer"`, name)
		require.Contains(t, body, `"sub":"1","aud":"b"`, name)
		require.NotContains(t, body, "token_use", name)
	}
}

// A Transport that is a nil pointer is a mistake, and found when the program starts.
func TestATransportThatIsNil(t *testing.T) {
	_, err := oauth.NewIntrospectionVerifier(oauth.IntrospectionConfig{
		URL: "https://other.example/introspect", ClientID: "api", ClientSecret: "topsecret", Audience: []string{ourName},
		Users: foreignUsers(t), UsernameClaim: "username", Realm: realm, Transport: (*http.Transport)(nil),
	})
	require.ErrorContains(t, err, "Transport is missing")
	_, err = oauth.NewUserInfoVerifier(oauth.UserInfoConfig{
		URL: "https://other.example/me", InsecureAnyClient: true, Users: foreignUsers(t), UsernameAttribute: "name", Realm: realm, Transport: (*http.Transport)(nil),
	})
	require.ErrorContains(t, err, "Transport is missing")
}

// Whatever a UserRevoker returns where it fails, the user's tokens may still work: an outage, as the documentation of Admin says.
func TestAdminSaysThatTokensMayStillWork(t *testing.T) {
	w := newWorld(t, "2025")
	for _, err := range []error{errDown, context.DeadlineExceeded, store.ErrNotFound, errors.Join(errDown), (*autherr.Error)(nil)} {
		admin, made := oauth.NewAdmin(oauth.AdminConfig{Tokens: w.db, JWTs: &userRevoker{err: err}})
		require.NoError(t, made)
		got := admin.RevokeUser(t.Context(), "1")
		require.ErrorIs(t, got, autherr.ServiceUnavailable)
		var known *autherr.Error
		require.ErrorAs(t, got, &known)
		require.Equal(t, 503, autherr.Profile2025(nil).Render(known).Status)
	}
	admin, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: w.db, JWTs: &userRevoker{err: autherr.Internal(autherr.MethodJWT, errDown)}})
	require.NoError(t, err)
	require.ErrorIs(t, admin.RevokeUser(t.Context(), "1"), autherr.InternalError)
}

// A refusal is not to be stored, the one of a public document included.
func TestMetadataRefusalsAreNotStored(t *testing.T) {
	h, err := described(t, "https://api.example.com", oauth.MetadataConfig{TokenEndpoint: "https://api.example.com/token"})
	require.NoError(t, err)
	a := record(h, httptest.NewRequest("POST", "/", nil))
	require.Equal(t, 405, a.status)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
}
