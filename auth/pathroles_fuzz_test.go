package auth_test

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
)

// FuzzPathPattern compares the matcher with a regular expression of the same meaning.
func FuzzPathPattern(f *testing.F) {
	for _, s := range [][2]string{
		{"*", "/"}, {"/", "/"}, {"/*", "/a"}, {"/a/*", "/a"}, {"/a/*", "/a/b"}, {"/a/", "/a"}, {"/a/*/", "/a"}, {"/*/", "/"}, {"/*/edit", "/a/b/edit"}, {"*a*b*", "/xaxb"}, {"/a*a", "/a"}, {"/ab*bc", "/abc"},
		{"/*/*", "/a"}, {"/**/x", "/x"}, {"/*aab", "/aaab"}, {"/*ab*ab", "/ab"}, {"/a.b", "/axb"}, {"/[a-z]+", "/abc"}, {"/zoé*", "/zoé"}, {"/\ufffd", "/\xff"}, {"/*\ufffd*", "/a\xc3"},
		{"/" + strings.Repeat("*a", 50), "/" + strings.Repeat("a", 50)}, {"/" + strings.Repeat("*", 1000), "/a"}, {"/" + strings.Repeat("a*", 50) + "b", "/" + strings.Repeat("a", 60)},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, target string) {
		clean, err := auth.CleanPath(&url.URL{Path: target})
		if err != nil {
			return
		}
		got, err := auth.PatternMatches(pattern, clean)
		if err != nil {
			return
		}
		for strings.Contains(pattern, "**") {
			pattern = strings.ReplaceAll(pattern, "**", "*")
		}
		if len(pattern) > 1 {
			pattern = strings.TrimSuffix(pattern, "/")
		}
		parts := strings.Split(pattern, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		re, err := regexp.Compile(`\A(?s:` + strings.Join(parts, ".*") + `)\z`) // linear too, and slow
		if err != nil {
			return // too large
		}
		want := re.MatchString(clean) || re.MatchString(clean+"/") || clean == "/" && re.MatchString("")
		if got != want {
			t.Fatalf("%q matches %q: %v, want %v", pattern, clean, got, want)
		}
	})
}

// TestAThousandStarsAreMatchedInOnePass: a matcher that tries again and again would not come back.
func TestAThousandStarsAreMatchedInOnePass(t *testing.T) {
	const n = 1 << 20
	for pattern, want := range map[string]bool{
		"/" + strings.Repeat("*", 1000):          true,
		"/" + strings.Repeat("*a", 500):          true,
		"/" + strings.Repeat("*a", 500) + "b":    false,
		"/" + strings.Repeat("a*", 500) + "b":    false,
		"/" + strings.Repeat("*aa", 300) + "*b":  false,
		"*" + strings.Repeat("aaa*", 200) + "ab": false,
	} {
		got, err := auth.PatternMatches(pattern, "/"+strings.Repeat("a", n))
		require.NoError(t, err)
		require.Equal(t, want, got, "%.20s…", pattern)
	}
}

// handlers is a ServeMux with patterns of all kinds, that tells which of them served.
func handlers() *http.ServeMux {
	mux := http.NewServeMux()
	for _, pattern := range []string{
		"/{$}", "/admin", "/admin/", "/admin/users", "/admin/{id}/edit", "/public/", "/public/files/{rest...}", "/a/b", "/a/{x}/c", "/api/", "/zoé/", "/",
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Served-By", url.PathEscape(pattern))
			w.Header().Set("Served-Path", url.PathEscape(r.URL.Path))
		})
	}
	return mux
}

// served returns which pattern of the mux serves r, and under which path. It is false for an answer that serves nothing, such as a redirect.
func served(h http.Handler, r *http.Request) (pattern, path string, ok bool) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	pattern, err := url.PathUnescape(w.Header().Get("Served-By"))
	path, err2 := url.PathUnescape(w.Header().Get("Served-Path"))
	return pattern, path, err == nil && err2 == nil && pattern != ""
}

// over sends a request over a connection that is none, and serves it at the other end: what a server behind a proxy reads.
type over struct{ handler http.Handler }

func (o over) RoundTrip(r *http.Request) (*http.Response, error) {
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		return nil, err
	}
	read, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		return &http.Response{StatusCode: 400, Body: http.NoBody, Header: http.Header{}}, nil
	}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, read)
	return w.Result(), nil
}

