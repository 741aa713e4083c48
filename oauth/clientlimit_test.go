package oauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

// limitedServer is a world whose clients are limited.
func limitedServer(t *testing.T, profile string, limit auth.ForgedLimit) *world {
	t.Helper()
	w := newWorld(t, profile)
	failures, err := auth.NewForgedCounter(limit)
	require.NoError(t, err)
	renderer, err := autherr.ProfileByName(profile)
	require.NoError(t, err)
	s, err := oauth.NewServer(oauth.ServerConfig{
		Application: application, Clients: &w.stores, Tokens: &w.stores, Users: &w.stores, Login: w.login, Realm: realm,
		Renderer: renderer, ClientFailures: failures,
	})
	require.NoError(t, err)
	w.mux = http.NewServeMux()
	w.mux.Handle("/rest_api/access_token", s.TokenEndpoint())
	w.mux.Handle("/oauth/introspect", s.IntrospectionEndpoint())
	w.mux.Handle("/oauth/revoke", s.RevocationEndpoint())
	return w
}

func TestFailuresOfClientsAreLimitedPerAddress(t *testing.T) {
	for _, profile := range []string{"2025", "legacy", "rfc"} {
		w := limitedServer(t, profile, auth.ForgedLimit{Rate: auth.Rate{Max: 4, Window: time.Minute}})
		try := func(path, id, secret string) answer {
			q := post(asUser+"&token=x", "Authorization", basic(id, secret))
			q.path = path
			return w.do(q)
		}
		const token, introspect, revoke = "/rest_api/access_token", "/oauth/introspect", "/oauth/revoke"
		for range 5 { // the same ones again and again
			for _, path := range []string{token, introspect, revoke} {
				require.Contains(t, []int{400, 401}, try(path, "robot", "wrong secret").status, profile)
				require.Contains(t, []int{400, 401}, try(path, "nobody", "wrong secret").status, profile)
			}
			require.Equal(t, 200, try(token, "robot", robotSecret).status)
		}
		require.NotEqual(t, 429, try(introspect, "robot", "b%2Bc").status, "two readings are one failure")
		require.NotEqual(t, 429, try(revoke, "robot", "d").status)
		for _, path := range []string{token, introspect, revoke} {
			for _, id := range []string{"robot", "nobody", "off", "foreign"} {
				a := try(path, id, "wrong secret")
				require.Equal(t, 429, a.status, profile)
				require.Regexp(t, `^[1-6]\d?$`, a.header.Get("Retry-After"))
			}
		}
		require.Equal(t, 200, try(token, "robot", robotSecret).status, "the right one is never refused")
		require.Equal(t, 200, try(introspect, "resource", robotSecret).status)
	}
}

func TestFailuresOfClientsElsewhereAreTheirOwn(t *testing.T) {
	proxies, err := auth.NewTransport(auth.TransportConfig{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	require.NoError(t, err)
	w := limitedServer(t, "rfc", auth.ForgedLimit{Rate: auth.Rate{Max: 1, Window: time.Minute}, Transport: proxies})
	try := func(address, secret string) int {
		return w.do(post(asUser, "Authorization", basic("robot", secret), "X-Forwarded-For", address)).status
	}
	require.Equal(t, 401, try("192.0.2.1", "a"))
	require.Equal(t, 429, try("192.0.2.1", "b"))
	require.Equal(t, 401, try("192.0.2.2", "b"))
}

// withoutClient are requests that do not say for which client they are.
var withoutClient = []request{
	{"POST", "/oauth/introspect", "token=x", headers("Content-Type", formType)},
	{"POST", "/oauth/introspect", "token=x&client_id=&client_secret=", headers("Content-Type", formType)},
	{"POST", "/oauth/introspect", "token=x", headers("Content-Type", formType, "Authorization", basic("", ""))},
	{"POST", "/oauth/revoke", "token=x", headers("Content-Type", formType)},
}

// Who sends nothing forges nothing.
func TestRequestsWithoutAClientAreNotCounted(t *testing.T) {
	w := limitedServer(t, "rfc", auth.ForgedLimit{Rate: auth.Rate{Max: 1, Window: time.Minute}})
	for range 3 {
		for _, nothing := range withoutClient {
			require.Equal(t, 401, w.do(nothing).status)
		}
	}
	for _, forged := range []string{"client_secret=a", "client_id=a"} { // something was sent, and it is nobody's
		w := limitedServer(t, "rfc", auth.ForgedLimit{Rate: auth.Rate{Max: 1, Window: time.Minute}})
		ask := func(more string) int {
			return w.do(request{"POST", "/oauth/introspect", "token=x&" + forged + more, headers("Content-Type", formType)}).status
		}
		require.Equal(t, 401, ask(""))
		require.Equal(t, 429, ask("b"), forged)
	}
}

// What is no failure of a client's authentication is not counted as one, and nothing at all is without the setting.
func TestOtherRefusalsOfClientsAreNotCounted(t *testing.T) {
	w := limitedServer(t, "rfc", auth.ForgedLimit{Rate: auth.Rate{Max: 1, Window: time.Minute}})
	for i := range 3 {
		require.Equal(t, 400, w.do(post(asUser+"&scope=unknown", "Authorization", basic("robot", robotSecret))).status)
		require.Equal(t, 400, w.do(post("grant_type=password&username=my_username&password="+fmt.Sprint("wrong", i)+"&client_id=app")).status)
		w.stores.call, w.stores.fault = "ClientByID", func(*faults, *any) error { return errors.New("down") }
		require.Equal(t, 503, w.do(post(asUser, "Authorization", basic("robot", fmt.Sprint(i)))).status)
		w.stores.fault = nil
	}
	require.Equal(t, 401, w.do(post(asUser, "Authorization", basic("robot", "first"))).status)
	require.Equal(t, 429, w.do(post(asUser, "Authorization", basic("robot", "second"))).status)
	for _, nothing := range withoutClient { // nor is it refused as one
		require.Equal(t, 401, w.do(nothing).status)
	}

	w = newWorld(t, "rfc")
	for i := range 100 {
		require.Equal(t, 401, w.do(post(asUser, "Authorization", basic("robot", fmt.Sprint(i)))).status)
	}
}
