package outbound_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth/outbound"
)

// FuzzAddress shows that only https, and http to this machine, can be asked, and that no error repeats an address, which may hold a password.
func FuzzAddress(f *testing.F) {
	for _, address := range []string{"", "https://issuer.test/jwks", "http://127.0.0.1:1/x?y=z", "http://localhost/", "http://LOCALHOST./", "http://localhost.evil.test/", "http://127.0.0.1.evil.test/",
		"http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://127.1/", "http://0/", "http://user:secretpassword@127.0.0.1/", "https://user:secretpassword@host", "//host", "https:host", "https:///x", "ftp://127.0.0.1/",
		"https://h\u00f6st/", "https://host/#f", "javascript:x", "https://host:99999999/", " https://host", "http://127.0.0.1\\@evil.test/", "http://evil.test#@127.0.0.1/", "http://%31%32%37.0.0.1/"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		c, err := outbound.New(outbound.Config{URL: address, MaxBody: 10})
		if err != nil {
			require.Nil(t, c)
			if len(address) > 12 {
				require.NotContains(t, err.Error(), address)
			}
			return
		}
		defer c.Close()
		u, err := url.Parse(address)
		require.NoError(t, err)
		require.Nil(t, u.User)
		require.NotContains(t, c.Name(), "?")
		if u.Scheme == "https" {
			return
		}
		require.Equal(t, "http", u.Scheme)
		if !strings.EqualFold(u.Hostname(), "localhost") {
			ip, err := netip.ParseAddr(u.Hostname())
			require.NoError(t, err)
			require.True(t, ip.Unmap().IsLoopback())
		}
	})
}

// FuzzAnswer shows that no answer, packed or not, is read beyond the bound, and that no error repeats a secret of the request or fills the log.
func FuzzAnswer(f *testing.F) {
	packed := func(n int) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(bytes.Repeat([]byte("x"), n))
		_ = w.Close()
		return b.Bytes()
	}
	f.Add(200, "", []byte("x"))
	f.Add(200, "identity", bytes.Repeat([]byte("x"), 1001))
	f.Add(200, "gzip", packed(10))
	f.Add(200, "gzip", packed(10<<20)) // a bomb
	f.Add(200, "gzip", append(packed(400), packed(400)...))
	f.Add(200, "x-gzip", []byte("x"))
	f.Add(200, "br", []byte("x"))
	f.Add(401, "gzip", packed(10<<20))
	f.Add(302, "", []byte("https://elsewhere.test/"))
	f.Add(200, "the-secret-token\n", []byte("the-secret-token"))
	f.Fuzz(func(t *testing.T, status int, encoding string, body []byte) {
		read := 0
		c := newClient(t, func(c *outbound.Config) {
			c.Transport = transport(func(r *http.Request) (*http.Response, error) {
				if status < 0 {
					return nil, errors.New(encoding + string(body))
				}
				from := io.TeeReader(bytes.NewReader(body), counter{&read})
				return &http.Response{StatusCode: status, Header: http.Header{"Content-Encoding": {encoding}, "Location": {string(body)}}, Body: io.NopCloser(from), Request: r}, nil
			})
		})
		answer, err := c.Do(outbound.Request{Method: "GET", Secrets: []string{"the-secret-token"}})
		require.LessOrEqual(t, read, 1001+4096) // and what is read to keep the connection
		if err != nil {
			require.Nil(t, answer)
			require.NotContains(t, err.Error(), "the-secret-token")
			text := outbound.Brief(err).Error()
			require.LessOrEqual(t, len(text), 10*300)
			require.False(t, strings.ContainsAny(text, "\r\n\x00\x1b"), "%q", text)
			return
		}
		require.LessOrEqual(t, len(answer.Body), 1000)
		if answer.Status != 200 {
			require.Empty(t, answer.Body)
		}
	})
}

// counter counts what is written to it.
type counter struct{ n *int }

func (c counter) Write(p []byte) (int, error) {
	*c.n += len(p)
	return len(p), nil
}
