package oauth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
)

func TestRFC7662_2_1_Request(t *testing.T) {
	w := newWorld(t, "2025")
	send := w.listen(t)
	token := w.token(t, passwordBody)
	active := send(ask("resource", token)).body
	require.Contains(t, active, `"active":true`)
	good := ask("resource", token)
	with := func(change func(*request)) request {
		q := request{good.method, good.path, good.body, good.header.Clone()}
		change(&q)
		return q
	}
	for name, c := range map[string]struct {
		request request
		status  int
		code    string // empty: the token is active
	}{
		"the hint is right":       {ask("resource", token, "token_type_hint", "access_token"), 200, ""},
		"the hint is wrong":       {ask("resource", token, "token_type_hint", "refresh_token"), 200, ""},
		"the hint is unknown":     {ask("resource", token, "token_type_hint", "pineapple"), 200, ""},
		"the hint is empty":       {ask("resource", token, "token_type_hint", ""), 200, ""},
		"unknown parameters":      {ask("resource", token, "resource", "a", "x", "b"), 200, ""},
		"blanks around the token": {ask("resource", " "+token+"\t"), 200, ""},
		"a charset":               {with(func(q *request) { q.header.Set("Content-Type", formType+"; charset=utf-8") }), 200, ""},
		"client in the body": {with(func(q *request) {
			q.body += "&" + form("client_id", "resource", "client_secret", robotSecret)
			q.header.Del("Authorization")
		}), 200, ""},
		"client twice":                {with(func(q *request) { q.body += "&" + form("client_id", "resource", "client_secret", robotSecret) }), 400, "INVALID_REQUEST"},
		"no token":                    {with(func(q *request) { q.body = "token_type_hint=access_token" }), 400, "INVALID_REQUEST"},
		"an empty token":              {ask("resource", ""), 400, "INVALID_REQUEST"},
		"token twice":                 {ask("resource", token, "token", token), 400, "INVALID_REQUEST"},
		"token in the query":          {with(func(q *request) { q.path += "?" + q.body; q.body = "" }), 400, "INVALID_REQUEST"},
		"GET":                         {with(func(q *request) { q.method, q.path, q.body = "GET", q.path+"?"+q.body, "" }), 405, "INVALID_HTTP_METHOD"},
		"JSON":                        {with(func(q *request) { q.header.Set("Content-Type", jsonType); q.body = `{"token":"` + token + `"}` }), 415, "INVALID_REQUEST"},
		"too long":                    {with(func(q *request) { q.body += "&x=" + strings.Repeat("x", 64<<10) }), 413, "INVALID_REQUEST"},
		"an access token as a client": {with(func(q *request) { q.header.Set("Authorization", "Bearer "+token) }), 400, "INVALID_REQUEST"},
	} {
		t.Run(name, func(t *testing.T) {
			a := send(c.request)
			require.Equal(t, c.status, a.status, a.body)
			require.Equal(t, "no-store", a.header.Get("Cache-Control"))
			if c.code == "" {
				require.Equal(t, active, a.body)
				return
			}
			require.Equal(t, c.code, a.code(t))
			require.NotContains(t, a.body, "active")
			if c.status == 405 {
				require.Equal(t, "POST", a.header.Get("Allow"))
			}
		})
	}
}

// These are the refusals of a client, in the profiles 2025, legacy and rfc.
var (
	noClient = [3]string{
		`{"status":"error","http_code":"401","error":"INVALID_CLIENT_ID","error_description":"Invalid Client ID."}`,
		`{"status":"error","error":"INVALID_CLIENT_ID","error_description":"Invalid Client ID."}`,
		`{"error":"invalid_client","error_description":"Client authentication failed."}`,
	}
	noSecret = [3]string{
		`{"status":"error","http_code":"401","error":"INVALID_CLIENT_SECRET","error_description":"Invalid Client Secret."}`,
		`{"status":"error","error":"INVALID_CLIENT_SECRET","error_description":"Invalid Client Secret."}`,
		`{"error":"invalid_client","error_description":"Client authentication failed."}`,
	}
	notAllowed = [3]string{
		`{"status":"error","http_code":"400","error":"UNAUTHORIZED_CLIENT","error_description":"The client is not allowed to do this."}`,
		`{"status":"error","error":"UNAUTHORIZED_CLIENT","error_description":"The client is not allowed to do this."}`,
		`{"error":"unauthorized_client","error_description":"The client is not allowed to do this."}`,
	}
)

// introspectBy is a question that authenticates, or does not, with these header fields.
func introspectBy(header ...string) func(token string) request {
	return func(token string) request {
		return request{"POST", "/oauth/introspect", "token=" + token, headers(append([]string{"Content-Type", formType}, header...)...)}
	}
}

