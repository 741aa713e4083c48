package redisstore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

// TestSentinelFailover: the primary dies, a sentinel makes the replica the primary, and the Store goes on there with what had reached it.
func TestSentinelFailover(t *testing.T) {
	primary, replica := startServer(t), startServer(t)
	ctx := t.Context()
	require.NoError(t, replica.client().ReplicaOf(ctx, "127.0.0.1", fmt.Sprint(port(t, primary.addr))).Err())
	eventually(t, "the replica is connected", func() error {
		return primary.client().Do(ctx, "wait", 1, 100).Err()
	})
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	require.NoError(t, os.WriteFile(conf, fmt.Appendf(nil,
		"sentinel monitor tokens 127.0.0.1 %d 1\nsentinel down-after-milliseconds tokens 60000\nsentinel failover-timeout tokens 5000\n",
		port(t, primary.addr)), 0o600))
	sentinel := startSentinel(t, conf)

	client := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "tokens", SentinelAddrs: []string{sentinel.addr}})
	t.Cleanup(func() { _ = client.Close() })
	s := newStore(t, client, "apiauth:")
	tok, next := newToken(), newToken()
	eventually(t, "the sentinel knows the replica", func() error {
		n, err := redisSentinel(t, sentinel).Replicas(ctx, "tokens").Result()
		if err == nil && len(n) != 1 {
			err = fmt.Errorf("%d replicas", len(n))
		}
		return err
	})
	require.NoError(t, s.CreateTokens(ctx, tok))
	_, err := s.RotateToken(ctx, tok.ID, next)
	require.NoError(t, err)
	eventually(t, "the replica has it", func() error {
		keys, err := replica.client().DBSize(ctx).Result()
		if err == nil && keys != 2+3 {
			err = fmt.Errorf("%d keys", keys)
		}
		return err
	})
	// Only now: before, a primary that is kept waiting must not be taken for a dead one.
	require.NoError(t, redisSentinel(t, sentinel).Set(ctx, "tokens", "down-after-milliseconds", "500").Err())
	primary.kill()
	eventually(t, "the replica takes over", func() error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := s.CreateTokens(ctx, newToken()); err != nil {
			requireOutage(t, err)
			return err
		}
		return nil
	})
	require.NoError(t, s.Check(ctx))
	requireThere(t, s, next)
	spent, err := s.RotateToken(ctx, tok.ID, newToken())
	require.ErrorIs(t, err, store.ErrSpent, "a second use is recognised by the new primary too")
	require.Equal(t, tok.ID, spent.ID)
}

func startSentinel(t *testing.T, conf string) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), addr: freeAddr(t), sentinel: conf}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func redisSentinel(t *testing.T, s *server) *redis.SentinelClient {
	c := redis.NewSentinelClient(&redis.Options{Addr: s.addr})
	t.Cleanup(func() { _ = c.Close() })
	return c
}
