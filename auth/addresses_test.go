package auth_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func prefixes(t testing.TB, list ...string) []netip.Prefix {
	t.Helper()
	p, err := auth.ParsePrefixes(list...)
	require.NoError(t, err)
	return p
}

func addressFilter(t testing.TB, cfg auth.AddressFilterConfig) func(http.Handler) http.Handler {
	t.Helper()
	mw, err := auth.NewAddressFilter(cfg)
	require.NoError(t, err)
	return mw
}

// comingFrom returns a request over a connection from this address.
func comingFrom(remote string, fields ...string) *http.Request {
	r := request(fields...)
	r.RemoteAddr = remote
	return r
}

func TestAddressesAreAllowedOrBlocked(t *testing.T) {
	list := prefixes(t, "192.0.2.7, 198.51.100.9/24 2001:db8::1", "::ffff:203.0.113.5", "fe80::/10", "::ffff:100.64.0.0/106")
	allow := addressFilter(t, auth.AddressFilterConfig{Allow: list})
	block := addressFilter(t, auth.AddressFilterConfig{Block: list})
	for _, tt := range []struct {
		remote string
		listed bool
	}{
		{"192.0.2.7:1", true},
		{"192.0.2.8:1", false},
		{"192.0.2.7", true}, // without a port
		{"[::ffff:192.0.2.7]:1", true},
		{"[::ffff:192.0.2.8]:1", false},
		{"[::ffff:c000:207]:1", true},
		{"198.51.100.0:1", true},
		{"198.51.100.255:1", true},
		{"198.51.101.0:1", false},
		{"[2001:db8::1]:1", true},
		{"[2001:db8::2]:1", false},
		{"203.0.113.5:1", true},
		{"[fe80::1%eth0]:1", true},
		{"[fe80::1]:1", true},
		{"100.127.255.255:1", true},
		{"100.128.0.0:1", false},
		{"127.0.0.1:1", false},
		{"[::1]:1", false},
	} {
		require.Equal(t, tt.listed, serve(allow, comingFrom(tt.remote)).Code == 200, "allowed: %s", tt.remote)
		require.Equal(t, !tt.listed, serve(block, comingFrom(tt.remote)).Code == 200, "not blocked: %s", tt.remote)
	}
	for _, unknown := range []string{"", "@", "/run/api.sock", "pipe", "192.0.2.7:1:2", "192.0.2.999:1", "[192.0.2.7", "0192.0.2.7:1"} {
		require.Equal(t, 403, serve(allow, comingFrom(unknown)).Code, "%q", unknown)
		require.Equal(t, 403, serve(block, comingFrom(unknown)).Code, "%q", unknown)
	}
}

func TestEverybodyIsTwoPrefixes(t *testing.T) {
	four := addressFilter(t, auth.AddressFilterConfig{Block: prefixes(t, "0.0.0.0/0")})
	six := addressFilter(t, auth.AddressFilterConfig{Block: prefixes(t, "::/0")})
	require.Equal(t, 403, serve(four, comingFrom("192.0.2.1:1")).Code)
	require.Equal(t, 403, serve(four, comingFrom("[::ffff:192.0.2.1]:1")).Code)
	require.Equal(t, 200, serve(four, comingFrom("[2001:db8::1]:1")).Code)
	require.Equal(t, 200, serve(six, comingFrom("192.0.2.1:1")).Code)
	require.Equal(t, 200, serve(six, comingFrom("[::ffff:192.0.2.1]:1")).Code)
	require.Equal(t, 403, serve(six, comingFrom("[2001:db8::1]:1")).Code)
}

