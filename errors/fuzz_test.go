package errors_test

import (
	"cmp"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// FuzzUserName shows that a name, whatever the store holds, stays inside the text of its body: the body is that of any other user with this name in it.
func FuzzUserName(f *testing.F) {
	for _, name := range []string{"", "my_username", `"`, `\`, `","error":"x`, "\x00", "\r\nSet-Cookie: a=b", "\u2028", "\xff", "<script>", "zoé", "%s", "<name>", strings.Repeat("x", 2000)} {
		f.Add(name)
	}
	f.Add(strings.Repeat("\x00", 200_000))
	const other = "somebodyelse"
	f.Fuzz(func(t *testing.T, name string) {
		var shown string // the name as JSON has it: there is UTF-8 only
		text, err := json.Marshal(cmp.Or(name, "anonymous"))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &shown))
		for _, p := range []autherr.Renderer{autherr.Profile2025(nil), autherr.ProfileLegacy(nil), autherr.ProfileRFC(), autherr.ProfileServices()} {
			for _, e := range []autherr.Error{
				{Code: autherr.UserBlocked, Method: autherr.MethodBasic, User: name},
				{Code: autherr.AccessDenied, Method: autherr.MethodServiceToken, User: name, Scope: "read"},
				{Code: autherr.InvalidCredentials, Method: autherr.MethodJWT, User: name},
			} {
				likeIt := e
				likeIt.User = other
				var got autherr.Response
				// A byte becomes six at most (\ufffd), in a buffer that grows by a quarter when it is large, and is copied.
				takesAtMost(t, 16<<10, 80, len(name), func() { got = p.Render(&e) })
				want := p.Render(&likeIt)
				require.Equal(t, want.Status, got.Status)
				require.True(t, utf8.Valid(got.Body))
				require.Equal(t, decoded(t, want.Body, other, shown), decoded(t, got.Body, "", ""))

				rec := httptest.NewRecorder()
				autherr.Respond(rec, httptest.NewRequest("GET", "/", nil), p, &e)
				for field, values := range rec.Header() {
					require.False(t, strings.ContainsAny(strings.Join(values, ""), "\r\n\x00"), "%s: %q", field, values)
				}
			}
		}
	})
}

// decoded returns a body with a text in its strings replaced, if there is one.
func decoded(t *testing.T, body []byte, text, by string) any {
	t.Helper()
	in := func(v any) any {
		if s, ok := v.(string); ok && text != "" {
			return strings.ReplaceAll(s, text, by)
		}
		return v
	}
	var v any
	require.NoError(t, json.Unmarshal(body, &v), "%s", body)
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = in(v[name])
		}
	case []any:
		for i := range v {
			v[i] = in(v[i])
		}
	}
	return v
}

// FuzzRealm shows that a realm is refused or can be read back, and ends no quoted text and no header field early (RFC 9110 section 5.6.4).
func FuzzRealm(f *testing.F) {
	for _, realm := range []string{"", "Example API", `Q"uote & Co`, `\`, `\"`, "a\r\nX: y", "\x00", "\t", "\x7f", "zoé", "\xff", `a", error="invalid_token`} {
		f.Add("Bearer", realm)
		f.Add("Basic", realm)
	}
	f.Add("", "x")
	f.Add("Ba sic", "x")
	f.Add("X\r\n", "x")
	f.Fuzz(func(t *testing.T, scheme, realm string) {
		var c autherr.Challenge
		var err error
		// A byte becomes two, or four in an error, which is written twice.
		takesAtMost(t, 16<<10, 32, len(scheme)+len(realm), func() { c, err = autherr.NewChallenge(scheme, realm) })
		if err != nil {
			require.True(t, c.IsZero())
			return
		}
		rest, ok := strings.CutPrefix(c.String(), scheme+` realm="`)
		require.True(t, ok, "%q", c)
		var got strings.Builder
		for i := 0; ; i++ {
			require.Less(t, i, len(rest), "%q does not end", c)
			if rest[i] == '"' {
				require.Equal(t, i, len(rest)-1, "%q ends early", c)
				break
			}
			if rest[i] == '\\' {
				i++
				require.Less(t, i, len(rest))
			}
			require.False(t, rest[i] < ' ' || rest[i] == 0x7f)
			got.WriteByte(rest[i])
		}
		require.Equal(t, realm, got.String())
		require.False(t, strings.ContainsAny(scheme, " \t\r\n\",="))
	})
}