// introspectInBody is one that authenticates in its body.
func introspectInBody(pairs ...string) func(token string) request {
	return func(token string) request {
		return request{"POST", "/oauth/introspect", "token=" + token + "&" + form(pairs...), headers("Content-Type", formType)}
	}
}

// strangers are those who may not ask, with their refusals.
var strangers = map[string]struct {
	request func(token string) request
	status  int
	bodies  [3]string
}{
	"nobody":                           {introspectBy(), 401, noClient},
	"an empty client":                  {introspectInBody("client_id", "", "client_secret", ""), 401, noClient},
	"a secret alone":                   {introspectInBody("client_secret", robotSecret), 401, noClient},
	"an unknown client":                {introspectBy("Authorization", basic("nobody", robotSecret)), 401, noClient},
	"a client that is off":             {introspectBy("Authorization", basic("off", robotSecret)), 401, noClient},
	"a client of another application":  {introspectBy("Authorization", basic("foreign", otherSecret)), 401, noClient},
	"a wrong secret":                   {introspectBy("Authorization", basic("resource", otherSecret)), 401, noSecret},
	"no secret":                        {introspectInBody("client_id", "resource"), 401, noSecret},
	"a public client":                  {introspectInBody("client_id", "app"), 401, noSecret},
	"a client that is none, in secret": {introspectBy("Authorization", basic("robot", robotSecret)), 400, notAllowed},
	"the user":                         {introspectBy("Authorization", basic("my_username", "topsecret")), 401, noClient},
}

// What is refused is told as at the token endpoint: with 401 and its challenge, if the client has not shown who it is (RFC 6749 section 5.2).
func TestRFC7662_2_3_ClientIsRefusedAsAtTheTokenEndpoint(t *testing.T) {
	for i, profile := range []string{"2025", "legacy", "rfc"} {
		w := newWorld(t, profile)
		send := w.listen(t)
		token := w.token(t, passwordBody)
		for name, c := range strangers {
			t.Run(profile+"/"+name, func(t *testing.T) {
				a := send(c.request(token))
				require.Equal(t, c.bodies[i], a.body)
				require.Equal(t, c.status, a.status)
				require.Equal(t, "no-store", a.header.Get("Cache-Control"))
				if a.status == 401 {
					require.Equal(t, []string{`Basic realm="Example API", charset="UTF-8"`}, a.header["Www-Authenticate"])
				}
			})
		}
		for _, secret := range []string{"nobody", "resource"} { // the very same refusals
			header := []string{"Authorization", basic(secret, otherSecret)}
			a, b := w.do(introspectBy(header...)(token)), w.do(post(asUser, header...))
			require.Equal(t, b, a)
			require.Equal(t, 401, a.status)
		}
	}
}

// A question that is well-formed and allowed is answered, whatever the token is.
func TestRFC7662_2_3_InactiveTokenIsNoError(t *testing.T) {
	for _, profile := range []string{"2025", "legacy", "rfc"} {
		w := newWorld(t, profile)
		for _, token := range []string{auth.NewRandom(auth.PrefixAccessToken), auth.NewRandom(auth.PrefixRefreshToken), "a.b.c", "?"} {
			a := w.do(ask("resource", token))
			require.Equal(t, 200, a.status)
			require.Equal(t, inactive, a.body)
			require.Empty(t, a.header.Get("WWW-Authenticate"))
		}
	}
}

// Without authentication nobody learns anything, so that nobody can try out tokens.
func TestRFC7662_4_IntrospectionIsNoOracle(t *testing.T) {
	for _, profile := range []string{"2025", "legacy", "rfc"} {
		w := newWorld(t, profile)
		send := w.listen(t)
		token := w.token(t, passwordBody)
		for name, c := range strangers {
			t.Run(profile+"/"+name, func(t *testing.T) {
				w.stores.record, w.stores.calls = true, nil
				a := send(c.request(token))
				require.Equal(t, c.status, a.status)
				require.NotContains(t, w.stores.calls, "TokenByID", "the token is not even looked at")
				unknown := send(c.request(auth.NewRandom(auth.PrefixAccessToken)))
				a.header.Del("Date")
				unknown.header.Del("Date")
				require.Equal(t, a, unknown)
			})
		}
		require.True(t, exists(t, w, token))
	}
}

func TestRFC7662_4_IntrospectionNeedsASecureConnection(t *testing.T) {
	w := newWorld(t, "2025")
	a := w.from("203.0.113.7:1", ask("resource", w.token(t, passwordBody)))
	require.Equal(t, 403, a.status)
	require.Equal(t, "INSECURE_TRANSPORT", a.code(t))
}
