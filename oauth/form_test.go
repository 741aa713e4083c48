package oauth_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

func TestFormKeepsKnownParametersAsTheyWereSent(t *testing.T) {
	for body, want := range map[string]map[string]string{
		"":                            {},
		"=":                           {},
		"x":                           {},
		"password":                    {"password": ""},
		"password=":                   {"password": ""},
		"password=a=b":                {"password": "a=b"},
		"password=a;b":                {"password": "a;b"},
		"password=+a%20":              {"password": " a "},
		"password= a\t":               {"password": " a\t"},
		"client_secret=%20s+":         {"client_secret": " s "},
		"username= a b\t":             {"username": "a b"},
		"username=%c3%A9":             {"username": "é"},
		"username=é":                  {"username": "é"},
		"username=\u00a0x":            {"username": "\u00a0x"},
		"Username=x":                  {"username": "x"},
		"%75sername=x":                {"username": "x"},
		"USERNAME=x&user+name=y":      {},
		"client_id=+%09x &foo=1&foo=": {"client_id": "x"},
		"client_id=%20":               {"client_id": ""},
		"grant_type= password ":       {"grant_type": "password"},
		"scope= a":                    {"scope": " a"},
		"password=%0d%0a":             {"password": "\r\n"},
	} {
		got, err := oauth.ParseForm(body)
		require.NoError(t, err, "%q", body)
		require.Equal(t, want, got, "%q", body)
	}
}

func TestFormRefusesWhatTwoReadersWouldReadDifferently(t *testing.T) {
	for _, body := range []string{
		"username=a&username=a",
		"username=a&Username=a",
		"Username=a&username=",
		"username=&username=a",
		"Username&Username",
		"username=a&%75sername=b",
		"grant_type=password&grant_type=client_credentials",
		"password=%", "password=%4", "password=%4g", "password=%%", "x=%zz", "%=x", "x%2=y",
		"password=%00", "password=\x00", "x=%00", "\x00", "x%00=",
		"password=%ff", "password=\xff", "%c3=x", "x=%ed%a0%80", "password=%c0%80",
	} {
		_, err := oauth.ParseForm(body)
		require.ErrorIs(t, err, autherr.InvalidRequest, "%q", body)
	}
}

func TestParametersComeFromTheBodyOnly(t *testing.T) {
	w := newWorld(t, "2025")
	q := post("")
	q.path += "?" + passwordBody
	require.Equal(t, "MISSING_GRANT_TYPE", w.do(q).code(t))

	q = post(passwordBody)
	q.path += "?client_id=nobody&grant_type=x&password=wrong"
	require.Equal(t, 200, w.do(q).status)
}

func TestBodyMayHave64KiB(t *testing.T) {
	w := newWorld(t, "2025")
	const limit = 64 << 10
	fill := func(n int) string { return passwordBody + "&x=" + strings.Repeat("x", n-len(passwordBody)-3) }
	require.Equal(t, 200, w.do(post(fill(limit))).status)
	require.Equal(t, 413, w.do(post(fill(limit+1))).status)
}

func TestMediaTypeIsAFormWhateverItsParameters(t *testing.T) {
	w := newWorld(t, "2025")
	for media, status := range map[string]int{
		formType: 200, formType + ";charset=UTF-8": 200, "Application/X-WWW-Form-Urlencoded ; charset=\"x\"": 200, formType + ";": 200, formType + "; charset": 200,
		"": 415, jsonType: 415, "text/plain": 415, "multipart/form-data; boundary=x": 415, formType + "x": 415, formType + ", " + formType: 415,
		"x; " + formType: 415,
	} {
		q := post(passwordBody)
		q.header.Set("Content-Type", media)
		require.Equal(t, status, w.do(q).status, "%q", media)
	}
	q := post(passwordBody)
	q.header["Content-Type"] = []string{formType, formType}
	require.Equal(t, 415, w.do(q).status, "two types are none")
	q.header.Del("Content-Type")
	require.Equal(t, 415, w.do(q).status, "no type")
	require.Equal(t, 415, w.do(post(passwordBody, "Content-Encoding", "gzip")).status, "an encoding")
}

func FuzzForm(f *testing.F) {
	for _, seed := range []string{passwordBody, clientBody, "Username=x&username=y", "client_id= <id>", "a=%00", "=&=&;", "%zz", "password=+%2B;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var got map[string]string
		var err error
		// The body is copied, cut and decoded.
		takesAtMost(t, 16<<10, 16, len(body), func() { got, err = oauth.ParseForm(body) })
		if err != nil {
			require.ErrorIs(t, err, autherr.InvalidRequest)
			require.Nil(t, got)
			return
		}
		require.LessOrEqual(t, len(got), 6)
		size := 0
		var pairs []string
		for name, value := range got {
			require.True(t, utf8.ValidString(value))
			require.NotContains(t, value, "\x00")
			size += len(name) + len(value)
			pairs = append(pairs, name, value)
		}
		require.LessOrEqual(t, size, len(body))
		// What was read, encoded anew, is read alike.
		again, err := oauth.ParseForm(form(pairs...))
		require.NoError(t, err)
		require.Equal(t, got, again)
		// A repetition of anything that was read is refused.
		for name := range got {
			_, err := oauth.ParseForm(body + "&" + name + "=x")
			require.ErrorIs(t, err, autherr.InvalidRequest)
		}
	})
}
