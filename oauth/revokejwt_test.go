package oauth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

const unsupported = `{"status":"error","http_code":"400","error":"UNSUPPORTED_TOKEN_TYPE","error_description":"This token cannot be revoked."}`

func TestRFC7009_2_JSONWebTokenIsEndedByItsClient(t *testing.T) {
	w := newJWTWorld(t)
	send := w.listen(t)
	p := parsePair(t, send(post(mobileLogin)))
	other := parsePair(t, send(post(mobileLogin)))
	require.True(t, auth.IsJWT(p.Access))

	require.Equal(t, notAllowed[0], send(end("robot", p.Access)).body)
	require.Equal(t, notAllowed[0], send(endPublic("app", p.Access)).body)
	require.Equal(t, 200, send(get(p.Access)).status)

	require.Equal(t, ended, send(end("mobile", p.Access)).body)
	require.Equal(t, 401, send(get(p.Access)).status)
	require.Equal(t, inactive, send(ask("resource", p.Access)).body)
	require.Equal(t, ended, send(end("mobile", p.Access)).body, "once more")
	require.Equal(t, notAllowed[0], send(end("robot", p.Access)).body, "still not its business")
	require.Equal(t, 200, send(get(other.Access)).status)
}

// A JSON Web Token that is refused now may be accepted tomorrow.
func TestJSONWebTokenThatDoesNotWorkNowIsEndedForGood(t *testing.T) {
	ctx := context.Background()
	synctest.Test(t, func(t *testing.T) {
		w := newJWTWorld(t)
		blocked, early := w.sign(t, nil), w.sign(t, func(_ *store.User, t *store.Token) { t.IssuedAt = time.Now().Add(time.Minute) })
		require.NoError(t, w.db.SetActive(ctx, "1", false))
		require.Equal(t, 401, w.do(get(blocked)).status)
		require.Equal(t, notAllowed[0], w.do(end("robot", blocked)).body)
		require.Equal(t, ended, w.do(end("mobile", blocked)).body)
		require.Equal(t, ended, w.do(end("mobile", early)).body)
		require.NoError(t, w.db.SetActive(ctx, "1", true))
		time.Sleep(2 * time.Minute)
		require.Equal(t, 200, w.do(get(w.sign(t, nil))).status)
		for _, token := range []string{blocked, early} {
			require.Equal(t, 401, w.do(get(token)).status)
		}
	})
}

// A success that is none would leave somebody with a token in the belief that it is gone.
func TestJSONWebTokenThatCannotBeEndedIsNotSaidToBe(t *testing.T) {
	w, elsewhere := newJWTWorld(t), newJWTWorld(t)
	user, err := w.db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	identity, err := w.issuer.Issue(t.Context(), user)
	require.NoError(t, err)
	good := w.sign(t, nil)
	for name, c := range map[string]struct{ token, body string }{
		"an identity token":       {identity.Compact, unsupported},
		"a key of another server": {elsewhere.sign(t, nil), unsupported},
		"no header":               {".e30.e30", unsupported},
		"no token":                {"a.b.c", unsupported},
		"forged":                  {good[:len(good)-6] + "AAAAAA", ended}, // by a key that is known, so it works nowhere
		"expired": {w.sign(t, func(_ *store.User, t *store.Token) {
			t.IssuedAt, t.ExpiresAt = time.Now().Add(-time.Hour), time.Now().Add(-time.Minute)
		}), ended},
		"of a client that is gone": {w.sign(t, func(_ *store.User, t *store.Token) { t.ClientID = "gone" }), notAllowed[0]},
	} {
		require.Equal(t, c.body, w.do(end("mobile", c.token)).body, name)
	}
	require.Equal(t, 200, w.do(get(good)).status)
	_, err = w.identity.Verify(t.Context(), identity.Compact)
	require.NoError(t, err)
}

func TestRevocationOfAJSONWebTokenDuringAnOutage(t *testing.T) {
	w := newJWTWorld(t)
	token := w.sign(t, nil)
	for _, call := range []string{"ClientByID", "UserByID", "TokenByID", "CreateTokens"} { // the last two are those of the revocations
		w.stores.call, w.stores.fault = call, func(*faults, *any) error { return errDown }
		require.Equal(t, unavailable, w.do(end("mobile", token)).body, call)
		w.stores.fault = nil
		require.Equal(t, 200, w.do(get(token)).status)
	}
}

// unsigned returns what looks like a token with these claims.
func unsigned(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".e30"
}

