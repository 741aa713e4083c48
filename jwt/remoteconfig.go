package jwt

import (
	"fmt"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth/outbound"
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
	client, err := outbound.New(outbound.Config{
		URL: cfg.URL, InsecureAllowHTTP: cfg.InsecureAllowHTTP, Transport: cfg.Transport, Timeout: cfg.Timeout,
		MaxBody: maxKeySet, Redirects: maxRedirects,
	})
	if err != nil {
		return nil, err
	}
	r := &RemoteKeySet{client: client, onFetch: cfg.OnFetch}
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
	return r, nil
}

// maxRedirects is how often a server may send us on, within its own origin.
const maxRedirects = 3

// askForSet is what is sent for a set.
var askForSet = outbound.Request{
	Method: http.MethodGet,
	Header: http.Header{"Accept": {"application/jwk-set+json, application/json;q=0.9, */*;q=0.1"}},
}