func TestAForwardedAddressCountsThroughATrustedProxyOnly(t *testing.T) {
	proxy, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: prefixes(t, "10.0.0.0/8")})
	require.NoError(t, err)
	const xff = "X-Forwarded-For"
	list := prefixes(t, "192.0.2.7")
	for _, tt := range []struct {
		name   string
		t      *auth.Transport
		r      *http.Request
		listed bool
	}{
		{"nobody is trusted", nil, comingFrom("10.0.0.1:1", xff, "192.0.2.7"), false},
		{"a stranger says so", proxy, comingFrom("203.0.113.1:1", xff, "192.0.2.7"), false},
		{"other fields", proxy, comingFrom("10.0.0.1:1", "Forwarded", "for=192.0.2.7", "X-Real-Ip", "192.0.2.7", "True-Client-Ip", "192.0.2.7"), false},
		{"the proxy says so", proxy, comingFrom("10.0.0.1:1", xff, "192.0.2.7"), true},
		{"mapped", proxy, comingFrom("10.0.0.1:1", xff, "::ffff:192.0.2.7"), true},
		{"written by the client", proxy, comingFrom("10.0.0.1:1", xff, "192.0.2.7, 203.0.113.1"), false},
		{"hidden by the client", proxy, comingFrom("10.0.0.1:1", xff, "203.0.113.1, 192.0.2.7"), true},
		{"two proxies", proxy, comingFrom("10.0.0.1:1", xff, "203.0.113.1, 192.0.2.7, 10.9.9.9"), true},
		{"a listed address behind a trusted proxy's listed client", proxy, comingFrom("192.0.2.7:1", xff, "203.0.113.1"), true},
	} {
		allow := addressFilter(t, auth.AddressFilterConfig{Allow: list, Transport: tt.t})
		block := addressFilter(t, auth.AddressFilterConfig{Block: list, Transport: tt.t})
		require.Equal(t, tt.listed, serve(allow, tt.r).Code == 200, tt.name)
		require.Equal(t, !tt.listed, serve(block, tt.r).Code == 200, tt.name)
	}
}

func TestTheAnswerToARefusedAddress(t *testing.T) {
	var told []*autherr.Error
	mw := addressFilter(t, auth.AddressFilterConfig{Allow: prefixes(t, "192.0.2.7"), OnError: func(_ *http.Request, e *autherr.Error) { told = append(told, e) }})
	called := false
	w := httptest.NewRecorder()
	mw(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true })).ServeHTTP(w, comingFrom("203.0.113.1:1"))
	require.False(t, called)
	require.Equal(t, 403, w.Code)
	require.Equal(t, `{"status":"error","http_code":403,"error":"ACCESS_DENIED","error_description":"Access denied."}`, w.Body.String())
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Len(t, told, 1)
	require.ErrorContains(t, told[0], "the address is not allowed")
	serve(mw, comingFrom("@"))
	require.ErrorContains(t, told[1], "there is none")
	require.Panics(t, func() { mw(nil) })
}

func TestWhatIsNotForEverybodyIsNotStoredByCaches(t *testing.T) {
	mw := addressFilter(t, auth.AddressFilterConfig{Block: prefixes(t, "203.0.113.1")})
	require.Equal(t, []string{"private"}, serve(mw, request()).Header()["Cache-Control"])
	strict := serve(func(h http.Handler) http.Handler {
		inner := mw(h)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			inner.ServeHTTP(w, r)
		})
	}, request())
	require.Equal(t, []string{"no-store"}, strict.Header()["Cache-Control"])
	open := httptest.NewRecorder()
	mw(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "public") })).ServeHTTP(open, request())
	require.Equal(t, "public", open.Header().Get("Cache-Control"), "a handler may say otherwise")
}

func TestAnAddressFilterThatCannotBeMeant(t *testing.T) {
	one := prefixes(t, "192.0.2.1")
	for says, cfg := range map[string]auth.AddressFilterConfig{
		"both Allow and Block are missing": {Allow: []netip.Prefix{}},
		"both Allow and Block are set":     {Allow: one, Block: one},
		"Allow: entry 2: not a prefix":     {Allow: []netip.Prefix{one[0], {}}},
		"Block: entry 1: write IPv4":       {Block: []netip.Prefix{netip.MustParsePrefix("::ffff:0.0.0.0/95")}},
		"Events are missing":               {Allow: one, Events: auth.EventFunc(nil)},
	} {
		_, err := auth.NewAddressFilter(cfg)
		require.ErrorContains(t, err, "auth: NewAddressFilter: ")
		require.ErrorContains(t, err, says)
	}
}

