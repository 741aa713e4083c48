package oauth_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// FuzzScope shows that a client gets exactly what it asks for, all of it its own, or an error (RFC 6749 section 3.3).
func FuzzScope(f *testing.F) {
	client := store.Client{Scopes: []string{"read", "write", "a:b"}, DefaultScopes: []string{"read"}}
	for _, param := range []string{"", "read", "read write", "write read read", " read", "read ", "read  write", "admin", "read admin", "READ", "read\twrite", "re\"ad", "read\x00", "r\u00e9ad", strings.Repeat("read ", 100) + "read"} {
		f.Add(param)
	}
	f.Fuzz(func(t *testing.T, param string) {
		var got []string
		var err error
		// A scope of one letter takes a place in a list.
		takesAtMost(t, 16<<10, 64, len(param), func() { got, err = oauth.GrantScopes(client, param) })
		if err != nil {
			require.ErrorIs(t, err, autherr.InvalidScope)
			require.Nil(t, got)
			return
		}
		require.Subset(t, client.Scopes, got)
		if param == "" {
			require.Equal(t, client.DefaultScopes, got)
			return
		}
		asked := strings.Split(param, " ")
		slices.Sort(asked)
		sorted := slices.Sorted(slices.Values(got))
		require.Equal(t, slices.Compact(asked), sorted)
	})
}

// FuzzUserInfoAnswer shows that whoever an answer names is named plainly, to another reader too, and that only a status of the server's says that a token is not good.
func FuzzUserInfoAnswer(f *testing.F) {
	// OpenID Connect Core 1.0 section 5.3.2.
	f.Add(200, "application/json", []byte(`{"sub":"248289761001","name":"Jane Doe","given_name":"Jane","family_name":"Doe","preferred_username":"j.doe","email":"janedoe@example.com","picture":"http://example.com/janedoe/me.jpg"}`))
	for _, body := range []string{`{"sub":"a","x":1e999}`, `{"sub":"a","sub":"b"}`, `{"SUB":"a"}`, `{"sub":1}`, `{"sub":null}`, `{"sub":""}`, `{"\u0073ub":"a"}`, `{"sub":"a\u0000"}`, `{"sub":"\ud800"}`, `[]`, `"a"`, ``, `{"sub":"a"}x`,
		`{"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `,"sub":"a"}`, `{"sub":"` + strings.Repeat("a", 2000) + `"}`} {
		f.Add(200, "application/json; charset=utf-8", []byte(body))
	}
	f.Add(401, "application/json", []byte(`{"sub":"a"}`))
	f.Add(500, "text/html", []byte(`{"sub":"a"}`))
	f.Add(200, "application/jwt", []byte(`eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.`))
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		var name string
		var err error
		takesAtMost(t, 16<<10, 120, len(contentType)+len(body), func() { name, err = oauth.ReadUserInfo(status, contentType, body, "sub") })
		if err != nil {
			var refused *autherr.Error
			if errors.As(err, &refused) {
				require.Equal(t, autherr.InvalidAccessToken, refused.Code)
				if status == 200 {
					// Only a name that nobody here can have is a refusal; everything else is an outage.
					require.True(t, json.Valid(body))
				}
			}
			return
		}
		require.Equal(t, 200, status)
		require.Equal(t, object(t, body)["sub"], name)
		require.NotEmpty(t, name)
		require.LessOrEqual(t, len(name), 1024)
		require.False(t, strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }))
	})
}
