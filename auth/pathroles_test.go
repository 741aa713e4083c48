package auth_test

import (
	"bufio"
	"bytes"
	"context"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// withRoles authenticates everybody as somebody with these roles.
func withRoles(roles ...string) authFunc {
	return func(*http.Request) (*auth.Identity, error) {
		return &auth.Identity{UserID: "1", Name: "my_username", Roles: roles, Method: autherr.MethodBasic}, nil
	}
}

// target returns a request as a server reads it.
func target(t testing.TB, target string) *http.Request {
	t.Helper()
	r, err := readTarget(target)
	require.NoError(t, err, target)
	return r
}

func readTarget(target string) (*http.Request, error) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: api.example\r\n\r\n")))
	if err == nil {
		r.RemoteAddr = "127.0.0.1:1"
	}
	return r, err
}

// asked returns the status of a request by a user with the roles.
func asked(rules func(http.Handler) http.Handler, r *http.Request, roles ...string) int {
	w := httptest.NewRecorder()
	auth.Require(withRoles(roles...), nil)(rules(nothing)).ServeHTTP(w, r)
	return w.Code
}

func TestTheFirstRuleThatMatchesDecides(t *testing.T) {
	rules := auth.RequirePathRoles(
		auth.PathRule{Pattern: "/admin/help", AnyUser: true},
		auth.PathRule{Pattern: "/admin/secret*"},
		auth.PathRule{Pattern: "/admin/*", Roles: []string{"admin", "root"}},
		auth.PathRule{Pattern: "/node/*/edit", Roles: []string{"editor"}},
		auth.PathRule{Pattern: "/node/*", AnyUser: true},
		auth.PathRule{Pattern: "*.json", Roles: []string{"reader"}},
	)
	for _, tt := range []struct {
		target, role string
		status       int
	}{
		{"/admin/help", "", 200},
		{"/admin/help?x=/admin/users", "", 200},
		{"/admin/secret", "admin", 403},
		{"/admin/secrets/1", "root", 403},
		{"/admin/users", "admin", 200},
		{"/admin/users", "root", 200},
		{"/admin/users", "editor", 403},
		{"/admin/users", "ADMIN", 403},
		{"/admin/users/", "admin", 200},
		{"/admin//users", "admin", 200},
		{"//admin/users", "admin", 200},
		{"//admin/users", "", 403},
		{"/admin/", "editor", 403},
		{"/admin", "editor", 403},
		{"/admin", "admin", 200},
		{"/%61dmin/users", "editor", 403},
		{"/%61dmin/users", "admin", 200},
		{"/Admin/users", "admin", 403}, // no rule
		{"/administrator", "admin", 403},
		{"/node/1/edit", "editor", 200},
		{"/node/1/edit", "reader", 403},
		{"/node/1/2/edit/", "reader", 403},
		{"/node/1/editor", "reader", 200},
		{"/node/edit", "reader", 200},
		{"/node/x.json", "", 200},
		{"/other/x.json", "reader", 200},
		{"/other/x.json", "admin", 403},
		{"/other/x.json?.html", "reader", 200},
		{"/other/x.html?.json", "reader", 403},
		{"/", "admin", 403},
		{"/nothing", "admin", 403},
	} {
		require.Equal(t, tt.status, asked(rules, target(t, tt.target), tt.role), "%s as %q", tt.target, tt.role)
	}
}

func TestUnmatchedPathsAreDeniedUnlessAFieldSaysOtherwise(t *testing.T) {
	cfg := auth.PathRolesConfig{Rules: []auth.PathRule{{Pattern: "/admin/*", Roles: []string{"admin"}}}}
	closed, err := auth.NewPathRoles(cfg)
	require.NoError(t, err)
	cfg.InsecureAllowUnmatched = true
	open, err := auth.NewPathRoles(cfg)
	require.NoError(t, err)
	require.Equal(t, 403, asked(closed, target(t, "/node/1")))
	require.Equal(t, 200, asked(open, target(t, "/node/1")))
	require.Equal(t, 403, asked(open, target(t, "/admin/1")))
	require.Equal(t, 403, asked(open, target(t, "/admin")))
	require.Equal(t, 400, asked(open, target(t, "/node/../admin/1")), "what cannot be matched is not unmatched")
}