func TestTheListIsCopied(t *testing.T) {
	list := prefixes(t, "192.0.2.1")
	mw := addressFilter(t, auth.AddressFilterConfig{Allow: list})
	list[0] = netip.MustParsePrefix("203.0.113.1/32")
	require.Equal(t, 200, serve(mw, comingFrom("192.0.2.1:1")).Code)
	require.Equal(t, 403, serve(mw, comingFrom("203.0.113.1:1")).Code)
}

func TestALongListCostsNoMore(t *testing.T) {
	var list []netip.Prefix
	for i := range 20_000 {
		list = append(list, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}), 32))
	}
	h := addressFilter(t, auth.AddressFilterConfig{Block: list})(nothing)
	w, r := &sink{make(http.Header)}, comingFrom("192.0.2.1:1")
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}), 1.0, "the header field")
}

func TestAUnixSocketHasNoAddress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	require.NoError(t, err)
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: addressFilter(t, auth.AddressFilterConfig{Block: prefixes(t, "192.0.2.1")})(nothing)}}
	srv.Start()
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) }}}
	res, err := client.Get("http://api.example/")
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, 403, res.StatusCode)
}

func TestParsePrefixes(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "[]",
		" ,\n\t, ":                          "[]",
		"192.0.2.1":                         "[192.0.2.1/32]",
		"192.0.2.1,192.0.2.2 \n192.0.2.3\t": "[192.0.2.1/32 192.0.2.2/32 192.0.2.3/32]",
		"192.0.2.77/24":                     "[192.0.2.0/24]",
		"2001:DB8::1":                       "[2001:db8::1/128]",
		"2001:db8:0:0:0::1/32":              "[2001:db8::/32]",
		"::ffff:192.0.2.1":                  "[192.0.2.1/32]",
		"::ffff:192.0.2.1/120":              "[192.0.2.0/24]",
		"::/0,0.0.0.0/0":                    "[::/0 0.0.0.0/0]",
	} {
		got, err := auth.ParsePrefixes(text)
		require.NoError(t, err, text)
		require.Equal(t, want, fmt.Sprint(got), text)
	}
	got, err := auth.ParsePrefixes("192.0.2.1", "192.0.2.2, 192.0.2.3")
	require.NoError(t, err)
	require.Len(t, got, 3)

	for _, entry := range []string{
		"localhost", "192.0.2", "192.0.2.256", "192.0.02.1", "0x7f.0.0.1", "192.0.2.1:80", "[::1]", "[::1]:80", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "/24", "192.0.2.0/024",
		"192.0.2.0/255.255.255.0", "192.0.2.1-192.0.2.9", "192.0.2.*", "fe80::1%eth0", "fe80::%eth0/10", "::ffff:0.0.0.0/95", "2001:db8::/129", "10", "*", "192.0.2.1;192.0.2.2", "1.2.3.4/8/8",
	} {
		_, err := auth.ParsePrefixes("192.0.2.1 " + entry)
		require.ErrorContains(t, err, "auth: ParsePrefixes: entry 2, "+`"`+entry+`"`)
	}
	_, err = auth.ParsePrefixes(strings.Repeat("x\x1b", 1<<20))
	require.Error(t, err)
	require.Less(t, len(err.Error()), 1000)
	require.NotContains(t, err.Error(), "\x1b")
}

func FuzzParsePrefixes(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "192.0.2.1/24", "::1", "::ffff:1.2.3.4/120", "fe80::1%eth0", "a,b", " ", "0.0.0.0/0,::/0", "::ffff:0:0/95", "1.2.3.4/032"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := auth.ParsePrefixes(text)
		if err != nil {
			if list != nil {
				t.Fatal("a list and an error")
			}
			return
		}
		for _, p := range list {
			if !p.IsValid() || p != p.Masked() || p.Addr().Is4In6() || p.Addr().Zone() != "" {
				t.Fatalf("%q gives %v", text, p)
			}
			again, err := auth.ParsePrefixes(p.String())
			if err != nil || len(again) != 1 || again[0] != p {
				t.Fatalf("%v is read as %v: %v", p, again, err)
			}
		}
		if len(list) == 0 {
			return
		}
		if _, err := auth.NewAddressFilter(auth.AddressFilterConfig{Allow: list}); err != nil {
			t.Fatal(err)
		}
	})
}
