package auth_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestBasic(t *testing.T) {
	apiKey := auth.NewRandom(auth.PrefixAPIKey)
	for _, tt := range []struct {
		name  string
		value string // of Authorization; "-" for none
		// the code by method; an empty one is a success
		basic, idToken, revoke, services autherr.Code
		declines                         bool
		hashes                           int64
	}{
		{"right", basicValue("my_username:topsecret"), "", "", "", "", false, 1},
		{"absent", "-", autherr.MissingAuthorizationHeader, autherr.MissingAuthorizationHeader, autherr.MissingBasicAuth, autherr.MissingAuthorizationHeader, true, 0},
		{"another scheme", "Bearer abc", autherr.InvalidAuthorizationHeaderTokenType, autherr.InvalidAuthorizationHeaderTokenType, autherr.MissingBasicAuth, autherr.InvalidAuthorizationHeaderTokenType, true, 0},
		{"empty", "", autherr.InvalidAuthorizationHeaderTokenType, autherr.InvalidAuthorizationHeaderTokenType, autherr.MissingBasicAuth, autherr.InvalidAuthorizationHeaderTokenType, true, 0},
		{"the long s", "Baſic " + basicValue("my_username:topsecret")[6:], autherr.InvalidAuthorizationHeaderTokenType, autherr.InvalidAuthorizationHeaderTokenType, autherr.MissingBasicAuth, autherr.InvalidAuthorizationHeaderTokenType, true, 0},
		{"only the scheme", "Basic", autherr.IncompleteRequest, autherr.IncompleteRequest, autherr.InvalidBasicAuthFormat, autherr.InvalidCredentials, false, 0},
		{"no base64", "Basic !!!", autherr.IncompleteRequest, autherr.IncompleteRequest, autherr.InvalidBasicAuthFormat, autherr.InvalidCredentials, false, 0},
		{"no colon", basicValue("my_username"), autherr.IncompleteRequest, autherr.IncompleteRequest, autherr.InvalidBasicAuthFormat, autherr.InvalidCredentials, false, 0},
		{"a control character", basicValue("my_username:top\x00secret"), autherr.IncompleteRequest, autherr.IncompleteRequest, autherr.InvalidBasicAuthFormat, autherr.InvalidCredentials, false, 0},
		{"two credentials", basicValue("my_username:topsecret") + ", " + basicValue("my_username:topsecret"), autherr.IncompleteRequest, autherr.IncompleteRequest, autherr.InvalidBasicAuthFormat, autherr.InvalidCredentials, false, 0},
		{"no name", basicValue(":topsecret"), autherr.MissingUsername, autherr.MissingUsername, autherr.MissingCredentials, autherr.InvalidCredentials, false, 0},
		{"no password", basicValue("my_username:"), autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.MissingCredentials, autherr.InvalidCredentials, false, 1},
		{"neither", basicValue(":"), autherr.MissingUsername, autherr.MissingUsername, autherr.MissingCredentials, autherr.InvalidCredentials, false, 0},
		{"wrong", basicValue("my_username:wrong"), autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, false, 1},
		{"unknown", basicValue("stranger:topsecret"), autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, false, 1},
		{"blocked, wrong", basicValue("blocked_user:topsecret"), autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, false, 1},
		{"blocked, right", basicValue("blocked_user:blocked-password"), autherr.UserBlocked, autherr.InvalidCredentials, autherr.UserBlocked, autherr.InvalidCredentials, false, 1},
		{"a second colon belongs to the password", basicValue("my_username:topsecret:more"), autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, false, 1},
		{"a services token", basicValue(serviceToken + ":"), autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, true, 0},
		{"an API key", basicValue("my_username:" + apiKey), autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, autherr.InvalidCredentials, true, 0},
	} {
		for method, want := range map[autherr.Method]autherr.Code{
			autherr.MethodBasic: tt.basic, autherr.MethodIDToken: tt.idToken, autherr.MethodRevoke: tt.revoke, autherr.MethodServiceToken: tt.services,
		} {
			b, h := newBasic(t, method)
			r := request()
			if tt.value != "-" {
				r.Header.Set("Authorization", tt.value)
			}
			id, err := b.Authenticate(r)
			where := tt.name + "/" + string(method)
			hashes := tt.hashes
			if want == autherr.MissingCredentials {
				hashes = 0 // this method sees that a password is missing
			}
			require.Equal(t, hashes, h.computed.Load(), where)
			require.Equal(t, tt.declines, errors.Is(err, auth.ErrNoCredentials), where)
			if want == "" {
				require.NoError(t, err, where)
				require.Equal(t, "my_username", id.Name)
				require.Equal(t, method, id.Method)
				continue
			}
			require.Nil(t, id, where)
			require.ErrorIs(t, err, want, where)
			require.Equal(t, method, autherr.From(err).Method, where)
			if tt.declines && want == autherr.InvalidCredentials {
				require.ErrorContains(t, err, "a services token or an API key in place of", "or the log of a route for others tells of wrong passwords")
			}
			if want != autherr.InternalError {
				status := autherr.Profile2025(nil).Render(autherr.From(err)).Status
				require.GreaterOrEqual(t, status, 400, where)
				require.Less(t, status, 405, where)
			}
		}
	}
}

