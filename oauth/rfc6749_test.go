package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func withSecret(body string) string { return body + "&client_secret=" + url.QueryEscape(robotSecret) }

func TestRFC6749_2_3_1_CredentialsInTheRequestURIAreNotRead(t *testing.T) {
	w := newWorld(t, "rfc")
	q := post(asUser)
	q.path += "?" + withSecret("client_id=robot")
	a := w.do(q)
	require.Equal(t, 400, a.status)
	require.Equal(t, `{"error":"invalid_request","error_description":"No Client ID found in request."}`, a.body)
}

func TestRFC6749_3_2_OnlyPOST(t *testing.T) {
	w := newWorld(t, "rfc")
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post"} {
		q := post(passwordBody)
		q.method = method
		a := w.do(q)
		require.Equal(t, 405, a.status, method)
		require.Equal(t, "POST", a.header.Get("Allow"))
	}
}

func TestRFC6749_3_2_ParameterWithoutValueIsOmitted(t *testing.T) {
	w := newWorld(t, "rfc")
	require.Equal(t, 200, w.do(post(passwordBody+"&client_secret=&scope")).status)
	a := w.do(post("grant_type=&client_id=app"))
	require.Equal(t, `{"error":"invalid_request","error_description":"No Grant Type found in request."}`, a.body)
}

func TestRFC6749_3_2_UnrecognizedParametersAreIgnored(t *testing.T) {
	w := newWorld(t, "rfc")
	require.Equal(t, 200, w.do(post(passwordBody+"&state=x&state=y&resource=https%3A%2F%2Fa.example")).status)
}

func TestRFC6749_3_2_ParametersAreNotRepeated(t *testing.T) {
	w := newWorld(t, "rfc")
	for _, again := range []string{"grant_type=password", "client_id=app", "username=my_username", "Username=x", "password=topsecret", "username", "scope=&scope="} {
		a := w.do(post(passwordBody + "&" + again))
		require.Equal(t, 400, a.status, again)
		require.Equal(t, `{"error":"invalid_request","error_description":"Invalid request."}`, a.body)
	}
	require.Zero(t, w.hashes.Load())
}

func TestRFC6749_3_3_ScopeIsAListOfTokensInAnyOrder(t *testing.T) {
	w := newWorld(t, "rfc")
	for param, want := range map[string]string{
		"":                     "read", // the default
		"write":                "write",
		"write read":           "write read",
		"read write":           "read write",
		"read read write":      "read write",
		"admin:x":              "admin:x",
		"admin":                "!",
		"Read":                 "!",
		"read admin":           "!",
		" read":                "!",
		"read ":                "!",
		"read  write":          "!",
		"read\twrite":          "!",
		"read\u00a0write":      "!",
		"\"read\"":             "!",
		"read,write":           "!",
		strings.Repeat(" ", 9): "!",
	} {
		a := w.do(post(clientBody + "&" + form("scope", param)))
		if want == "!" {
			require.Equal(t, `{"error":"invalid_scope","error_description":"Invalid scope."}`, a.body, "%q", param)
			continue
		}
		require.Equal(t, 200, a.status, "%q", param)
		require.Equal(t, want, parseToken(t, a).Scope, "%q", param)
		who := w.do(get(parseToken(t, a).AccessToken))
		require.Contains(t, who.body, `"Scopes":["`+strings.ReplaceAll(want, " ", `","`)+`"]`)
	}
	// A record with an element that is no scope does not make one of it.
	c, err := w.db.ClientByID(t.Context(), "robot")
	require.NoError(t, err)
	c.Scopes = append(c.Scopes, "", "a\"b")
	require.NoError(t, w.db.PutClient(t.Context(), c))
	for _, param := range []string{"read ", "a\"b"} {
		require.Contains(t, w.do(post(clientBody+"&"+form("scope", param))).body, "invalid_scope")
	}
	// A client without scopes gets none, and its answer has no such member.
	a := w.do(post(passwordBody))
	require.NotContains(t, a.body, "scope")
	require.Contains(t, w.do(post(passwordBody+"&scope=read")).body, "invalid_scope")
}

func TestRFC6749_4_3_2_ConfidentialClientAuthenticatesAndPasswordIsValidated(t *testing.T) {
	w := newWorld(t, "rfc")
	body := form("grant_type", "password", "username", "my_username", "client_id", "pw")
	require.Equal(t, `{"error":"invalid_client","error_description":"Client authentication failed."}`, w.do(post(body+"&password=topsecret")).body)
	require.Equal(t, 200, w.do(post(withSecret(body+"&password=topsecret"))).status)
	a := w.do(post(withSecret(body + "&password=wrong")))
	require.Equal(t, 400, a.status)
	require.Equal(t, `{"error":"invalid_grant","error_description":"Invalid username or password."}`, a.body)
}

