package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// bearerOf is an Authenticator of a route with bearer tokens.
type bearerOf struct {
	id        auth.Identity
	err       error
	challenge autherr.Challenge
}

func (b bearerOf) Authenticate(*http.Request) (*auth.Identity, error) {
	if b.err != nil {
		return nil, b.err
	}
	id := b.id
	return &id, nil
}

func (b bearerOf) Challenges() []autherr.Challenge { return []autherr.Challenge{b.challenge} }

func TestAccessRules(t *testing.T) {
	challenge, err := autherr.BearerChallenge("Example API")
	require.NoError(t, err)
	editor := auth.Identity{UserID: "1", Name: "my_username", Method: autherr.MethodOAuth,
		Roles: []string{"editor", "reviewer"}, Permissions: []string{"create page content"}, Scopes: []string{"read", "write"}}
	password := editor
	password.Method, password.Scopes = autherr.MethodBasic, nil
	nobody := auth.Identity{UserID: "2", Name: "reader", Method: autherr.MethodOAuth}

	scope := `Bearer realm="Example API", error="insufficient_scope", scope="`
	for _, tt := range []struct {
		name      string
		rule      func(http.Handler) http.Handler
		id        auth.Identity
		status    int
		challenge string
	}{
		{"role", auth.RequireRole("editor"), editor, 200, ""},
		{"one of the roles", auth.RequireRole("admin", "reviewer"), editor, 200, ""},
		{"no such role", auth.RequireRole("admin"), editor, 403, ""},
		{"no role at all", auth.RequireRole("editor"), nobody, 403, ""},
		{"another case", auth.RequireRole("Editor"), editor, 403, ""},
		{"permission", auth.RequirePermission("create page content"), editor, 200, ""},
		{"no such permission", auth.RequirePermission("view user information"), editor, 403, ""},
		{"a role is no permission", auth.RequirePermission("editor"), editor, 403, ""},
		{"scope", auth.RequireScope("read"), editor, 200, ""},
		{"all scopes", auth.RequireScope("read", "write"), editor, 200, ""},
		{"one scope is missing", auth.RequireScope("read", "delete"), editor, 403, scope + `read delete"`},
		{"no scope at all", auth.RequireScope("read"), nobody, 403, scope + `read"`},
		{"a password has no scopes", auth.RequireScope("read"), password, 403, ""},
	} {
		w := serve(func(h http.Handler) http.Handler {
			return auth.Require(bearerOf{id: tt.id, challenge: challenge}, nil)(tt.rule(h))
		}, request("Authorization", "Bearer x"))
		require.Equal(t, tt.status, w.Code, tt.name)
		require.Equal(t, tt.challenge, w.Header().Get("WWW-Authenticate"), tt.name)
		if tt.status == 200 {
			require.Equal(t, tt.id.Name, w.Body.String(), tt.name)
		} else {
			require.Contains(t, w.Body.String(), "ACCESS_DENIED", tt.name)
			require.NotContains(t, w.Body.String(), tt.id.Name, tt.name)
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"), tt.name)
		}
	}
}

func TestAnAccessRuleForAnonymousCallersAsksThemToLogIn(t *testing.T) {
	absent := bearerOf{err: decline(auth.Absent, autherr.MissingAuthorizationHeader)}
	w := serve(func(h http.Handler) http.Handler {
		return auth.Require(absent, &auth.Options{AllowAnonymous: true})(auth.RequireRole("editor")(h))
	}, request())
	require.Equal(t, 401, w.Code)
	require.Contains(t, w.Body.String(), "MISSING_AUTHORIZATION_HEADER")
	require.NotEmpty(t, w.Header().Get("WWW-Authenticate"))
}

func TestAnAccessRuleOutsideRequireRefusesEverything(t *testing.T) {
	for _, rule := range []func(http.Handler) http.Handler{
		auth.RequireRole("editor"), auth.RequirePermission("p"), auth.RequireScope("s"),
	} {
		require.Equal(t, 500, serve(rule, request()).Code)
		w := serve(func(h http.Handler) http.Handler { return rule(auth.Require(accepts("a"), nil)(h)) }, request())
		require.Equal(t, 500, w.Code, "the order is wrong")
	}
}

func TestRulesAreCopied(t *testing.T) {
	roles := []string{"admin"}
	rule := auth.RequireRole(roles...)
	roles[0] = "editor"
	w := serve(func(h http.Handler) http.Handler {
		return auth.Require(bearerOf{id: auth.Identity{Roles: []string{"editor"}}}, nil)(rule(h))
	}, request())
	require.Equal(t, 403, w.Code)
}

func TestIsScope(t *testing.T) {
	for s, want := range map[string]bool{
		"read": true, "user:email": true, "!#[]~": true, "https://a/b": true,
		"": false, "a b": false, `a"b`: false, `a\b`: false, "a\n": false, "\x7f": false, "é": false,
	} {
		require.Equal(t, want, auth.IsScope(s), "%q", s)
	}
}

func TestAnIdentityHasNothingWithoutAName(t *testing.T) {
	id := &auth.Identity{Roles: []string{""}, Permissions: []string{""}, Scopes: []string{""}}
	require.False(t, id.HasRole(""))
	require.False(t, id.HasPermission(""))
	require.False(t, id.HasScope(""))
	var none *auth.Identity
	require.False(t, none.HasRole("a"))
	require.False(t, none.HasPermission("a"))
	require.False(t, none.HasScope("a"))
	require.Error(t, none.DecodeClaims(new(any)))
	require.Error(t, id.DecodeClaims(new(any)))
}

// claims is a ClaimsDecoder that knows one claim.
type claims string

func (c claims) DecodeClaims(v any) error {
	*v.(*string) = string(c)
	return nil
}

func TestDecodeClaims(t *testing.T) {
	var got string
	require.NoError(t, (&auth.Identity{Claims: claims("x")}).DecodeClaims(&got))
	require.Equal(t, "x", got)
}

func TestTheLogSaysWhatIsMissing(t *testing.T) {
	id := &auth.Identity{UserID: "1", Name: "editor"}
	always := authFunc(func(*http.Request) (*auth.Identity, error) { return id, nil })
	for want, rule := range map[string]func(http.Handler) http.Handler{
		`none of the roles ["a" "b"]`:         auth.RequireRole("a", "b"),
		`no permission "write"`:               auth.RequirePermission("write"),
		`not all of the scopes ["read" "rw"]`: auth.RequireScope("read", "rw"),
	} {
		var told *autherr.Error
		o := &auth.Options{OnError: func(_ *http.Request, e *autherr.Error) { told = e }}
		w := httptest.NewRecorder()
		auth.Require(always, o)(rule(http.NotFoundHandler())).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.Equal(t, http.StatusForbidden, w.Code)
		require.ErrorContains(t, told, want)
		require.NotContains(t, w.Body.String(), want)
	}
}