func TestTheDocumentedBodiesOfBasic(t *testing.T) {
	b, _ := newBasic(t, "")
	mw := auth.Require(b, nil)
	w := serve(mw, basicRequest("my_username:wrong"))
	require.Equal(t, 401, w.Code)
	require.Equal(t, `{"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password"}`, w.Body.String())
	require.Equal(t, `Basic realm="Example API", charset="UTF-8"`, w.Header().Get("WWW-Authenticate"))

	w = serve(mw, basicRequest("blocked_user:blocked-password"))
	require.Equal(t, 403, w.Code)
	require.Equal(t, `{"status":"error","http_code":"403","error":"USER_BLOCKED","error_description":"The Username blocked_user has not been activated or is blocked."}`, w.Body.String())
}

func TestBasicReturnsTheRecordToEndpoints(t *testing.T) {
	b, _ := newBasic(t, autherr.MethodIDToken)
	u, err := b.User(basicRequest("my_username:topsecret"))
	require.NoError(t, err)
	require.Equal(t, "s1", u.Stamp)
	u, err = b.User(basicRequest("my_username:wrong"))
	require.Error(t, err)
	require.Zero(t, u)
}

func TestBasicInACustomHeader(t *testing.T) {
	h := newHashing(t)
	b, err := auth.NewBasic(auth.BasicConfig{
		Login: newLogin(t, auth.LoginConfig{Users: demoAccounts(t, h), Hasher: h.Hasher}), Realm: "a", Header: "x-authorization",
	})
	require.NoError(t, err)
	good, bad := basicValue("my_username:topsecret"), basicValue("my_username:wrong")
	for _, tt := range []struct {
		fields []string
		want   autherr.Code
	}{
		{[]string{"X-Authorization", good}, ""},
		{[]string{"Authorization", good}, ""},
		{[]string{"Authorization", good, "X-Authorization", bad}, ""},
		{[]string{"Authorization", bad, "X-Authorization", good}, autherr.InvalidCredentials},
		{[]string{"Authorization", "", "X-Authorization", good}, autherr.InvalidAuthorizationHeaderTokenType},
		{[]string{"X-Authorization", good, "X-Authorization", good}, autherr.InvalidRequest},
		{[]string{"X-Authorization", good, "API-KEY", "x"}, autherr.InvalidRequest},
		{nil, autherr.MissingAuthorizationHeader},
	} {
		_, err := b.Authenticate(request(tt.fields...))
		if tt.want == "" {
			require.NoError(t, err, "%v", tt.fields)
			continue
		}
		require.ErrorIs(t, err, tt.want, "%v", tt.fields)
	}
	w := serve(auth.Require(b, nil), request("X-Authorization", good))
	require.Equal(t, "Authorization, X-Authorization", w.Header().Get("Vary"))
}

func TestCheckFallback(t *testing.T) {
	for name, ok := range map[string]bool{
		"": true, "X-Authorization": true, "x-api-authorization": true,
		"Authorization": false, "AUTHORIZATION": false, "API-KEY": false, "api-key": false,
		"Proxy-Authorization": false, "proxy-authorization": false,
		"X Authorization": false, "X:": false, "X\r\nY": false, "Ä": false,
	} {
		require.Equal(t, ok, auth.CheckFallback(name) == nil, "%q", name)
	}
}

func TestBasicConfigurationErrors(t *testing.T) {
	l := newLogin(t, auth.LoginConfig{Users: newAccounts()})
	for want, cfg := range map[string]auth.BasicConfig{
		"Login":        {Realm: "a"},
		"Realm":        {Login: l},
		"realm":        {Login: l, Realm: "a\r\nb"},
		"Header":       {Login: l, Realm: "a", Header: "Authorization"},
		"Method":       {Login: l, Realm: "a", Method: autherr.MethodJWT},
		`Method "own"`: {Login: l, Realm: "a", Method: "own"},
	} {
		b, err := auth.NewBasic(cfg)
		require.ErrorContains(t, err, want)
		require.Nil(t, b)
	}
}

func TestABasicThatWasNotMadeRefuses(t *testing.T) {
	for _, b := range []*auth.Basic{nil, {}} {
		_, err := b.Authenticate(basicRequest("my_username:topsecret"))
		require.ErrorIs(t, err, autherr.InternalError)
		_, err = b.User(request())
		require.ErrorIs(t, err, autherr.InternalError, "absence is no way around it")
		require.Equal(t, []string{"Authorization"}, b.CredentialHeaders())
	}
	require.Empty(t, (*auth.Basic)(nil).Challenges())
}

func TestClearTextIsRefusedByBasic(t *testing.T) {
	b, h := newBasic(t, "")
	r := basicRequest("my_username:topsecret")
	r.RemoteAddr = "192.0.2.1:5"
	w := serve(auth.Require(b, nil), r)
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Equal(t, `{"status":"error","http_code":"403","error":"INSECURE_TRANSPORT","error_description":"HTTPS is required."}`, w.Body.String())
	require.Zero(t, h.computed.Load())
}
