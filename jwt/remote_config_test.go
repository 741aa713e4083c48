package jwt_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

func TestRemoteKeySetsThatCannotBe(t *testing.T) {
	for _, test := range []struct {
		change func(*jwt.RemoteConfig)
		want   string
	}{
		{func(c *jwt.RemoteConfig) { c.URL = "" }, "URL is missing"},
		{func(c *jwt.RemoteConfig) { c.URL = "http://example.com/topsecret" }, "URL is not https"},
		{func(c *jwt.RemoteConfig) { c.URL = "http://127.0.0.1.example.com/" }, "URL is not https"},
		{func(c *jwt.RemoteConfig) { c.URL = "http://10.0.0.1/" }, "URL is not https"},
		{func(c *jwt.RemoteConfig) { c.URL = "ftp://example.com/" }, "URL is neither"},
		{func(c *jwt.RemoteConfig) { c.URL = "file:///etc/jwks.json" }, "URL is not absolute"},
		{func(c *jwt.RemoteConfig) { c.URL = "/jwks.json" }, "URL is not absolute"},
		{func(c *jwt.RemoteConfig) { c.URL = "https:example.com" }, "URL is not absolute"},
		{func(c *jwt.RemoteConfig) { c.URL = "https://:443/" }, "URL is not absolute"},
		{func(c *jwt.RemoteConfig) { c.URL = "https://example.com/\x7ftopsecret" }, "URL is malformed"},
		{func(c *jwt.RemoteConfig) { c.URL = "https://user:topsecret@example.com/" }, "URL holds user information"},
		{func(c *jwt.RemoteConfig) { c.URL = "https://example.com/#topsecret" }, "URL has a fragment"},
		{func(c *jwt.RemoteConfig) { c.Algorithms = nil }, "Algorithms is missing"},
		{func(c *jwt.RemoteConfig) { c.Algorithms = []jwt.Algorithm{"none"} }, "Algorithms"},
		{func(c *jwt.RemoteConfig) { c.Algorithms = []jwt.Algorithm{jwt.HS256} }, "Algorithms: a public key set"},
		{func(c *jwt.RemoteConfig) { c.Algorithms = []jwt.Algorithm{jwt.RS256, jwt.HS256} }, "Algorithms"},
		{func(c *jwt.RemoteConfig) { c.MinRefreshInterval = time.Millisecond }, "MinRefreshInterval is below 1s"},
		{func(c *jwt.RemoteConfig) { c.MinRefreshInterval = -1 }, "MinRefreshInterval"},
		{func(c *jwt.RemoteConfig) { c.MinRefreshInterval = time.Hour }, "MinRefreshInterval"},
		{func(c *jwt.RemoteConfig) { c.MaxStale = 25 * time.Hour }, "MaxStale"},
		{func(c *jwt.RemoteConfig) { c.MaxStale = -1 }, "MaxStale"},
		{func(c *jwt.RemoteConfig) { c.MaxStale, c.MinRefreshInterval = time.Minute, time.Minute }, "MaxStale is below twice"},
		{func(c *jwt.RemoteConfig) { c.Timeout = 6 * time.Second }, "Timeout"},
		{func(c *jwt.RemoteConfig) { c.Transport = (*http.Transport)(nil) }, "Transport is missing"},
		{func(c *jwt.RemoteConfig) { c.Timeout = -1 }, "Timeout"},
	} {
		cfg := jwt.RemoteConfig{URL: "https://example.com/jwks.json", Algorithms: []jwt.Algorithm{jwt.RS256}}
		test.change(&cfg)
		r, err := jwt.NewRemoteKeySet(cfg)
		require.Nil(t, r, test.want)
		require.ErrorContains(t, err, "jwt: NewRemoteKeySet: "+test.want)
		require.NotContains(t, err.Error(), "topsecret")
	}
}

func TestAddressesOfKeySets(t *testing.T) {
	for _, url := range []string{"https://example.com", "HTTPS://example.com/x?y=z", "http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost/", "http://127.9.9.9/"} {
		_, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: url, Algorithms: []jwt.Algorithm{jwt.RS256}})
		require.NoError(t, err, url)
	}
	_, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: "http://example.com", Algorithms: []jwt.Algorithm{jwt.RS256}, InsecureAllowHTTP: true})
	require.NoError(t, err)
}

func TestARemoteKeySetPrintsItsAddressOnly(t *testing.T) {
	r := newRemote(t, func(cfg *jwt.RemoteConfig) { cfg.URL = "https://example.com/jwks.json?key=topsecret" })
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		require.Equal(t, "jwt.RemoteKeySet(https://example.com/jwks.json)", fmt.Sprintf(verb, r))
	}
	require.Equal(t, r.String(), r.GoString())
	require.Equal(t, "jwt.RemoteKeySet(none)", new(jwt.RemoteKeySet).String())
}

func TestTheZeroRemoteKeySetIsClosed(t *testing.T) {
	for _, r := range []*jwt.RemoteKeySet{nil, new(jwt.RemoteKeySet)} {
		requireOutage(t, r, "k1")
		require.ErrorIs(t, r.Refresh(context.Background()), jwt.ErrKeysUnavailable)
		require.NoError(t, r.Close())
	}
}

func TestAVerifierNeedsKeysOfItsAlgorithms(t *testing.T) {
	r := newRemote(t, func(cfg *jwt.RemoteConfig) { cfg.URL = "https://example.com" })
	cfg := newWorld(t, jwt.RS256, nil).config()
	cfg.Keys = r
	_, err := jwt.NewVerifier(cfg)
	require.ErrorContains(t, err, "Keys holds no key of the Algorithms")
}