// A stranger must not learn which users exist or are blocked.
func TestRFC6749_4_3_2_EveryWrongPasswordIsAnsweredAlikeForOneHash(t *testing.T) {
	w := newWorld(t, "2025")
	send := func(name, pw string) (answer, int64) {
		before := w.hashes.Load()
		a := w.do(post(form("grant_type", "password", "username", name, "password", pw, "client_id", "app")))
		return a, w.hashes.Load() - before
	}
	want, hashes := send("my_username", "wrong")
	require.Equal(t, 401, want.status)
	require.EqualValues(t, 1, hashes)
	for _, c := range [][2]string{{"nobody", "wrong"}, {"blocked_user", "wrong"}, {"blocked_user", "topsecret"}, {"MY_USERNAME", "topsecret"}} {
		a, hashes := send(c[0], c[1])
		require.Equal(t, want, a, c[0])
		require.EqualValues(t, 1, hashes, c[0])
	}
	for _, c := range [][2]string{{"my_username", "topsecret\x01"}, {"my_username", " topsecret"}, {"my_username", "topsecret "}} {
		a, _ := send(c[0], c[1])
		require.Equal(t, want, a, "%q", c[1])
	}
}

func TestRFC6749_4_4_OnlyConfidentialClients(t *testing.T) {
	w := newWorld(t, "rfc")
	for _, id := range []string{"web", "cc", "robot", "nobody"} { // some may omit the secret with the password grant
		a := w.do(post(asUser + "&client_id=" + id))
		require.Equal(t, `{"error":"invalid_request","error_description":"No Client Secret found in request."}`, a.body)
	}
}

func TestClientActsForItsUsersOnly(t *testing.T) {
	w := newWorld(t, "2025")
	refused := w.do(post(withSecret("grant_type=client_credentials&client_id=robot&username=nobody")))
	require.Equal(t, "UNAUTHORIZED_CLIENT", refused.code(t))
	for _, c := range []struct {
		client, user string
		id           string // of the user, or empty if refused
	}{
		{"robot", "my_username", "1"}, {"robot", "reader", ""}, {"robot", "blocked_user", ""}, {"robot", "gone", ""},
		{"robot", "1", ""}, {"robot", strings.Repeat("x", 2000), ""}, {"robot", "my_username\x01", ""},
		{"web", "my_username", "1"}, {"web", "reader", "2"}, {"web", "blocked_user", ""}, {"web", "nobody", ""},
	} {
		a := w.do(post(withSecret(form("grant_type", "client_credentials", "client_id", c.client, "username", c.user))))
		if c.id == "" {
			require.Equal(t, refused, a, "one answer for all")
			continue
		}
		require.Equal(t, 200, a.status)
		require.Contains(t, w.do(get(parseToken(t, a).AccessToken)).body, `"UserID":"`+c.id+`"`)
	}
	require.Zero(t, w.hashes.Load(), "no password is looked at")
}

func TestRFC6749_5_1_SuccessfulResponse(t *testing.T) {
	w := newWorld(t, "rfc")
	a := w.do(post(clientBody))
	require.Equal(t, 200, a.status)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Equal(t, "no-cache", a.header.Get("Pragma"))
	out := parseToken(t, a)
	require.Equal(t, "Bearer", out.TokenType)
	require.EqualValues(t, 90, out.ExpiresIn)
	require.NotContains(t, a.body, "refresh_token") // section 4.4.3: none with client_credentials
}

func TestRFC6749_5_2_ErrorResponses(t *testing.T) {
	w := newWorld(t, "rfc")
	for name, c := range map[string]struct {
		request request
		status  int
		code    string
	}{
		"missing parameter":            {post("grant_type=password"), 400, "invalid_request"},
		"repeated parameter":           {post(passwordBody + "&client_id=app"), 400, "invalid_request"},
		"several client credentials":   {post(withSecret(asUser), "Authorization", basic("robot", robotSecret)), 400, "invalid_request"},
		"unknown client":               {post(withSecret(asUser + "&client_id=nobody")), 401, "invalid_client"},
		"client authentication failed": {post(asUser + "&client_id=robot&client_secret=x"), 401, "invalid_client"},
		"failed in the header":         {post(asUser, "Authorization", basic("robot", "x")), 401, "invalid_client"},
		"wrong password":               {post(strings.Replace(passwordBody, "topsecret", "wrong", 1)), 400, "invalid_grant"},
		"grant not allowed":            {post(withSecret(asUser + "&client_id=pw")), 400, "unauthorized_client"},
		"unsupported grant":            {post("grant_type=urn:x&client_id=app"), 400, "unsupported_grant_type"},
		"scope exceeds":                {post(clientBody + "&scope=root"), 400, "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.do(c.request)
			require.Equal(t, c.status, a.status)
			require.Equal(t, c.code, a.code(t))
			require.Equal(t, "application/json", a.header.Get("Content-Type"))
			require.Equal(t, "no-store", a.header.Get("Cache-Control"))
			if c.status == 401 {
				require.Equal(t, []string{`Basic realm="Example API", charset="UTF-8"`}, a.header["Www-Authenticate"])
			} else {
				require.Empty(t, a.header["Www-Authenticate"])
			}
		})
	}
}
