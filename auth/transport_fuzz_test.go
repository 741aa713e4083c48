package auth_test

import (
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// FuzzTransport shows that whoever is neither this machine nor a named proxy cannot say anything that makes his request a secure one, and that who is a proxy is believed about https only.
func FuzzTransport(f *testing.F) {
	for _, peer := range []string{"192.0.2.7:1", "10.0.0.1:5", "127.0.0.1:9", "[::1]:9", "[::ffff:127.0.0.1]:9", "[::ffff:10.0.0.1]:9", "@", "", "localhost:1", "127.1:1", "0x7f.1:1", "[fe80::1%lo]:1", "2130706433:1"} {
		for _, proto := range []string{"", "https", "HTTPS", "http", "http, https", "https, http", "https,", " https\t", "wss", "https\x00"} {
			f.Add(peer, proto, "")
			f.Add(peer, "http", proto)
		}
	}
	f.Fuzz(func(t *testing.T, peer, one, two string) {
		r := request()
		r.RemoteAddr = peer
		r.Header["X-Forwarded-Proto"] = []string{one, two}
		r.Header["Forwarded"] = []string{"proto=https"}
		named := proxies(t, "10.0.0.0/8")
		host, _, err := net.SplitHostPort(peer)
		if err != nil {
			host = peer
		}
		addr, err := netip.ParseAddr(host)
		proxy := err == nil && netip.MustParsePrefix("10.0.0.0/8").Contains(addr.Unmap())
		local := err == nil && addr.Unmap().WithZone("").IsLoopback()
		if named.Secure(r) {
			require.True(t, proxy || local, "%q is not known", peer)
		}
		if proxies(t).Secure(r) {
			require.True(t, local, "%q is not this machine", peer)
		}
		require.Equal(t, named.Secure(r), named.Check(autherr.MethodBasic, r) == nil)
		r.Header["X-Forwarded-Proto"] = []string{one, "http"}
		require.False(t, named.Secure(r), "the nearest proxy says http")
	})
}
