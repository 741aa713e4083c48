package redisstore_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// benchToken is what an access token looks like.
func benchToken(user int, family string) store.Token {
	now := time.Now()
	return store.Token{
		ID: randomID(), Kind: store.AccessToken, UserID: strconv.Itoa(user), ClientID: "client", Application: "oauth001",
		Family: family, Scopes: []string{"read", "write"}, Stamp: "1700000000", IssuedAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

// request returns a context like that of a request.
func request(b *testing.B) context.Context {
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	return ctx
}

// parallel runs f from 16 goroutines for each processor, as handlers do.
func parallel(b *testing.B, f func() error) {
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f(); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkVerify reads a token, beside a bare GET of as many bytes.
func BenchmarkVerify(b *testing.B) {
	c := testClient(b)
	prefix := newPrefix(b, c)
	s, ctx := newStore(b, c, prefix), request(b)
	tok := benchToken(1, "family")
	require.NoError(b, s.CreateTokens(ctx, tok))
	key := "{" + prefix + "}bare"
	require.NoError(b, c.Set(ctx, key, redisstore.AppendRecord(nil, &tok), time.Hour).Err())
	get := func() error { return c.Get(ctx, key).Err() }
	verify := func() error { _, err := s.TokenByID(ctx, tok.ID); return err }
	b.Run("GET", func(b *testing.B) { one(b, get) })
	b.Run("TokenByID", func(b *testing.B) { one(b, verify) })
	b.Run("parallel/GET", func(b *testing.B) { parallel(b, get) })
	b.Run("parallel/TokenByID", func(b *testing.B) { parallel(b, verify) })
}

func one(b *testing.B, f func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIssue creates an access token, and one with its refresh token, beside a bare SET of as many bytes.
func BenchmarkIssue(b *testing.B) {
	c := testClient(b)
	prefix := newPrefix(b, c)
	s, ctx := newStore(b, c, prefix), request(b)
	set := func() error {
		tok := benchToken(1, "family")
		return c.Set(ctx, "{"+prefix+"}bare"+string(tok.ID[:]), redisstore.AppendRecord(nil, &tok), 2*time.Hour).Err()
	}
	access := func() error { return s.CreateTokens(ctx, benchToken(1, "")) }
	both := func() error {
		access := benchToken(1, fmt.Sprintf("%x", randomID()))
		refresh := benchToken(1, access.Family)
		return s.CreateTokens(ctx, access, refresh)
	}
	b.Run("SET", func(b *testing.B) { one(b, set) })
	b.Run("access", func(b *testing.B) { one(b, access) })
	b.Run("access and refresh", func(b *testing.B) { one(b, both) })
	b.Run("parallel/SET", func(b *testing.B) { parallel(b, set) })
	b.Run("parallel/access", func(b *testing.B) { parallel(b, access) })
	b.Run("parallel/access and refresh", func(b *testing.B) { parallel(b, both) })
}

// BenchmarkRefresh rotates a refresh token to the next pair.
func BenchmarkRefresh(b *testing.B) {
	c := testClient(b)
	s, ctx := newStore(b, c, newPrefix(b, c)), request(b)
	chain := func() func() error {
		old := benchToken(1, fmt.Sprintf("%x", randomID()))
		require.NoError(b, s.CreateTokens(ctx, old))
		return func() error {
			access, refresh := benchToken(1, old.Family), benchToken(1, old.Family)
			_, err := s.RotateToken(ctx, old.ID, access, refresh)
			old = refresh
			return err
		}
	}
	b.Run("one", func(b *testing.B) { one(b, chain()) })
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for rotate := chain(); pb.Next(); {
				if err := rotate(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkDelete deletes the tokens of a family of two, of a user with 1,000 and of a client with 100,000.
func BenchmarkDelete(b *testing.B) {
	for _, size := range []int{2, 1000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			o := serverOptions(b)
			o.ReadTimeout = time.Minute
			c := newClient(b, o)
			prefix := newPrefix(b, c)
			s, ctx := newStore(b, c, prefix), request(b)
			for b.Loop() {
				b.StopTimer()
				tokens := make([]store.Token, 0, 1000)
				for n := range size {
					tok := benchToken(n%max(1, size/10), fmt.Sprint("family ", n/2))
					if tokens = append(tokens, tok); len(tokens) == cap(tokens) || n == size-1 {
						require.NoError(b, s.CreateTokens(ctx, tokens...))
						tokens = tokens[:0]
					}
				}
				b.StartTimer()
				require.NoError(b, s.DeleteTokens(ctx, store.TokenMatch{ClientID: "client"}))
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(size), "µs/token")
		})
	}
}

// BenchmarkMemory says what the server needs for each of a pair of tokens, its part of the index sets included, and for a revocation mark.
func BenchmarkMemory(b *testing.B) {
	const count = 2000
	for name, create := range map[string]func(s *redisstore.Store, n int) (tokens int, err error){
		"pair": func(s *redisstore.Store, n int) (int, error) {
			access := benchToken(n%200, fmt.Sprintf("%x", randomID()))
			return 2, s.CreateTokens(b.Context(), access, benchToken(n%200, access.Family))
		},
		"mark": func(s *redisstore.Store, n int) (int, error) {
			now := time.Now()
			return 1, s.CreateTokens(b.Context(), store.Token{ID: randomID(), Kind: store.RevocationMark, IssuedAt: now, ExpiresAt: now.Add(time.Hour)})
		},
	} {
		b.Run(name, func(b *testing.B) {
			c := startServer(b).client()
			s := newStore(b, c, redisstore.DefaultKeyPrefix)
			var sum, tokens int
			for b.Loop() {
				require.NoError(b, c.FlushAll(b.Context()).Err())
				sum, tokens = 0, 0
				for n := range count {
					created, err := create(s, n)
					require.NoError(b, err)
					tokens += created
				}
				for _, key := range keysOf(b, c, redisstore.DefaultKeyPrefix) {
					bytes, err := c.MemoryUsage(b.Context(), key, 0).Result()
					require.NoError(b, err)
					sum += int(bytes)
				}
			}
			b.ReportMetric(float64(sum)/float64(tokens), "B/token")
		})
	}
}
