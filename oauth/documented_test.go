package oauth_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

// documentedCase is a request and its answer in the profiles 2025, legacy and rfc, byte for byte.
type documentedCase struct {
	name    string
	request request
	status  [3]int
	body    [3]string
}

func all(status int) [3]int { return [3]int{status, status, status} }

// documentedBodies returns the cases; expired is a token that has expired.
func documentedBodies(expired string) []documentedCase {
	without := func(name string) string {
		return regexp.MustCompile(`(^|&)`+name+`=[^&]*`).ReplaceAllString(passwordBody, "")
	}
	with := func(body, name, value string) string {
		return regexp.MustCompile(`(^|&)`+name+`=[^&]*`).ReplaceAllString(body, "${1}"+name+"="+value)
	}
	return []documentedCase{
		{"INVALID_CREDENTIALS", post(with(passwordBody, "password", "wrong")), [3]int{401, 401, 400}, [3]string{
			`{"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password."}`,
			`{"status":"error","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password."}`,
			`{"error":"invalid_grant","error_description":"Invalid username or password."}`,
		}},
		{"INVALID_CLIENT_ID", post(with(passwordBody, "client_id", "nobody")), all(401), [3]string{
			`{"status":"error","http_code":"401","error":"INVALID_CLIENT_ID","error_description":"Invalid Client ID."}`,
			`{"status":"error","error":"INVALID_CLIENT_ID","error_description":"Invalid Client ID."}`,
			`{"error":"invalid_client","error_description":"Client authentication failed."}`,
		}},
		{"INVALID_CLIENT_SECRET", post(with(clientBody, "client_secret", "wrong")), all(401), [3]string{
			`{"status":"error","http_code":"401","error":"INVALID_CLIENT_SECRET","error_description":"Invalid Client Secret."}`,
			`{"status":"error","error":"INVALID_CLIENT_SECRET","error_description":"Invalid Client Secret."}`,
			`{"error":"invalid_client","error_description":"Client authentication failed."}`,
		}},
		{"MISSING_USERNAME", post(without("username")), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"MISSING_USERNAME","error_description":"No Username found in request."}`,
			`{"status":"error","error":"MISSING_USERNAME","error_description":"The username is missing from the request"}`,
			`{"error":"invalid_request","error_description":"No Username found in request."}`,
		}},
		{"INVALID_ACCESS_TOKEN", get("aat_" + strings.Repeat("A", 32)), all(401), [3]string{
			`{"status":"error","http_code":"401","error":"INVALID_ACCESS_TOKEN","error_description":"Invalid Access Token."}`,
			`{"status":"error","error":"INVALID_ACCESS_TOKEN","error_description":"Invalid Access Token."}`,
			`{"error":"invalid_token","error_description":"Invalid Access Token."}`,
		}},
		{"INVALID_ACCESS_TOKEN for another shape", get("something"), all(401), [3]string{
			`{"status":"error","http_code":"401","error":"INVALID_ACCESS_TOKEN","error_description":"Invalid Access Token."}`,
			`{"status":"error","error":"INVALID_ACCESS_TOKEN","error_description":"Invalid Access Token."}`,
			`{"error":"invalid_token","error_description":"Invalid Access Token."}`,
		}},
		{"MISSING_AUTHORIZATION_HEADER", request{"GET", "/", "", headers()}, all(401), [3]string{
			`{"status":"error","error":"MISSING_AUTHORIZATION_HEADER","error_description":"Authorization header not received."}`,
			`{"status":"error","error":"MISSING_AUTHORIZATION_HEADER","error_description":"Authorization header not received."}`,
			`{"error":"invalid_request","error_description":"Authorization header not received."}`,
		}},
		{"INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE", request{"GET", "/", "", headers("Authorization", basic("a", "b"))}, [3]int{405, 405, 401}, [3]string{
			`{"status":"error","http_code":"405","error":"INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE","error_description":"Authorization header must be the type of Bearer Token."}`,
			`{"status":"error","error":"INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE","error_description":"Authorization header must be the type of Bearer Token."}`,
			`{"error":"invalid_authorization_header_token_type","error_description":"Authorization header must be the type of Bearer Token."}`,
		}},
		{"TOKEN_EXPIRED", get(expired), all(401), [3]string{
			`{"status":"error","http_code":"401","error":"TOKEN_EXPIRED","error_description":"Invalid request: Token Expired."}`,
			`{"status":"error","error":"TOKEN_EXPIRED","error_description":"Invalid request: Token Expired."}`,
			`{"error":"invalid_token","error_description":"Invalid request: Token Expired."}`,
		}},
		{"INVALID_HTTP_METHOD", request{"GET", "/rest_api/access_token", "", headers()}, all(405), [3]string{
			`{"status":"error","http_code":"405","error":"INVALID_HTTP_METHOD","error_description":"The used HTTP method should be a POST."}`,
			`{"status":"error","error":"INVALID_HTTP_METHOD","error_description":"The used HTTP method should be a POST."}`,
			`{"error":"invalid_request","error_description":"The used HTTP method should be a POST."}`,
		}},
		{"UNSUPPORTED_GRANT_TYPE", post(with(passwordBody, "grant_type", "implicit")), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"UNSUPPORTED_GRANT_TYPE","error_description":"Unsupported grant type."}`,
			`{"status":"error","error":"UNSUPPORTED_GRANT_TYPE","error_description":"Unsupported grant type."}`,
			`{"error":"unsupported_grant_type","error_description":"Unsupported grant type."}`,
		}},
		{"UNAUTHORIZED_CLIENT", post(with(clientBody, "username", "reader")), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"UNAUTHORIZED_CLIENT","error_description":"The client is not allowed to do this."}`,
			`{"status":"error","error":"UNAUTHORIZED_CLIENT","error_description":"The client is not allowed to do this."}`,
			`{"error":"unauthorized_client","error_description":"The client is not allowed to do this."}`,
		}},
		{"MISSING_GRANT_TYPE", post(without("grant_type")), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"MISSING_GRANT_TYPE","error_description":"No Grant Type found in request."}`,
			`{"status":"error","error":"MISSING_GRANT_TYPE","error_description":"No Grant Type found in request."}`,
			`{"error":"invalid_request","error_description":"No Grant Type found in request."}`,
		}},
		{"MISSING_PASSWORD", post(without("password")), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"MISSING_PASSWORD","error_description":"No Password found in request."}`,
			`{"status":"error","error":"MISSING_PASSWORD","error_description":"No Password found in request."}`,
			`{"error":"invalid_request","error_description":"No Password found in request."}`,
		}},
		{"MISSING_CLIENT_ID", post(without("client_id")), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"MISSING_CLIENT_ID","error_description":"No Client ID found in request."}`,
			`{"status":"error","error":"MISSING_CLIENT_ID","error_description":"No Client ID found in request."}`,
			`{"error":"invalid_request","error_description":"No Client ID found in request."}`,
		}},
		{"MISSING_CLIENT_SECRET", post("grant_type=client_credentials&client_id=robot&username=my_username"), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"MISSING_CLIENT_SECRET","error_description":"No Client Secret found in request."}`,
			`{"status":"error","error":"MISSING_CLIENT_SECRET","error_description":"No Client Secret found in request."}`,
			`{"error":"invalid_request","error_description":"No Client Secret found in request."}`,
		}},
		{"INVALID_REQUEST", post(passwordBody + "&client_id=app"), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"INVALID_REQUEST","error_description":"Invalid request."}`,
			`{"status":"error","error":"INVALID_REQUEST","error_description":"Invalid request."}`,
			`{"error":"invalid_request","error_description":"Invalid request."}`,
		}},
		{"INVALID_REQUEST for another media type", request{"POST", "/rest_api/access_token", "{}", headers("Content-Type", jsonType)}, all(415), [3]string{
			`{"status":"error","http_code":"415","error":"INVALID_REQUEST","error_description":"Invalid request."}`,
			`{"status":"error","error":"INVALID_REQUEST","error_description":"Invalid request."}`,
			`{"error":"invalid_request","error_description":"Invalid request."}`,
		}},
		{"INVALID_REQUEST for a long body", post(passwordBody + "&x=" + strings.Repeat("x", 64<<10)), all(413), [3]string{
			`{"status":"error","http_code":"413","error":"INVALID_REQUEST","error_description":"Invalid request."}`,
			`{"status":"error","error":"INVALID_REQUEST","error_description":"Invalid request."}`,
			`{"error":"invalid_request","error_description":"Invalid request."}`,
		}},
		{"INVALID_SCOPE", post(clientBody + "&scope=nothing"), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"INVALID_SCOPE","error_description":"Invalid scope."}`,
			`{"status":"error","error":"INVALID_SCOPE","error_description":"Invalid scope."}`,
			`{"error":"invalid_scope","error_description":"Invalid scope."}`,
		}},
		{"MISSING_BASIC_AUTH", revoke("token=x"), all(401), [3]string{
			`{"status":"error","http_code":"401","error":"MISSING_BASIC_AUTH","error_description":"Basic Authentication is required for this endpoint."}`,
			`{"status":"error","error":"MISSING_BASIC_AUTH","error_description":"Basic Authentication is required for this endpoint."}`,
			`{"error":"invalid_request","error_description":"Basic Authentication is required for this endpoint."}`,
		}},
		{"INVALID_BASIC_AUTH_FORMAT", revoke("token=x", "Authorization", "Basic !"), all(401), [3]string{
			`{"status":"error","http_code":"401","error":"INVALID_BASIC_AUTH_FORMAT","error_description":"Invalid Basic Authentication format."}`,
			`{"status":"error","error":"INVALID_BASIC_AUTH_FORMAT","error_description":"Invalid Basic Authentication format."}`,
			`{"error":"invalid_basic_auth_format","error_description":"Invalid Basic Authentication format."}`,
		}},
		{"MISSING_CREDENTIALS", revoke("token=x", "Authorization", basic("my_username", "")), all(401), [3]string{
			`{"status":"error","http_code":"401","error":"MISSING_CREDENTIALS","error_description":"Username and password are required."}`,
			`{"status":"error","error":"MISSING_CREDENTIALS","error_description":"Username and password are required."}`,
			`{"error":"invalid_request","error_description":"Username and password are required."}`,
		}},
		{"INVALID_CREDENTIALS of revoke", revoke("token=x", "Authorization", basic("my_username", "wrong")), all(401), [3]string{
			`{"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password."}`,
			`{"status":"error","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password."}`,
			`{"error":"invalid_credentials","error_description":"Invalid username or password."}`,
		}},
		{"USER_BLOCKED of revoke", revoke("token=x", "Authorization", basic("blocked_user", "topsecret")), all(403), [3]string{
			`{"status":"error","http_code":"403","error":"USER_BLOCKED","error_description":"The user account is blocked."}`,
			`{"status":"error","error":"USER_BLOCKED","error_description":"The user account is blocked."}`,
			`{"error":"access_denied","error_description":"The user account is blocked."}`,
		}},
		{"UNSUPPORTED_TOKEN_TYPE", revoke("token=a.b.c", "Authorization", basic("my_username", "topsecret")), all(400), [3]string{
			`{"status":"error","http_code":"400","error":"UNSUPPORTED_TOKEN_TYPE","error_description":"This token cannot be revoked."}`,
			`{"status":"error","error":"UNSUPPORTED_TOKEN_TYPE","error_description":"This token cannot be revoked."}`,
			`{"error":"unsupported_token_type","error_description":"This token cannot be revoked."}`,
		}},
		{"revoke succeeds", revoke("token=x", "Authorization", basic("my_username", "topsecret")), all(200), [3]string{
			`{"status":"success","message":"Token revoked successfully"}`,
			`{"status":"success","message":"Token revoked successfully"}`,
			`{"status":"success","message":"Token revoked successfully"}`,
		}},
	}
}

func TestDocumentedBodiesAreSentByteForByte(t *testing.T) {
	for i, profile := range []string{"2025", "legacy", "rfc"} {
		w := newWorld(t, profile)
		send := w.listen(t)
		expired := putToken(t, w, func(t *store.Token) { t.ExpiresAt = time.Now().Add(-time.Minute) })
		for _, c := range documentedBodies(expired) {
			t.Run(profile+"/"+c.name, func(t *testing.T) {
				a := send(c.request)
				require.Equal(t, c.body[i], a.body)
				require.Equal(t, c.status[i], a.status)
				require.Equal(t, "application/json", a.header.Get("Content-Type"))
				require.Equal(t, "no-store", a.header.Get("Cache-Control"))
				if a.status == 401 {
					require.NotEmpty(t, a.header.Get("WWW-Authenticate"))
				}
				if a.status == 405 {
					require.NotEmpty(t, a.header.Get("Allow"))
				}
			})
		}
	}
}

func TestTokenIsGivenInTheDocumentedForm(t *testing.T) {
	w := newWorld(t, "2025")
	send := w.listen(t)
	for name, c := range map[string]struct{ body, want string }{
		"password":           {passwordBody, `^\{"access_token":"aat_[A-Za-z0-9_-]{32}","token_type":"Bearer","expires_in":3600\}$`},
		"client_credentials": {clientBody, `^\{"access_token":"aat_[A-Za-z0-9_-]{32}","token_type":"Bearer","expires_in":90,"scope":"read"\}$`},
	} {
		t.Run(name, func(t *testing.T) {
			a := send(post(c.body))
			require.Equal(t, 200, a.status)
			require.Regexp(t, c.want, a.body)
			require.Equal(t, "application/json", a.header.Get("Content-Type"))
			require.Equal(t, "no-store", a.header.Get("Cache-Control"))
			require.Equal(t, "no-cache", a.header.Get("Pragma"))
			require.Empty(t, a.header.Get("WWW-Authenticate"))

			who := send(get(parseToken(t, a).AccessToken))
			require.Equal(t, 200, who.status)
			require.Contains(t, who.body, `"UserID":"1","Name":"my_username"`)
		})
	}
}

// The manual's command lines are sent as they stand there, stray blanks, capital letter and all.
func TestManualCommandLinesWork(t *testing.T) {
	w := newWorld(t, "2025")
	send := w.listen(t)
	for name, body := range map[string]string{
		"blank before the client id":      "grant_type=password&username=my_username&password=topsecret&client_id= app",
		"blank after the user name":       "grant_type=password&username=my_username &password=topsecret&client_id=app",
		"blanks everywhere":               "grant_type= password &username=\tmy_username &password=topsecret&client_id= app ",
		"encoded blanks":                  "grant_type=password&username=+my_username%20&password=topsecret&client_id=%20app+",
		"Username with a capital":         "grant_type=password&Username=my_username&password=topsecret&client_id=app",
		"Username with a capital, client": "grant_type=client_credentials&Username= my_username&client_id= web&client_secret=" + form("", robotSecret)[1:],
		"unknown parameters":              "grant_type=password&username=my_username&password=topsecret&client_id=app&state=1&state=2&x",
		"empty parameters":                "grant_type=password&username=my_username&password=topsecret&client_id=app&client_secret=&scope=",
		"empty pairs":                     "&&grant_type=password&username=my_username&&password=topsecret&client_id=app&",
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 200, send(post(body)).status)
		})
	}
}
