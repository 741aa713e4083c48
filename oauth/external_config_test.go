package oauth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func nobody(context.Context, *oauth.ExternalAnswer) (string, error) { return "", nil }

func TestIntrospectionVerifiersThatCannotBe(t *testing.T) {
	for _, test := range []struct {
		change func(*oauth.IntrospectionConfig)
		want   string
	}{
		{func(c *oauth.IntrospectionConfig) { c.URL = "" }, "URL is missing"},
		{func(c *oauth.IntrospectionConfig) { c.URL = "http://other.example/topsecret" }, "URL is not https; see InsecureAllowHTTP"},
		{func(c *oauth.IntrospectionConfig) { c.URL = "https://user:topsecret@other.example/" }, "URL holds user information"},
		{func(c *oauth.IntrospectionConfig) { c.URL = "other.example" }, "URL is not absolute"},
		{func(c *oauth.IntrospectionConfig) { c.ClientID = "" }, "ClientID is missing"},
		{func(c *oauth.IntrospectionConfig) { c.ClientSecret = "" }, "ClientSecret is missing"},
		{func(c *oauth.IntrospectionConfig) { c.Audience = nil }, "Audience is missing; see SkipAudience"},
		{func(c *oauth.IntrospectionConfig) { c.SkipAudience = true }, "Audience and SkipAudience contradict"},
		{func(c *oauth.IntrospectionConfig) { c.Audience = []string{"a", ""} }, "Audience has an empty name"},
		{func(c *oauth.IntrospectionConfig) { c.Users = nil }, "Users is missing"},
		{func(c *oauth.IntrospectionConfig) { c.Users = (*memstore.Store)(nil) }, "Users is missing"},
		{func(c *oauth.IntrospectionConfig) { c.UsernameClaim = "" }, "UsernameClaim is missing, and MapUser too"},
		{func(c *oauth.IntrospectionConfig) { c.MapUser = nobody }, "UsernameClaim and MapUser contradict"},
		{func(c *oauth.IntrospectionConfig) { c.Scopes = []string{"a b"} }, `Scopes holds "a b", which is not a scope`},
		{func(c *oauth.IntrospectionConfig) { c.Realm = "" }, "the Realm is missing"},
		{func(c *oauth.IntrospectionConfig) { c.Realm = "\n" }, "realm"},
		{func(c *oauth.IntrospectionConfig) { c.Header = "Authorization" }, "the Header"},
		{func(c *oauth.IntrospectionConfig) { c.MaxToken = -1 }, "MaxToken is negative or over 65536"},
		{func(c *oauth.IntrospectionConfig) { c.MaxToken = 1 << 20 }, "MaxToken"},
		{func(c *oauth.IntrospectionConfig) { c.MaxCalls = -1 }, "MaxCalls"},
		{func(c *oauth.IntrospectionConfig) { c.MaxCalls = 1025 }, "MaxCalls is negative or over 1024"},
		{func(c *oauth.IntrospectionConfig) { c.CacheTTL = -1 }, "CacheTTL"},
		{func(c *oauth.IntrospectionConfig) { c.CacheTTL = time.Hour }, "CacheTTL is negative or over 5m0s"},
		{func(c *oauth.IntrospectionConfig) { c.CacheTokens = 1 }, "CacheTokens needs a CacheTTL"},
		{func(c *oauth.IntrospectionConfig) { c.CacheTTL, c.CacheTokens = 1, -1 }, "CacheTokens is negative"},
		{func(c *oauth.IntrospectionConfig) { c.CacheTTL, c.CacheTokens = 1, 1<<20+1 }, "CacheTokens is negative or over 1048576"},
		{func(c *oauth.IntrospectionConfig) { c.Timeout = -1 }, "Timeout"},
		{func(c *oauth.IntrospectionConfig) { c.Timeout = time.Minute }, "Timeout is negative or over 5s"},
	} {
		cfg := oauth.IntrospectionConfig{
			URL: "https://other.example/introspect", ClientID: "api", ClientSecret: "topsecret", Audience: []string{ourName},
			Users: foreignUsers(t), UsernameClaim: "username", Realm: realm,
		}
		test.change(&cfg)
		v, err := oauth.NewIntrospectionVerifier(cfg)
		require.Nil(t, v, test.want)
		require.ErrorContains(t, err, "oauth: NewIntrospectionVerifier: ")
		require.ErrorContains(t, err, test.want)
		require.NotContains(t, err.Error(), "topsecret")
	}
}

func TestUserInfoVerifiersThatCannotBe(t *testing.T) {
	for _, test := range []struct {
		change func(*oauth.UserInfoConfig)
		want   string
	}{
		{func(c *oauth.UserInfoConfig) { c.InsecureAnyClient = false }, "InsecureAnyClient is not set"},
		{func(c *oauth.UserInfoConfig) { c.URL = "" }, "URL is missing"},
		{func(c *oauth.UserInfoConfig) { c.Users = nil }, "Users is missing"},
		{func(c *oauth.UserInfoConfig) { c.UsernameAttribute = "" }, "UsernameAttribute is missing, and MapUser too"},
		{func(c *oauth.UserInfoConfig) { c.MapUser = nobody }, "UsernameAttribute and MapUser contradict"},
		{func(c *oauth.UserInfoConfig) { c.Realm = "" }, "the Realm is missing"},
		{func(c *oauth.UserInfoConfig) { c.CacheTokens = 5 }, "CacheTokens needs"},
	} {
		cfg := oauth.UserInfoConfig{
			URL: "https://other.example/me", InsecureAnyClient: true, Users: foreignUsers(t), UsernameAttribute: "name", Realm: realm,
		}
		test.change(&cfg)
		v, err := oauth.NewUserInfoVerifier(cfg)
		require.Nil(t, v, test.want)
		require.ErrorContains(t, err, "oauth: NewUserInfoVerifier: "+test.want)
	}
}

// What was given to the constructor may be changed afterwards.
func TestAConfigurationIsCopied(t *testing.T) {
	s := says(active(`,"scope":"read"`))
	audience, scopes := []string{ourName}, []string{"read"}
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.Audience, c.Scopes = audience, scopes })
	audience[0], scopes[0] = "other", "other"
	require.Equal(t, []string{"read"}, requireForeign(t, v, foreignToken).Scopes)
}

func TestAZeroIntrospectionVerifierRefuses(t *testing.T) {
	for _, v := range []*oauth.IntrospectionVerifier{nil, {}} {
		_, err := send(v, foreignToken)
		require.ErrorIs(t, err, autherr.InternalError)
		require.NoError(t, v.Close())
		require.Empty(t, v.Challenges())
		require.Equal(t, "oauth.IntrospectionVerifier(none)", v.GoString())
		require.Equal(t, "oauth.IntrospectionConfig(ClientID \"\")", oauth.IntrospectionConfig{}.GoString())
		require.Equal(t, "oauth.ExternalAnswer", oauth.ExternalAnswer{}.GoString())
	}
}
