package redisstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

// TestMemoryFull: a server that is full takes no tokens, says that it is full, and still lets tokens be read, taken and deleted.
func TestMemoryFull(t *testing.T) {
	server := startServer(t)
	c := server.client()
	s, ctx := newStore(t, c, "apiauth:"), t.Context()
	tok, other := newToken(), newToken()
	other.Family = "other"
	require.NoError(t, s.CreateTokens(ctx, tok, other))
	require.NoError(t, c.ConfigSet(ctx, "maxmemory", "1").Err())
	next := newToken()
	for _, err := range []error{
		s.CreateTokens(ctx, next),
		s.CreateTokens(ctx, next, newToken()),
		func() error { _, err := s.RotateToken(ctx, tok.ID, next); return err }(),
		func() error { _, err := s.RotateToken(ctx, tok.ID); return err }(),
	} {
		require.ErrorIs(t, err, store.ErrFull)
		requireOutage(t, err)
		requireGone(t, s, next.ID)
		requireThere(t, s, tok)
	}
	got, err := s.TakeToken(ctx, other.ID)
	require.NoError(t, err)
	require.Equal(t, other, got)
	require.NoError(t, s.DeleteTokens(ctx, store.TokenMatch{UserID: tok.UserID}))
	require.Empty(t, keysOf(t, c, "apiauth:"))
	require.NoError(t, c.ConfigSet(ctx, "maxmemory", "0").Err())
	require.NoError(t, s.CreateTokens(ctx, next))
}

// TestCheck: a server that forgets keys, or that is a replica, is refused.
func TestCheck(t *testing.T) {
	server := startServer(t)
	c := server.client()
	s, ctx := newStore(t, c, "apiauth:"), t.Context()
	require.NoError(t, s.Check(ctx))
	for _, policy := range []string{"allkeys-lru", "volatile-lru", "volatile-ttl"} {
		require.NoError(t, c.ConfigSet(ctx, "maxmemory-policy", policy).Err())
		err := s.Check(ctx)
		require.ErrorContains(t, err, policy)
		requireOutage(t, err)
	}
	require.NoError(t, c.ConfigSet(ctx, "maxmemory-policy", "noeviction").Err())
	require.NoError(t, s.Check(ctx))

	require.NoError(t, c.ConfigSet(ctx, "min-replicas-to-write", "1").Err()) // writes are refused, and nothing is done
	tok := newToken()
	requireOutage(t, s.CreateTokens(ctx, tok))
	requireGone(t, s, tok.ID)
	require.NoError(t, c.ConfigSet(ctx, "min-replicas-to-write", "0").Err())
	require.NoError(t, s.CreateTokens(ctx, tok))

	require.NoError(t, c.ReplicaOf(ctx, "127.0.0.1", "1").Err())
	require.ErrorContains(t, s.Check(ctx), "not a primary")
	_, err := s.RotateToken(ctx, tok.ID, newToken())
	requireOutage(t, err)
	requireOutage(t, s.CreateTokens(ctx, newToken()))
	require.NoError(t, c.ReplicaOf(ctx, "NO", "ONE").Err())
	requireThere(t, s, tok)
	require.Len(t, keysOf(t, c, "apiauth:"), 1+3)
}

// TestRecordsOfOthers: what is under a token's key and is no record of this version is an outage, and stays as it is.
func TestRecordsOfOthers(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	s, ctx := newStore(t, c, prefix), t.Context()
	tok, another := newToken(), newToken()
	require.NoError(t, s.CreateTokens(ctx, tok, another))
	key := "{" + prefix + "}t" + string(tok.ID[:])
	record, err := c.Get(ctx, key).Result()
	require.NoError(t, err)
	foreign, err := c.Get(ctx, "{"+prefix+"}t"+string(another.ID[:])).Result()
	require.NoError(t, err)
	all := []string{"TokenByID", "TakeToken", "RotateToken", "ListTokens"} // a script looks only at what it needs
	for name, test := range map[string]struct {
		value string
		by    []string
	}{
		"empty":           {"", all},
		"text":            {"hello", all},
		"later version":   {"\x02" + record[1:], all},
		"head only":       {record[:49], []string{"TokenByID", "TakeToken", "ListTokens"}},
		"cut":             {record[:len(record)-1], []string{"TokenByID", "ListTokens"}},
		"longer":          {record + "x", []string{"TokenByID", "ListTokens"}},
		"another token's": {foreign, []string{"TokenByID", "ListTokens"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, c.Set(ctx, key, test.value, redis.KeepTTL).Err())
			for _, method := range methods(s, tok) {
				if !slices.Contains(test.by, method.name) {
					continue
				}
				requireOutage(t, method.call(ctx))
				left, err := c.Get(ctx, key).Result()
				require.NoError(t, err)
				require.Equal(t, test.value, left, method.name)
			}
			require.ErrorIs(t, s.CreateTokens(ctx, tok), store.ErrExists)
		})
	}
	require.NoError(t, c.Set(ctx, key, "hello", redis.KeepTTL).Err())
	require.NoError(t, s.DeleteTokens(ctx, store.TokenMatch{Family: tok.Family}))
	requireGone(t, s, tok.ID)
}

// TestForeignTypes: keys of another type in our place break nothing else and are an outage.
func TestForeignTypes(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	s, ctx := newStore(t, c, prefix), t.Context()
	tok := newToken()
	for _, key := range []string{"uuser-1", "cclient-1", "ffamily-1"} {
		require.NoError(t, c.Set(ctx, "{"+prefix+"}"+key, "hello", time.Minute).Err())
		requireOutage(t, s.CreateTokens(ctx, tok))
		requireGone(t, s, tok.ID)
		require.NoError(t, c.Del(ctx, "{"+prefix+"}"+key).Err())
	}
	require.NoError(t, c.RPush(ctx, "{"+prefix+"}t"+string(tok.ID[:]), "hello").Err())
	_, err := s.TokenByID(ctx, tok.ID)
	requireOutage(t, err)
	_, err = s.RotateToken(ctx, tok.ID)
	requireOutage(t, err)
	_, err = s.TakeToken(ctx, tok.ID)
	requireOutage(t, err)
}
