package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
)

// accessConfig is what the flags say about who may come in from where.
type accessConfig struct {
	transport    *auth.Transport // that knows the trusted proxies
	proxied      bool            // there are some
	allow, block []netip.Prefix
	requireTLS   bool
	pathRoles    []auth.PathRule
}

// accessFlags defines the flags. The function that it returns reads what they need to be read for, once they are parsed.
func accessFlags(fs *flag.FlagSet, c *accessConfig) (read func() error) {
	proxies := fs.String("trusted-proxies", "", "`addresses` of the proxies in front of this server, as of -allow-addresses, whose X-Forwarded-For and X-Forwarded-Proto are believed")
	allow := fs.String("allow-addresses", "", "`addresses` that may come in, all others may not: IP addresses and prefixes such as 192.0.2.0/24, separated by commas; /healthz is for all")
	block := fs.String("block-addresses", "", "`addresses` that may not come in, likewise; not together with -allow-addresses")
	fs.BoolVar(&c.requireTLS, "require-tls", false, "refuse every request that came in clear text: neither over TLS, nor from this machine, nor by https to a trusted proxy")
	fs.Func("path-roles", "`PATTERN=ROLES` says which roles may use the protected routes that match, such as /user/*=editor,administrator, or * for everybody who is known; may be repeated: the first that matches decides, and where there are any, the others are refused", func(s string) error {
		rule, err := parsePathRole(s)
		c.pathRoles = append(c.pathRoles, rule)
		return err
	})
	return func() error {
		var err error
		if c.allow, err = auth.ParsePrefixes(*allow); err != nil {
			return fmt.Errorf("-allow-addresses: %w", err)
		}
		if c.block, err = auth.ParsePrefixes(*block); err != nil {
			return fmt.Errorf("-block-addresses: %w", err)
		}
		if len(c.allow) > 0 && len(c.block) > 0 {
			return errors.New("-allow-addresses and -block-addresses contradict each other")
		}
		trusted, err := auth.ParsePrefixes(*proxies)
		if err != nil {
			return fmt.Errorf("-trusted-proxies: %w", err)
		}
		c.proxied = len(trusted) > 0
		if c.transport, err = auth.NewTransport(auth.TransportConfig{TrustedProxies: trusted}); err != nil {
			return fmt.Errorf("-trusted-proxies: %w", err)
		}
		return nil
	}
}

// parsePathRole reads a value of -path-roles.
func parsePathRole(s string) (auth.PathRule, error) {
	i := strings.LastIndexByte(s, '=')
	if i < 0 {
		return auth.PathRule{}, errors.New("want PATTERN=ROLES")
	}
	rule := auth.PathRule{Pattern: s[:i]}
	if s[i+1:] == "*" {
		rule.AnyUser = true
		return rule, nil
	}
	for role := range strings.SplitSeq(s[i+1:], ",") {
		if role = strings.TrimSpace(role); role != "" {
			rule.Roles = append(rule.Roles, role)
		}
	}
	return rule, nil // without roles it is a path for nobody
}

// door puts the address filter and the demand for TLS before everything else, as far as the flags ask for them.
func (a *app) door(next http.Handler) (http.Handler, error) {
	c := a.cfg.access
	if c.requireTLS {
		next = auth.RequireTLS(c.transport, a.options())(next)
	}
	if len(c.allow) == 0 && len(c.block) == 0 {
		return next, nil
	}
	filter, err := auth.NewAddressFilter(auth.AddressFilterConfig{
		Allow:     c.allow,
		Block:     c.block,
		Transport: c.transport,
		Renderer:  a.cfg.profile,
		Events:    a.events,
	})
	if err != nil {
		return nil, err
	}
	return filter(next), nil
}

// byPath returns the rules of -path-roles as middleware for the inside of a protected route, which lets everybody pass if there are none.
func (a *app) byPath() (func(http.Handler) http.Handler, error) {
	if len(a.cfg.access.pathRoles) == 0 {
		return func(next http.Handler) http.Handler { return next }, nil
	}
	rules, err := auth.NewPathRoles(auth.PathRolesConfig{Rules: a.cfg.access.pathRoles})
	if err != nil {
		return nil, fmt.Errorf("-path-roles: %w", err)
	}
	return rules, nil
}
