package drupal

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Origin of the first: what PHP's serialize makes of ["a" => 1, 5 => [true, null, -1.5], "b" => "ü\"", "" => []].
const serialized = `a:4:{s:1:"a";i:1;i:5;a:3:{i:0;b:1;i:1;N;i:2;d:-1.5;}s:1:"b";s:3:"ü"";s:0:"";a:0:{}}`

func TestUnserialize(t *testing.T) {
	got, err := unserialize([]byte(serialized))
	require.NoError(t, err)
	require.Equal(t, phpArray{
		{"a", int64(1)},
		{int64(5), phpArray{{int64(0), true}, {int64(1), nil}, {int64(2), -1.5}}},
		{"b", "ü\""},
		{"", phpArray{}},
	}, got)
	v, ok := got.get("b")
	require.True(t, ok)
	require.Equal(t, "ü\"", v)
	_, ok = got.get("c")
	require.False(t, ok)

	for text, want := range map[string]any{
		"i:9223372036854775807;": int64(math.MaxInt64), "i:-9223372036854775808;": int64(math.MinInt64), "b:0;": false, "d:1.0E+25;": 1e25, "d:3;": 3.0,
	} {
		got, err := unserialize([]byte("a:1:{i:0;" + text + "}"))
		require.NoError(t, err, text)
		require.Equal(t, phpArray{{int64(0), want}}, got)
	}
}

func TestUnserializeRefuses(t *testing.T) {
	for end := range len(serialized) {
		_, err := unserialize([]byte(serialized[:end]))
		require.Equal(t, errSerialized, err, serialized[:end])
	}
	value := func(text string) string { return "a:1:{i:0;" + text + "}" }
	for name, text := range map[string]string{
		"empty": "", "no array": "i:1;", "text": `s:1:"a";`, "null": "N;", "junk behind": serialized + ";", "blank before": " " + serialized,
		"object": `O:8:"stdClass":0:{}`, "object inside": value(`O:8:"stdClass":0:{}`), "custom object": value(`C:3:"Foo":0:{}`),
		"enum": value(`E:7:"Foo:Bar";`), "reference": value("R:1;"), "object reference": value("r:1;"), "escaped text": value(`S:1:"a";`),
		"leading zero": value("i:01;"), "plus": value("i:+1;"), "minus zero": value("i:-0;"), "blank": value("i: 1;"), "too large": value("i:9223372036854775808;"),
		"empty integer": value("i:;"), "hexadecimal": value("i:0x1;"), "boolean 2": value("b:2;"), "boolean true": value("b:true;"),
		"length too short": value(`s:1:"ab";`), "length too long": value(`s:3:"ab";`), "length beyond": value(`s:999999999999:"ab";`),
		"negative length": value(`s:-1:"";`), "no quotes": value("s:1:a;"), "no semicolon": value(`s:1:"a"`), "float in hex": value("d:0x1p4;"),
		"infinity": value("d:INF;"), "not a number": value("d:NAN;"), "float of nothing": value("d:;"), "float overflow": value("d:1E999;"),
		"few members": "a:2:{i:0;i:1;}", "many members": "a:1:{i:0;i:1;i:1;i:1;}", "members beyond": "a:99999999:{i:0;i:1;}", "negative count": "a:-1:{}",
		"no brace": "a:0:}", "key twice": "a:2:{i:0;i:1;i:0;i:1;}", "text key twice": `a:2:{s:1:"a";i:1;s:1:"a";i:1;}`,
		"key is an array": "a:1:{a:0:{}i:1;}", "key is null": "a:1:{N;i:1;}", "key is a boolean": "a:1:{b:1;i:1;}", "key is a float": "a:1:{d:1;i:1;}",
		"key is an integer as text": `a:1:{s:1:"7";i:1;}`,
		"too deep":                  strings.Repeat("a:1:{i:0;", maxDepth) + "a:0:{}" + strings.Repeat("}", maxDepth),
		"too long":                  value(fmt.Sprintf(`s:%d:"%s";`, maxSerialized, strings.Repeat("x", maxSerialized))),
	} {
		got, err := unserialize([]byte(text))
		require.Equal(t, errSerialized, err, name)
		require.Nil(t, got, name)
	}
	_, err := unserialize([]byte(strings.Repeat("a:1:{i:0;", maxDepth-1) + "a:0:{}" + strings.Repeat("}", maxDepth-1)))
	require.NoError(t, err, "just deep enough")
}

// TestUnserializeAllocatesNoMoreThanItReads: the counts in the data promise far more than there is.
func TestUnserializeAllocatesNoMoreThanItReads(t *testing.T) {
	data := []byte(strings.Repeat("a:100000:{i:0;", maxDepth))
	data = append(data, strings.Repeat("x", maxSerialized-len(data))...)
	allocated := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.TotalAlloc
	}
	before := allocated()
	_, err := unserialize(data)
	require.Error(t, err)
	require.Less(t, allocated()-before, uint64(256<<10))
}

func TestPermissionsOf(t *testing.T) {
	got, err := permissionsOf([]byte(`a:2:{s:2:"id";s:6:"editor";s:11:"permissions";a:2:{i:0;s:4:"edit";i:1;s:4:"view";}}`))
	require.NoError(t, err)
	require.Equal(t, []string{"edit", "view"}, got)
	_, err = permissionsOf([]byte(`a:1:{s:11:"permissions";s:6:"secret";}`))
	require.True(t, errors.Is(err, errSerialized))
	require.NotContains(t, err.Error(), "secret")
}

// FuzzUnserialize: no input panics, and what is accepted is what serialize would write.
func FuzzUnserialize(f *testing.F) {
	f.Add([]byte(serialized))
	f.Add([]byte(`a:1:{s:11:"permissions";a:1:{i:0;s:4:"edit";}}`))
	f.Add([]byte(`a:1:{i:0;O:8:"stdClass":0:{}}`))
	f.Add([]byte(`a:1:{i:0;d:1.0E+25;}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		array, err := unserialize(data)
		if err != nil {
			require.Nil(t, array)
			return
		}
		if !strings.Contains(string(data), "d:") { // PHP's floats have a spelling of their own
			require.Equal(t, string(data), serialize(array))
		}
		_, _ = permissionsOf(data)
	})
}

func serialize(v any) string {
	switch v := v.(type) {
	case nil:
		return "N;"
	case bool:
		if v {
			return "b:1;"
		}
		return "b:0;"
	case int64:
		return fmt.Sprintf("i:%d;", v)
	case string:
		return fmt.Sprintf("s:%d:\"%s\";", len(v), v)
	case phpArray:
		text := fmt.Sprintf("a:%d:{", len(v))
		for _, m := range v {
			text += serialize(m.key) + serialize(m.value)
		}
		return text + "}"
	default:
		return fmt.Sprintf("%T", v)
	}
}
