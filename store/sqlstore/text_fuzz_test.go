package sqlstore

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzList shows that a list is read back from a column as it was kept, and that nothing else that is in one is told.
func FuzzList(f *testing.F) {
	for _, s := range []string{"", "read", `a"b`, "<a&b>", "\u2028", "\x00", "\xff", "[]", `["x"]`, strings.Repeat("x", 2000)} {
		f.Add(s, "write")
		f.Add("editor", s)
	}
	f.Add(`["a",1]`, "")
	f.Add(`["a"]x`, "")
	f.Add(`{"secret":1}`, "")
	f.Fuzz(func(t *testing.T, one, two string) {
		r := record{what: "user"}
		list := []string{one, two}
		text := r.list("Roles", list)
		if r.err == nil {
			require.True(t, json.Valid([]byte(text)))
			got, err := parseList(text)
			require.NoError(t, err)
			require.Equal(t, list, got)
		}
		got, err := parseList(one)
		if err != nil {
			require.Nil(t, got)
			require.Equal(t, "a list in the table is not a JSON array of strings", err.Error())
		}
	})
}
