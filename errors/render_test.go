package errors_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestEveryCodeOfEveryMethodHasAValidAnswerInEveryProfile(t *testing.T) {
	codes, methods := autherr.AllCodes(), autherr.AllMethods()
	require.Len(t, codes, 39)
	require.Len(t, methods, 9)
	for name, rd := range profiles() {
		for _, m := range methods {
			for _, c := range codes {
				got := rd.Render(autherr.New(m, c, nil))
				where := name + "/" + string(m) + "/" + string(c)
				require.True(t, json.Valid(got.Body), where)
				require.GreaterOrEqual(t, got.Status, 400, where)
				if c != autherr.InternalError {
					require.NotEqual(t, 500, got.Status, where)
				}
				if c != autherr.InvalidHTTPMethod && name == "rfc" {
					require.NotEqual(t, 405, got.Status, where)
				}
				require.NotContains(t, string(got.Body), "<name>", where)
			}
		}
	}
}

func TestEveryCodeHasItsOwnText(t *testing.T) {
	// A code that is declared and forgotten in the tables would be answered with 500.
	for _, c := range []autherr.Code{
		autherr.MissingHeader, autherr.InvalidApplicationID, autherr.InvalidCredentials, autherr.InvalidClientID,
		autherr.InvalidClientSecret, autherr.MissingUsername, autherr.InvalidAccessToken, autherr.MissingAuthorizationHeader,
		autherr.InvalidAuthorizationHeaderTokenType, autherr.TokenExpired, autherr.UserInformationNotFound,
		autherr.InvalidSignature, autherr.IncompleteRequest, autherr.UserBlocked, autherr.MissingAPIKeyHeader,
		autherr.InvalidAPIKeyFormat, autherr.InvalidAPIKey, autherr.InvalidAuthorizationHeaderType,
		autherr.InvalidAuthorizationHeader, autherr.MissingBasicAuth, autherr.InvalidBasicAuthFormat,
		autherr.MissingCredentials, autherr.InvalidHTTPMethod,
	} {
		require.Contains(t, autherr.AllCodes(), c)
	}
	for _, c := range ownCodes {
		require.Contains(t, autherr.AllCodes(), c)
	}
}

