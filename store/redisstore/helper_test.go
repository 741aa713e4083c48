package redisstore_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// missing skips the test, or fails it where everything has to be there.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// serverOptions returns how to reach the server for tests: 127.0.0.1:6379, or what APIAUTH_TEST_REDIS says, an address or a redis:// URL.
func serverOptions(t testing.TB) *redis.Options {
	t.Helper()
	where := os.Getenv("APIAUTH_TEST_REDIS")
	if where == "" {
		where = "127.0.0.1:6379"
	}
	o := &redis.Options{Addr: where}
	if strings.Contains(where, "://") {
		var err error
		o, err = redis.ParseURL(where)
		require.NoError(t, err)
	}
	c := newClient(t, &redis.Options{Addr: o.Addr, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig, MaxRetries: -1, DialerRetries: 1})
	if err := c.Ping(context.Background()).Err(); err != nil {
		missing(t, "no Redis at %s (APIAUTH_TEST_REDIS names another): %v", o.Addr, err)
	}
	return o
}

func newClient(t testing.TB, o *redis.Options) *redis.Client {
	t.Helper()
	if o.ReadTimeout == 0 { // by itself 3 seconds, after which the client sends most commands again
		o.ReadTimeout = patience
	}
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// testClient returns a client of the server for tests.
func testClient(t testing.TB) *redis.Client { return newClient(t, serverOptions(t)) }

// newPrefix returns a prefix that nobody else uses and takes away what is under it in the end.
func newPrefix(t testing.TB, c redis.UniversalClient) string {
	t.Helper()
	prefix := "apiauth-test-" + rand.Text() + ":"
	t.Cleanup(func() {
		keys := keysOf(t, c, prefix)
		for len(keys) > 0 {
			n := min(len(keys), 1000)
			require.NoError(t, c.Unlink(context.Background(), keys[:n]...).Err())
			keys = keys[n:]
		}
	})
	return prefix
}

// keysOf returns all keys of a Store with this prefix.
func keysOf(t testing.TB, c redis.UniversalClient, prefix string) (keys []string) {
	t.Helper()
	scan := func(ctx context.Context, c redis.Cmdable) error {
		it := c.Scan(ctx, 0, "{"+prefix+"}*", 1000).Iterator()
		for it.Next(ctx) {
			keys = append(keys, it.Val())
		}
		return it.Err()
	}
	ctx := context.Background()
	if cluster, ok := c.(*redis.ClusterClient); ok {
		node, err := cluster.MasterForKey(ctx, "{"+prefix+"}")
		require.NoError(t, err)
		require.NoError(t, scan(ctx, node))
		return keys
	}
	require.NoError(t, scan(ctx, c))
	return keys
}

func newStore(t testing.TB, c redis.UniversalClient, prefix string) *redisstore.Store {
	t.Helper()
	s, err := redisstore.New(redisstore.Config{Client: c, KeyPrefix: prefix})
	require.NoError(t, err)
	return s
}

// openStore returns an empty Store on the server for tests.
func openStore(t testing.TB) *redisstore.Store {
	t.Helper()
	c := testClient(t)
	return newStore(t, c, newPrefix(t, c))
}

// tokenID returns the n-th of a sequence of digests.
func tokenID(n uint64) store.TokenID {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
}

func randomID() (id store.TokenID) {
	rand.Read(id[:])
	return id
}

// newToken returns a token that lives for an hour, with all fields set but SpentAt.
func newToken() store.Token {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.Token{
		ID: randomID(), Kind: store.RefreshToken, UserID: "user-1", ClientID: "client-1", Application: "oauth001", Family: "family-1",
		Scopes: []string{"read", "write"}, Stamp: "1700000000", IssuedAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

func requireGone(t testing.TB, s store.TokenStore, ids ...store.TokenID) {
	t.Helper()
	for _, id := range ids {
		_, err := s.TokenByID(t.Context(), id)
		require.ErrorIs(t, err, store.ErrNotFound)
	}
}

func requireThere(t testing.TB, s store.TokenStore, tokens ...store.Token) {
	t.Helper()
	for _, want := range tokens {
		got, err := s.TokenByID(t.Context(), want.ID)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// requireOutage checks that an error is an answer of the server to nothing that was asked, and gives nothing away.
func requireOutage(t testing.TB, err error) {
	t.Helper()
	require.Error(t, err)
	for _, answer := range []error{store.ErrNotFound, store.ErrExists, store.ErrSpent, store.ErrConflict, store.ErrInvalid} {
		require.NotErrorIs(t, err, answer)
	}
}
