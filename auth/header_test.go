package auth_test

import (
	"bufio"
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestReadCredentials(t *testing.T) {
	for _, tt := range []struct {
		name          string
		fields        []string
		scheme, value string
		present       bool
	}{
		{"none", nil, "", "", false},
		{"usual", []string{"Authorization", "Bearer abc"}, "Bearer", "abc", true},
		{"case of the scheme", []string{"Authorization", "bEaReR abc"}, "bEaReR", "abc", true},
		{"several blanks", []string{"Authorization", "Bearer   abc"}, "Bearer", "abc", true},
		{"only a scheme", []string{"Authorization", "Bearer"}, "Bearer", "", true},
		{"empty", []string{"Authorization", ""}, "", "", true},
		{"blank", []string{"Authorization", " "}, "", "", true},
		{"tab after the scheme", []string{"Authorization", "Bearer\tabc"}, "", "", true},
		{"no scheme", []string{"Authorization", ":abc def"}, "", "", true},
		{"long s", []string{"Authorization", "Baſic YTpi"}, "", "", true},
		{"trailing junk stays", []string{"Authorization", "Bearer abc def"}, "Bearer", "abc def", true},
		{"a list stays", []string{"Authorization", "Bearer abc, Basic YTpi"}, "Bearer", "abc, Basic YTpi", true},
		{"comma after the scheme", []string{"Authorization", "Bearer, abc"}, "", "", true},
		{"a proxy's field", []string{"Proxy-Authorization", "Bearer abc"}, "", "", false},
		{"only API-KEY", []string{"API-KEY", "abc"}, "", "", false},
		{"custom is not read unless named", []string{"X-Authorization", "Bearer abc"}, "", "", false},
	} {
		c, err := auth.ReadCredentials(request(tt.fields...), "")
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.scheme, c.Scheme, tt.name)
		require.Equal(t, tt.value, c.Value, tt.name)
		require.Equal(t, tt.present, c.Present(), tt.name)
	}
}

func TestOnlyASCIILettersHaveCaseInASchemeName(t *testing.T) {
	for scheme, want := range map[string]bool{
		"Basic": true, "basic": true, "BASIC": true, "bAsIc": true,
		"Baſic": false, "Basi": false, "Basicc": false, "": false, "B\x41sic": true, "\x02asic": false,
	} {
		require.Equal(t, want, auth.Credentials{Scheme: scheme}.Is("Basic"), "%q", scheme)
	}
	require.False(t, auth.Credentials{Scheme: "to[en"}.Is("to{en"), "only letters have case")
	require.False(t, auth.Credentials{Scheme: "a@b"}.Is("a`b"))
}

func TestRequestsThatSayWhoTheyAreInTwoWaysAreRefused(t *testing.T) {
	for name, fields := range map[string][]string{
		"two fields":            {"Authorization", "Bearer abc", "Authorization", "Bearer abc"},
		"two empty fields":      {"Authorization", "", "Authorization", ""},
		"with API-KEY":          {"Authorization", "Bearer abc", "API-KEY", "abc"},
		"with an empty API-KEY": {"Authorization", "Bearer abc", "API-KEY", ""},
		"custom and API-KEY":    {"X-Authorization", "Bearer abc", "API-KEY", "abc"},
		"custom twice":          {"X-Authorization", "Bearer abc", "X-Authorization", "Bearer abc"},
	} {
		_, err := auth.ReadCredentials(request(fields...), "x-authorization")
		require.ErrorIs(t, err, autherr.InvalidRequest, name)
		require.NotErrorIs(t, err, auth.ErrNoCredentials, name)
	}
}

func TestACustomHeaderYieldsToAuthorization(t *testing.T) {
	r := request("X-Authorization", "Bearer custom")
	c, err := auth.ReadCredentials(r, "X-Authorization")
	require.NoError(t, err)
	require.Equal(t, "custom", c.Value)

	r.Header.Set("Authorization", "Bearer usual")
	c, err = auth.ReadCredentials(r, "X-Authorization")
	require.NoError(t, err)
	require.Equal(t, "usual", c.Value)

	r.Header.Set("Authorization", "")
	c, err = auth.ReadCredentials(r, "X-Authorization")
	require.NoError(t, err)
	require.True(t, c.Present())
	require.Empty(t, c.Value, "an empty Authorization is there, too")
}

