package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// AddressFilterConfig configures [NewAddressFilter]. Exactly one of Allow and Block must have prefixes; [ParsePrefixes] reads them from a
// configuration.
//
// Prefixes of IPv4 and of IPv6 are apart: everybody is 0.0.0.0/0 and ::/0. A client that is seen under an IPv6 address which maps one of IPv4 is
// compared as IPv4, and so are prefixes that are written like that. Bits behind a prefix are of no account: 192.0.2.7/24 is 192.0.2.0/24.
type AddressFilterConfig struct {
	// Allow are the addresses that may come in. All others are refused.
	Allow []netip.Prefix

	// Block are the addresses that may not. Whoever can change his address gets around it: it keeps out nuisances, not attackers.
	Block []netip.Prefix

	// Transport knows the trusted proxies in front of this server. Nil trusts none: then X-Forwarded-For is not looked at, and whoever comes
	// through a proxy has the proxy's address.
	Transport *Transport

	// Renderer writes refusals. Nil means autherr.Profile2025(nil).
	Renderer autherr.Renderer

	// OnError is called with every refusal before it is sent, as Options.OnError is.
	OnError func(*http.Request, *autherr.Error)

	// Events is told of every refusal. Nil means that nobody is told.
	Events EventSink
}

// Causes of refusals, for the log.
var (
	errAddress   = errors.New("the address is not allowed")
	errNoAddress = fmt.Errorf("%w: there is none", errAddress)
)

// NewAddressFilter returns middleware that lets only those addresses in that are allowed, or those that are not blocked, and refuses others with
// ACCESS_DENIED (403). A request without an address, as on a Unix socket, is refused either way. Put it in front of [Require], so that nobody
// else's password is looked at.
//
// What passes is not for everybody, so shared caches are kept from storing it: Cache-Control: private.
func NewAddressFilter(cfg AddressFilterConfig) (func(http.Handler) http.Handler, error) {
	fail := func(err error) (func(http.Handler) http.Handler, error) {
		return nil, fmt.Errorf("auth: NewAddressFilter: %w", err)
	}
	switch {
	case len(cfg.Allow) == 0 && len(cfg.Block) == 0:
		return fail(errors.New("both Allow and Block are missing"))
	case len(cfg.Allow) > 0 && len(cfg.Block) > 0:
		return fail(errors.New("both Allow and Block are set"))
	case cfg.Events != nil && isNil(cfg.Events):
		return fail(errors.New("the Events are missing"))
	}
	allow := len(cfg.Allow) > 0
	field, list := "Allow", cfg.Allow
	if !allow {
		field, list = "Block", cfg.Block
	}
	set, err := newPrefixSet(list)
	if err != nil {
		return fail(fmt.Errorf("%s: %w", field, err))
	}
	refusal := error(autherr.New(autherr.MethodAny, autherr.AccessDenied, errAddress))
	unknown := error(autherr.New(autherr.MethodAny, autherr.AccessDenied, errNoAddress))
	p := newReporter("NewAddressFilter", cfg.Renderer, cfg.OnError, cfg.Events, cfg.Transport)
	return p.guard("NewAddressFilter", func(r *http.Request) error {
		addr, ok := cfg.Transport.ClientAddr(r)
		switch {
		case !ok:
			return unknown
		case set.contains(addr) != allow:
			return refusal
		}
		return nil
	}, makePrivate), nil
}
