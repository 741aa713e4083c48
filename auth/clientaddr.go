package auth

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddr returns the address from which r was sent: that of the connection or, if that is a trusted proxy's, the right-most address in
// X-Forwarded-For that is not a trusted proxy's as well. Whatever stands further left was written by strangers. Without trusted proxies the field means
// nothing. The result is false where there is no address, as on a Unix socket.
//
// An element that is no address ends the search at the last proxy: it vouches for nobody else.
func (t *Transport) ClientAddr(r *http.Request) (netip.Addr, bool) {
	addr, ok := peerAddr(r)
	if !ok || !t.trusts(addr) {
		return addr, ok
	}
	fields := r.Header["X-Forwarded-For"]
	for i := len(fields) - 1; i >= 0; i-- {
		for rest, more := fields[i], true; more; {
			var element string
			if comma := strings.LastIndexByte(rest, ','); comma >= 0 {
				rest, element = rest[:comma], rest[comma+1:]
			} else {
				element, more = rest, false
			}
			hop, ok := parseHop(element)
			if !ok {
				return addr, true
			}
			if addr = hop; !t.trusts(addr) {
				return addr, true
			}
		}
	}
	return addr, true
}

// The addresses that stand for those of IPv4 to a server behind a translator (RFC 6052 section 2.1).
var translated = netip.MustParsePrefix("64:ff9b::/96")

// network returns, in no readable form, the addresses that are counted as one with that of r.
func (t *Transport) network(r *http.Request) string {
	addr, ok := t.ClientAddr(r)
	if !ok {
		return "none"
	}
	b := addr.As16()
	switch {
	case addr.Is4():
	case translated.Contains(addr):
		b = netip.AddrFrom4([4]byte(b[12:])).As16()
	default:
		clear(b[8:])
	}
	return string(b[:])
}

// parseHop reads an element of X-Forwarded-For: an address, with a port or in brackets as some proxies write it.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.Trim(s, " \t")
	if addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil {
		return addr.Unmap().WithZone(""), true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}
