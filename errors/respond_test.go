package errors_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// answer is a response after it has travelled over a connection.
type answer struct {
	status int
	header http.Header
	body   string
}

// respond sends a request over loopback to a handler that refuses it with err.
func respond(t *testing.T, rd autherr.Renderer, err error, challenges []autherr.Challenge, change ...func(*http.Request)) answer {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		autherr.Respond(w, r, rd, err, challenges...)
	}))
	defer srv.Close()
	req, e := http.NewRequest(http.MethodGet, srv.URL, nil)
	require.NoError(t, e)
	for _, f := range change {
		f(req)
	}
	res, e := srv.Client().Do(req)
	require.NoError(t, e)
	defer res.Body.Close()
	body, e := io.ReadAll(res.Body)
	require.NoError(t, e)
	return answer{res.StatusCode, res.Header, string(body)}
}

func bearer(r *http.Request) { r.Header.Set("Authorization", "Bearer abc") }

// allChallenges are those of a route that accepts everything.
func allChallenges(t *testing.T) []autherr.Challenge {
	t.Helper()
	var list []autherr.Challenge
	for _, make := range []func(string) (autherr.Challenge, error){autherr.BasicChallenge, autherr.BearerChallenge, autherr.APIKeyChallenge} {
		c, err := make(`The "API"`)
		require.NoError(t, err)
		list = append(list, c)
	}
	return list
}

func TestEveryRefusalIsJSONThatNobodyStores(t *testing.T) {
	for name, rd := range profiles() {
		for _, c := range autherr.AllCodes() {
			rec := httptest.NewRecorder()
			rec.Header().Set("Content-Encoding", "gzip")
			rec.Header().Set("ETag", `"1"`)
			rec.Header().Set("Expires", "Thu, 01 Jan 2099 00:00:00 GMT")
			rec.Header().Set("Cache-Control", "public, max-age=60")
			autherr.Respond(rec, httptest.NewRequest("GET", "/", nil), rd, autherr.New(autherr.MethodOAuth, c, nil))
			h := rec.Header()
			where := name + "/" + string(c)
			require.Equal(t, "application/json", h.Get("Content-Type"), where)
			require.Equal(t, []string{"no-store"}, h["Cache-Control"], where)
			require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), where)
			require.Equal(t, strconv.Itoa(rec.Body.Len()), h.Get("Content-Length"), where)
			for _, gone := range []string{"Content-Encoding", "Etag", "Expires"} {
				require.NotContains(t, h, gone, where)
			}
			if rec.Code == http.StatusUnauthorized {
				require.NotEmpty(t, h["Www-Authenticate"], where)
			} else {
				require.NotContains(t, h, "Www-Authenticate", where)
			}
		}
	}
}

func TestARefusalOverHTTP(t *testing.T) {
	got := respond(t, nil, autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, io.EOF), allChallenges(t))
	require.Equal(t, 401, got.status)
	require.Equal(t, `{"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password"}`, got.body)
	require.Equal(t, []string{
		`Basic realm="The \"API\"", charset="UTF-8"`,
		`Bearer realm="The \"API\""`,
		`ApiKey realm="The \"API\""`,
	}, got.header["Www-Authenticate"], "one field for each scheme")
}

func TestAHeadRequestGetsTheHeaders(t *testing.T) {
	got := respond(t, nil, autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, nil), allChallenges(t), func(r *http.Request) { r.Method = "HEAD" })
	require.Equal(t, 401, got.status)
	require.Empty(t, got.body)
	require.Len(t, got.header["Www-Authenticate"], 3)
}

