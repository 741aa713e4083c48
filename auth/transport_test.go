package auth_test

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestTransport(t *testing.T) {
	proxy, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: []netip.Prefix{
		netip.MustParsePrefix("10.1.2.3/8"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("::ffff:192.168.0.1/120"),
	}})
	require.NoError(t, err)
	local, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	require.NoError(t, err)
	open, err := auth.NewTransport(auth.TransportConfig{InsecureAllowHTTP: true})
	require.NoError(t, err)
	zero, err := auth.NewTransport(auth.TransportConfig{})
	require.NoError(t, err)

	const proto = "X-Forwarded-Proto"
	for _, tt := range []struct {
		name    string
		t       *auth.Transport
		peer    string
		tls     bool
		fields  []string
		allowed bool
	}{
		{"TLS", nil, "192.0.2.1:5", true, nil, true},
		{"TLS whatever a field says", nil, "192.0.2.1:5", true, []string{proto, "http"}, true},
		{"clear text", nil, "192.0.2.1:5", false, nil, false},
		{"clear text, zero configuration", zero, "192.0.2.1:5", false, nil, false},
		{"loopback", nil, "127.0.0.1:5", false, nil, true},
		{"loopback network", nil, "127.9.9.9:5", false, nil, true},
		{"loopback v6", nil, "[::1]:5", false, nil, true},
		{"loopback v4 in v6", nil, "[::ffff:127.0.0.1]:5", false, nil, true},
		{"loopback with a proxy of http", nil, "127.0.0.1:5", false, []string{proto, "http"}, false},
		{"loopback with a proxy of https", nil, "127.0.0.1:5", false, []string{proto, "https"}, true},
		{"loopback with a proxy that says nothing", nil, "127.0.0.1:5", false, []string{proto, ""}, false},
		{"spoofed by a stranger", nil, "192.0.2.1:5", false, []string{proto, "https"}, false},
		{"spoofed, other fields", nil, "192.0.2.1:5", false, []string{"Forwarded", "proto=https", "X-Forwarded-Ssl", "on", "Front-End-Https", "on", "X-Forwarded-For", "127.0.0.1", "X-Real-Ip", "127.0.0.1"}, false},
		{"spoofed, proxies are named", proxy, "192.0.2.1:5", false, []string{proto, "https"}, false},
		{"trusted proxy, https", proxy, "10.200.0.1:5", false, []string{proto, "https"}, true},
		{"trusted proxy, HTTPS", proxy, "10.200.0.1:5", false, []string{proto, " HTTPS "}, true},
		{"trusted proxy, http", proxy, "10.200.0.1:5", false, []string{proto, "http"}, false},
		{"trusted proxy says nothing", proxy, "10.200.0.1:5", false, nil, false},
		{"trusted proxy, empty", proxy, "10.200.0.1:5", false, []string{proto, ""}, false},
		{"trusted proxy appends to what the client sent", proxy, "10.200.0.1:5", false, []string{proto, "https, http"}, false},
		{"trusted proxy appends https", proxy, "10.200.0.1:5", false, []string{proto, "http, https"}, true},
		{"trusted proxy adds a field", proxy, "10.200.0.1:5", false, []string{proto, "https", proto, "http"}, false},
		{"trusted proxy, list with an empty end", proxy, "10.200.0.1:5", false, []string{proto, "https,"}, false},
		{"trusted proxy v6", proxy, "[2001:db8::1]:5", false, []string{proto, "https"}, true},
		{"trusted proxy v4, named as v4 in v6", proxy, "192.168.0.77:5", false, []string{proto, "https"}, true},
		{"outside of that prefix", proxy, "192.168.1.77:5", false, []string{proto, "https"}, false},
		{"peer is v4 in v6", proxy, "[::ffff:10.0.0.1]:5", false, []string{proto, "https"}, true},
		{"zone", nil, "[fe80::1%eth0]:5", false, nil, false},
		{"trusted proxy on this machine, http", local, "127.0.0.1:5", false, []string{proto, "http"}, false},
		{"trusted proxy on this machine, https", local, "127.0.0.1:5", false, []string{proto, "https"}, true},
		{"without a port", nil, "127.0.0.1", false, nil, true},
		{"a Unix socket has no address", nil, "@", false, nil, false},
		{"no address", nil, "", false, nil, false},
		{"a name is no address", nil, "localhost:5", false, nil, false},
		{"allowed by name", open, "192.0.2.1:5", false, nil, true},
	} {
		r := request(tt.fields...)
		r.RemoteAddr = tt.peer
		if tt.tls {
			r.TLS = &tls.ConnectionState{}
		}
		err := tt.t.Check(autherr.MethodBasic, r)
		if tt.allowed {
			require.NoError(t, err, tt.name)
			continue
		}
		require.ErrorIs(t, err, autherr.InsecureTransport, tt.name)
		require.False(t, tt.t.Secure(r), tt.name)
		require.Equal(t, 403, autherr.Profile2025(nil).Render(autherr.From(err)).Status)
	}
	require.False(t, open.Secure(&http.Request{RemoteAddr: "192.0.2.1:5"}), "allowed is not secure")
}

func TestNewTransportRefusesPrefixesThatMeanSomethingElse(t *testing.T) {
	for _, p := range []netip.Prefix{{}, netip.MustParsePrefix("::ffff:0:0/90")} {
		tr, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: []netip.Prefix{p}})
		require.ErrorContains(t, err, "TrustedProxies")
		require.Nil(t, tr)
	}
}

func TestNewTransportCopiesItsProxies(t *testing.T) {
	list := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	tr, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: list})
	require.NoError(t, err)
	list[0] = netip.MustParsePrefix("0.0.0.0/0")
	r := request("X-Forwarded-Proto", "https")
	r.RemoteAddr = "192.0.2.1:5"
	require.False(t, tr.Secure(r))
}
