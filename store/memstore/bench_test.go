package memstore_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// tokenID returns the n-th of a sequence of digests.
func tokenID(n uint64) store.TokenID {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
}

func newStore(t testing.TB, cfg *memstore.Config) *memstore.Store {
	t.Helper()
	s, err := memstore.New(cfg)
	require.NoError(t, err)
	return s
}

// benchToken is what an access token looks like.
func benchToken(n uint64, family string) store.Token {
	now := time.Now()
	return store.Token{
		ID: tokenID(n), Kind: store.AccessToken, UserID: strconv.FormatUint(n%10_000, 10), ClientID: "client", Application: "oauth001",
		Family: family, Stamp: "1", IssuedAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

func BenchmarkTokenByID(b *testing.B) {
	for _, count := range []uint64{1, 100_000} {
		for _, scopes := range [][]string{nil, {"read", "write"}} {
			b.Run(strconv.FormatUint(count, 10)+"tokens/"+strconv.Itoa(len(scopes))+"scopes", func(b *testing.B) {
				s := newStore(b, nil)
				ids := make([]store.TokenID, count)
				for n := range count {
					t := benchToken(n, "")
					t.Scopes = scopes
					ids[n] = t.ID
					require.NoError(b, s.CreateTokens(b.Context(), t))
				}
				ctx, cancel := context.WithCancel(b.Context()) // as a request's
				defer cancel()
				b.ReportAllocs()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for n := 0; pb.Next(); n++ {
						if _, err := s.TokenByID(ctx, ids[n%len(ids)]); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}

func BenchmarkCreateTokens(b *testing.B) {
	s := newStore(b, &memstore.Config{MaxTokens: 1 << 30})
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		if err := s.CreateTokens(b.Context(), benchToken(n, "")); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCreateTokenFull is a store that is full of live tokens and asked for more all the time.
func BenchmarkCreateTokenFull(b *testing.B) {
	s := newStore(b, &memstore.Config{MaxTokens: 1000})
	for n := range uint64(1000) {
		require.NoError(b, s.CreateTokens(b.Context(), benchToken(n, "")))
	}
	b.ReportAllocs()
	for n := uint64(1000); b.Loop(); n++ {
		if err := s.CreateTokens(b.Context(), benchToken(n, "")); err == nil {
			b.Fatal("not full")
		}
	}
}

func BenchmarkRotateToken(b *testing.B) {
	s := newStore(b, &memstore.Config{MaxTokens: 1 << 30})
	old := benchToken(0, "family")
	require.NoError(b, s.CreateTokens(b.Context(), old))
	b.ReportAllocs()
	for n := uint64(1); b.Loop(); n += 2 {
		access, refresh := benchToken(n, "family"), benchToken(n+1, "family")
		if _, err := s.RotateToken(b.Context(), old.ID, access, refresh); err != nil {
			b.Fatal(err)
		}
		old = refresh
	}
}

// BenchmarkDeleteTokens ends families of two tokens among 100,000 others.
func BenchmarkDeleteTokens(b *testing.B) {
	s := newStore(b, nil)
	for n := range uint64(100_000) {
		require.NoError(b, s.CreateTokens(b.Context(), benchToken(n, "other")))
	}
	b.ReportAllocs()
	for n := uint64(100_000); b.Loop(); n += 2 {
		family := strconv.FormatUint(n, 10)
		for _, id := range []uint64{n, n + 1} {
			if err := s.CreateTokens(b.Context(), benchToken(id, family)); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.DeleteTokens(b.Context(), store.TokenMatch{Family: family}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUserByID(b *testing.B) {
	s := newStore(b, nil)
	for n := range 10_000 {
		id := strconv.Itoa(n)
		require.NoError(b, s.PutUser(b.Context(), store.User{
			ID: id, Name: "user " + id, PasswordHash: "hash", Active: true,
			Roles: []string{"editor"}, Permissions: []string{"create page content", "view user information"},
		}))
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.UserByID(ctx, "4711"); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkAPIKeyByID(b *testing.B) {
	s := newStore(b, nil)
	for n := range uint64(10_000) {
		require.NoError(b, s.PutAPIKey(b.Context(), store.APIKey{ID: store.KeyID(tokenID(n)), UserID: "1"}))
	}
	id := store.KeyID(tokenID(4711))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.APIKeyByID(b.Context(), id); err != nil {
				b.Error(err)
			}
		}
	})
}
