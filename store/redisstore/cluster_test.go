package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

// startCluster starts three servers that share the slots.
func startCluster(t *testing.T) []*server {
	t.Helper()
	ctx := context.Background()
	nodes := make([]*server, 3)
	for i := range nodes {
		bus := port(t, freeAddr(t))
		nodes[i] = startServer(t, "--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(bus), "--cluster-node-timeout", "30000")
		c := nodes[i].client()
		require.NoError(t, c.ClusterAddSlotsRange(ctx, i*16384/3, (i+1)*16384/3-1).Err())
		if i > 0 {
			first := nodes[0]
			require.NoError(t, c.Do(ctx, "cluster", "meet", "127.0.0.1", port(t, first.addr), busPort(t, first)).Err())
		}
	}
	for _, node := range nodes {
		c := node.client()
		eventually(t, "the cluster is complete", func() error {
			info, err := c.ClusterInfo(ctx).Result()
			switch {
			case err != nil:
				return err
			case field(info, "cluster_state") != "ok" || field(info, "cluster_known_nodes") != "3":
				return errors.New("not yet")
			}
			return nil
		})
	}
	return nodes
}

func busPort(t *testing.T, s *server) string {
	t.Helper()
	for i, arg := range s.args {
		if arg == "--cluster-port" {
			return s.args[i+1]
		}
	}
	t.Fatal("not a node of a cluster")
	return ""
}

func clusterClient(t testing.TB, nodes []*server) *redis.ClusterClient {
	t.Helper()
	o := &redis.ClusterOptions{}
	for _, node := range nodes {
		o.Addrs = append(o.Addrs, node.addr)
	}
	c := redis.NewClusterClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestTokenStoreCluster(t *testing.T) {
	nodes := startCluster(t)
	conformance(t, func(t *testing.T) redis.UniversalClient { return clusterClient(t, nodes) })
}

// TestPrefixesSpread: Stores with different prefixes are on different servers of a cluster, each as a whole.
func TestPrefixesSpread(t *testing.T) {
	c := clusterClient(t, startCluster(t))
	used := make(map[string]bool)
	for range 100 { // all on two of three servers: one time in 10^17
		prefix := newPrefix(t, c)
		s := newStore(t, c, prefix)
		require.NoError(t, s.Check(t.Context()))
		require.NoError(t, s.CreateTokens(t.Context(), newToken(), newToken()))
		node, err := c.MasterForKey(t.Context(), "{"+prefix+"}")
		require.NoError(t, err)
		used[node.Options().Addr] = true
		require.Len(t, keysOf(t, c, prefix), 2+3)
	}
	require.Len(t, used, 3)
}

// TestSlotOnTheMove moves a Store's slot to another server, key by key, while everything goes on. Calls may fail meanwhile; none may be
// done by half, and none may miss what has moved already.
func TestSlotOnTheMove(t *testing.T) {
	nodes := startCluster(t)
	c := clusterClient(t, nodes)
	prefix := newPrefix(t, c)
	s, ctx := newStore(t, c, prefix), t.Context()

	slot, err := c.ClusterKeySlot(ctx, "{"+prefix+"}").Result()
	require.NoError(t, err)
	from, err := c.MasterForKey(ctx, "{"+prefix+"}")
	require.NoError(t, err)
	to := nodes[0].client()
	toAddr := nodes[0].addr
	if from.Options().Addr == toAddr {
		to, toAddr = nodes[1].client(), nodes[1].addr
	}
	fromID, toID := nodeID(t, from), nodeID(t, to)

	const families = 12
	tokens := make([][]store.Token, families)
	deletable := func(i int) store.TokenMatch { return store.TokenMatch{Family: fmt.Sprint("family ", i)} }
	for i := range tokens {
		for range 4 {
			tok := newToken()
			tok.Family = deletable(i).Family
			tokens[i] = append(tokens[i], tok)
		}
		require.NoError(t, s.CreateTokens(ctx, tokens[i]...))
	}

	require.NoError(t, to.Do(ctx, "cluster", "setslot", slot, "importing", fromID).Err())
	require.NoError(t, from.Do(ctx, "cluster", "setslot", slot, "migrating", toID).Err())
	keys := keysOf(t, c, prefix)
	for n, key := range keys {
		require.NoError(t, from.Do(ctx, "migrate", "127.0.0.1", port(t, toAddr), key, 0, 5000).Err())
		if n%5 != 0 {
			continue
		}
		family := n / 5 % families
		before := countThere(t, s, tokens[family])
		err := s.DeleteTokens(ctx, deletable(family)) // the client tries again and again, and gives up by itself: one that is left alone may still succeed
		after := countThere(t, s, tokens[family])
		if err == nil {
			require.Zero(t, after, "deleted")
		} else {
			requireOutage(t, err)
			require.Equal(t, before, after, "a deletion that failed")
		}
		if after > 0 {
			next := newToken()
			_, err := s.RotateToken(ctx, tokens[family][0].ID, next)
			old, readErr := s.TokenByID(ctx, tokens[family][0].ID)
			require.NoError(t, readErr)
			if err == nil || !old.SpentAt.IsZero() {
				require.False(t, old.SpentAt.IsZero())
				requireThere(t, s, next)
			} else if !errors.Is(err, store.ErrSpent) {
				requireOutage(t, err)
				requireGone(t, s, next.ID)
			}
		}
	}
	for _, key := range keysOf(t, c, prefix) { // those that came into being meanwhile
		require.NoError(t, from.Do(ctx, "migrate", "127.0.0.1", port(t, toAddr), key, 0, 5000).Err())
	}
	for _, node := range []*redis.Client{to, from} {
		require.NoError(t, node.Do(ctx, "cluster", "setslot", slot, "node", toID).Err())
	}
	for i := range tokens {
		eventually(t, "the slot has a new home", func() error { return s.DeleteTokens(ctx, deletable(i)) })
		require.Zero(t, countThere(t, s, tokens[i]))
	}
}

func countThere(t *testing.T, s store.TokenStore, tokens []store.Token) (n int) {
	t.Helper()
	for _, tok := range tokens {
		_, err := s.TokenByID(t.Context(), tok.ID)
		if err == nil {
			n++
			continue
		}
		require.ErrorIs(t, err, store.ErrNotFound)
	}
	return n
}

func nodeID(t *testing.T, c *redis.Client) string {
	t.Helper()
	id, err := c.Do(t.Context(), "cluster", "myid").Text()
	require.NoError(t, err)
	return id
}

// TestClusterPrimaryDies: while the server with the slot is away every call is an outage, at once when its context ends.
func TestClusterPrimaryDies(t *testing.T) {
	nodes := startCluster(t)
	c := clusterClient(t, nodes)
	prefix := "apiauth-test-gone:"
	s, tok := newStore(t, c, prefix), newToken()
	require.NoError(t, s.CreateTokens(t.Context(), tok))
	home, err := c.MasterForKey(t.Context(), "{"+prefix+"}")
	require.NoError(t, err)
	for _, node := range nodes {
		if node.addr == home.Options().Addr {
			node.kill()
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for _, method := range methods(s, tok) {
		wg.Go(func() {
			if err := method.call(ctx); err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrSpent) {
				t.Errorf("%s: %v", method.name, err)
			}
		})
	}
	wg.Wait()
}
