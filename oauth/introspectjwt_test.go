package oauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestRFC7662_2_2_JSONWebTokenIsDescribedByItsClaims(t *testing.T) {
	w := newJWTWorld(t)
	send := w.listen(t)
	a := send(post(mobileLogin + "&scope=read"))
	token := parsePair(t, a).Access
	require.True(t, auth.IsJWT(token))
	require.Equal(t, 200, send(get(token)).status)
	identity, err := w.verifier.Verify(t.Context(), token)
	require.NoError(t, err)
	var claims struct {
		JTI      string
		Iat, Exp int64
	}
	require.NoError(t, identity.DecodeClaims(&claims))
	require.NotEmpty(t, claims.JTI)

	var told map[string]any
	require.NoError(t, json.Unmarshal([]byte(send(ask("resource", token)).body), &told))
	require.Equal(t, map[string]any{
		"active": true, "scope": "read", "client_id": "mobile", "username": "my_username", "token_type": "Bearer", "sub": "1", "iss": issuerName,
		"aud": []any{"https://shop.example.com", "b"}, "jti": claims.JTI, "iat": float64(claims.Iat), "exp": float64(claims.Exp),
	}, told)
}

func TestRFC7662_2_2_JSONWebTokenThatDoesNotWorkIsInactive(t *testing.T) {
	ctx := context.Background()
	synctest.Test(t, func(t *testing.T) {
		w := newJWTWorld(t)
		elsewhere := newJWTWorld(t)
		user, err := w.db.UserByID(ctx, "1")
		require.NoError(t, err)
		identity, err := w.issuer.Issue(ctx, user)
		require.NoError(t, err)
		good := w.sign(t, nil)
		require.Contains(t, w.do(ask("resource", good)).body, `"active":true`)
		for name, token := range map[string]string{
			"forged":                good[:len(good)-6] + "AAAAAA",
			"with another key":      elsewhere.sign(t, nil),
			"an identity token":     identity.Compact,
			"a client's, off":       w.sign(t, func(_ *store.User, t *store.Token) { t.ClientID = "off" }),
			"a client's, elsewhere": w.sign(t, func(_ *store.User, t *store.Token) { t.ClientID = "foreign" }),
			"a client's, moved":     w.sign(t, func(_ *store.User, t *store.Token) { t.Application = "other001" }),
			"a user's, gone":        w.sign(t, func(u *store.User, _ *store.Token) { u.ID = "gone" }),
			"another password":      w.sign(t, func(u *store.User, _ *store.Token) { u.Stamp = "s0" }),
			"issued in the future":  w.sign(t, func(_ *store.User, t *store.Token) { t.IssuedAt = time.Now().Add(time.Minute) }),
			"expired":               w.sign(t, func(_ *store.User, t *store.Token) { t.IssuedAt, t.ExpiresAt = time.Now().Add(-time.Hour), time.Now() }),
		} {
			require.Equal(t, inactive, w.do(ask("resource", token)).body, name)
			require.NotEqual(t, 200, w.do(get(token)).status, name)
		}
		require.NoError(t, w.db.SetActive(ctx, "1", false))
		require.Equal(t, inactive, w.do(ask("resource", good)).body)
		require.NoError(t, w.db.SetActive(ctx, "1", true))
		require.Contains(t, w.do(ask("resource", good)).body, `"active":true`)
		require.NoError(t, w.revocations.RevokeUser(ctx, "1", time.Now()))
		require.Equal(t, inactive, w.do(ask("resource", good)).body)
	})
}

func TestIntrospectionOfAJSONWebTokenDuringAnOutage(t *testing.T) {
	w := newJWTWorld(t)
	token := w.sign(t, nil)
	for _, call := range []string{"ClientByID", "UserByID", "TokenByID"} { // the last is that of the revocations
		w.stores.call, w.stores.fault = call, func(*faults, *any) error { return errDown }
		require.Equal(t, unavailable, w.do(ask("resource", token)).body, call)
	}
}

// claims are claims as they stand in a token.
type claims string

