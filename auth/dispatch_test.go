package auth_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func byHeader(t testing.TB, cfg auth.ByHeaderConfig) auth.Authenticator {
	t.Helper()
	a, err := auth.ByHeader(cfg)
	require.NoError(t, err)
	return a
}

func TestByHeaderPicksTheNamedApplication(t *testing.T) {
	apps := []auth.Application{
		{ID: "basic001", Authenticator: accepts("a")},
		{ID: "oauth001", Authenticator: accepts("b")},
		{ID: "off00001", Authenticator: accepts("c"), Disabled: true},
	}
	fallback := &auth.Application{ID: "default1", Authenticator: accepts("d")}
	with, without := byHeader(t, auth.ByHeaderConfig{Applications: apps, Default: fallback}), byHeader(t, auth.ByHeaderConfig{Applications: apps})
	for _, tt := range []struct {
		name   string
		a      auth.Authenticator
		fields []string
		want   string // name and application, or the code
	}{
		{"first", with, []string{"AUTH-METHOD", "basic001"}, "a basic001"},
		{"second", with, []string{"auth-method", "oauth001"}, "b oauth001"},
		{"blanks are trimmed", with, []string{"AUTH-METHOD", " \toauth001\t "}, "b oauth001"},
		{"absent", with, nil, "d default1"},
		{"absent, no default", without, nil, "MISSING_HEADER"},
		{"unknown", with, []string{"AUTH-METHOD", "nosuch01"}, "INVALID_APPLICATION_ID"},
		{"empty", with, []string{"AUTH-METHOD", ""}, "INVALID_APPLICATION_ID"},
		{"blank", with, []string{"AUTH-METHOD", "  "}, "INVALID_APPLICATION_ID"},
		{"other case", with, []string{"AUTH-METHOD", "BASIC001"}, "INVALID_APPLICATION_ID"},
		{"repeated", with, []string{"AUTH-METHOD", "basic001", "AUTH-METHOD", "basic001"}, "INVALID_APPLICATION_ID"},
		{"a list", with, []string{"AUTH-METHOD", "basic001, oauth001"}, "INVALID_APPLICATION_ID"},
		{"switched off", with, []string{"AUTH-METHOD", "off00001"}, "INVALID_APPLICATION_ID"},
		{"the default by its name", with, []string{"AUTH-METHOD", "default1"}, "INVALID_APPLICATION_ID"},
		{"no-break space is no blank", with, []string{"AUTH-METHOD", "\u00a0basic001"}, "INVALID_APPLICATION_ID"},
	} {
		id, err := tt.a.Authenticate(request(tt.fields...))
		if err != nil {
			require.Equal(t, tt.want, string(autherr.From(err).Code), tt.name)
			require.Equal(t, autherr.MethodAny, autherr.From(err).Method, tt.name)
			require.NotErrorIs(t, err, auth.ErrNoCredentials, "%s: final, not a decline", tt.name)
			continue
		}
		require.Equal(t, tt.want, id.Name+" "+id.Application, tt.name)
	}
}

func TestTheDocumentedAnswersOfByHeader(t *testing.T) {
	mw := auth.Require(byHeader(t, auth.ByHeaderConfig{Applications: []auth.Application{{ID: "a", Authenticator: accepts("a")}}}), nil)
	w := serve(mw, request())
	require.Equal(t, 400, w.Code)
	require.Equal(t, `{"status":"error","http_code":400,"error":"MISSING_HEADER","error_description":"Missing required unique header. It should contain the application ID."}`, w.Body.String())
	w = serve(mw, request("AUTH-METHOD", "<script>"))
	require.Equal(t, 400, w.Code)
	require.Equal(t, `{"status":"error","http_code":400,"error":"INVALID_APPLICATION_ID","error_description":"Invalid application ID."}`, w.Body.String())
}

func TestByHeaderWithoutApplicationsRefusesEverything(t *testing.T) {
	a := byHeader(t, auth.ByHeaderConfig{})
	for _, o := range []*auth.Options{nil, {AllowAnonymous: true}} {
		for _, r := range []*http.Request{request(), request("AUTH-METHOD", "x"), basicRequest("a:b")} {
			w := serve(auth.Require(a, o), r)
			require.Equal(t, 400, w.Code)
		}
	}
	off := byHeader(t, auth.ByHeaderConfig{Default: &auth.Application{Authenticator: accepts("a"), Disabled: true}})
	_, err := off.Authenticate(request())
	require.ErrorIs(t, err, autherr.MissingHeader, "a default that is switched off is none")
}

