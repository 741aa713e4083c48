package jwt_test

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// exactly compares a number with a time without rounding either. It is false for numbers that are beyond the last date.
func exactly(t *testing.T, number string, now time.Time) (reached, ok bool) {
	t.Helper()
	if i := strings.IndexAny(number, "eE"); i >= 0 && len(number)-i > 5 {
		return false, false
	}
	n, ok := new(big.Rat).SetString(number)
	require.True(t, ok)
	at := new(big.Rat).SetFrac(big.NewInt(now.UnixNano()), big.NewInt(1e9))
	return n.Cmp(at) <= 0, true
}

func FuzzDate(f *testing.F) {
	now := time.Unix(1700000000, 500000001)
	for _, s := range []string{
		"0", "-0", "1700000000", "1700000000.500000001", "1700000000.5000000010000000001", "1700000000.500000002", "1700000000.499999999", "1.7000000005000000010e9",
		"17000000005e-1", "170000000050000000.1e-8", "0.0000000017e18", "0.00000000000000000017000000005e20", "1e-400", "-1e400", "253402300799", "253402300800", "25340230079900e-2",
		"9223372036854775807", "9223372036854775808", "18446744073709551616", "1e300", strings.Repeat("9", 400), "0." + strings.Repeat("0", 400) + "1e410", "1700000000.50000000100", "0e99",
		"1700000000." + strings.Repeat("0", 300) + "1", "00", "1e", "17E+8", "1.7E+9",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, number string) {
		if len(number) > 1000 || !json.Valid([]byte(number)) || strings.TrimSpace(number) != number || strings.IndexByte("-0123456789", number[0]) < 0 {
			return
		}
		want, ok := exactly(t, number, now)
		var got bool
		// Digits are counted, not kept.
		takesAtMost(t, 16<<10, 0, len(number), func() { got = jwt.DateReached(number, now) })
		if ok {
			require.Equal(t, want, got, number)
		}
		at := jwt.DateTime(number)
		require.False(t, at.After(time.Unix(253402300799, 999999999)))
		require.False(t, at.Before(time.Unix(-1, 0)))
		if !got {
			require.False(t, at.Before(now.Add(-time.Nanosecond)), "a date that is not reached does not look so")
		}
	})
}

func TestDatesAreExact(t *testing.T) {
	for number, want := range map[string]time.Time{
		"1.5":                  time.Unix(1, 500000000),
		"0.05":                 time.Unix(0, 50000000),
		"0.000000001":          time.Unix(0, 1),
		"0.0000000019":         time.Unix(0, 1),
		"5e-3":                 time.Unix(0, 5000000),
		"12.000000345e0":       time.Unix(12, 345),
		"12e3":                 time.Unix(12000, 0),
		"1.25e1":               time.Unix(12, 500000000),
		"-5":                   time.Unix(-1, 0),
		"1e13":                 time.Unix(253402300799, 0),
		"9999999999999.000001": time.Unix(253402300799, 0),
	} {
		require.Equal(t, want, jwt.DateTime(number), number)
	}
	for i := range int64(2000) {
		sec, nsec := i*i*i*31+i, i*499999%1e9
		number := strconv.FormatInt(sec, 10) + "." + strings.Repeat("0", 9-len(strconv.FormatInt(nsec, 10))) + strconv.FormatInt(nsec, 10)
		require.Equal(t, time.Unix(sec, nsec), jwt.DateTime(number), number)
	}
}

// What our scanner accepts, encoding/json accepts, and both read the same texts.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{
		`{}`, ` { } `, `{"a":"b"}`, `{"a":"\"\\\/\b\f\n\r\t\u0041\ud83d\ude00\u2028"}`, `{"\u0061":"x","a\tb":"y"}`, `{"a":[{"b":{}},[],-1.5e+3,true,false,null]}`,
		`{"a":"é\u00e9"}`, `{"a":1,"a":2}`, `{"a":"\ud800"}`, `{"a":tru}`, `[]`, `{"a":01}`, `{"a" :1 , "b": "c" }x`, "{\"a\":\"\x7f\"}", `{"":""}`, `{"":1E700}`,
		`{"a":["\ud800"]}`, `{"a":"\ud800`, `{"a":["\ud800\u0041"]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, object string) {
		var texts map[string]string
		var err error
		// A member of six bytes takes a place in each of two maps, which double.
		takesAtMost(t, 16<<10, 64, len(object), func() { texts, err = jwt.ScanTexts(object) })
		if err != nil {
			return
		}
		var m map[string]any
		d := json.NewDecoder(strings.NewReader(object))
		d.UseNumber() // 1e700 is a number, though no float64
		require.NoError(t, d.Decode(&m))
		want := make(map[string]string)
		for name, v := range m {
			if s, ok := v.(string); ok {
				want[name] = s
			}
		}
		require.Equal(t, want, texts)
	})
}

func TestTextsAreReadAsEncodingJSONReadsThem(t *testing.T) {
	texts, err := jwt.ScanTexts(`{"a":"\"\\\/\b\f\n\r\t\u0041\ud83d\ude00\u2028","\u0062\n":"x","c":5}`)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "\"\\/\b\f\n\r\tA😀\u2028", "b\n": "x"}, texts)
}

// Our decoder and the strict one of the standard library agree but for line ends, which that one skips.
func FuzzSegment(f *testing.F) {
	for _, s := range []string{"", "A", "AA", "AB", "AAA", "AAB", "AAAA", "AAAAA", "-_-_", "+/+/", "AA==", "A\nAA", "AAA\r", "Zm9vYmE", "ÄÄ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := base64.RawURLEncoding.Strict().DecodeString(s)
		var got []byte
		var ok bool
		takesAtMost(t, 16<<10, 4, len(s), func() { got, ok = jwt.DecodeSegment([]byte("x"), s) })
		require.Equal(t, err == nil && !strings.ContainsAny(s, "\r\n"), ok)
		if ok {
			require.Equal(t, "x"+string(want), string(got))
			require.Equal(t, s, base64.RawURLEncoding.EncodeToString(want), "one value, one spelling")
		}
	})
}
