package oauth_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestRFC6750_2_1_TokenIsSentInTheAuthorizationField(t *testing.T) {
	w := newWorld(t, "2025")
	send := w.listen(t)
	token := w.token(t, passwordBody)
	for field, code := range map[string]string{
		"Bearer " + token:                       "",
		"bearer " + token:                       "",
		"BEARER   " + token:                     "",
		"Bearer\t" + token:                      "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE",
		"Bearer":                                "INVALID_ACCESS_TOKEN",
		token:                                   "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE",
		"Token " + token:                        "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE",
		"Bearer=" + token:                       "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE",
		"Bearer " + token + ",":                 "INVALID_ACCESS_TOKEN",
		"Bearer " + token + " x":                "INVALID_ACCESS_TOKEN",
		"Bearer " + token + ", Bearer " + token: "INVALID_ACCESS_TOKEN",
		"Bearer \"" + token + "\"":              "INVALID_ACCESS_TOKEN",
		basic(token, ""):                        "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE",
	} {
		a := send(request{"GET", "/", "", headers("Authorization", field)})
		if code == "" {
			require.Equal(t, 200, a.status, field)
			continue
		}
		require.Equal(t, code, a.code(t), field)
	}
}

func TestRFC6750_2_2_And_2_3_TokenInBodyOrQueryIsNotRead(t *testing.T) {
	w := newWorld(t, "2025")
	token := w.token(t, passwordBody)
	for _, q := range []request{
		{"POST", "/", "access_token=" + token, headers("Content-Type", formType)},
		{"GET", "/?access_token=" + token, "", headers()},
		{"GET", "/", "", headers("Proxy-Authorization", "Bearer "+token)},
		{"GET", "/", "", headers("Cookie", "access_token="+token)},
	} {
		require.Equal(t, "MISSING_AUTHORIZATION_HEADER", w.do(q).code(t))
	}
}

func TestRFC6750_2_OnlyOneMethodInARequest(t *testing.T) {
	w := newWorld(t, "rfc")
	field := "Bearer " + w.token(t, passwordBody)
	for _, h := range []http.Header{
		{"Authorization": {field, field}},
		{"Authorization": {field}, "Api-Key": {"x"}},
	} {
		a := w.do(request{"GET", "/", "", h})
		require.Equal(t, 400, a.status)
		require.Equal(t, "invalid_request", a.code(t))
		require.Equal(t, []string{`Bearer realm="Example API", error="invalid_request", error_description="Invalid request."`}, a.header["Www-Authenticate"])
	}
}

func TestRFC6750_3_ChallengeNamesTheErrorOnlyIfATokenWasSent(t *testing.T) {
	w := newWorld(t, "rfc")
	for field, want := range map[string]string{
		"":                                 `Bearer realm="Example API"`,
		basic("my_username", "topsecret"):  `Bearer realm="Example API"`,
		"Bearer " + auth.NewRandom("aat_"): `Bearer realm="Example API", error="invalid_token", error_description="Invalid Access Token."`,
		"Bearer x":                         `Bearer realm="Example API", error="invalid_token", error_description="Invalid Access Token."`,
	} {
		q := request{"GET", "/", "", headers()}
		if field != "" {
			q.header.Set("Authorization", field)
		}
		a := w.do(q)
		require.Equal(t, 401, a.status)
		require.Equal(t, []string{want}, a.header["Www-Authenticate"])
	}
}

func TestRFC6750_3_1_InsufficientScope(t *testing.T) {
	w := newWorld(t, "rfc")
	gate := auth.Require(w.verifier, &auth.Options{Renderer: autherr.ProfileRFC()})
	w.mux.Handle("/write", gate(auth.RequireScope("write")(http.HandlerFunc(whoami))))
	ask := func(token string) answer {
		q := get(token)
		q.path = "/write"
		return w.do(q)
	}
	a := ask(w.token(t, clientBody))
	require.Equal(t, 403, a.status)
	require.Equal(t, "insufficient_scope", a.code(t))
	require.Contains(t, a.header.Get("WWW-Authenticate"), `error="insufficient_scope"`)
	require.Contains(t, a.header.Get("WWW-Authenticate"), `scope="write"`)
	require.Equal(t, 403, ask(w.token(t, passwordBody)).status, "a token without scopes")
	require.Equal(t, 200, ask(w.token(t, clientBody+"&scope=write")).status)
}
