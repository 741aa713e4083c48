package jwttest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/jwt/jwttest"
)

var alan = jwttest.Claims{jwttest.UsernameClaim: "alan"}

// verified returns what a verifier over HTTP makes of a token.
func verified(t *testing.T, v *jwt.Verifier, token string) error {
	t.Helper()
	id, err := v.Verify(t.Context(), token)
	require.Equal(t, err == nil, id != nil)
	if id != nil {
		require.Equal(t, "alan", id.Name)
	}
	return err
}

func TestTokensAreAcceptedAndFlawedOnesRefused(t *testing.T) {
	users := authtest.Users(t, authtest.User{Name: "alan"})
	for _, o := range []*jwttest.Options{
		nil, {Algorithm: jwt.RS256, Audience: []string{"a", "b"}}, {Algorithm: jwt.EdDSA, Type: jwt.AccessToken},
	} {
		issuer := jwttest.NewIssuer(t, o)
		v := issuer.Verifier(users)
		require.NoError(t, verified(t, v, issuer.Token(alan)))
		require.NotEqual(t, issuer.Token(alan), issuer.Token(alan))

		want := map[jwttest.Flaw]error{
			jwttest.Expired: autherr.TokenExpired, jwttest.NotYetValid: autherr.InvalidToken, jwttest.OtherAudience: autherr.InvalidToken,
			jwttest.OtherIssuer: auth.ErrNoCredentials, jwttest.OtherKey: autherr.InvalidSignature, jwttest.ChangedClaims: autherr.InvalidSignature,
			jwttest.Unsigned: autherr.InvalidSignature, jwttest.PublicKeySecret: autherr.InvalidSignature,
		}
		require.Len(t, want, len(jwttest.Flaws()))
		for _, flaw := range jwttest.Flaws() {
			token := issuer.FlawedToken(flaw, jwttest.Claims{jwttest.UsernameClaim: "alan", "exp": time.Now().Add(2 * time.Hour).Unix()})
			require.ErrorIs(t, verified(t, v, token), want[flaw], "%s", flaw)
		}
	}
}

func TestClaimsReplaceAddAndLeaveOut(t *testing.T) {
	issuer := jwttest.NewIssuer(t, nil)
	v := issuer.Verifier(authtest.Users(t, authtest.User{Name: "alan"}))
	id, err := v.Verify(t.Context(), issuer.Token(jwttest.Claims{jwttest.UsernameClaim: "alan", "sub": "4711", "jti": nil, "groups": []string{"x"}}))
	require.NoError(t, err)
	var claims map[string]any
	require.NoError(t, id.DecodeClaims(&claims))
	require.Equal(t, "4711", claims["sub"])
	require.Equal(t, []any{"x"}, claims["groups"])
	require.NotContains(t, claims, "jti")
	require.Equal(t, issuer.Name(), claims["iss"])
	require.ErrorIs(t, verified(t, v, issuer.Token(jwttest.Claims{jwttest.UsernameClaim: "alan", "exp": nil})), autherr.InvalidToken)
	require.ErrorIs(t, verified(t, v, issuer.Token(jwttest.Claims{jwttest.UsernameClaim: "grace"})), autherr.UserInformationNotFound)
}

func TestARotationIsKnownAtOnce(t *testing.T) {
	issuer := jwttest.NewIssuer(t, nil)
	users := authtest.Users(t, authtest.User{Name: "alan"})
	v, unused := issuer.Verifier(users), issuer.Verifier(users)
	old := issuer.Token(alan)
	require.NoError(t, verified(t, v, old))
	for range 3 {
		issuer.Rotate()
		next := issuer.Token(alan)
		for _, v := range []*jwt.Verifier{v, unused} {
			require.NoError(t, verified(t, v, next))
			require.ErrorIs(t, verified(t, v, old), autherr.InvalidSignature)
		}
		old = next
	}
}

// TestTheKeySetIsPublished for programs that read its address from their settings, or from the metadata.
func TestTheKeySetIsPublished(t *testing.T) {
	issuer := jwttest.NewIssuer(t, &jwttest.Options{Audience: []string{"https://shop.example"}})
	fetch := func(url string) []byte {
		res, err := http.Get(url)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, 200, res.StatusCode)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return body
	}
	var metadata struct {
		Issuer  string
		JWKSURI string `json:"jwks_uri"`
	}
	require.NoError(t, json.Unmarshal(fetch(issuer.Name()+"/.well-known/openid-configuration"), &metadata))
	require.Equal(t, issuer.Name(), metadata.Issuer)
	require.Equal(t, issuer.KeySetURL(), metadata.JWKSURI)
	require.NotContains(t, string(fetch(issuer.KeySetURL())), `"d"`)

	keys, err := jwt.ParseKeySet(fetch(metadata.JWKSURI), issuer.Algorithm())
	require.NoError(t, err)
	require.Equal(t, 1, keys.Len())
	v, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: keys, Algorithms: []jwt.Algorithm{jwt.ES256}, Issuer: metadata.Issuer, Audience: issuer.Audience(),
		UsernameClaim: "preferred_username", Users: authtest.Users(t, authtest.User{Name: "alan"}), Realm: "test",
	})
	require.NoError(t, err)
	require.NoError(t, verified(t, v, issuer.Token(alan)))
}

func TestTheIssuerEndsWithItsTest(t *testing.T) {
	var url string
	t.Run("inside", func(t *testing.T) {
		issuer := jwttest.NewIssuer(t, nil)
		require.NoError(t, verified(t, issuer.Verifier(authtest.Users(t, authtest.User{Name: "alan"})), issuer.Token(alan)))
		url = issuer.KeySetURL()
	})
	_, err := http.Get(url)
	require.Error(t, err)
}

// fatalT notes what a helper would have ended its test with.
type fatalT struct {
	testing.TB
	text string
}

func (f *fatalT) Helper() {}
func (f *fatalT) Fatal(args ...any) {
	f.text = args[len(args)-1].(error).Error()
	panic(f)
}

func TestUnknownAlgorithmsEndTheTest(t *testing.T) {
	f := &fatalT{TB: t}
	func() {
		defer func() { require.Equal(t, any(f), recover()) }()
		jwttest.NewIssuer(f, &jwttest.Options{Algorithm: jwt.HS256})
	}()
	require.True(t, strings.Contains(f.text, "HS256"), f.text)
}