func TestPathsThatOthersMightReadOtherwiseAreRefused(t *testing.T) {
	all := auth.RequirePathRoles(auth.PathRule{Pattern: "*", AnyUser: true})
	for _, bad := range []string{
		"/a/../admin", "/a/..", "/..", "/.", "/./admin", "/a/./b", "/../../etc/passwd", "/%2e%2e/admin", "/a/%2E%2e/admin", "/a/.%2e", "/%2e/admin",
		"/a%2fb", "/a%2Fb", "/%2e%2e%2fadmin", "/..%2fadmin", "/%2f", "//%2f", `/a\b`, "/a%5cb", "/a%5Cb", `/..\admin`, "/..%5cadmin",
		"/a%00", "/%00", "/a%0ab", "/a%0d%0ab", "/a%09", "/a%1f", "/a%7f", "/a%c2%80", "/a%C2%9F",
		"/a%ff", "/%c0%ae%c0%ae/admin", "/%c0%afadmin", "/a%ed%a0%80",
		"/a%252fb", "/%252e%252e/admin", "/a%255cb", "/a%2500", "/a%2541", "/a%25%32%46",
		"/admin;x", "/admin;/users", "/admin%3bx/users", "/..;/admin", "/.;x/admin",
		"*", "http:admin", "http:/admin%2fx",
	} {
		r := target(t, bad)
		require.Equal(t, 400, asked(all, r), bad)
	}
	for _, good := range []string{
		"/", "/a", "/a/", "//", "///a//b//", "/...", "/a/.../b", "/.hidden", "/a..b", "/..a", "/a.", "/well-known", "/.well-known/jwks.json",
		"/a%20b", "/z%C3%B6e", "/100%25", "/100%25/x", "/a%3Fb", "/a%23b", "/a:b@c", "/a,b=c&d", "/%25zz", "http://other.example/a", "/a?b=..%2f", "/a?%00",
	} {
		require.Equal(t, 200, asked(all, target(t, good)), good)
	}
}

func TestARefusedPathIsToldAsInvalidRequest(t *testing.T) {
	var told []*autherr.Error
	gate := auth.Require(withRoles(), &auth.Options{OnError: func(_ *http.Request, e *autherr.Error) { told = append(told, e) }})
	w := httptest.NewRecorder()
	gate(auth.RequirePathRoles(auth.PathRule{Pattern: "*", AnyUser: true})(nothing)).ServeHTTP(w, target(t, "/a/../b"))
	require.Equal(t, `{"status":"error","http_code":"400","error":"INVALID_REQUEST","error_description":"Invalid request."}`, w.Body.String())
	require.Len(t, told, 1)
	require.ErrorContains(t, told[0], "segment of dots only")
}

func TestPathsWithoutALeadingSlash(t *testing.T) {
	rules := auth.RequirePathRoles(auth.PathRule{Pattern: "/", AnyUser: true})
	r := target(t, "/api")
	for path, status := range map[string]int{"": 200, "/": 200, "api": 400, "a/b": 400, "?": 400} {
		r.URL.Path = path
		require.Equal(t, status, asked(rules, r), "%q", path)
	}
	r.URL.Path, r.URL.RawPath = "", "/x"
	require.Equal(t, 400, asked(rules, r))
	r.URL.Path, r.URL.RawPath = "/", "%2"
	require.Equal(t, 200, asked(rules, r), "a raw path that is no encoding of the path is not looked at by anybody")
}

func TestPathRolesStandInsideRequire(t *testing.T) {
	rules := auth.RequirePathRoles(auth.PathRule{Pattern: "*", AnyUser: true})
	var told bytes.Buffer
	server := &http.Server{ErrorLog: log.New(&told, "", 0)}
	outside := rules(nothing)
	for _, path := range []string{"/a", "/../a", "/a"} {
		r := target(t, path)
		w := httptest.NewRecorder()
		outside.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, server)))
		require.Equal(t, 500, w.Code)
	}
	require.Equal(t, "INTERNAL_ERROR: auth: an access rule stands outside Require\n", told.String(), "once, where net/http tells of such things")

	absent := fails(decline(auth.Absent, autherr.MissingAuthorizationHeader))
	optional := auth.Require(absent, &auth.Options{AllowAnonymous: true})
	w := httptest.NewRecorder()
	optional(rules(nothing)).ServeHTTP(w, target(t, "/a"))
	require.Equal(t, 401, w.Code, "AnyUser is a user")
	require.Panics(t, func() { rules(nil) })
}