func TestABasicCredentialHasOneSpelling(t *testing.T) {
	enc := base64.StdEncoding.EncodeToString
	for _, tt := range []struct {
		name, value        string
		wantName, wantPass string
		ok                 bool
	}{
		{"usual", enc([]byte("my_username:topsecret")), "my_username", "topsecret", true},
		{"split at the first colon", enc([]byte("a:b:c")), "a", "b:c", true},
		{"empty password", enc([]byte("a:")), "a", "", true},
		{"empty name", enc([]byte(":b")), "", "b", true},
		{"both empty", enc([]byte(":")), "", "", true},
		{"UTF-8", enc([]byte("zoé:pässwörd")), "zoé", "pässwörd", true},
		{"blanks are part of a password", enc([]byte("a: b ")), "a", " b ", true},
		{"nothing", "", "", "", false},
		{"no colon", enc([]byte("ab")), "ab", "", false},
		{"no padding", "YTpiYg", "", "", false},
		{"padding too long", "YTpi=", "", "", false},
		{"URL alphabet", "YTo_Pz8_", "", "", false},
		{"trailing bits", "YTpiYh==", "", "", false},
		{"line feed", "YTpi\nYg==", "", "", false},
		{"carriage return", "YTpi\rYg==", "", "", false},
		{"blank inside", "YTpi Yg==", "", "", false},
		{"trailing junk", "YTpiYg== x", "", "", false},
		{"list", "YTpiYg==, Bearer abc", "", "", false},
		{"NUL", enc([]byte("a:b\x00c")), "", "", false},
		{"control in the name", enc([]byte("a\nb:c")), "", "", false},
		{"DEL", enc([]byte("a:b\x7f")), "", "", false},
		{"C1 control", enc([]byte("a:b\u0085")), "", "", false},
		{"Latin-1", enc([]byte("zo\xe9:b")), "", "", false},
		{"surrogate", enc([]byte("a:\xed\xa0\x80")), "", "", false},
		{"the longest", enc([]byte("a:" + strings.Repeat("x", auth.MaxBasic/4*3-2))), "a", strings.Repeat("x", auth.MaxBasic/4*3-2), true},
		{"too long", enc([]byte("a:" + strings.Repeat("x", auth.MaxBasic/4*3-1))), "", "", false},
	} {
		name, pass, ok := auth.Credentials{Value: tt.value}.Basic()
		require.Equal(t, tt.ok, ok, tt.name)
		if ok {
			require.Equal(t, tt.wantName, name, tt.name)
			require.Equal(t, tt.wantPass, pass, tt.name)
		}
	}
}

// raw sends bytes to a server that requires Basic and returns the status, so that no client corrects them on the way.
func raw(t *testing.T, h http.Handler, request string) int {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte(request))
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer res.Body.Close()
	return res.StatusCode
}

func TestWhatOnTheWireAuthenticates(t *testing.T) {
	basic, _ := newBasic(t, "")
	h := auth.Require(basic, nil)(http.HandlerFunc(whoami))
	good := basicValue("my_username:topsecret")
	half := len(good) / 2
	for _, tt := range []struct {
		name, request string
		status        int
	}{
		{"the field", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + good + "\r\n\r\n", 200},
		{"lower case", "GET / HTTP/1.1\r\nHost: a\r\nauthorization: bASIC" + good[5:] + "\r\n\r\n", 200},
		{"blanks around", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization:   " + good + "  \r\n\r\n", 200},
		{"HTTP/1.0", "GET / HTTP/1.0\r\nAuthorization: " + good + "\r\n\r\n", 200},
		{"nothing", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 401},
		{"twice", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + good + "\r\nAuthorization: " + good + "\r\n\r\n", 400},
		{"twice, the second empty", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + good + "\r\nAuthorization:\r\n\r\n", 400},
		{"twice in different case", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + good + "\r\nAUTHORIZATION: x\r\n\r\n", 400},
		{"a list", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + good + ", " + good + "\r\n\r\n", 400},
		{"tab instead of the blank", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic\t" + good[6:] + "\r\n\r\n", 401},
		{"junk after it", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + good + " x\r\n\r\n", 400},
		{"folded", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + good[:half] + "\r\n " + good[half:] + "\r\n\r\n", 400},
		{"blank before the colon", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization : " + good + "\r\n\r\n", 400},
		{"empty", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization:\r\n\r\n", 401},
		{"a proxy's field", "GET / HTTP/1.1\r\nHost: a\r\nProxy-Authorization: " + good + "\r\n\r\n", 401},
		{"user info in the target", "GET http://my_username:topsecret@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 401},
		{"the query", "GET /?user=my_username&pass=topsecret&access_token=x HTTP/1.1\r\nHost: a\r\n\r\n", 401},
		{"a trailer", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n0\r\nAuthorization: " + good + "\r\n\r\n", 401},
		{"an unannounced trailer", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: " + good + "\r\n\r\n", 401},
		{"with API-KEY", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: " + good + "\r\nAPI-KEY: x\r\n\r\n", 400},
		{"an identity from outside", "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-User: my_username\r\nRemote-User: my_username\r\n\r\n", 401},
	} {
		require.Equal(t, tt.status, raw(t, h, tt.request), tt.name)
	}
}
