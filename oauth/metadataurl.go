package oauth

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// checkURL returns an error that names the field if its URL is not one to publish: absolute, in one spelling, over https, or http to this machine or
// where that is allowed; and without query and fragment, which an issuer must not have (RFC 8414 section 2). The error does not repeat the URL.
func checkURL(field, s string, allowHTTP bool) error {
	wrong := func(why string) error { return errors.New(field + " " + why) }
	u, err := url.Parse(s)
	switch {
	case err != nil || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return wrong("is not a URL in ASCII")
	case u.User != nil:
		return wrong("holds user information")
	case u.Hostname() == "" || !strings.HasPrefix(s, u.Scheme+"://"):
		return wrong("is not an absolute URL that starts with https://, in lower case")
	case strings.ContainsAny(s, "?#"):
		return wrong("has a query or a fragment")
	case u.Scheme == "https", u.Scheme == "http" && (allowHTTP || isLoopback(u.Hostname())):
		return nil
	case u.Scheme == "http":
		return wrong("is http and not of this machine; see InsecureAllowHTTP")
	}
	return wrong("is neither https nor http")
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}
