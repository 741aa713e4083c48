package redisstore_test

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

func TestNewRefuses(t *testing.T) {
	client := newClient(t, &redis.Options{})
	cluster := func(o redis.ClusterOptions) redis.UniversalClient {
		c := redis.NewClusterClient(&o)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	ring := redis.NewRing(&redis.RingOptions{})
	t.Cleanup(func() { _ = ring.Close() })
	for name, test := range map[string]struct {
		cfg   redisstore.Config
		field string
	}{
		"nothing":             {redisstore.Config{}, "Config.Client"},
		"nil client":          {redisstore.Config{Client: (*redis.Client)(nil)}, "Config.Client"},
		"nil cluster":         {redisstore.Config{Client: (*redis.ClusterClient)(nil)}, "Config.Client"},
		"cached":              {redisstore.Config{Client: newClient(t, &redis.Options{ClientSideCacheConfig: &redis.ClientSideCacheConfig{}})}, "Config.Client"},
		"replicas":            {redisstore.Config{Client: cluster(redis.ClusterOptions{ReadOnly: true})}, "Config.Client"},
		"replicas by latency": {redisstore.Config{Client: cluster(redis.ClusterOptions{RouteByLatency: true})}, "Config.Client"},
		"replicas at random":  {redisstore.Config{Client: cluster(redis.ClusterOptions{RouteRandomly: true})}, "Config.Client"},
		"ring":                {redisstore.Config{Client: ring}, "Config.Client"},
		"brace":               {redisstore.Config{Client: client, KeyPrefix: "{a}"}, "Config.KeyPrefix"},
		"pattern":             {redisstore.Config{Client: client, KeyPrefix: "a*"}, "Config.KeyPrefix"},
		"space":               {redisstore.Config{Client: client, KeyPrefix: "a b"}, "Config.KeyPrefix"},
		"line":                {redisstore.Config{Client: client, KeyPrefix: "a\n"}, "Config.KeyPrefix"},
		"umlaut":              {redisstore.Config{Client: client, KeyPrefix: "\u00fcber"}, "Config.KeyPrefix"},
		"not UTF-8":           {redisstore.Config{Client: client, KeyPrefix: "\xff"}, "Config.KeyPrefix"},
		"long":                {redisstore.Config{Client: client, KeyPrefix: strings.Repeat("x", 65)}, "Config.KeyPrefix"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := redisstore.New(test.cfg)
			require.Nil(t, s)
			require.ErrorIs(t, err, store.ErrInvalid)
			require.ErrorContains(t, err, test.field)
		})
	}
}

func TestNewAccepts(t *testing.T) {
	client := newClient(t, &redis.Options{})
	for _, prefix := range []string{"", "a", "apiauth/portal:2-x_y.z", strings.Repeat("x", 64)} {
		_, err := redisstore.New(redisstore.Config{Client: client, KeyPrefix: prefix})
		require.NoError(t, err, prefix)
	}
}

// TestPrefixesShareNothing: not even where one begins like the other.
func TestPrefixesShareNothing(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	longer := prefix + "t"
	first, second := newStore(t, c, prefix), newStore(t, c, longer)
	tok := newToken()
	require.NoError(t, first.CreateTokens(t.Context(), tok))
	requireGone(t, second, tok.ID)
	require.NoError(t, second.DeleteTokens(t.Context(), store.TokenMatch{Family: tok.Family}))
	requireThere(t, first, tok)
}

func TestRefusedTokens(t *testing.T) {
	s := openStore(t)
	large := strings.Repeat("x", redisstore.MaxRecord)
	change := func(f func(*store.Token)) store.Token {
		tok := newToken()
		f(&tok)
		return tok
	}
	for name, bad := range map[string]store.Token{
		"no ID":          change(func(t *store.Token) { t.ID = store.TokenID{} }),
		"no end":         change(func(t *store.Token) { t.ExpiresAt = store.Token{}.ExpiresAt }),
		"far end":        change(func(t *store.Token) { t.ExpiresAt = t.ExpiresAt.AddDate(9000, 0, 0) }),
		"early issue":    change(func(t *store.Token) { t.IssuedAt = t.IssuedAt.AddDate(-3000, 0, 0) }),
		"far spent":      change(func(t *store.Token) { t.SpentAt = t.IssuedAt.AddDate(9000, 0, 0) }),
		"large user":     change(func(t *store.Token) { t.UserID = large }),
		"large scope":    change(func(t *store.Token) { t.Scopes = []string{large} }),
		"endless scopes": change(func(t *store.Token) { t.Scopes = make([]string, redisstore.MaxRecord) }),
	} {
		t.Run(name, func(t *testing.T) {
			old, good := newToken(), newToken()
			require.NoError(t, s.CreateTokens(t.Context(), old))
			err := s.CreateTokens(t.Context(), good, bad)
			require.ErrorIs(t, err, store.ErrInvalid)
			require.NotContains(t, err.Error(), "xxx")
			_, err = s.RotateToken(t.Context(), old.ID, good, bad)
			require.ErrorIs(t, err, store.ErrInvalid)
			requireThere(t, s, old)
			requireGone(t, s, good.ID, bad.ID)
		})
	}
	full := change(func(t *store.Token) { t.UserID, t.ClientID, t.Family = large[100:], "", "" })
	require.NoError(t, s.CreateTokens(t.Context(), full))
	requireThere(t, s, full)
	require.NoError(t, s.DeleteTokens(t.Context(), store.TokenMatch{UserID: full.UserID}))
	requireGone(t, s, full.ID)
}
