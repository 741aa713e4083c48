package servicetoken_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/servicetoken"
)

func TestSerializeCountsBytesAndEscapesNothing(t *testing.T) {
	got, err := servicetoken.AppendPHP(nil, map[string]any{"k\xff": "\x00\"é\xfe", "int": 7, "m": servicetoken.Properties{"x": nil}})
	require.NoError(t, err)
	require.Equal(t, "a:3:{s:3:\"int\";i:7;s:2:\"k\xff\";s:5:\"\x00\"é\xfe\";s:1:\"m\";a:1:{s:1:\"x\";N;}}", string(got))
}

func TestSerializePutsIntegerKeysFirst(t *testing.T) {
	m := map[string]any{}
	for _, k := range []string{"b", "10", "", "9", "-2", "a"} {
		m[k] = true
	}
	got, err := servicetoken.AppendPHP(nil, m)
	require.NoError(t, err)
	require.Equal(t, `a:6:{i:-2;b:1;i:9;b:1;i:10;b:1;s:0:"";b:1;s:1:"a";b:1;s:1:"b";b:1;}`, string(got))
}

func TestSerializeRefusesWhatHasNoOneSpelling(t *testing.T) {
	type role string
	for name, v := range map[string]any{
		"float":        1.5,
		"whole float":  1.0,
		"NaN":          math.NaN(),
		"uint":         uint(1),
		"int32":        int32(1),
		"bytes":        []byte("x"),
		"list of any":  []any{"x"},
		"struct":       struct{ Secret string }{"hunter2"},
		"pointer":      new(int),
		"named string": role("editor"),
		"number":       json.Number("1"),
		"function":     func() {},
	} {
		t.Run(name, func(t *testing.T) {
			for _, m := range []map[string]any{{"plan": v}, {"plan": map[string]any{"inner": v}}} {
				_, err := servicetoken.AppendPHP(nil, m)
				require.ErrorContains(t, err, `"plan": `)
				require.ErrorContains(t, err, "cannot serialize")
				require.NotContains(t, err.Error(), "hunter2")
			}
		})
	}
}

func TestSerializeEndsOnAMapThatHoldsItself(t *testing.T) {
	m := map[string]any{}
	m["self"] = m
	_, err := servicetoken.AppendPHP(nil, m)
	require.ErrorContains(t, err, "nested too deep")
}

// FuzzSerialize reads back what is written with a parser that knows nothing of the writer.
func FuzzSerialize(f *testing.F) {
	f.Add("name", "my_username", "7", int64(-1), true)
	f.Add("", "\x00\";}", "-0", int64(math.MinInt64), false)
	f.Add("a", "a:1:{", "9223372036854775808", int64(math.MaxInt64), false)
	f.Fuzz(func(t *testing.T, k1, v1, k2 string, n int64, flag bool) {
		inner := map[string]any{k2: n, k1 + k2: flag, k1: nil}
		m := map[string]any{k1: v1, k2: inner, k2 + k1: []string{v1, k1}, "n": n}
		var text []byte
		var err error
		// Keys are sorted, and each text is in the map twice, in a buffer that doubles.
		takesAtMost(t, 16<<10, 64, len(k1)+len(v1)+len(k2), func() { text, err = servicetoken.AppendPHP(nil, m) })
		require.NoError(t, err)
		again, err := servicetoken.AppendPHP(nil, m)
		require.NoError(t, err)
		require.Equal(t, text, again, "one map has one spelling")
		require.Equal(t, asRead(m), readPHP(t, string(text)))
	})
}

// asRead returns m as the parser returns it: lists become maps.
func asRead(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		switch v := v.(type) {
		case map[string]any:
			out[k] = asRead(v)
		case []string:
			list := map[string]any{}
			for i, s := range v {
				list[string(rune('0'+i))] = s
			}
			out[k] = list
		default:
			out[k] = v
		}
	}
	return out
}
