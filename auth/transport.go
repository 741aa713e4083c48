package auth

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// Transport decides whether a request came over a connection on which secrets may travel. [Login] and the services
// token verifier ask it: passwords and services tokens are sent with every request and work until they are changed, so HTTPS is mandatory for them.
//
// A request is secure if it came over TLS; or from this machine (a loopback address); or from a trusted proxy that says, in
// X-Forwarded-Proto, that it was reached by https. A nil Transport is the strict default, which trusts no proxy.
type Transport struct {
	proxies   []netip.Prefix
	allowHTTP bool
}

// TransportConfig configures [NewTransport].
type TransportConfig struct {
	// TrustedProxies are the addresses of the proxies in front of this server whose X-Forwarded-Proto and X-Forwarded-For are believed. They
	// must set the first themselves and not pass on what a client sent, and append to the second the address from which they were reached.
	TrustedProxies []netip.Prefix

	// InsecureAllowHTTP lets secrets travel in clear text.
	InsecureAllowHTTP bool
}

// NewTransport returns a Transport, or an error that names the field that is missing or wrong.
func NewTransport(cfg TransportConfig) (*Transport, error) {
	t := &Transport{proxies: slices.Clone(cfg.TrustedProxies), allowHTTP: cfg.InsecureAllowHTTP}
	for i, p := range t.proxies {
		if !p.IsValid() {
			return nil, errors.New("auth: NewTransport: TrustedProxies holds an invalid prefix")
		}
		if p.Addr().Is4In6() { // peers are compared as IPv4
			if p.Bits() < 96 {
				return nil, errors.New("auth: NewTransport: TrustedProxies: write IPv4 prefixes as IPv4")
			}
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		t.proxies[i] = p.Masked()
	}
	return t, nil
}

var errInsecure = errors.New("neither TLS, nor from this machine, nor through a trusted proxy that says https")

// Check returns nil if r may carry secrets and otherwise INSECURE_TRANSPORT (403) in the words of method.
func (t *Transport) Check(method autherr.Method, r *http.Request) error {
	if t.Secure(r) || t != nil && t.allowHTTP {
		return nil
	}
	return autherr.New(method, autherr.InsecureTransport, errInsecure)
}

// Secure reports whether r came over TLS, from this machine, or through a trusted proxy that was reached by https.
//
// A loopback peer that says it was reached by http is a proxy on this machine, and what it forwards is not secure. That is the only belief an unnamed
// peer ever gets, and it can only make the answer stricter.
func (t *Transport) Secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	peer, ok := peerAddr(r)
	if !ok {
		return false
	}
	proto := forwardedProto(r)
	switch {
	case t.trusts(peer) && proto != "":
		return proto == "https"
	case peer.IsLoopback():
		return proto == "" || proto == "https"
	}
	return false
}

func (t *Transport) trusts(addr netip.Addr) bool {
	return t != nil && slices.ContainsFunc(t.proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// peerAddr returns the address at the other end of the connection.
func peerAddr(r *http.Request) (netip.Addr, bool) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}

// forwardedProto returns what the nearest proxy says: the last element of the last field.
func forwardedProto(r *http.Request) string {
	values := r.Header["X-Forwarded-Proto"]
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	if i := strings.LastIndexByte(last, ','); i >= 0 {
		last = last[i+1:]
	}
	last = strings.Trim(last, " \t")
	if last == "" {
		return "none" // the field is there: its sender is a proxy
	}
	return strings.ToLower(last)
}
