package auth_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
)

const forwardedFor = "X-Forwarded-For"

func proxies(t testing.TB, prefixes ...string) *auth.Transport {
	t.Helper()
	var cfg auth.TransportConfig
	for _, p := range prefixes {
		cfg.TrustedProxies = append(cfg.TrustedProxies, netip.MustParsePrefix(p))
	}
	tr, err := auth.NewTransport(cfg)
	require.NoError(t, err)
	return tr
}

func TestClientAddr(t *testing.T) {
	none, trusted := proxies(t), proxies(t, "10.0.0.0/8", "2001:db8:10::/48")
	for _, tt := range []struct {
		name   string
		t      *auth.Transport
		peer   string
		fields []string
		want   string // empty if there is no address
	}{
		{"no proxies", none, "192.0.2.1:5", nil, "192.0.2.1"},
		{"no Transport", nil, "192.0.2.1:5", nil, "192.0.2.1"},
		{"no proxies, a field", none, "192.0.2.1:5", []string{forwardedFor, "198.51.100.7"}, "192.0.2.1"},
		{"no proxies, a field from loopback", none, "127.0.0.1:5", []string{forwardedFor, "198.51.100.7"}, "127.0.0.1"},
		{"no Transport, a field", nil, "192.0.2.1:5", []string{forwardedFor, "198.51.100.7"}, "192.0.2.1"},
		{"a field from a stranger", trusted, "192.0.2.1:5", []string{forwardedFor, "198.51.100.7"}, "192.0.2.1"},
		{"other fields", trusted, "10.0.0.1:5", []string{"X-Real-Ip", "198.51.100.7", "Forwarded", "for=198.51.100.7", "True-Client-Ip", "198.51.100.7",
			"X_Forwarded_For", "198.51.100.7", "Cf-Connecting-Ip", "198.51.100.7"}, "10.0.0.1"},
		{"a proxy that says nothing", trusted, "10.0.0.1:5", nil, "10.0.0.1"},
		{"a proxy that says who", trusted, "10.0.0.1:5", []string{forwardedFor, "198.51.100.7"}, "198.51.100.7"},
		{"the left-most is written by strangers", trusted, "10.0.0.1:5", []string{forwardedFor, "203.0.113.5, 198.51.100.7"}, "198.51.100.7"},
		{"even if it looks like a proxy's", trusted, "10.0.0.1:5", []string{forwardedFor, "10.0.0.9, 198.51.100.7"}, "198.51.100.7"},
		{"several proxies", trusted, "10.0.0.1:5", []string{forwardedFor, "203.0.113.5, 198.51.100.7, 10.0.0.3, 10.0.0.2"}, "198.51.100.7"},
		{"several proxies of two kinds", trusted, "[2001:db8:10::1]:5", []string{forwardedFor, "198.51.100.7, 10.0.0.3, 2001:db8:10::2"}, "198.51.100.7"},
		{"only proxies", trusted, "10.0.0.1:5", []string{forwardedFor, "10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"several fields", trusted, "10.0.0.1:5", []string{forwardedFor, "203.0.113.5", forwardedFor, "198.51.100.7"}, "198.51.100.7"},
		{"several fields, the last of proxies", trusted, "10.0.0.1:5", []string{forwardedFor, "203.0.113.5, 198.51.100.7", forwardedFor, "10.0.0.3", forwardedFor, "10.0.0.2"}, "198.51.100.7"},
		{"blanks", trusted, "10.0.0.1:5", []string{forwardedFor, "203.0.113.5 ,\t198.51.100.7 "}, "198.51.100.7"},
		{"with a port", trusted, "10.0.0.1:5", []string{forwardedFor, "198.51.100.7:4711"}, "198.51.100.7"},
		{"IPv6", trusted, "10.0.0.1:5", []string{forwardedFor, "2001:db8::7"}, "2001:db8::7"},
		{"IPv6 in brackets", trusted, "10.0.0.1:5", []string{forwardedFor, "[2001:db8::7]"}, "2001:db8::7"},
		{"IPv6 with a port", trusted, "10.0.0.1:5", []string{forwardedFor, "[2001:db8::7]:4711"}, "2001:db8::7"},
		{"IPv6 with a zone", trusted, "10.0.0.1:5", []string{forwardedFor, "fe80::7%eth0"}, "fe80::7"},
		{"IPv4 in IPv6", trusted, "10.0.0.1:5", []string{forwardedFor, "::ffff:198.51.100.7"}, "198.51.100.7"},
		{"a proxy as IPv4 in IPv6", trusted, "[::ffff:10.0.0.1]:5", []string{forwardedFor, "198.51.100.7, ::ffff:10.0.0.2"}, "198.51.100.7"},
		{"garbage", trusted, "10.0.0.1:5", []string{forwardedFor, "198.51.100.7, unknown"}, "10.0.0.1"},
		{"garbage behind a proxy", trusted, "10.0.0.1:5", []string{forwardedFor, "198.51.100.7, _hidden, 10.0.0.2"}, "10.0.0.2"},
		{"garbage of a stranger", trusted, "10.0.0.1:5", []string{forwardedFor, "<script>, 198.51.100.7"}, "198.51.100.7"},
		{"empty", trusted, "10.0.0.1:5", []string{forwardedFor, ""}, "10.0.0.1"},
		{"an empty element", trusted, "10.0.0.1:5", []string{forwardedFor, "198.51.100.7,"}, "10.0.0.1"},
		{"a number", trusted, "10.0.0.1:5", []string{forwardedFor, "3325256711"}, "10.0.0.1"},
		{"leading zeros", trusted, "10.0.0.1:5", []string{forwardedFor, "198.051.100.007"}, "10.0.0.1"},
		{"a Unix socket", trusted, "@", []string{forwardedFor, "198.51.100.7"}, ""},
		{"nothing", none, "", nil, ""},
	} {
		r := request(tt.fields...)
		r.RemoteAddr = tt.peer
		addr, ok := tt.t.ClientAddr(r)
		require.Equal(t, tt.want != "", ok, tt.name)
		if ok {
			require.Equal(t, tt.want, addr.String(), tt.name)
		}
	}
}

// sharing tells whether failures of the one address limit the other.
func sharing(t *testing.T, tr *auth.Transport, one, other *http.Request) bool {
	t.Helper()
	d := newDoor(t, auth.LoginConfig{Transport: tr, Flood: auth.FloodLimits{PerAddress: auth.Rate{Max: 1, Window: maxWindow}}})
	d.fail(one, "nobody", 1)
	return d.try(other, "my_username", "topsecret") == limitedCode
}

const maxWindow = 366 * 24 * 60 * 60 * 1e9

func TestFieldsOfStrangersOpenNoOtherAddress(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	for _, fields := range [][]string{
		{forwardedFor, "198.51.100.7"}, {forwardedFor, "127.0.0.1"}, {"X-Real-Ip", "198.51.100.7"}, {"Forwarded", "for=198.51.100.7"}, {"Client-Ip", "198.51.100.7"},
	} {
		d.fail(from(here, fields...), "my_username", 1)
	}
	d.limited(from(here, forwardedFor, "198.51.100.8"), "my_username", "topsecret")
	d.limited(from(here), "my_username", "topsecret")
	require.Equal(t, "ok", d.try(from("198.51.100.7"), "my_username", "topsecret"), "nor do they limit somebody else")
}

func TestFieldsOfAProxyTellClientsApart(t *testing.T) {
	tr := proxies(t, "10.0.0.0/8")
	client := func(fields ...string) *http.Request { return from("10.0.0.1", fields...) }
	require.False(t, sharing(t, tr, client(forwardedFor, "192.0.2.1"), client(forwardedFor, "192.0.2.2")))
	require.True(t, sharing(t, tr, client(forwardedFor, "192.0.2.1"), from("10.9.9.9", forwardedFor, "192.0.2.1")), "one client by two proxies")
	require.True(t, sharing(t, tr, client(forwardedFor, "192.0.2.1"), client(forwardedFor, "203.0.113.99, 192.0.2.1")), "whatever he sends himself")
	require.True(t, sharing(t, tr, client(forwardedFor, "192.0.2.1"), client(forwardedFor, "10.0.0.7, 192.0.2.1")))
	require.True(t, sharing(t, tr, client(forwardedFor, "192.0.2.1"), client(forwardedFor, "x", forwardedFor, "192.0.2.1:77")))
	require.True(t, sharing(t, nil, client(forwardedFor, "192.0.2.1"), client(forwardedFor, "192.0.2.2")), "a proxy that is not named is one client")
}

func TestWhatCountsAsOneAddress(t *testing.T) {
	for _, tt := range []struct {
		name, one, other string
		shared           bool
	}{
		{"the same", "192.0.2.1:1", "192.0.2.1:2", true},
		{"neighbours", "192.0.2.1:1", "192.0.2.2:1", false},
		{"IPv4 in IPv6", "192.0.2.1:1", "[::ffff:192.0.2.1]:1", true},
		{"one /64", "[2001:db8::1]:1", "[2001:db8::ffff:ffff:ffff:ffff]:1", true},
		{"another /64", "[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false},
		{"zones", "[fe80::1%eth0]:1", "[fe80::1%eth1]:1", true},
		{"translated", "[64:ff9b::192.0.2.1]:1", "[64:ff9b::192.0.2.2]:1", false},
		{"translated and not", "[64:ff9b::192.0.2.1]:1", "192.0.2.1:1", true},
		{"zero of both kinds", "0.0.0.0:1", "[::]:1", false},
		{"no address and no address", "@", "", true},
		{"no address and one", "@", "192.0.2.1:1", false},
	} {
		one, other := from(here), from(here)
		one.RemoteAddr, other.RemoteAddr = tt.one, tt.other
		require.Equal(t, tt.shared, sharing(t, nil, one, other), tt.name)
	}
}

func TestRotationWithinANetworkIsNoWayOut(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	for i := range 5 {
		d.fail(from("["+netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 8: byte(i + 1), 15: byte(i)}).String()+"]:1"), "my_username", 1)
	}
	d.limited(from("[2001:db8::77]:1"), "my_username", "topsecret")
}

func FuzzClientAddr(f *testing.F) {
	f.Add("10.0.0.1:5", "203.0.113.5, 198.51.100.7", "10.0.0.2")
	f.Add("[2001:db8:10::1]:5", "[2001:db8::7]:80", ",,")
	f.Fuzz(func(t *testing.T, peer, one, other string) {
		tr := proxies(t, "10.0.0.0/8", "2001:db8:10::/48")
		r := request()
		r.RemoteAddr = peer
		r.Header[forwardedFor] = []string{one, other}
		addr, ok := tr.ClientAddr(r)
		require.Equal(t, ok, addr.IsValid())
		require.Empty(t, addr.Zone())
		require.False(t, addr.Is4In6())
		direct, _ := proxies(t).ClientAddr(r)
		if !netip.MustParsePrefix("10.0.0.0/8").Contains(direct) && !netip.MustParsePrefix("2001:db8:10::/48").Contains(direct) {
			require.Equal(t, direct, addr, "who is no proxy speaks for nobody")
		}
	})
}
