package jwt_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// hostileSets are sets of nearly the greatest length in which as much as possible stands.
func hostileSets() map[string]string {
	const size = 1<<20 - 100
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	var names strings.Builder
	for i := 0; names.Len() < size-20; i++ {
		fmt.Fprintf(&names, `"%x":0,`, i)
	}
	return map[string]string{
		"empty keys":        `{"keys":[` + repeat("{},") + `{}]}`,
		"numbers":           `{"keys":[` + repeat("0,") + `0]}`,
		"members":           `{` + names.String() + `"keys":[]}`,
		"members of a key":  `{"keys":[{` + names.String() + `"kty":"RSA"}]}`,
		"escapes":           `{"keys":[{"kid":"` + repeat(`\u0061`) + `"}]}`,
		"escaped names":     `{"keys":[{"` + repeat(`\u0061`) + `":0}]}`,
		"nesting":           `{"keys":[` + repeat(`[`),
		"nested objects":    `{"x":` + repeat(`{"a":`),
		"an endless string": `{"keys":["` + repeat(`a`),
		"a huge modulus":    `{"keys":[{"kty":"RSA","e":"AQAB","n":"` + repeat(`_`) + `"}]}`,
		"a huge exponent":   `{"keys":[{"kty":"RSA","n":"AQAB","e":"` + repeat(`_`) + `"}]}`,
		"certificates":      `{"keys":[{"kty":"RSA","x5c":[` + repeat(`"AA",`) + `"AA"]}]}`,
		"blanks":            repeat(" ") + `{"keys":[]}`,
	}
}

func TestAHostileKeySetTakesMemoryInProportion(t *testing.T) {
	for name, text := range hostileSets() {
		data := []byte(text)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := jwt.ParseKeySet(data, jwt.RS256, jwt.ES256, jwt.EdDSA)
		_, fileErr := jwt.ParseSigningKey(jwt.RS256, data, nil)
		runtime.ReadMemStats(&after)
		require.Error(t, err, name)
		require.Error(t, fileErr, name)
		require.Less(t, len(err.Error())+len(fileErr.Error()), 64<<10, name)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, 40*uint64(len(data)), name)
	}
}