func TestEvery401ListsChallengesThatParse(t *testing.T) {
	for name, rd := range profiles() {
		for _, m := range autherr.AllMethods() {
			for _, c := range autherr.AllCodes() {
				rec := httptest.NewRecorder()
				r := httptest.NewRequest("GET", "/", nil)
				bearer(r)
				autherr.Respond(rec, r, rd, &autherr.Error{Code: c, Method: m, Scope: "read write"}, allChallenges(t)...)
				fields := rec.Header()["Www-Authenticate"]
				where := fmt.Sprintf("%s/%s/%s: %q", name, m, c, fields)
				if rec.Code == 401 {
					require.Len(t, fields, 3, where)
				}
				for _, f := range fields {
					parsed, err := parseChallenges(f)
					require.NoError(t, err, where)
					require.Len(t, parsed, 1, where)
					require.Equal(t, `The "API"`, parsed[0].params["realm"], where)
					if parsed[0].scheme != "Bearer" {
						require.NotContains(t, parsed[0].params, "error", where)
					}
				}
				joined, err := parseChallenges(strings.Join(fields, ", "))
				require.NoError(t, err, where)
				require.Len(t, joined, len(fields), "a client that joins the fields: %s", where)
			}
		}
	}
}

func TestA401WithoutChallengesGetsOneAllTheSame(t *testing.T) {
	for _, challenges := range [][]autherr.Challenge{nil, {autherr.Challenge{}}, {autherr.Challenge{}, autherr.Challenge{}}} {
		got := respond(t, nil, autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, nil), challenges)
		require.Equal(t, []string{`Bearer realm="API"`}, got.header["Www-Authenticate"])
	}
}

func TestBearerErrorsAreToldOnlyToBearers(t *testing.T) {
	basicSent := func(r *http.Request) { r.SetBasicAuth("a", "b") }
	nothing := func(*http.Request) {}
	lower := func(r *http.Request) { r.Header.Set("Authorization", "bEARER abc") }
	twice := func(r *http.Request) { r.Header["Authorization"] = []string{"Basic YTpi", "Bearer abc"} }
	for _, tt := range []struct {
		name   string
		rd     autherr.Renderer
		err    autherr.Error
		sent   func(*http.Request)
		bearer string // the Bearer field, or empty for none
	}{
		{"a wrong JWT", nil, autherr.Error{Code: autherr.InvalidSignature, Method: autherr.MethodJWT}, bearer,
			`Bearer realm="The \"API\"", error="invalid_token"`},
		{"a wrong access token", nil, autherr.Error{Code: autherr.InvalidAccessToken, Method: autherr.MethodOAuth}, bearer,
			`Bearer realm="The \"API\"", error="invalid_token"`},
		{"an expired token, described", autherr.ProfileRFC(), autherr.Error{Code: autherr.TokenExpired, Method: autherr.MethodOAuth}, bearer,
			`Bearer realm="The \"API\"", error="invalid_token", error_description="Invalid request: Token Expired."`},
		{"a missing scope", nil, autherr.Error{Code: autherr.AccessDenied, Method: autherr.MethodOAuth, Scope: "read write"}, bearer,
			`Bearer realm="The \"API\"", error="insufficient_scope", scope="read write"`},
		{"a missing permission", nil, autherr.Error{Code: autherr.AccessDenied, Method: autherr.MethodOAuth}, bearer, ``},
		{"a missing scope of a password", nil, autherr.Error{Code: autherr.AccessDenied, Method: autherr.MethodBasic, Scope: "read"}, basicSent, ``},
		{"a scope that cannot be a header", nil, autherr.Error{Code: autherr.AccessDenied, Method: autherr.MethodOAuth, Scope: "read\r\nX: y"}, bearer,
			`Bearer realm="The \"API\"", error="insufficient_scope"`},
		{"a text outside of ASCII", autherr.ProfileRFC(), autherr.Error{Code: autherr.InvalidToken, Method: autherr.MethodJWT, Text: "Ungültig"}, bearer,
			`Bearer realm="The \"API\"", error="invalid_token"`},
		{"a text with quotes", autherr.ProfileRFC(), autherr.Error{Code: autherr.InvalidToken, Method: autherr.MethodJWT, Text: `so "called"`}, bearer,
			`Bearer realm="The \"API\"", error="invalid_token"`},
		{"no token", nil, autherr.Error{Code: autherr.MissingAuthorizationHeader, Method: autherr.MethodOAuth}, nothing, `Bearer realm="The \"API\""`},
		{"another scheme", autherr.ProfileRFC(), autherr.Error{Code: autherr.InvalidAuthorizationHeaderTokenType, Method: autherr.MethodOAuth}, basicSent,
			`Bearer realm="The \"API\""`},
		{"a wrong password", nil, autherr.Error{Code: autherr.InvalidCredentials, Method: autherr.MethodBasic}, basicSent, `Bearer realm="The \"API\""`},
		{"a malformed bearer request", nil, autherr.Error{Code: autherr.InvalidRequest, Method: autherr.MethodJWT}, bearer,
			`Bearer realm="The \"API\"", error="invalid_request"`},
		{"a malformed bearer request in odd case", nil, autherr.Error{Code: autherr.InvalidRequest, Method: autherr.MethodOAuth}, lower,
			`Bearer realm="The \"API\"", error="invalid_request"`},
		{"two fields, one of them Bearer", nil, autherr.Error{Code: autherr.InvalidRequest, Method: autherr.MethodOAuth}, twice,
			`Bearer realm="The \"API\"", error="invalid_request"`},
		{"a malformed request without a bearer token", nil, autherr.Error{Code: autherr.InvalidRequest, Method: autherr.MethodOAuth}, basicSent, ``},
		{"a malformed form", nil, autherr.Error{Code: autherr.InvalidRequest, Method: autherr.MethodOAuth}, nothing, ``},
	} {
		got := respond(t, tt.rd, &tt.err, allChallenges(t), tt.sent)
		var field string
		for _, f := range got.header["Www-Authenticate"] {
			if strings.HasPrefix(f, "Bearer") {
				field = f
			}
		}
		require.Equal(t, tt.bearer, field, tt.name)
		if got.status == 400 || got.status == 403 {
			require.LessOrEqual(t, len(got.header["Www-Authenticate"]), 1, tt.name)
		}
	}
}