func TestRevocationDoesWhatTheVerifierOfJSONWebTokensSays(t *testing.T) {
	refused := func(code autherr.Code) *fakeJWTs { return &fakeJWTs{err: autherr.New(autherr.MethodJWT, code, nil)} }
	of := func(user, client string) *fakeJWTs {
		return &fakeJWTs{identity: &auth.Identity{UserID: user, ClientID: client}}
	}
	mine := unsigned(`{"sub":"7","client_id":"robot"}`)
	for name, c := range map[string]struct {
		token    string
		verifier *fakeJWTs
		revoker  error
		body     string
		asked    []string
	}{
		"mine":                    {mine, of("1", "robot"), nil, ended, []string{"1 " + mine}},
		"mine, cannot be revoked": {mine, of("1", "robot"), autherr.New(autherr.MethodRevoke, autherr.UnsupportedTokenType, nil), unsupported, []string{"1 " + mine}},
		"mine, outage":            {mine, of("1", "robot"), errDown, unavailable, []string{"1 " + mine}},
		"another's":               {mine, of("1", "web"), nil, notAllowed[0], nil},
		"nobody's":                {mine, of("1", ""), nil, notAllowed[0], nil},
		"no user's":               {mine, of("", "robot"), nil, internal, nil},
		"nothing":                 {mine, &fakeJWTs{}, nil, internal, nil},
		"not the issuer's":        {mine, &fakeJWTs{err: auth.Decline(auth.OtherShape, autherr.New(autherr.MethodJWT, autherr.InvalidSignature, nil))}, nil, unsupported, nil},
		"verifier out of order":   {mine, &fakeJWTs{err: autherr.Unavailable(autherr.MethodJWT, errDown)}, nil, unavailable, nil},
		"verifier broken":         {mine, &fakeJWTs{err: errors.New("dial tcp 10.0.0.1:443")}, nil, internal, nil},
		"expired":                 {mine, refused(autherr.TokenExpired), nil, ended, []string{"7 " + mine}},
		"bad signature":           {mine, refused(autherr.InvalidSignature), nil, ended, []string{"7 " + mine}},
		"no such user":            {mine, refused(autherr.UserInformationNotFound), nil, ended, []string{"7 " + mine}},
		"not acceptable":          {mine, refused(autherr.InvalidToken), nil, ended, []string{"7 " + mine}},
		"not acceptable here":     {mine, refused(autherr.InvalidAccessToken), autherr.New(autherr.MethodJWT, autherr.UnsupportedTokenType, nil), unsupported, []string{"7 " + mine}},
		"refused, another's":      {unsigned(`{"sub":"7","client_id":"web"}`), refused(autherr.InvalidToken), nil, notAllowed[0], nil},
		"refused, no client":      {unsigned(`{"sub":"7"}`), refused(autherr.InvalidToken), nil, unsupported, nil},
		"refused, Client_ID":      {unsigned(`{"sub":"7","Client_ID":"robot"}`), refused(autherr.InvalidToken), nil, unsupported, nil},
		"refused, client twice":   {unsigned(`{"sub":"7","client_id":"web","client_id":"robot"}`), refused(autherr.InvalidToken), nil, unsupported, nil},
		"refused, client 1":       {unsigned(`{"sub":"7","client_id":1}`), refused(autherr.InvalidToken), nil, unsupported, nil},
		"refused, no user":        {unsigned(`{"client_id":"robot","sub":null}`), refused(autherr.InvalidToken), nil, unsupported, nil},
		"refused, an array":       {unsigned(`[{"sub":"7","client_id":"robot"}]`), refused(autherr.InvalidToken), nil, unsupported, nil},
		"refused, no base64url":   {"e30.e30=.e30", refused(autherr.InvalidToken), nil, unsupported, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "2025")
			r := &revoker{err: c.revoker}
			w.mount(t, func(cfg *oauth.ServerConfig) {
				cfg.JWTIssuer, cfg.JWTVerifier, cfg.JWTRevoker = fakeIssuer{}, c.verifier, r
			})
			require.Equal(t, c.body, w.do(end("robot", c.token)).body)
			require.Equal(t, []string{c.token}, c.verifier.asked)
			require.Equal(t, c.asked, r.asked)
		})
	}
}

func TestWithoutRevokerNoJSONWebTokenIsRevoked(t *testing.T) {
	w := newWorld(t, "2025")
	mine := unsigned(`{"sub":"1","client_id":"robot"}`)
	w.mount(t, func(cfg *oauth.ServerConfig) {
		cfg.JWTIssuer, cfg.JWTVerifier = fakeIssuer{}, &fakeJWTs{identity: &auth.Identity{UserID: "1", ClientID: "robot"}}
	})
	require.Equal(t, unsupported, w.do(end("robot", mine)).body)
	r := new(revoker)
	w.mount(t, func(cfg *oauth.ServerConfig) { cfg.JWTRevoker = r })
	require.Equal(t, unsupported, w.do(end("robot", mine)).body, "nobody can tell whose it is")
	require.Empty(t, r.asked)
}

func FuzzClaimedAccess(f *testing.F) {
	f.Add("e30.e30.e30")
	f.Add(unsigned(`{"sub":"1","client_id":"robot"}`))
	f.Add(unsigned(`{"sub":"1","client_id":"robot","x":1e999}`))
	f.Add("a.b.c")
	f.Add("..")
	f.Add(unsigned(`{"sub":"1","client_id":"robot","sub":"2"}`))
	f.Fuzz(func(t *testing.T, token string) {
		var user, client string
		var ok bool
		takesAtMost(t, 16<<10, 120, len(token), func() { user, client, ok = oauth.ReadClaimed(token) })
		if !ok {
			return
		}
		require.NotEmpty(t, user)
		require.NotEmpty(t, client)
		text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		require.NoError(t, err)
		claims := object(t, text)
		require.Equal(t, user, claims["sub"])
		require.Equal(t, client, claims["client_id"])
	})
}