func TestAnErrorChangesItsDocumentedAnswer(t *testing.T) {
	p2025, legacy, rfc, services := autherr.Profile2025(nil), autherr.ProfileLegacy(nil), autherr.ProfileRFC(), autherr.ProfileServices()
	const (
		oauth = autherr.MethodOAuth
		jwt   = autherr.MethodJWT
	)
	internal2025 := `{"status":"error","http_code":500,"error":"INTERNAL_ERROR","error_description":"Internal error."}`
	for _, tt := range []struct {
		name   string
		rd     autherr.Renderer
		err    autherr.Error
		status int
		body   string
	}{
		{"a body over the limit", p2025, autherr.Error{Code: autherr.InvalidRequest, Method: oauth, Status: 413}, 413,
			`{"status":"error","http_code":"413","error":"INVALID_REQUEST","error_description":"Invalid request."}`},
		{"a media type", p2025, autherr.Error{Code: autherr.InvalidRequest, Method: autherr.MethodRevoke, Status: 415}, 415,
			`{"status":"error","http_code":"415","error":"INVALID_REQUEST","error_description":"Invalid request."}`},
		{"a media type in the rfc profile", rfc, autherr.Error{Code: autherr.InvalidRequest, Method: oauth, Status: 415}, 415,
			`{"error":"invalid_request","error_description":"Invalid request."}`},
		{"a text", p2025, autherr.Error{Code: autherr.TokenExpired, Method: jwt, Text: "Log in again."}, 401,
			`{"status":"error","error":"TOKEN_EXPIRED","message":"Log in again."}`},
		{"a text in legacy", legacy, autherr.Error{Code: autherr.InvalidCredentials, Method: oauth, Text: "No."}, 401,
			`{"status":"error","error":"INVALID_CREDENTIALS","error_description":"No."}`},
		{"an own code", p2025, autherr.Error{Code: "QUOTA_EXCEEDED", Method: oauth, Status: 402, Text: "Quota exceeded."}, 402,
			`{"status":"error","http_code":"402","error":"QUOTA_EXCEEDED","error_description":"Quota exceeded."}`},
		{"an own code of no method", p2025, autherr.Error{Code: "QUOTA_EXCEEDED", Status: 402, Text: "Quota exceeded."}, 402,
			`{"status":"error","http_code":402,"error":"QUOTA_EXCEEDED","error_description":"Quota exceeded."}`},
		{"an own code in legacy", legacy, autherr.Error{Code: "QUOTA_EXCEEDED", Method: oauth, Status: 402, Text: "Quota exceeded."}, 402,
			`{"status":"error","error":"QUOTA_EXCEEDED","error_description":"Quota exceeded."}`},
		{"an own code in rfc", rfc, autherr.Error{Code: "QUOTA_EXCEEDED", Status: 402, Text: "Quota exceeded."}, 402,
			`{"error":"quota_exceeded","error_description":"Quota exceeded."}`},
		{"an own code in services", services, autherr.Error{Code: "QUOTA_EXCEEDED", Status: 402, Text: "Quota exceeded."}, 402,
			`["Quota exceeded."]`},
		{"an own code that is markup", p2025, autherr.Error{Code: `"><script>`, Status: 400, Text: "\x00\xff\n"}, 400,
			`{"status":"error","http_code":400,"error":"\"\u003e\u003cscript\u003e","error_description":"\u0000\ufffd\n"}`},
		{"an own code without a text", p2025, autherr.Error{Code: "QUOTA_EXCEEDED", Status: 402}, 500, internal2025},
		{"an own code without a status", p2025, autherr.Error{Code: "QUOTA_EXCEEDED", Text: "Quota exceeded."}, 500, internal2025},
		{"an own code with the status of a success", p2025, autherr.Error{Code: "QUOTA_EXCEEDED", Status: 200, Text: "Fine."}, 500, internal2025},
		{"an own code of an own method", p2025, autherr.Error{Code: "X", Method: "saml"}, 500, internal2025},
		{"a documented code of an own method", p2025, autherr.Error{Code: autherr.AccessDenied, Method: "saml"}, 403,
			`{"status":"error","http_code":403,"error":"ACCESS_DENIED","error_description":"Access denied."}`},
		{"no code at all", p2025, autherr.Error{}, 500, internal2025},
		{"the status of a success", p2025, autherr.Error{Code: autherr.InvalidCredentials, Status: 200}, 500, internal2025},
		{"a status that is none", p2025, autherr.Error{Code: autherr.InvalidCredentials, Status: 7}, 500, internal2025},
		{"a negative status", rfc, autherr.Error{Code: autherr.InvalidCredentials, Status: -1}, 500,
			`{"error":"server_error","error_description":"Internal error."}`},
		{"a missing scope in rfc", rfc, autherr.Error{Code: autherr.AccessDenied, Method: oauth, Scope: "write"}, 403,
			`{"error":"insufficient_scope","error_description":"Access denied."}`},
		{"a missing permission in rfc", rfc, autherr.Error{Code: autherr.AccessDenied, Method: oauth}, 403,
			`{"error":"access_denied","error_description":"Access denied."}`},
		{"a wrong HTTP method at an endpoint without a method", p2025, autherr.Error{Code: autherr.InvalidHTTPMethod}, 405,
			`{"status":"error","http_code":"405","error":"INVALID_HTTP_METHOD","error_description":"The used HTTP method should be a POST."}`},
		{"anonymous lacks a permission", p2025, autherr.Error{Code: autherr.AccessDenied, Method: autherr.MethodServiceToken}, 403,
			`["Access denied for user anonymous"]`},
	} {
		got := tt.rd.Render(&tt.err)
		require.Equal(t, tt.body, string(got.Body), tt.name)
		require.Equal(t, tt.status, got.Status, tt.name)
	}
}

