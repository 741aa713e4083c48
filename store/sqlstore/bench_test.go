package sqlstore_test

import (
	"crypto/rand"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// benchEach runs f as a sub-benchmark over each database.
func benchEach(b *testing.B, f func(b *testing.B, s *sqlstore.Store)) {
	b.Helper()
	for _, backend := range backends {
		b.Run(backend.name, func(b *testing.B) { f(b, backend.empty(b)) })
	}
}

func randomTokenID() (id store.TokenID) {
	_, _ = rand.Read(id[:])
	return id
}

// benchToken is what a token looks like in practice.
func benchToken(kind store.TokenKind, family string) store.Token {
	now := time.Now()
	return store.Token{
		ID: randomTokenID(), Kind: kind, UserID: "4711", ClientID: "9b2d5a1c-mobile-app", Application: "oauth001",
		Family: family, Scopes: []string{"read", "write"}, Stamp: "1700000000", IssuedAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

// population stores what a verification reads, among others of the kind.
func population(t testing.TB, s *sqlstore.Store) (user, client string, tokens []store.TokenID) {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, s.PutRole(ctx, "editor", []string{"create page content", "view user information"}))
	for n := range 200 {
		id := strconv.Itoa(4700 + n)
		require.NoError(t, s.PutUser(ctx, store.User{ID: id, Name: "user " + id, PasswordHash: "hash", Active: true, Roles: []string{"editor"}}))
	}
	client = "9b2d5a1c-mobile-app"
	require.NoError(t, s.PutClient(ctx, store.Client{
		ID: client, Application: "oauth001", Active: true, SecretHashes: []string{"hash"}, Grants: []string{"password", "refresh_token"},
		Scopes: []string{"read", "write"}, DefaultScopes: []string{"read"},
	}))
	for range 100 {
		batch := make([]store.Token, 50)
		for i := range batch {
			batch[i] = benchToken(store.AccessToken, strconv.Itoa(i))
			tokens = append(tokens, batch[i].ID)
		}
		require.NoError(t, s.CreateTokens(ctx, batch...))
	}
	return "4711", client, tokens
}

// BenchmarkVerify is what a resource server asks for a request with an opaque token, and what the token endpoint asks on top.
func BenchmarkVerify(b *testing.B) {
	benchEach(b, func(b *testing.B, s *sqlstore.Store) {
		user, client, tokens := population(b, s)
		ctx := b.Context()
		var n atomic.Uint64
		b.ReportAllocs()
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_, err1 := s.TokenByID(ctx, tokens[n.Add(1)%uint64(len(tokens))])
				_, err2 := s.UserByID(ctx, user)
				_, err3 := s.ClientByID(ctx, client)
				if err1 != nil || err2 != nil || err3 != nil {
					b.Error(err1, err2, err3)
				}
			}
		})
	})
}

// BenchmarkIssue stores an access token and a refresh token.
func BenchmarkIssue(b *testing.B) {
	benchEach(b, func(b *testing.B, s *sqlstore.Store) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for n := 0; pb.Next(); n++ {
				family := strconv.Itoa(n)
				if err := s.CreateTokens(b.Context(), benchToken(store.AccessToken, family), benchToken(store.RefreshToken, family)); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkRefresh rotates a refresh token to an access token and another refresh token, in as many families as there are processors.
func BenchmarkRefresh(b *testing.B) {
	benchEach(b, func(b *testing.B, s *sqlstore.Store) {
		var families atomic.Int64
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			family := strconv.FormatInt(families.Add(1), 10)
			refresh := benchToken(store.RefreshToken, family)
			if err := s.CreateTokens(b.Context(), refresh); err != nil {
				b.Error(err)
			}
			for pb.Next() {
				next := benchToken(store.RefreshToken, family)
				if _, err := s.RotateToken(b.Context(), refresh.ID, benchToken(store.AccessToken, family), next); err != nil {
					b.Error(err)
				}
				refresh = next
			}
		})
	})
}