func TestA405NamesWhatIsAllowed(t *testing.T) {
	wrongMethod := respond(t, nil, autherr.New(autherr.MethodOAuth, autherr.InvalidHTTPMethod, nil), nil)
	require.Equal(t, 405, wrongMethod.status)
	require.Equal(t, "POST", wrongMethod.header.Get("Allow"))

	put := func(r *http.Request) { r.Method = "PUT" }
	wrongScheme := respond(t, nil, autherr.New(autherr.MethodOAuth, autherr.InvalidAuthorizationHeaderTokenType, nil), allChallenges(t), put)
	require.Equal(t, 405, wrongScheme.status)
	require.Equal(t, "PUT", wrongScheme.header.Get("Allow"))

	rfc := respond(t, autherr.ProfileRFC(), autherr.New(autherr.MethodOAuth, autherr.InvalidAuthorizationHeaderTokenType, nil), allChallenges(t), put)
	require.Equal(t, 401, rfc.status)
	require.Empty(t, rfc.header.Get("Allow"))
	require.Len(t, rfc.header["Www-Authenticate"], 3)
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for after, want := range map[time.Duration]string{
		0: "1", -time.Hour: "1", time.Nanosecond: "1", time.Second: "1", time.Second + 1: "2",
		90 * time.Second: "90", 6 * time.Hour: "21600", math.MaxInt64: "9223372037",
	} {
		for _, code := range []autherr.Code{autherr.TooManyRequests, autherr.ServiceUnavailable} {
			rec := httptest.NewRecorder()
			autherr.Respond(rec, httptest.NewRequest("GET", "/", nil), nil, &autherr.Error{Code: code, RetryAfter: after})
			require.Equal(t, want, rec.Header().Get("Retry-After"), "%v", after)
		}
	}
	rec := httptest.NewRecorder()
	autherr.Respond(rec, httptest.NewRequest("GET", "/", nil), nil, &autherr.Error{Code: autherr.AccessDenied, RetryAfter: time.Hour})
	require.NotContains(t, rec.Header(), "Retry-After")
}