func TestPathRolesThatCannotBeMeantAreRefused(t *testing.T) {
	for says, rules := range map[string][]auth.PathRule{
		"the Rules are missing":                nil,
		"the Pattern is missing":               {{Roles: []string{"a"}}},
		"neither / nor *":                      {{Pattern: "admin"}},
		"a query":                              {{Pattern: "/admin?x=1"}},
		"or an encoding":                       {{Pattern: "/a%20b"}},
		"a fragment":                           {{Pattern: "/a#b"}},
		"several slashes":                      {{Pattern: "/a//b"}},
		"a segment of dots only":               {{Pattern: "/a/../b"}},
		"backslash":                            {{Pattern: `/a\b`}},
		"semicolon":                            {{Pattern: "/a;b"}},
		"control character":                    {{Pattern: "/a\n"}},
		"no UTF-8":                             {{Pattern: "/a\xff"}},
		"too long":                             {{Pattern: "/" + strings.Repeat("a", 1024)}},
		"empty role":                           {{Pattern: "/a", Roles: []string{"x", ""}}},
		"both Roles and AnyUser":               {{Pattern: "/a", Roles: []string{"x"}, AnyUser: true}},
		`entry 2 of Rules, "/b/": the Pattern`: {{Pattern: "/b"}, {Pattern: "/b/"}},
		"that of entry 1":                      {{Pattern: "/c/**"}, {Pattern: "/d"}, {Pattern: "/c/*"}},
		"is that of entry 1, which":            {{Pattern: "/c/*"}, {Pattern: "/c"}},
		`"/c/*": the Pattern is of no use`:     {{Pattern: "/c/*/"}, {Pattern: "/c/*"}},
		`"/admin/*": the Pattern is of no use`: {{Pattern: "/*", AnyUser: true}, {Pattern: "/admin/*"}},
		`"/b*c/d": the Pattern is of no use`:   {{Pattern: "/b*"}, {Pattern: "/b*c/d"}},
		`entry 3 of Rules, "/x/y"`:             {{Pattern: "/a"}, {Pattern: "*y"}, {Pattern: "/x/y"}},
	} {
		_, err := auth.NewPathRoles(auth.PathRolesConfig{Rules: rules})
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "auth: NewPathRoles: ")
		require.Panics(t, func() { auth.RequirePathRoles(rules...) })
	}
	_, err := auth.NewPathRoles(auth.PathRolesConfig{Rules: []auth.PathRule{{Pattern: "/c"}, {Pattern: "/c/*/"}, {Pattern: "/d/*"}, {Pattern: "/d*"}, {Pattern: "/e*f"}, {Pattern: "/e*"}, {Pattern: "*"}}})
	require.NoError(t, err, "the later ones match more")
}

func TestASlashAtTheEndOfAPatternMakesNoDifference(t *testing.T) {
	for _, pattern := range []string{"/admin/*", "/admin/*/", "/admin/**/"} {
		rules := auth.RequirePathRoles(auth.PathRule{Pattern: pattern, Roles: []string{"admin"}}, auth.PathRule{Pattern: "*", AnyUser: true})
		for _, path := range []string{"/admin/users", "/admin/users/", "/admin", "/admin/"} {
			require.Equal(t, 403, asked(rules, target(t, path), "reader"), "%s by %s", path, pattern)
			require.Equal(t, 200, asked(rules, target(t, path), "admin"), "%s by %s", path, pattern)
		}
		require.Equal(t, 200, asked(rules, target(t, "/administrators"), "reader"))
	}
}

func TestPathRulesAreCopied(t *testing.T) {
	rules := []auth.PathRule{{Pattern: "/a", Roles: []string{"x"}}}
	mw := auth.RequirePathRoles(rules...)
	rules[0].Roles[0], rules[0].Pattern = "y", "/b"
	require.Equal(t, 200, asked(mw, target(t, "/a"), "x"))
	require.Equal(t, 403, asked(mw, target(t, "/a"), "y"))
}

func TestTheEmptyRoleOfAUserIsNoRole(t *testing.T) {
	require.Equal(t, 403, asked(auth.RequirePathRoles(auth.PathRule{Pattern: "/a"}), target(t, "/a"), ""))
}

func TestMatchingTakesNoMemory(t *testing.T) {
	u := target(t, "/node/1/edit").URL
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = auth.CleanPath(u) }))
}
