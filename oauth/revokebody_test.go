package oauth_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

func FuzzRevokeJSON(f *testing.F) {
	for _, seed := range []string{
		`{"token":"x"}`, `{"token":"x","token":"y"}`, `{"\u0074oken":"x"}`, `{"token":null}`, `{"a":[{"token":1}],"token":"x"}`, `[]`, `"token"`, `null`, `{} {}`, `{"token":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got map[string]string
		var err error
		takesAtMost(t, 16<<10, 120, len(body), func() { got, err = oauth.ParseRevokeJSON(body) })
		if err != nil {
			require.ErrorIs(t, err, autherr.InvalidRequest)
			return
		}
		require.LessOrEqual(t, len(got), 2)
		require.Equal(t, byte('{'), bytes.TrimSpace(body)[0])
		require.True(t, utf8.Valid(body))
		for name, value := range got {
			require.Contains(t, []string{"token", "token_type_hint"}, name)
			require.True(t, utf8.ValidString(value))
			require.LessOrEqual(t, len(value), len(body)*3, "an invalid escape becomes a replacement character of three bytes")
		}
	})
}
