package outbound

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// parseAddress checks the address of a server. Its errors do not repeat it: it may hold a password.
func parseAddress(address string, allowHTTP bool) (*url.URL, error) {
	if address == "" {
		return nil, wrong("URL", "is missing")
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, wrong("URL", "is malformed")
	case u.User != nil:
		return nil, wrong("URL", "holds user information")
	case u.Hostname() == "" || u.Opaque != "":
		return nil, wrong("URL", "is not absolute")
	case u.Fragment != "":
		return nil, wrong("URL", "has a fragment")
	case !isASCII(u.Host):
		return nil, wrong("URL", "has a host with characters beyond ASCII; write it in its xn-- form")
	case u.Scheme == "https", u.Scheme == "http" && (allowHTTP || isLoopback(u.Hostname())):
		return u, nil
	case u.Scheme == "http":
		return nil, wrong("URL", "is not https; see InsecureAllowHTTP")
	}
	return nil, wrong("URL", "is neither https nor http")
}

// wrong returns the error for a setting: what is wrong with the field.
func wrong(field, what string) error { return errors.New(field + " " + what) }

// isASCII reports whether a host has one spelling for those who compare it and those who connect to it.
func isASCII(host string) bool {
	return !strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 })
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

var (
	errRedirects   = errors.New("too many redirects")
	errOtherOrigin = errors.New("a redirect to another origin")
)

// checkRedirect follows redirects within one origin only (scheme, host and port): an answer is as trustworthy as the address it comes from. Where
// none are followed, the redirect itself is the answer.
func (c *Client) checkRedirect(to *http.Request, via []*http.Request) error {
	switch from := via[0].URL; {
	case c.redirects == 0:
		return http.ErrUseLastResponse
	case to.URL.Scheme != from.Scheme || port(to.URL) != port(from) || to.URL.User != nil,
		!isASCII(to.URL.Host) || !strings.EqualFold(to.URL.Hostname(), from.Hostname()):
		return errOtherOrigin
	case len(via) > c.redirects:
		return errRedirects
	}
	return nil
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