func TestAUserNameIsEscaped(t *testing.T) {
	for _, name := range []string{
		`","admin":true,"x":"`, `\`, "</script><script>", "a\r\nSet-Cookie: b=c", "\x00\x1b[31m", "\xff\xfe", "zoé", "<name>", "\u2028",
	} {
		for profile, rd := range profiles() {
			got := rd.Render(&autherr.Error{Code: autherr.UserBlocked, Method: autherr.MethodBasic, User: name})
			var text string
			if profile == "services" {
				var list []string
				require.NoError(t, json.Unmarshal(got.Body, &list), "%s: %q", profile, name)
				require.Len(t, list, 1)
				text = list[0]
			} else {
				var object map[string]any
				require.NoError(t, json.Unmarshal(got.Body, &object), "%s: %q", profile, name)
				require.NotContains(t, object, "admin")
				text = object["error_description"].(string)
			}
			want := "The Username " + string([]rune(name)) + " has not been activated or is blocked."
			require.Equal(t, want, text, profile)
			require.NotContains(t, string(got.Body), "<", "a body must be harmless where it is taken for HTML")
			require.NotContains(t, string(got.Body), "\n")
		}
	}
}

func TestRFCTellsAnUnknownClientAndAWrongSecretAlike(t *testing.T) {
	rd := autherr.ProfileRFC()
	for _, m := range autherr.AllMethods() {
		id := rd.Render(autherr.New(m, autherr.InvalidClientID, nil))
		secret := rd.Render(autherr.New(m, autherr.InvalidClientSecret, nil))
		require.Equal(t, id, secret, "method %q", m)
	}
}

func TestRFCBodiesDoNotDependOnTheMethodButAtTheTokenEndpoint(t *testing.T) {
	rd := autherr.ProfileRFC()
	for _, c := range ownCodes {
		want := rd.Render(autherr.New(autherr.MethodAny, c, nil))
		for _, m := range autherr.AllMethods() {
			require.Equal(t, want, rd.Render(autherr.New(m, c, nil)), "%s/%s", m, c)
		}
	}
	require.Equal(t, 400, rd.Render(autherr.New(autherr.MethodOAuth, autherr.InvalidCredentials, nil)).Status)
	require.Equal(t, 401, rd.Render(autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, nil)).Status)
}

func TestRenderingDoesNotChangeTheError(t *testing.T) {
	for name, rd := range profiles() {
		e := &autherr.Error{Code: autherr.InvalidRequest, Method: autherr.MethodOAuth, Status: 413, Text: "x", User: "u", Scope: "s"}
		before := *e
		rd.Render(e)
		require.Equal(t, before, *e, name)
	}
}

func TestProfileByName(t *testing.T) {
	for _, name := range []string{"2025", "legacy", "rfc", "services"} {
		rd, err := autherr.ProfileByName(name)
		require.NoError(t, err)
		for _, m := range autherr.AllMethods() {
			e := autherr.New(m, autherr.InvalidCredentials, nil)
			require.Equal(t, profiles()[name].Render(e), rd.Render(e))
		}
	}
	for _, name := range []string{"", "RFC", "2024"} {
		rd, err := autherr.ProfileByName(name)
		require.ErrorContains(t, err, "unknown error profile")
		require.Nil(t, rd)
	}
}

func TestServiceTokenJSON(t *testing.T) {
	e := autherr.New(autherr.MethodServiceToken, autherr.InvalidCredentials, nil)
	opts := &autherr.ProfileOptions{ServiceTokenJSON: true}
	require.Equal(t, `["Invalid credentials."]`, string(autherr.ProfileLegacy(nil).Render(e).Body))
	require.Equal(t, `{"status":"error","error":"INVALID_CREDENTIALS","error_description":"Invalid credentials."}`,
		string(autherr.ProfileLegacy(opts).Render(e).Body))
	require.Equal(t, `{"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid credentials."}`,
		string(autherr.Profile2025(opts).Render(e).Body))
}

func TestAnApplicationsOwnMethodHasOneShape(t *testing.T) {
	for _, e := range []*autherr.Error{
		{Code: autherr.InvalidToken, Method: "team", Status: 401, Text: "x"},
		{Code: "MINE", Method: "team", Status: 401, Text: "x"},
	} {
		got := autherr.Profile2025(nil).Render(e)
		require.Equal(t, 401, got.Status)
		require.Equal(t, `{"status":"error","http_code":401,"error":"`+string(e.Code)+`","error_description":"x"}`, string(got.Body))
	}
}