func TestTheChosenApplicationDecidesAlone(t *testing.T) {
	basic, _ := newBasic(t, "")
	bearerOnly := fails(decline(auth.OtherScheme, autherr.InvalidAuthorizationHeaderTokenType))
	a := byHeader(t, auth.ByHeaderConfig{
		Applications: []auth.Application{{ID: "oauth001", Authenticator: bearerOnly}},
		Default:      &auth.Application{Authenticator: basic},
	})
	// Good credentials of the default application do not help where another one is named.
	r := basicRequest("my_username:topsecret")
	r.Header.Set("AUTH-METHOD", "oauth001")
	w := serve(auth.Require(a, nil), r)
	require.NotEqual(t, 200, w.Code)

	w = serve(auth.Require(a, nil), basicRequest("my_username:topsecret"))
	require.Equal(t, "my_username", w.Body.String())
}

func TestADefaultWithoutIDLeavesTheApplicationAsItIs(t *testing.T) {
	own := authFunc(func(*http.Request) (*auth.Identity, error) {
		return &auth.Identity{UserID: "1", Application: "own"}, nil
	})
	id, err := byHeader(t, auth.ByHeaderConfig{Default: &auth.Application{Authenticator: own}}).Authenticate(request())
	require.NoError(t, err)
	require.Equal(t, "own", id.Application)
}

func TestByHeaderConfigurationErrors(t *testing.T) {
	ok := accepts("a")
	for want, cfg := range map[string]auth.ByHeaderConfig{
		"Header":              {Header: "AUTH METHOD"},
		"carries credentials": {Header: "authorization"},
		"\"API-KEY\"":         {Header: "API-KEY"},
		"empty":               {Applications: []auth.Application{{Authenticator: ok}}},
		"characters":          {Applications: []auth.Application{{ID: "a,b", Authenticator: ok}}},
		"twice":               {Applications: []auth.Application{{ID: "a", Authenticator: ok}, {ID: "a", Authenticator: ok}}},
		"no Authenticator":    {Applications: []auth.Application{{ID: "a"}}},
		"has no Authenti":     {Applications: []auth.Application{{ID: "a", Authenticator: (*auth.Basic)(nil)}}},
		"Default has no":      {Default: &auth.Application{ID: "a"}},
		"Default has":         {Default: &auth.Application{ID: "a", Authenticator: authFunc(nil)}},
	} {
		a, err := auth.ByHeader(cfg)
		require.ErrorContains(t, err, want)
		require.Nil(t, a)
	}
}

func TestByHeaderCopiesItsConfiguration(t *testing.T) {
	cfg := auth.ByHeaderConfig{
		Applications: []auth.Application{{ID: "a", Authenticator: accepts("a")}},
		Default:      &auth.Application{Authenticator: accepts("d")},
	}
	a := byHeader(t, cfg)
	cfg.Applications[0].Authenticator = accepts("changed")
	cfg.Default.Authenticator = accepts("changed")
	for want, r := range map[string]*http.Request{"a": request("AUTH-METHOD", "a"), "d": request()} {
		id, err := a.Authenticate(r)
		require.NoError(t, err)
		require.Equal(t, want, id.Name)
	}
}

func TestByHeaderListsWhatEnabledApplicationsAccept(t *testing.T) {
	basic, _ := newBasic(t, "")
	_, key := newAPIKey(t, false)
	_, keyBasic := newAPIKey(t, true)
	a := byHeader(t, auth.ByHeaderConfig{
		Header:       "x-application",
		Applications: []auth.Application{{ID: "a", Authenticator: basic}, {ID: "b", Authenticator: key, Disabled: true}},
		Default:      &auth.Application{Authenticator: keyBasic},
	})
	require.Len(t, a.(auth.Challenger).Challenges(), 1)
	require.Equal(t, []string{"Authorization", "X-Application"}, a.(auth.HeaderReader).CredentialHeaders())
}