// FuzzWhatIsServedWasMatched sends a request target through the rules to what Go programs put behind them. Whatever serves it must be what serves the path that was compared with the
// rules: an encoding, a segment or a slash that one of them reads otherwise would be a way around.
func FuzzWhatIsServedWasMatched(f *testing.F) {
	for _, s := range []string{
		"/", "/admin", "/admin/", "//admin", "/admin//users", "/admin/users/", "/%61dmin/users", "/admin%2fusers", "/public/../admin", "/public/%2e%2e/admin", "/public/files/..%2f..%2fadmin",
		"/a//c", "/a/b/c", "/a/%2f/c", "/a/b%2fc", "/a/%62", "/api/admin/users", "/api//admin", "/api/../admin", "/api", "/api/", "/apiadmin", "/%61pi/admin", "/api%2fadmin", "/api/%2fadmin",
		"/zo%c3%a9/", "/zo%C3%A9", "/admin;x/users", "/admin%3bx", "/admin%00", "/admin%20", "/admin%252fusers", "/admin%5cusers", `/admin\users`, "http://other.example/admin", "http:admin", "*",
		"/?/admin", "/admin?x", "/%3fadmin", "/admin%23", "/.//admin", "/admin/.", "/.admin", "/..admin", "/admin/...", "//", "///", "/%", "/a%zz", "", "//other.example/admin",
	} {
		f.Add(s)
	}
	mux := handlers()
	under := handlers()
	stripped := http.StripPrefix("/api", under)
	backend, err := url.Parse("http://backend.example")
	require.NoError(f, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(backend) }, Transport: over{mux}}
	everything := auth.RequirePathRoles(auth.PathRule{Pattern: "*", AnyUser: true})
	gate := auth.Require(withRoles(), nil)

	f.Fuzz(func(t *testing.T, line string) {
		r, err := readTarget(line)
		if err != nil {
			return
		}
		clean, err := auth.CleanPath(r.URL)
		if err != nil {
			w := httptest.NewRecorder()
			gate(everything(mux)).ServeHTTP(w, r)
			if w.Code != http.StatusBadRequest {
				t.Fatalf("%q is refused with %d", line, w.Code)
			}
			return
		}
		if clean[0] != '/' || path.Clean(clean) != clean {
			t.Fatalf("%q is compared as %q, which is not clean", line, clean)
		}
		again, err := auth.CleanPath(&url.URL{Path: clean})
		if err != nil || again != clean {
			t.Fatalf("%q is compared as %q, and that as %q: %v", line, clean, again, err)
		}

		// Whatever serves the request serves the clean path, or the same with a slash at its end.
		check := func(what string, h, direct http.Handler, prefix string) {
			pattern, seen, ok := served(gate(everything(h)), r.Clone(t.Context()))
			if !ok {
				return
			}
			rest, found := strings.CutPrefix(clean, prefix)
			if !found {
				t.Fatalf("%s serves %q, compared as %q, though that has no prefix %s", what, line, clean, prefix)
			}
			same := false
			for _, p := range []string{rest, rest + "/"} {
				if p == "" {
					continue
				}
				other, _, ok := served(direct, &http.Request{Method: "GET", URL: &url.URL{Path: p}, Header: http.Header{}})
				same = same || ok && other == pattern
			}
			if !same {
				t.Fatalf("%s serves %q by %q, which does not serve %q, as which it was compared", what, line, pattern, clean)
			}
			if got, err := auth.CleanPath(&url.URL{Path: seen}); err != nil || strings.TrimSuffix(prefix+got, "/") != strings.TrimSuffix(clean, "/") {
				t.Fatalf("%s serves %q as %q; it was compared as %q", what, line, seen, clean)
			}
		}
		check("http.ServeMux", mux, mux, "")
		check("http.StripPrefix", stripped, under, "/api")
		check("httputil.ReverseProxy", proxy, mux, "")

		// Behind StripPrefix the rules see what is left.
		inner := http.StripPrefix("/api", gate(everything(under)))
		if pattern, seen, ok := served(inner, r.Clone(t.Context())); ok {
			left, err := auth.CleanPath(&url.URL{Path: seen})
			if err != nil {
				t.Fatalf("%q passes behind http.StripPrefix as %q: %v", line, seen, err)
			}
			other, _, ok := served(under, &http.Request{Method: "GET", URL: &url.URL{Path: left}, Header: http.Header{}})
			slash, _, ok2 := served(under, &http.Request{Method: "GET", URL: &url.URL{Path: left + "/"}, Header: http.Header{}})
			if !(ok && other == pattern) && !(ok2 && slash == pattern) {
				t.Fatalf("%q is served behind http.StripPrefix by %q, and %q by %q", line, pattern, left, other)
			}
		}
	})
}
