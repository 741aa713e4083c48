package auth_test

import (
	"errors"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// happened is a request and what must be told of it, besides what is told of every request.
type happened struct {
	name   string
	method string // GET unless it says otherwise
	target string
	form   url.Values
	fields []string
	want   []auth.Event // with Path only where it is not the target
	cause  string       // part of it; empty: none
}

var (
	myself = auth.Event{UserID: "1", User: "my_username"}
	nobody = auth.Event{User: auth.Anonymous}
)

// as returns who completed by what happened.
func as(who auth.Event, kind auth.EventKind, method autherr.Method, outcome auth.Outcome, status int, code autherr.Code) auth.Event {
	who.Kind, who.Method, who.Outcome, who.Status, who.Code = kind, method, outcome, status, code
	return who
}

// of returns e with an application and a client.
func of(e auth.Event, application, client string) auth.Event {
	e.Application, e.ClientID = application, client
	return e
}

func (w *told) check(list []happened) {
	t := w.t
	for _, tt := range list {
		w.take()
		method := tt.method
		if method == "" {
			method = "GET"
		}
		before := time.Now().UTC().Truncate(time.Microsecond)
		status, _ := w.send(method, tt.target, tt.form, tt.fields...)
		got := w.take()
		require.Len(t, got, len(tt.want), tt.name)
		path, _, _ := cutQuery(tt.target)
		for i, want := range tt.want {
			e := got[i]
			require.False(t, e.Time.Before(before) || e.Time.After(time.Now()), tt.name)
			require.Equal(t, e.Time.UTC().Truncate(time.Microsecond), e.Time, tt.name)
			require.Positive(t, e.Duration, tt.name)
			if want.Outcome != auth.OutcomeSuccess {
				require.Equal(t, status, e.Status, tt.name)
				if tt.cause == "" {
					require.NoError(t, e.Cause, tt.name)
				} else {
					require.ErrorContains(t, e.Cause, tt.cause, tt.name)
				}
			} else {
				require.NoError(t, e.Cause, tt.name)
			}
			e.Time, e.Duration, e.Cause = time.Time{}, 0, nil
			want.Address, want.HTTPMethod, want.UserAgent = netip.MustParseAddr("127.0.0.1"), method, "agent/1.0"
			if want.Path == "" {
				want.Path = path
			}
			require.Equal(t, want, e, tt.name)
		}
	}
}

func cutQuery(target string) (path, query string, found bool) {
	u, err := url.Parse(target)
	if err != nil {
		panic(err)
	}
	return u.Path, u.RawQuery, u.RawQuery != ""
}

const (
	authn  = auth.EventAuthentication
	access = auth.EventAccess

	success   = auth.OutcomeSuccess
	failure   = auth.OutcomeFailure
	wrongCred = auth.OutcomeInvalidCredentials
	denied    = auth.OutcomeAccessDenied
)

func authorization(value string) []string { return []string{"Authorization", value} }

func TestEventsOfEveryMethod(t *testing.T) {
	w := newTold(t)
	robot := of(as(myself, authn, "oauth", success, 0, ""), "oauth001", "robot")
	w.check([]happened{
		{name: "password", target: "/basic?q=secret-in-query", fields: authorization(w.good["/basic"]), want: []auth.Event{as(myself, authn, "basic", success, 0, "")}},
		{name: "wrong password", target: "/basic", fields: authorization(basicValue("my_username:wrong-password")),
			want: []auth.Event{as(nobody, authn, "basic", wrongCred, 401, "INVALID_CREDENTIALS")}, cause: "password mismatch"},
		{name: "unknown user", target: "/basic", fields: authorization(basicValue("nobody:wrong-password")),
			want: []auth.Event{as(nobody, authn, "basic", wrongCred, 401, "INVALID_CREDENTIALS")}, cause: "unknown user"},
		{name: "blocked user", target: "/basic", fields: authorization(basicValue("blocked_user:blocked-password")),
			want: []auth.Event{as(nobody, authn, "basic", auth.OutcomeBlocked, 403, "USER_BLOCKED")}, cause: "blocked"},
		{name: "no credentials", target: "/basic", want: []auth.Event{as(nobody, authn, "basic", failure, 401, "MISSING_AUTHORIZATION_HEADER")}},
		{name: "another scheme", target: "/basic", fields: authorization("Bearer x"), want: []auth.Event{as(nobody, authn, "basic", failure, 401, "INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE")}},
		{name: "both", target: "/basic", fields: append(authorization(w.good["/basic"]), "API-KEY", w.good["/apikey"]),
			want: []auth.Event{as(nobody, authn, "basic", failure, 400, "INVALID_REQUEST")}, cause: "both"},
		{name: "clear text", target: "/basic", fields: append(authorization(w.good["/basic"]), "X-Forwarded-Proto", "http"),
			want: []auth.Event{as(nobody, authn, "basic", auth.OutcomeInsecureTransport, 403, "INSECURE_TRANSPORT")}, cause: "neither TLS"},

		{name: "key", target: "/apikey", fields: []string{"API-KEY", w.good["/apikey"]}, want: []auth.Event{as(myself, authn, "apikey", success, 0, "")}},
		{name: "unknown key", target: "/apikey", fields: []string{"API-KEY", basicValue("my_username:aak_wrong-secret")[6:]},
			want: []auth.Event{as(nobody, authn, "apikey", wrongCred, 401, "INVALID_API_KEY")}, cause: "unknown key"},
		{name: "key of a blocked user", target: "/apikey", fields: []string{"API-KEY", w.good["/apikey?blocked"]},
			want: []auth.Event{as(nobody, authn, "apikey", auth.OutcomeBlocked, 403, "USER_BLOCKED")}, cause: "no such active user"},
		{name: "no key", target: "/apikey", want: []auth.Event{as(nobody, authn, "apikey", failure, 401, "MISSING_API_KEY_HEADER")}},
		{name: "key as password", target: "/apikey-basic", fields: authorization(w.good["/apikey-basic"]), want: []auth.Event{as(myself, authn, "apikey-basic", success, 0, "")}},

		{name: "jwt", target: "/jwt", fields: authorization(w.good["/jwt"]), want: []auth.Event{as(myself, authn, "jwt", success, 0, "")}},
		{name: "forged jwt", target: "/jwt", fields: authorization(w.good["/jwt"][:len(w.good["/jwt"])-5] + "AAAAA"),
			want: []auth.Event{as(nobody, authn, "jwt", wrongCred, 401, "INVALID_SIGNATURE")}, cause: "signature"},

		{name: "access token", target: "/oauth", fields: authorization(w.good["/oauth"]), want: []auth.Event{robot}},
		{name: "expired access token", target: "/oauth", fields: authorization(w.expired["/oauth"]),
			want: []auth.Event{as(nobody, authn, "oauth", auth.OutcomeExpiredToken, 401, "TOKEN_EXPIRED")}, cause: "expired"},
		{name: "unknown access token", target: "/oauth", fields: authorization("Bearer " + auth.NewRandom(auth.PrefixAccessToken)),
			want: []auth.Event{as(nobody, authn, "oauth", wrongCred, 401, "INVALID_ACCESS_TOKEN")}, cause: "unknown token"},

		{name: "services token", target: "/service", fields: authorization(w.good["/service"]), want: []auth.Event{as(myself, authn, "service-token", success, 0, "")}},
		{name: "expired services token", target: "/service", fields: authorization(w.expired["/service"]),
			want: []auth.Event{as(nobody, authn, "service-token", auth.OutcomeExpiredToken, 401, "INVALID_CREDENTIALS")}, cause: "expired"},
		{name: "forged services token", target: "/service", fields: authorization(basicValue(serviceToken + ":")),
			want: []auth.Event{as(nobody, authn, "service-token", wrongCred, 401, "INVALID_CREDENTIALS")}, cause: "forged"},

		{name: "chain", target: "/chain", fields: authorization(w.good["/service"]), want: []auth.Event{as(myself, authn, "service-token", success, 0, "")}},
		{name: "chain without credentials", target: "/chain", want: []auth.Event{as(nobody, authn, "jwt", failure, 401, "MISSING_AUTHORIZATION_HEADER")}},

		{name: "application", target: "/app", fields: append(authorization(w.good["/basic"]), "AUTH-METHOD", "basic001"), want: []auth.Event{of(as(myself, authn, "basic", success, 0, ""), "basic001", "")}},
		{name: "wrong password for the application", target: "/app", fields: append(authorization(basicValue("my_username:wrong-password")), "AUTH-METHOD", " basic001 "),
			want: []auth.Event{of(as(nobody, authn, "basic", wrongCred, 401, "INVALID_CREDENTIALS"), "basic001", "")}, cause: "mismatch"},
		{name: "no application", target: "/app", fields: authorization(w.good["/basic"]), want: []auth.Event{as(nobody, authn, "", failure, 400, "MISSING_HEADER")}},
		{name: "unknown application", target: "/app", fields: append(authorization(w.good["/basic"]), "AUTH-METHOD", "wrong-secret"),
			want: []auth.Event{as(nobody, authn, "", failure, 400, "INVALID_APPLICATION_ID")}},
	})
	w.outage = errors.New("connection refused")
	w.check([]happened{
		{name: "outage", target: "/basic", fields: authorization(w.good["/basic"]),
			want: []auth.Event{as(nobody, authn, "basic", auth.OutcomeOutage, 503, "SERVICE_UNAVAILABLE")}, cause: "connection refused"},
	})
	w.nothingSecret()
}

func TestEventsOfAccessRules(t *testing.T) {
	w := newTold(t)
	in := func(method autherr.Method) auth.Event { return as(myself, authn, method, success, 0, "") }
	robot := of(as(myself, authn, "oauth", success, 0, ""), "oauth001", "robot")
	deniedRobot := robot
	deniedRobot.Kind, deniedRobot.Outcome, deniedRobot.Status, deniedRobot.Code = access, denied, 403, "ACCESS_DENIED"
	w.check([]happened{
		{name: "role", target: "/basic/role", fields: authorization(w.good["/basic"]),
			want: []auth.Event{in("basic"), as(myself, access, "basic", denied, 403, "ACCESS_DENIED")}, cause: `none of the roles ["role-2"]`},
		{name: "who may pass is told of once", target: "/service/role", fields: authorization(w.good["/service?reader"]),
			want: []auth.Event{as(auth.Event{UserID: "2", User: "reader"}, authn, "service-token", success, 0, "")}},
		{name: "role, of a client", target: "/oauth/role", fields: authorization(w.good["/oauth"]), want: []auth.Event{robot, deniedRobot}, cause: "none of the roles"},
		{name: "path", target: "/jwt/path/x?token=secret-in-query", fields: authorization(w.good["/jwt"]),
			want: []auth.Event{in("jwt"), as(myself, access, "jwt", denied, 403, "ACCESS_DENIED")}, cause: "path pattern"},
		{name: "path that is refused", target: "/basic/path/a%2fb", fields: authorization(w.good["/basic"]),
			want: []auth.Event{in("basic"), as(myself, access, "basic", failure, 400, "INVALID_REQUEST")}, cause: "encoded slash"},
		{name: "application", target: "/app/role", fields: append(authorization(w.good["/basic"]), "AUTH-METHOD", "basic001"),
			want: []auth.Event{of(in("basic"), "basic001", ""), of(as(myself, access, "basic", denied, 403, "ACCESS_DENIED"), "basic001", "")}, cause: "roles"},
		{name: "let pass without credentials", target: "/anonymous"},
		{name: "not let pass with bad ones", target: "/anonymous", fields: authorization(basicValue("my_username:wrong-password")),
			want: []auth.Event{as(nobody, authn, "basic", wrongCred, 401, "INVALID_CREDENTIALS")}, cause: "mismatch"},
		{name: "without credentials to a role", target: "/anonymous/role", want: []auth.Event{as(nobody, access, "basic", failure, 401, "MISSING_AUTHORIZATION_HEADER")}},
		{name: "address", target: "/address", want: []auth.Event{as(nobody, access, "", auth.OutcomeIPBlocked, 403, "ACCESS_DENIED")}, cause: "not allowed"},
		{name: "clear text", target: "/tls", fields: []string{"X-Forwarded-Proto", "http"},
			want: []auth.Event{as(nobody, access, "", auth.OutcomeInsecureTransport, 403, "INSECURE_TRANSPORT")}, cause: "neither TLS"},
		{name: "TLS", target: "/tls"},
	})
	w.nothingSecret()
}

func TestEventsOfEveryEndpoint(t *testing.T) {
	w := newTold(t)
	const (
		issue, refresh    = auth.EventTokenIssue, auth.EventTokenRefresh
		revoke, ask       = auth.EventTokenRevoke, auth.EventTokenIntrospect
		generate, service = auth.EventTokenGenerate, "/api/services_token/generate"
		token             = "/rest_api/access_token"
	)
	form := func(pairs ...string) url.Values {
		f := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	robot := func(pairs ...string) url.Values {
		return form(append(pairs, "client_id", "robot", "client_secret", clientSecret)...)
	}
	resource := func(pairs ...string) url.Values {
		return form(append(pairs, "client_id", "resource", "client_secret", clientSecret)...)
	}
	server := func(e auth.Event, client string) auth.Event { return of(e, "oauth001", client) }
	issued := func() map[string]any {
		status, answer := w.send("POST", token, robot("grant_type", "password", "username", "my_username", "password", "topsecret"))
		require.Equal(t, 200, status)
		return answer
	}
	pair := issued()
	refreshToken := pair["refresh_token"].(string)

	w.check([]happened{
		{name: "id_token", method: "POST", target: "/rest_api/id_token?q=secret-in-query", fields: authorization(w.good["/basic"]),
			want: []auth.Event{as(myself, issue, "id-token", success, 200, "")}},
		{name: "id_token, wrong password", method: "POST", target: "/rest_api/id_token", fields: authorization(basicValue("my_username:wrong-password")),
			want: []auth.Event{as(nobody, issue, "id-token", wrongCred, 401, "INVALID_CREDENTIALS")}, cause: "mismatch"},
		{name: "id_token, blocked, which the client is not told", method: "POST", target: "/rest_api/id_token", fields: authorization(basicValue("blocked_user:blocked-password")),
			want: []auth.Event{as(nobody, issue, "id-token", auth.OutcomeBlocked, 401, "INVALID_CREDENTIALS")}, cause: "blocked"},
		{name: "id_token, GET", target: "/rest_api/id_token", fields: authorization(w.good["/basic"]),
			want: []auth.Event{as(nobody, issue, "id-token", failure, 405, "INVALID_HTTP_METHOD")}},

		{name: "password grant", method: "POST", target: token, form: form("grant_type", "password", "client_id", "app", "username", "my_username", "password", "topsecret"),
			want: []auth.Event{server(as(myself, issue, "oauth", success, 200, ""), "app")}},
		{name: "password grant, wrong password: the client is known", method: "POST", target: token,
			form: form("grant_type", "password", "client_id", "app", "username", "my_username", "password", "wrong-password"),
			want: []auth.Event{server(as(nobody, issue, "oauth", wrongCred, 401, "INVALID_CREDENTIALS"), "app")}, cause: "mismatch"},
		{name: "password grant, wrong secret", method: "POST", target: token,
			form: form("grant_type", "password", "client_id", "robot", "client_secret", "wrong-secret", "username", "my_username", "password", "topsecret"),
			want: []auth.Event{server(as(nobody, issue, "oauth", wrongCred, 401, "INVALID_CLIENT_SECRET"), "")}},
		{name: "unknown client", method: "POST", target: token, form: form("grant_type", "password", "client_id", "wrong-secret", "username", "my_username", "password", "topsecret"),
			want: []auth.Event{server(as(nobody, issue, "oauth", wrongCred, 401, "INVALID_CLIENT_ID"), "")}, cause: "no such client"},
		{name: "unknown grant", method: "POST", target: token, form: form("grant_type", "x", "client_id", "app"),
			want: []auth.Event{server(as(nobody, issue, "oauth", failure, 400, "UNSUPPORTED_GRANT_TYPE"), "")}},
		{name: "client credentials", method: "POST", target: token, form: robot("grant_type", "client_credentials", "username", "my_username"),
			want: []auth.Event{server(as(myself, issue, "oauth", success, 200, ""), "robot")}},
		{name: "client credentials for nobody", method: "POST", target: token, form: robot("grant_type", "client_credentials", "username", "nobody"),
			want: []auth.Event{server(as(nobody, issue, "oauth", denied, 400, "UNAUTHORIZED_CLIENT"), "robot")}, cause: "unknown user"},
		{name: "refresh", method: "POST", target: token, form: robot("grant_type", "refresh_token", "refresh_token", refreshToken),
			want: []auth.Event{server(as(myself, refresh, "oauth", success, 200, ""), "robot")}},
		{name: "refresh, wrong secret", method: "POST", target: token, form: form("grant_type", "refresh_token", "refresh_token", refreshToken, "client_id", "robot", "client_secret", "wrong-secret"),
			want: []auth.Event{server(as(nobody, refresh, "oauth", wrongCred, 401, "INVALID_CLIENT_SECRET"), "")}},
		{name: "refresh, spent", method: "POST", target: token, form: robot("grant_type", "refresh_token", "refresh_token", refreshToken),
			want: []auth.Event{server(as(myself, auth.EventTokenReuse, "oauth", wrongCred, 400, "INVALID_REFRESH_TOKEN"), "robot")}, cause: "spent: its family is revoked"},
		{name: "refresh, of a family that is gone: a typo looks like that", method: "POST", target: token, form: robot("grant_type", "refresh_token", "refresh_token", refreshToken),
			want: []auth.Event{server(as(nobody, refresh, "oauth", wrongCred, 400, "INVALID_REFRESH_TOKEN"), "robot")}, cause: "unknown"},
	})
	accessToken := issued()["access_token"].(string)
	w.check([]happened{
		{name: "introspection", method: "POST", target: "/oauth/introspect", form: resource("token", accessToken),
			want: []auth.Event{server(as(nobody, ask, "oauth", success, 200, ""), "resource")}},
		{name: "introspection of what is no token", method: "POST", target: "/oauth/introspect", form: resource("token", "wrong-secret"),
			want: []auth.Event{server(as(nobody, ask, "oauth", success, 200, ""), "resource")}},
		{name: "introspection without a token", method: "POST", target: "/oauth/introspect", form: resource(),
			want: []auth.Event{server(as(nobody, ask, "oauth", failure, 400, "INVALID_REQUEST"), "resource")}, cause: "token is missing"},
		{name: "introspection, not allowed", method: "POST", target: "/oauth/introspect", form: robot("token", accessToken),
			want: []auth.Event{server(as(nobody, ask, "oauth", denied, 400, "UNAUTHORIZED_CLIENT"), "robot")}, cause: "no Introspect"},
		{name: "revocation by the client", method: "POST", target: "/oauth/revoke", form: robot("token", accessToken),
			want: []auth.Event{server(as(nobody, revoke, "oauth", success, 200, ""), "robot")}},
		{name: "revocation by nobody", method: "POST", target: "/oauth/revoke", form: form("token", accessToken),
			want: []auth.Event{server(as(nobody, revoke, "oauth", wrongCred, 401, "INVALID_CLIENT_ID"), "")}, cause: "no such client"},
		{name: "revocation by the user", method: "POST", target: "/rest_api/revoke", form: form("token", accessToken), fields: authorization(w.good["/basic"]),
			want: []auth.Event{server(as(myself, revoke, "revoke", success, 200, ""), "")}},
		{name: "revocation by the user, no token: the user is known", method: "POST", target: "/rest_api/revoke", form: form("x", "y"), fields: authorization(w.good["/basic"]),
			want: []auth.Event{server(as(myself, revoke, "revoke", failure, 400, "INVALID_REQUEST"), "")}, cause: "token is missing"},
		{name: "revocation by a blocked user", method: "POST", target: "/rest_api/revoke", form: form("token", accessToken), fields: authorization(basicValue("blocked_user:blocked-password")),
			want: []auth.Event{server(as(nobody, revoke, "revoke", auth.OutcomeBlocked, 403, "USER_BLOCKED"), "")}, cause: "blocked"},

		{name: "generate by password", method: "POST", target: service, fields: authorization(w.good["/basic"]), want: []auth.Event{as(myself, generate, "service-token", success, 200, "")}},
		{name: "generate by token", method: "POST", target: service, fields: authorization(w.good["/service"]), want: []auth.Event{as(myself, generate, "service-token", success, 200, "")}},
		{name: "generate without the permission", method: "POST", target: service, fields: authorization(w.good["/service?reader"]),
			want: []auth.Event{as(auth.Event{UserID: "2", User: "reader"}, generate, "service-token", denied, 403, "ACCESS_DENIED")}, cause: "no permission"},
		{name: "generate by a wrong password", method: "POST", target: service, fields: authorization(basicValue("my_username:wrong-password")),
			want: []auth.Event{as(nobody, generate, "service-token", wrongCred, 401, "INVALID_CREDENTIALS")}, cause: "mismatch"},
	})
	w.outage = errors.New("connection refused")
	w.check([]happened{
		{name: "outage", method: "POST", target: token, form: robot("grant_type", "client_credentials", "username", "my_username"),
			want: []auth.Event{server(as(nobody, issue, "oauth", auth.OutcomeOutage, 503, "SERVICE_UNAVAILABLE"), "robot")}, cause: "connection refused"},
	})
	w.nothingSecret()
}
