package servicetoken_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
)

// In these tests the clock of synctest, which starts in the year 2000, keeps the vectors from having expired.

func TestDocumentedTokensAreAccepted(t *testing.T) {
	integerStatus := func(u store.User) servicetoken.Properties { return servicetoken.Properties{"status": 1} }
	for _, c := range []struct {
		name, id, user, realm, token string
		properties                   func(store.User) servicetoken.Properties
	}{
		{name: "plain", id: "1", user: "my_username", realm: "Example API", token: vectorToken},
		{name: "UTF-8 and quotes", id: "4711", user: "zoé", realm: `Q"uote & Co`, token: "1267.6a000000.MD_lRqXiLV7JjUYcMzp2LHfZdKOz4aTUzliHfsT0G0U"},
		{
			name: "integer status", id: "1", user: "my_username", realm: "Example API",
			token: "1.5665e083.vlLXkDvJjux_mN7AUSzIrFZAn7Gv5qRJTqq3EieTQ9Y", properties: integerStatus,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := store.User{ID: c.id, Name: c.user, PasswordHash: vectorHash, Active: true}
				cfg := servicetoken.Config{Users: newStore(t, u), Realm: c.realm}
				if c.properties != nil {
					cfg.Properties = withProperties(c.properties)
				}
				id := accepted(t, newService(t, cfg), c.token)
				require.Equal(t, c.id, id.UserID)
				require.Equal(t, c.user, id.Name)
			})
		})
	}
}

func TestSignedTextOfTheDocumentedToken(t *testing.T) {
	text, err := newService(t, servicetoken.Config{}).SignedText(vectorUser(), nil, vectorEnd)
	require.NoError(t, err)
	require.Equal(t, `1a:4:{s:4:"name";s:11:"my_username";s:4:"pass";s:55:"`+vectorHash+
		`";s:5:"realm";s:11:"Example API";s:6:"status";s:1:"1";}1449517187`, text)
}

// TestTokensMadeByPHP checks tokens that PHP has made, with IDs and properties of all sorts.
func TestTokensMadeByPHP(t *testing.T) {
	var file struct {
		Key     string
		Vectors []struct {
			ID         string
			Expires    int64
			Properties map[string]any
			Token      string
		}
	}
	readVectors(t, "testdata/tokens.json", &file)
	require.NotEmpty(t, file.Vectors)
	for i, v := range file.Vectors {
		t.Run(fmt.Sprintf("%d, of %.20q", i, v.ID), func(t *testing.T) {
			set := fromJSON(v.Properties).(map[string]any)
			name, _ := set["name"].(string)
			signedRealm, _ := set["realm"].(string)
			u := store.User{ID: v.ID, Name: name, PasswordHash: set["pass"].(string), Active: true}
			synctest.Test(t, func(t *testing.T) {
				s := newService(t, servicetoken.Config{
					Users: newStore(t, u), Keys: []servicetoken.Key{servicetoken.Key(file.Key)}, Realm: signedRealm,
					Properties: withProperties(func(store.User) servicetoken.Properties { return set }),
				})
				if v.Expires < 946684800 {
					require.ErrorIs(t, refused(t, s, v.Token), servicetoken.ErrExpired) // genuine, and over
					return
				}
				id := accepted(t, s, v.Token)
				require.Equal(t, v.ID, id.UserID)
				require.Equal(t, v.Expires, id.ExpiresAt.Unix())
			})
		})
	}
}

func TestSerializeAsPHPDoes(t *testing.T) {
	var file struct {
		Vectors []struct{ JSON, Serialized string }
	}
	readVectors(t, "testdata/serialize.json", &file)
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		dec := json.NewDecoder(strings.NewReader(v.JSON))
		dec.UseNumber()
		var m map[string]any
		require.NoError(t, dec.Decode(&m))
		got, err := servicetoken.AppendPHP([]byte("before "), fromJSON(m).(map[string]any))
		require.NoError(t, err)
		require.Equal(t, "before "+v.Serialized, string(got))
	}
}

func readVectors(t *testing.T, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	require.NoError(t, dec.Decode(v))
}

// fromJSON turns decoded JSON into values that properties can have.
func fromJSON(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			panic(err)
		}
		return n
	case []any:
		list := make([]string, len(v))
		for i, s := range v {
			list[i] = s.(string)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = fromJSON(e)
		}
		return m
	}
	return v
}
