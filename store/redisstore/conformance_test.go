package redisstore_test

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// conformance runs the suite over the server that connect leads to.
func conformance(t *testing.T, connect func(t *testing.T) redis.UniversalClient) {
	storetest.TestTokenStore(t, func(t *testing.T) storetest.TokenHarness {
		c := connect(t)
		prefix := newPrefix(t, c)
		return storetest.TokenHarness{
			Store:  newStore(t, c, prefix),
			Reopen: func() store.TokenStore { return newStore(t, connect(t), prefix) },
		}
	})
}

func TestTokenStore(t *testing.T) {
	conformance(t, func(t *testing.T) redis.UniversalClient { return testClient(t) })
}

// TestTokenStoreRESP2 speaks the protocol of older servers.
func TestTokenStoreRESP2(t *testing.T) {
	conformance(t, func(t *testing.T) redis.UniversalClient {
		o := serverOptions(t)
		o.Protocol = 2
		return newClient(t, o)
	})
}

// TestTokenStoreAutoPipeline shares connections between calls: an answer then comes among those to others.
func TestTokenStoreAutoPipeline(t *testing.T) {
	conformance(t, func(t *testing.T) redis.UniversalClient {
		c, err := testClient(t).AutoPipeline()
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	})
}
