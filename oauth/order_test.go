package oauth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every case has all the faults of those below it, so that the one it is answered for must have been found first.
func TestChecksAreMadeInThePromisedOrder(t *testing.T) {
	const bad = "scope=nothing&password=wrong"
	web := "client_secret=" + form("", robotSecret)[1:]
	type step struct {
		name    string
		request request
		status  int
		code    string
	}
	for _, steps := range [][]step{
		{ // the password grant
			{"HTTP method", request{"PUT", "/rest_api/access_token", "%", headers("Content-Type", jsonType)}, 405, "INVALID_HTTP_METHOD"},
			{"media type", request{"POST", "/rest_api/access_token", "%", headers("Content-Type", jsonType, "Authorization", "Digest x")}, 415, "INVALID_REQUEST"},
			{"form", post("%&"+bad, "Authorization", "Digest x"), 400, "INVALID_REQUEST"},
			{"client authentication", post(bad, "Authorization", "Digest x"), 400, "INVALID_REQUEST"},
			{"grant_type", post(bad), 400, "MISSING_GRANT_TYPE"},
			{"unknown grant_type", post("grant_type=x&" + bad), 400, "UNSUPPORTED_GRANT_TYPE"},
			{"client_id", post("grant_type=password"), 400, "MISSING_CLIENT_ID"},
			{"username", post("grant_type=password&client_id=nobody"), 400, "MISSING_USERNAME"},
			{"password", post("grant_type=password&client_id=nobody&username=x"), 400, "MISSING_PASSWORD"},
			{"unknown client", post("grant_type=password&username=x&client_id=nobody&client_secret=wrong&" + bad), 401, "INVALID_CLIENT_ID"},
			{"no client secret", post("grant_type=password&username=x&client_id=robot&" + bad), 401, "INVALID_CLIENT_SECRET"},
			{"wrong client secret", post("grant_type=password&username=x&client_id=cc&client_secret=wrong&" + bad), 401, "INVALID_CLIENT_SECRET"},
			{"grant not allowed", post("grant_type=password&username=x&client_id=cc&" + web + "&" + bad), 400, "UNAUTHORIZED_CLIENT"},
			{"grant not allowed without a secret", post("grant_type=password&username=x&client_id=cc&" + bad), 400, "UNAUTHORIZED_CLIENT"},
			{"scope", post("grant_type=password&username=x&client_id=web&" + web + "&" + bad), 400, "INVALID_SCOPE"},
			{"user", post("grant_type=password&username=x&client_id=web&" + web + "&password=wrong"), 401, "INVALID_CREDENTIALS"},
		},
		{ // the client_credentials grant
			{"client_id", post("grant_type=client_credentials&client_secret=wrong&scope=nothing"), 400, "MISSING_CLIENT_ID"},
			{"username", post("grant_type=client_credentials&client_id=nobody"), 400, "MISSING_USERNAME"},
			{"client_secret", post("grant_type=client_credentials&client_id=nobody&username=x&scope=nothing"), 400, "MISSING_CLIENT_SECRET"},
			{"client_secret of a client that needs none elsewhere", post("grant_type=client_credentials&client_id=web&username=x&scope=nothing"), 400, "MISSING_CLIENT_SECRET"},
			{"unknown client", post("grant_type=client_credentials&client_id=nobody&username=x&client_secret=wrong&scope=nothing"), 401, "INVALID_CLIENT_ID"},
			{"wrong client secret", post("grant_type=client_credentials&client_id=pw&username=x&client_secret=wrong&scope=nothing"), 401, "INVALID_CLIENT_SECRET"},
			{"grant not allowed", post("grant_type=client_credentials&client_id=pw&username=x&" + web + "&scope=nothing"), 400, "UNAUTHORIZED_CLIENT"},
			{"scope", post("grant_type=client_credentials&client_id=robot&username=x&" + web + "&scope=nothing"), 400, "INVALID_SCOPE"},
			{"user", post("grant_type=client_credentials&client_id=robot&username=x&" + web), 400, "UNAUTHORIZED_CLIENT"},
		},
		{ // revocation
			{"HTTP method", request{"GET", "/rest_api/revoke", "", headers()}, 405, "INVALID_HTTP_METHOD"},
			{"user", request{"POST", "/rest_api/revoke", "%", headers("Content-Type", "text/plain", "Authorization", basic("my_username", "wrong"))}, 401, "INVALID_CREDENTIALS"},
			{"media type", request{"POST", "/rest_api/revoke", "%", headers("Content-Type", "text/plain", "Authorization", basic("my_username", "topsecret"))}, 415, "INVALID_REQUEST"},
			{"body", revoke("%", "Authorization", basic("my_username", "topsecret")), 400, "INVALID_REQUEST"},
			{"token", revoke("token=", "Authorization", basic("my_username", "topsecret")), 400, "INVALID_REQUEST"},
		},
	} {
		w := newWorld(t, "2025")
		for _, s := range steps {
			t.Run(s.request.path+"/"+s.name, func(t *testing.T) {
				before := w.hashes.Load()
				a := w.do(s.request)
				require.Equal(t, s.code, a.code(t))
				require.Equal(t, s.status, a.status)

				loginsWanted := int64(0)
				if s.request.path == "/rest_api/revoke" && s.name != "HTTP method" || s.code == "INVALID_CREDENTIALS" {
					loginsWanted = 1
				}
				require.Equal(t, loginsWanted, w.hashes.Load()-before, "logins attempted")
			})
		}
	}
}

