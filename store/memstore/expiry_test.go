package memstore_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// many is more tokens than any single call may be made to clear away.
const many = 200_000

// everything matches all tokens of benchToken.
var everything = store.TokenMatch{ClientID: "client"}

func count(t *testing.T, s *memstore.Store) int {
	t.Helper()
	list, err := s.ListTokens(t.Context(), everything, 1<<30)
	require.NoError(t, err)
	return len(list)
}

func TestReadableUntilGraceIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := newStore(t, nil), t.Context()
		require.NoError(t, s.CreateTokens(ctx, benchToken(0, "")))
		end := time.Now().Add(time.Hour)
		tidy := func() int { // as a caller who takes no care
			n, err := s.PurgeTokens(ctx, time.Now().Add(24*time.Hour), 10)
			require.NoError(t, err)
			return n
		}
		for _, at := range []time.Time{end.Add(-1), end, end.Add(store.ExpiredGrace - 1), end.Add(store.ExpiredGrace)} {
			time.Sleep(time.Until(at))
			require.Zero(t, tidy())
			tok, err := s.TokenByID(ctx, tokenID(0))
			require.NoError(t, err)
			require.True(t, tok.ExpiresAt.Equal(end))
		}
		time.Sleep(time.Microsecond)
		require.Equal(t, 1, tidy())
		_, err := s.TokenByID(ctx, tokenID(0))
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}

// TestNoCallClearsAwayMuch: a store in use gets rid of what is over without being asked, and no call pays for all of it.
func TestNoCallClearsAwayMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := newStore(t, &memstore.Config{MaxTokens: many}), t.Context()
		for n := range uint64(many) {
			require.NoError(t, s.CreateTokens(ctx, benchToken(n, "")))
		}
		time.Sleep(time.Hour + store.ExpiredGrace + time.Microsecond)
		left, next := many, uint64(many)

		// The store is full, and everything in it is over.
		require.NoError(t, s.CreateTokens(ctx, benchToken(next, "")))
		require.Equal(t, left+1-2, count(t, s), "CreateTokens removes 2")
		_, err := s.RotateToken(ctx, tokenID(next), benchToken(next+1, ""), benchToken(next+2, ""))
		require.NoError(t, err)
		require.Equal(t, left+3-6, count(t, s), "RotateToken removes 2 for each of next")
		for n := range uint64(997) {
			require.NoError(t, s.CreateTokens(ctx, benchToken(next+3+n, "")))
		}
		left -= 2000
		require.Equal(t, left+1000, count(t, s))

		for _, limit := range []int{1, 2, 255, 256, 257, 10_000} {
			n, err := s.PurgeTokens(ctx, time.Now(), limit)
			require.NoError(t, err)
			require.Equal(t, limit, n)
			left -= n
		}
		require.Equal(t, left+1000, count(t, s))
		n, err := s.PurgeTokens(ctx, time.Now(), 1<<30)
		require.NoError(t, err)
		require.Equal(t, left, n)
		require.Equal(t, 1000, count(t, s))
	})
}

// TestFullStoreMakesRoomInBatches: the write that finds the store full and nothing over in its own shard clears away no
// more than a batch.
func TestFullStoreMakesRoomInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := newStore(t, &memstore.Config{MaxTokens: 10_000}), t.Context()
		inShard := func(n uint64, shard byte) store.Token {
			tok := benchToken(n, "")
			tok.ID[0] = shard
			return tok
		}
		for n := range uint64(10_000) {
			require.NoError(t, s.CreateTokens(ctx, inShard(n, 1)))
		}
		time.Sleep(time.Hour + store.ExpiredGrace + time.Microsecond)
		require.NoError(t, s.CreateTokens(ctx, inShard(10_000, 2)))
		require.Equal(t, 10_000-256+1, count(t, s))
	})
}