func TestThePrivateCauseIsNeverSent(t *testing.T) {
	secret := errors.New(`pq: password authentication failed for 10.0.0.1, SELECT * FROM users (/srv/store.go:42)`)
	for name, rd := range profiles() {
		for _, m := range autherr.AllMethods() {
			for _, c := range autherr.AllCodes() {
				rec := httptest.NewRecorder()
				autherr.Respond(rec, httptest.NewRequest("GET", "/", nil), rd, fmt.Errorf("%w: %w", secret, autherr.New(m, c, secret)), allChallenges(t)...)
				sent := fmt.Sprint(rec.Header(), rec.Body.String())
				for _, leak := range []string{"pq:", "SELECT", ".go:", "10.0.0.1"} {
					require.NotContains(t, sent, leak, "%s/%s/%s", name, m, c)
				}
			}
		}
	}
}

func TestAForeignErrorIsAFixed500(t *testing.T) {
	for name, err := range map[string]error{
		"nil": nil, "io": io.EOF, "context": context.DeadlineExceeded, "typed nil": (*autherr.Error)(nil),
		"text": errors.New(`","x":"`), "an empty code": autherr.Code(""), "an unknown code": autherr.Code("NO_SUCH"),
	} {
		got := respond(t, nil, err, allChallenges(t))
		require.Equal(t, 500, got.status, name)
		require.Equal(t, `{"status":"error","http_code":500,"error":"INTERNAL_ERROR","error_description":"Internal error."}`, got.body, name)
		require.Empty(t, got.header["Www-Authenticate"], name)
	}
}

func TestABareCodeIsAnsweredOutsideAnyMethod(t *testing.T) {
	got := respond(t, nil, fmt.Errorf("own authenticator: %w", autherr.InvalidToken), nil)
	require.Equal(t, 401, got.status)
	require.Equal(t, `{"status":"error","http_code":401,"error":"INVALID_TOKEN","error_description":"Invalid Token."}`, got.body)
}

// rendererFunc is a Renderer of an application's own.
type rendererFunc func(*autherr.Error) autherr.Response

func (f rendererFunc) Render(e *autherr.Error) autherr.Response { return f(e) }

func TestARendererCannotTurnARefusalIntoASuccess(t *testing.T) {
	for _, status := range []int{0, 7, 100, 101, 200, 204, 304, 399, 600, 1000, -1} {
		rd := rendererFunc(func(*autherr.Error) autherr.Response {
			return autherr.Response{Status: status, Body: []byte(`{"ok":true}`)}
		})
		got := respond(t, rd, autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, nil), nil)
		require.Equal(t, 500, got.status, "status %d", status)
		require.Equal(t, `{"status":"error","http_code":"500","error":"INTERNAL_ERROR","error_description":"Internal error."}`, got.body)
	}
	teapot := rendererFunc(func(e *autherr.Error) autherr.Response {
		return autherr.Response{Status: 418, Body: []byte(`{"why":"` + string(e.Code) + `"}`)}
	})
	got := respond(t, teapot, autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, nil), nil)
	require.Equal(t, 418, got.status)
	require.Equal(t, `{"why":"INVALID_CREDENTIALS"}`, got.body)
}

func TestResponsesDoNotShareTheirHeaders(t *testing.T) {
	// A handler or middleware may change header fields in place; the next response must not see it.
	list := allChallenges(t)
	send := func() http.Header {
		rec := httptest.NewRecorder()
		autherr.Respond(rec, httptest.NewRequest("GET", "/", nil), nil, autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, nil), list...)
		return rec.Header()
	}
	first := send()
	want := first.Clone()
	for _, values := range first {
		for i := range values {
			values[i] = "changed"
		}
	}
	require.Equal(t, want, send())
}
