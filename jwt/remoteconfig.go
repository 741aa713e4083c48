package jwt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// RemoteConfig configures [NewRemoteKeySet].
type RemoteConfig struct {
	// URL is the absolute address of the JWK set, as the issuer's documentation or metadata gives it (jwks_uri). Its scheme is https, or http for
	// a loopback address. User information in it is an error. Required.
	URL string

	// Algorithms are those that the keys may be used with, public-key ones only, as for [ParseKeySet]. Required.
	Algorithms []Algorithm

	// InsecureAllowHTTP allows http to other hosts than loopback: whoever is on the way can then replace the keys and forge every token.
	InsecureAllowHTTP bool

	// Transport makes the connections, for a proxy or for certificates of one's own. It must heed the request's context; an http.Transport does
	// so only once a connection is made, so set its TLSHandshakeTimeout and a dialer with a Timeout. It gets requests that ask for gzip themselves. Nil means connections of our own that use no proxy, whatever the environment says, and are closed
	// after each fetch.
	Transport http.RoundTripper

	// MinRefreshInterval is the least time from the start of one fetch to that of the next, Refresh excepted: how often strangers with invented key
	// IDs can cause one, and how soon a new key works at the latest. Zero means DefaultMinRefresh. It is at least a second and at most 5 minutes.
	MinRefreshInterval time.Duration

	// MaxStale is how long the last good set is used while fetches fail, counted from the fetch that got it. Zero means MaxKeySetAge, which is the
	// most. It is at least a minute.
	MaxStale time.Duration

	// Timeout is how long one fetch may take in all, from the connection to the last byte. Zero means MaxFetchTime, which is the most.
	Timeout time.Duration

	// OnFetch is told the outcome of every fetch, for logs and metrics: the set, with what was skipped of it, or the error. It is called once at a
	// time and should return soon: those who wait for the fetch wait for it too. It must not call the RemoteKeySet.
	OnFetch func(set *KeySet, err error)
}

// Bounds of a RemoteConfig and of what servers say.
const (
	// DefaultMinRefresh is the default of RemoteConfig.MinRefreshInterval.
	DefaultMinRefresh = 10 * time.Second

	// MaxKeySetAge is the longest that a key set is used without a good fetch, and that it is believed to be current when its server says
	// so (Cache-Control: max-age).
	MaxKeySetAge = 24 * time.Hour

	// MaxFetchTime is the longest that a fetch may take.
	MaxFetchTime = 5 * time.Second

	minMinRefresh = time.Second
	maxMinRefresh = 5 * time.Minute
	minMaxStale   = time.Minute
)

// NewRemoteKeySet returns a key set that is fetched from an address. It does not fetch it yet: call Refresh to have the keys, or to learn what is
// wrong, before the first request.
func NewRemoteKeySet(cfg RemoteConfig) (*RemoteKeySet, error) {
	r, err := newRemoteKeySet(cfg)
	if err != nil {
		return nil, fmt.Errorf("jwt: NewRemoteKeySet: %w", err)
	}
	return r, nil
}

func newRemoteKeySet(cfg RemoteConfig) (*RemoteKeySet, error) {
	u, err := remoteURL(cfg.URL, cfg.InsecureAllowHTTP)
	if err != nil {
		return nil, err
	}
	r := &RemoteKeySet{
		name: u.Scheme + "://" + u.Host + u.EscapedPath(), onFetch: cfg.OnFetch,
		client: &http.Client{Transport: cfg.Transport, CheckRedirect: checkRedirect},
	}
	if r.algs, err = allowList(cfg.Algorithms); err != nil {
		return nil, err
	}
	if r.algs[0].symmetric() {
		return nil, wrong("Algorithms:", "a public key set has no keys for HMAC")
	}
	for _, d := range [...]struct {
		field                   string
		set                     *time.Duration
		value, zero, least, max time.Duration
	}{
		{"MinRefreshInterval", &r.interval, cfg.MinRefreshInterval, DefaultMinRefresh, minMinRefresh, maxMinRefresh},
		{"MaxStale", &r.maxStale, cfg.MaxStale, MaxKeySetAge, minMaxStale, MaxKeySetAge},
		{"Timeout", &r.timeout, cfg.Timeout, MaxFetchTime, 1, MaxFetchTime},
	} {
		if *d.set = d.value; d.value == 0 {
			*d.set = d.zero
		}
		if *d.set < d.least || *d.set > d.max {
			return nil, wrongf(d.field, "is below %s or over %s", d.least, d.max)
		}
	}
	if r.maxStale < 2*r.interval {
		return nil, wrong("MaxStale", "is below twice the MinRefreshInterval: the set would end before the next can be fetched")
	}
	r.loopbackOnly = u.Scheme == "http" && !cfg.InsecureAllowHTTP
	r.life, r.endOfLife = context.WithCancel(context.Background())
	r.request = &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{
		"Accept":          {"application/jwk-set+json, application/json;q=0.9, */*;q=0.1"},
		"Accept-Encoding": {"gzip"},
	}}
	return r, nil
}

// remoteURL checks the address of a key set. Its errors do not repeat it: it may hold a password.
func remoteURL(address string, allowHTTP bool) (*url.URL, error) {
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

// isASCII reports whether a host has one spelling for those who compare it and those who connect to it.
func isASCII(host string) bool {
	return !strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 })
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// newTransport returns the connections of one fetch, whose context is life: they end with it. An http.Transport by itself
// dials, and shakes hands, detached from the request, so that a server that accepts a connection and stays silent would keep it and its goroutines
// for ever. With loopbackOnly it connects to this machine only, whatever a name such as localhost resolves to.
func newTransport(life context.Context, loopbackOnly bool) *http.Transport {
	dial := func(_ context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(life, network, addr)
		if err != nil {
			return nil, err
		}
		if tcp, ok := c.RemoteAddr().(*net.TCPAddr); loopbackOnly && (!ok || !tcp.IP.IsLoopback()) {
			return nil, errors.Join(errNotLoopback, c.Close())
		}
		context.AfterFunc(life, func() { _ = c.Close() })
		return c, nil
	}
	return &http.Transport{
		Proxy:                  nil, // not even the environment's
		DialContext:            dial,
		ForceAttemptHTTP2:      true, // which a dialer of one's own switches off
		DisableKeepAlives:      true,
		TLSHandshakeTimeout:    MaxFetchTime,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

var errNotLoopback = errors.New("the loopback name leads to another machine")

// maxRedirects is how often a server may send us on.
const maxRedirects = 3

var (
	errRedirects   = errors.New("too many redirects")
	errOtherOrigin = errors.New("a redirect to another origin")
)

// checkRedirect follows redirects within one origin only (scheme, host and port): keys are as trustworthy as the address they come from.
func checkRedirect(to *http.Request, via []*http.Request) error {
	switch from := via[0].URL; {
	case to.URL.Scheme != from.Scheme || !isASCII(to.URL.Host) || !strings.EqualFold(to.URL.Hostname(), from.Hostname()) || port(to.URL) != port(from) || to.URL.User != nil:
		return errOtherOrigin
	case len(via) > maxRedirects:
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
