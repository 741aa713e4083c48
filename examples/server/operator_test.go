package main

import (
	"bytes"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var bannerOperator = regexp.MustCompile(`operator / (\S+) \(for `)

// operatorOf returns the password that the start-up text shows, or "".
func operatorOf(s *example) string {
	m := bannerOperator.FindStringSubmatch(strings.Join(s.banner, "\n"))
	if m == nil {
		return ""
	}
	return m[1]
}

// anywhere are flags of a server that others reach.
var anywhere = []string{"-addr", "0.0.0.0:0", "-issuer", "https://api.example.com"}

func TestTheWellKnownPasswordIsForThisMachine(t *testing.T) {
	const known = "operator-password"
	status := func(s *example, password string) int {
		return s.do(t, "/console/", nil, basicAuth("operator", password)).status
	}
	place := []string{"-store", "sqlite:" + filepath.Join(t.TempDir(), "demo.db")}

	s := startServer(t, place...)
	require.Equal(t, known, operatorOf(s))
	require.Equal(t, 200, status(s, known))
	s.stop()

	var before string
	for range 2 { // a new one at each start, although the records are there
		s = startServer(t, append(place, anywhere...)...)
		s.base = strings.Replace(s.base, "[::]", "127.0.0.1", 1)
		generated := operatorOf(s)
		require.Len(t, generated, 26)
		require.NotEqual(t, before, generated)
		require.Equal(t, 401, status(s, known))
		require.Equal(t, 200, status(s, generated))
		s.stop()
		before = generated
	}

	s = startServer(t, place...) // which does not bring the known one back, for another server may have the same database
	require.Empty(t, operatorOf(s))
	require.Contains(t, strings.Join(s.banner, "\n"), "-operator-password")
	require.Equal(t, 401, status(s, known))
	require.Equal(t, 200, status(s, before))
	s.stop()

	s = startServer(t, append(place, "-trusted-proxies", "127.0.0.1")...)
	require.Len(t, operatorOf(s), 26, "behind a proxy it is reached from elsewhere")
	require.Equal(t, 401, status(s, known))
	s.stop()

	const own = "an-own-password"
	s = startServer(t, append(place, append(anywhere, "-operator-password", own)...)...)
	s.base = strings.Replace(s.base, "[::]", "127.0.0.1", 1)
	require.Equal(t, own, operatorOf(s))
	require.Equal(t, 200, status(s, own))
}

func TestThePasswordOfTheOperator(t *testing.T) {
	local, other := &net.TCPAddr{IP: net.IPv6loopback}, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}
	o := operatorConfig{password: "operator-password"}
	require.NoError(t, o.choose(local, false))
	require.Error(t, o.choose(other, false))
	require.Error(t, o.choose(local, true))
	require.Error(t, o.choose(&net.TCPAddr{IP: net.IPv6unspecified}, false))
	require.Error(t, o.choose(&net.UnixAddr{Name: "x"}, false))
	_, err := parseFlags([]string{"-operator-password", "short"}, &bytes.Buffer{})
	require.ErrorContains(t, err, "-operator-password")
}