func (c claims) DecodeClaims(v any) error { return json.Unmarshal([]byte(c), v) }

func TestIntrospectionTellsWhatOtherVerifiersSay(t *testing.T) {
	const token = "e30.e30.e30"
	expires := time.Date(2040, 1, 2, 3, 4, 5, 999, time.UTC)
	identity := func(c auth.ClaimsDecoder) *auth.Identity {
		return &auth.Identity{UserID: "1", Name: "my_username", ClientID: "web", ExpiresAt: expires, Claims: c}
	}
	const head = `{"active":true,"client_id":"web","username":"my_username","token_type":"Bearer","exp":2209086245`
	for name, c := range map[string]struct {
		answer fakeJWTs
		body   string
	}{
		"nbf":                  {fakeJWTs{identity: identity(claims(`{"nbf":1700000001,"iat":1700000000.9,"aud":"a"}`))}, head + `,"iat":1700000000,"nbf":1700000001,"sub":"1","aud":"a"}`},
		"names in other cases": {fakeJWTs{identity: identity(claims(`{"NBF":1,"Aud":"a","ISS":"b","jTi":"c"}`))}, head + `,"sub":"1"}`},
		"no claims":            {fakeJWTs{identity: identity(nil)}, head + `,"sub":"1"}`},
		"no expiry":            {fakeJWTs{identity: &auth.Identity{UserID: "1", ClientID: "web"}}, `{"active":true,"client_id":"web","token_type":"Bearer","sub":"1"}`},
		"its application":      {fakeJWTs{identity: &auth.Identity{UserID: "1", ClientID: "web", Application: application}}, `{"active":true,"client_id":"web","token_type":"Bearer","sub":"1"}`},
		"another application":  {fakeJWTs{identity: &auth.Identity{UserID: "1", ClientID: "web", Application: "other001"}}, inactive},
		"no client":            {fakeJWTs{identity: &auth.Identity{UserID: "1"}}, inactive},
		"unreadable":           {fakeJWTs{identity: identity(claims(`x`))}, internal},
		"issuer is a number":   {fakeJWTs{identity: identity(claims(`{"iss":1}`))}, internal},
		"nbf is no number":     {fakeJWTs{identity: identity(claims(`{"nbf":"1"}`))}, internal},
		"iat is absurd":        {fakeJWTs{identity: identity(claims(`{"iat":1e300}`))}, internal},
		"iat is beyond":        {fakeJWTs{identity: identity(claims(`{"iat":1e999}`))}, internal},
		"nothing":              {fakeJWTs{}, internal},
		"not its business":     {fakeJWTs{err: auth.Decline(auth.OtherShape, autherr.New(autherr.MethodJWT, autherr.InvalidSignature, nil))}, inactive},
		"bad signature":        {fakeJWTs{err: autherr.New(autherr.MethodJWT, autherr.InvalidSignature, nil)}, inactive},
		"expired":              {fakeJWTs{err: autherr.New(autherr.MethodJWT, autherr.TokenExpired, nil)}, inactive},
		"no such user":         {fakeJWTs{err: autherr.New(autherr.MethodJWT, autherr.UserInformationNotFound, nil)}, inactive},
		"outage":               {fakeJWTs{err: autherr.Unavailable(autherr.MethodJWT, errDown)}, unavailable},
		"internal":             {fakeJWTs{err: autherr.Internal(autherr.MethodJWT, errDown)}, internal},
		"not one of ours":      {fakeJWTs{err: errors.New("dial tcp 10.0.0.1:443")}, internal},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "2025")
			w.mount(t, func(cfg *oauth.ServerConfig) { cfg.JWTVerifier, cfg.JWTIssuer = &c.answer, fakeIssuer{} })
			require.Equal(t, c.body, w.do(ask("resource", token)).body)
			require.Equal(t, []string{token}, c.answer.asked)
		})
	}
}

type fakeIssuer struct{}

func (fakeIssuer) IssueAccessToken(context.Context, store.User, store.Token) (string, error) {
	return "e30.e30.e30", nil
}
