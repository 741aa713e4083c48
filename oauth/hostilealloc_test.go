package oauth_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
)

// Bodies of nearly the greatest length that endpoints read, in which as much as possible stands.
func TestHostileBodiesTakeMemoryInProportion(t *testing.T) {
	const size = 64<<10 - 100
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	var names, pairs strings.Builder
	for i := 0; names.Len() < size-20; i++ {
		fmt.Fprintf(&names, `"%x":0,`, i)
		fmt.Fprintf(&pairs, "%x=&", i)
	}
	readers := map[string]func(string) error{
		"form":        func(s string) error { _, err := oauth.ParseForm(s); return err },
		"revoke JSON": func(s string) error { _, err := oauth.ParseRevokeJSON([]byte(s)); return err },
		"answer":      func(s string) error { _, err := oauth.ReadIntrospection([]byte(s), ourName, "read"); return err },
		"object":      func(s string) error { _, err := oauth.ReadObject([]byte(s)); return err },
		"user info": func(s string) error {
			_, err := oauth.ReadUserInfo(200, "application/json", []byte(s), "sub")
			return err
		},
	}
	for what, text := range map[string]string{
		"separators": repeat("&"), "assignments": repeat("=&"), "pairs": pairs.String(), "encodings": "scope=" + repeat("%20"), "plus": repeat("+"),
		"half encodings": repeat("%"), "members": `{` + names.String() + `"token":"x"}`, "nesting": repeat("["), "nested objects": repeat(`{"a":`),
		"values nested": `{"x":` + repeat("[") + repeat("]") + `,"token":"x"}`, "escapes": `{"token":"` + repeat(`\u0061`) + `"}`, "escaped name": `{"` + repeat(`\u0061`) + `":1}`,
		"half surrogates": `{"token":"` + repeat(`\ud800`) + `"}`, "a number": `{"exp":` + repeat("9") + `}`, "an exponent": `{"exp":1e` + repeat("9") + `}`, "no end": `{"token":"` + repeat("a"), "zeros": repeat("\x00"),
	} {
		for reader, read := range readers {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := read(text)
			runtime.ReadMemStats(&after)
			if err != nil {
				require.Less(t, len(err.Error()), 512, "%s: %s", reader, what)
			}
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(120*size), "%s: %s", reader, what)
		}
	}
}
