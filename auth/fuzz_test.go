package auth_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
)

func FuzzReadCredentials(f *testing.F) {
	for _, s := range []string{"", " ", "Basic", "Basic ", "Basic YTpi", "basic  YTpi", "Basic\tYTpi", "Bearer a.b.c", "Bearer a, Basic b", "Baſic YTpi",
		"Bearer\r\n a", "\x00", ",", "=", "a=b", `Digest username="a", realm="b"`, strings.Repeat("A", 1000), " Bearer a"} {
		f.Add(s, "", false)
		f.Add("", s, true)
		f.Add(s, s, true)
	}
	f.Fuzz(func(t *testing.T, usual, custom string, both bool) {
		r := &http.Request{Header: http.Header{"Authorization": {usual}}}
		if both {
			r.Header["X-Custom"] = []string{custom}
		}
		var c auth.Credentials
		var err error
		// However long a field is, it is only looked at.
		takesAtMost(t, 4<<10, 0, len(usual)+len(custom), func() { c, err = auth.ReadCredentials(r, "X-Custom") })
		if err != nil {
			t.Fatalf("one field was sent: %v", err)
		}
		if !c.Present() {
			t.Fatal("a field that is there is absent")
		}
		if !strings.HasPrefix(usual, c.Scheme) || !strings.HasSuffix(usual, c.Value) {
			t.Fatalf("%q gives %q and %q", usual, c.Scheme, c.Value)
		}
		if strings.HasPrefix(c.Value, " ") || strings.ContainsAny(c.Scheme, " \t,\r\n\"=:/\x00") {
			t.Fatalf("%q gives the scheme %q, the value %q", usual, c.Scheme, c.Value)
		}
		for i := range len(c.Scheme) {
			if c.Scheme[i] >= utf8.RuneSelf {
				t.Fatalf("a scheme outside of ASCII: %q", c.Scheme)
			}
		}
		if c.Scheme == "" && (c.Value != "" || c.Is("Basic")) {
			t.Fatalf("%q has a value without a scheme", usual)
		}

		if !both {
			return
		}
		delete(r.Header, "Authorization")
		takesAtMost(t, 4<<10, 0, len(custom), func() { c, err = auth.ReadCredentials(r, "x-custom") })
		if err != nil || !c.Present() || !strings.HasSuffix(custom, c.Value) {
			t.Fatalf("the custom field %q: %v", custom, err)
		}
	})
}

func FuzzBasicPair(f *testing.F) {
	for _, pair := range []string{"a:b", "", ":", "a", "a:b:c", "zoé:pässwörd", "a:\x00", "a:\xff", "a\n:b", serviceToken + ":", strings.Repeat("x", 400) + ":y"} {
		f.Add(base64.StdEncoding.EncodeToString([]byte(pair)))
		f.Add(base64.RawStdEncoding.EncodeToString([]byte(pair)))
		f.Add(base64.URLEncoding.EncodeToString([]byte(pair)))
	}
	for _, s := range []string{"YTpi\n", "YTpi\r\nYg==", "YTpiYh==", "YTpi=", "====", "YTpi YTpi", "YTpi,YTpi", strings.Repeat("YTpi", 2000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		var name, password string
		var ok bool
		// What is longer than MaxBasic, 4 KiB, is not decoded. The rest is, into a buffer and then a text of 3 KiB each.
		takesAtMost(t, 8<<10, 0, len(value), func() { name, password, ok = auth.Credentials{Value: value}.Basic() })
		if !ok {
			return
		}
		pair := name + ":" + password
		if got := base64.StdEncoding.EncodeToString([]byte(pair)); got != value {
			t.Fatalf("%q and %q decode alike", value, got)
		}
		if strings.Contains(name, ":") || !utf8.ValidString(pair) || len(value) > auth.MaxBasic {
			t.Fatalf("%q is no name or %q no password", name, password)
		}
		for _, r := range pair {
			if r < ' ' || 0x7f <= r && r <= 0x9f {
				t.Fatalf("control character in %q", pair)
			}
		}
	})
}

func TestHugeHeaderFieldsCostNothing(t *testing.T) {
	for _, value := range []string{strings.Repeat(".", 1<<20), strings.Repeat("A", 1<<20), strings.Repeat(" ", 1<<20), strings.Repeat("=", 1<<20)} {
		r := request("Authorization", "Basic x"+value)
		require.Zero(t, testing.AllocsPerRun(10, func() {
			c, err := auth.ReadCredentials(r, "X-Custom")
			if err != nil || !c.Present() {
				t.Fatal("not read")
			}
			if _, _, ok := c.Basic(); ok || auth.IsJWT(c.Value) || auth.IsServiceToken(c.Value, "") || auth.IsRandom(auth.PrefixAccessToken, c.Value) {
				t.Fatal("accepted")
			}
		}))
	}
}
