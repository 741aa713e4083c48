package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"
)

// ParsePrefixes reads addresses, such as 192.0.2.7 and 2001:db8::1, and prefixes in CIDR notation, such as 192.0.2.0/24. They are separated by
// commas and blanks, or given one by one. An error names the entry. No entries are no prefixes.
//
// The result is in its shortest form: an IPv4 address that is written as IPv6 is IPv4, and bits behind a prefix are cleared. Zones are refused,
// for they mean something on one machine only, and so are numbers with leading zeros, which some read as octal.
func ParsePrefixes(lists ...string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, list := range lists {
		for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
			p, err := parsePrefix(entry)
			if err != nil {
				return nil, fmt.Errorf("auth: ParsePrefixes: entry %d, %q: %w", len(all)+1, printable(entry, maxLogged), err)
			}
			all = append(all, p)
		}
	}
	return all, nil
}

var (
	errNoPrefix   = errors.New("neither an IP address nor a prefix such as 192.0.2.0/24")
	errZone       = errors.New("an address with a zone")
	errMixed      = errors.New("write IPv4 prefixes as IPv4")
	errZeroPrefix = errors.New("not a prefix")
)

func parsePrefix(entry string) (netip.Prefix, error) {
	if strings.Contains(entry, "%") {
		return netip.Prefix{}, errZone
	}
	if !strings.Contains(entry, "/") {
		addr, err := netip.ParseAddr(entry)
		if err != nil {
			return netip.Prefix{}, errNoPrefix
		}
		return normalPrefix(netip.PrefixFrom(addr, addr.BitLen()))
	}
	p, err := netip.ParsePrefix(entry)
	if err != nil {
		return netip.Prefix{}, errNoPrefix
	}
	return normalPrefix(p)
}

// normalPrefix returns the one form of p: clients are compared as IPv4 where they can be.
func normalPrefix(p netip.Prefix) (netip.Prefix, error) {
	switch {
	case !p.IsValid():
		return netip.Prefix{}, errZeroPrefix
	case p.Addr().Is4In6() && p.Bits() < 96:
		return netip.Prefix{}, errMixed
	case p.Addr().Is4In6():
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// prefixSet is a set of addresses. Asking takes a lookup for each length of prefix, however many prefixes there are.
type prefixSet struct {
	prefixes     map[netip.Prefix]struct{}
	bits4, bits6 []int
}

func newPrefixSet(list []netip.Prefix) (*prefixSet, error) {
	s := &prefixSet{prefixes: make(map[netip.Prefix]struct{}, len(list))}
	for i, p := range list {
		p, err := normalPrefix(p)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		s.prefixes[p] = struct{}{}
		bits := &s.bits6
		if p.Addr().Is4() {
			bits = &s.bits4
		}
		if !slices.Contains(*bits, p.Bits()) {
			*bits = append(*bits, p.Bits())
		}
	}
	return s, nil
}

// contains reports whether addr, in the form in which Transport.ClientAddr returns it, is in the set.
func (s *prefixSet) contains(addr netip.Addr) bool {
	lengths := s.bits6
	if addr.Is4() {
		lengths = s.bits4
	}
	for _, bits := range lengths {
		p, err := addr.Prefix(bits)
		if _, ok := s.prefixes[p]; ok && err == nil {
			return true
		}
	}
	return false
}
