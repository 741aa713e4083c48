package oauth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

// object is a JSON object read by encoding/json, its numbers as they stand: 1e999 is one, though no float64.
func object(t *testing.T, text []byte) (members map[string]any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	require.NoError(t, d.Decode(&members))
	_, err := d.Token()
	require.ErrorIs(t, err, io.EOF, "nothing follows the object")
	return members
}

// FuzzIntrospectionAnswer shows that whatever is accepted says so plainly, to another reader too.
func FuzzIntrospectionAnswer(f *testing.F) {
	for _, seed := range []string{
		active(""), active(`,"exp":4070908800,"nbf":1.5,"scope":"read write","token_type":"bearer","cnf":null`), `{"active":false}`, `{"active":true,"active":true}`,
		active(`,"exp":1e9`), active(`,"x":{"a":[{}]}`), `[]`, `{} {}`, `null`, active(`,"username":1`), `{"\u0061ctive":true}`,
		`{"active":true,"username":"a","aud":["` + ourName + `"]}`, `{"active":true,"username":"\ud800","aud":"` + ourName + `"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var k *oauth.Knowledge
		var err error
		takesAtMost(t, 16<<10, 120, len(body), func() { k, err = oauth.ReadIntrospection(body, ourName, "read") })
		if err != nil {
			var refused *autherr.Error
			if errors.As(err, &refused) {
				require.Equal(t, autherr.InvalidAccessToken, refused.Code)
			}
			return
		}
		other := object(t, body)
		require.Equal(t, true, other["active"])
		require.Equal(t, k.Name, other["username"])
		require.NotEmpty(t, k.Name)
		require.Nil(t, other["cnf"])
		switch aud := other["aud"].(type) {
		case string:
			require.Equal(t, ourName, aud)
		case []any:
			require.True(t, slices.Contains(aud, any(ourName)))
		default:
			t.Errorf("aud is %T", aud)
		}
		require.Subset(t, []string{"read"}, k.Scopes)
		require.Equal(t, other["exp"] == nil, k.Expires.IsZero())
		require.True(t, k.Expires.Before(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)))
	})
}

// FuzzObject shows that objects are read as encoding/json reads them, but for what is refused.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[1,{"c":"d"}],"e" : null }`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{"\ud800":1,"\ud801":1}`, `{"x":1e999}`, `{}x`, ` {} `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got map[string]string
		var err error
		takesAtMost(t, 16<<10, 120, len(body), func() { got, err = oauth.ReadObject(body) })
		var want map[string]json.RawMessage
		if err != nil {
			return
		}
		require.NoError(t, json.Unmarshal(body, &want))
		require.Len(t, got, len(want))
		for name, value := range want {
			require.Equal(t, string(value), got[name])
		}
	})
}