func TestNoStoreIsAskedForARequestThatIsMalformed(t *testing.T) {
	w := newWorld(t, "2025")
	w.stores.record = true
	for _, q := range []request{
		post("%"),
		post("grant_type=password"),
		post(passwordBody+"&client_id=app", "Authorization", basic("app", "x")),
		post(clientBody, "Authorization", basic("robot", robotSecret)),
	} {
		require.Equal(t, 400, w.do(q).status)
	}
	require.Empty(t, w.stores.calls)
}

func TestUserIsNotLookedUpForABadClient(t *testing.T) {
	w := newWorld(t, "2025")
	w.stores.record = true
	for _, body := range []string{
		form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", "nobody"),
		form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", "off"),
		form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", "app", "client_secret", "x"),
		form("grant_type", "client_credentials", "username", "my_username", "client_id", "robot", "client_secret", "x"),
	} {
		w.stores.calls = nil
		require.Equal(t, 401, w.do(post(body)).status)
		require.Equal(t, []string{"ClientByID"}, w.stores.calls)
	}
	require.Zero(t, w.hashes.Load())
}

func TestNoStoreIsAskedForANameThatNobodyCanHave(t *testing.T) {
	w := newWorld(t, "2025")
	w.stores.record = true
	long := strings.Repeat("x", 5000)
	require.Equal(t, "INVALID_CLIENT_ID", w.do(post(form("grant_type", "client_credentials", "username", "x", "client_id", long, "client_secret", "x"))).code(t))
	require.Empty(t, w.stores.calls)
	for body, code := range map[string]string{
		withSecret("grant_type=client_credentials&client_id=robot&username=" + long): "UNAUTHORIZED_CLIENT",
		"grant_type=password&client_id=app&password=topsecret&username=" + long:      "INVALID_CREDENTIALS",
	} {
		w.stores.calls = nil
		require.Equal(t, code, w.do(post(body)).code(t))
		require.Equal(t, []string{"ClientByID"}, w.stores.calls)
	}
}

func TestRFC6749_3_2_SecretsMustNotTravelInClearText(t *testing.T) {
	w := newWorld(t, "2025")
	const stranger = "192.0.2.1:1234"
	for name, q := range map[string]request{
		"password":           post(passwordBody),
		"client_credentials": post(clientBody),
		"client by Basic":    post("grant_type=client_credentials&username=my_username", "Authorization", basic("robot", robotSecret)),
		"unknown client":     post("grant_type=client_credentials&username=x&client_id=nobody&client_secret=y"),
		"revoke":             revoke("token=x", "Authorization", basic("my_username", "topsecret")),
	} {
		t.Run(name, func(t *testing.T) {
			a := w.from(stranger, q)
			require.Equal(t, 403, a.status)
			require.Equal(t, `{"status":"error","http_code":"403","error":"INSECURE_TRANSPORT","error_description":"HTTPS is required."}`, a.body)
		})
	}
	require.Zero(t, w.hashes.Load())
	// What is wrong with the request itself is told before: it is the order that clients are promised.
	require.Equal(t, "MISSING_GRANT_TYPE", w.from(stranger, post("")).code(t))
	// A token is no secret of the endpoint's: the route decides how tokens may travel.
	require.Equal(t, 200, w.from(stranger, get(w.token(t, passwordBody))).status)
}
