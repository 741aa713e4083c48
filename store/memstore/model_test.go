package memstore_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// randomToken returns the n-th token with one of few users, clients and families, or none.
func randomToken(n uint64) store.Token {
	pick := func(what string) string {
		if i := rand.IntN(6); i > 0 {
			return fmt.Sprint(what, " ", i)
		}
		return ""
	}
	return store.Token{
		ID: tokenID(n), UserID: pick("user"), ClientID: pick("client"), Family: pick("family"),
		ExpiresAt: time.Now().Add(time.Duration(1+rand.IntN(1000)) * time.Second).Round(0),
	}
}

func randomMatch() store.TokenMatch {
	for {
		t := randomToken(0)
		if m := (store.TokenMatch{UserID: t.UserID, ClientID: t.ClientID, Family: t.Family}); !m.IsZero() {
			return m
		}
	}
}

// TestAgainstModel does at random what can be done with tokens, here and in a plain map, and compares.
func TestAgainstModel(t *testing.T) {
	s, ctx := newStore(t, nil), t.Context()
	model := make(map[store.TokenID]store.Token)
	for range 20_000 {
		tok := randomToken(rand.Uint64N(500))
		_, there := model[tok.ID]
		switch op := rand.IntN(100); {
		case op < 60:
			err := s.CreateTokens(ctx, tok)
			if there {
				require.ErrorIs(t, err, store.ErrExists)
			} else {
				require.NoError(t, err)
				model[tok.ID] = tok
			}
		case op < 80:
			got, err := s.TakeToken(ctx, tok.ID)
			if there {
				require.NoError(t, err)
				require.Equal(t, model[tok.ID], got)
				delete(model, tok.ID)
			} else {
				require.ErrorIs(t, err, store.ErrNotFound)
			}
		case op < 98:
			match := randomMatch()
			list, err := s.ListTokens(ctx, match, 1000)
			require.NoError(t, err)
			want := maps.Collect(maps.All(model))
			maps.DeleteFunc(want, func(_ store.TokenID, tok store.Token) bool { return !match.Matches(&tok) })
			require.Len(t, list, len(want))
			for _, tok := range list {
				require.Equal(t, want[tok.ID], tok)
			}
		default:
			match := randomMatch()
			require.NoError(t, s.DeleteTokens(ctx, match))
			maps.DeleteFunc(model, func(_ store.TokenID, tok store.Token) bool { return match.Matches(&tok) })
		}
	}
	for n := range uint64(500) {
		got, err := s.TokenByID(ctx, tokenID(n))
		want, there := model[tokenID(n)]
		require.Equal(t, there, err == nil)
		require.Equal(t, want, got)
	}
}

// TestNothingIsLostInTheCrowd lets everything happen at once, for the race detector and for deadlocks, and then sees
// whether the store still knows how many tokens it has.
func TestNothingIsLostInTheCrowd(t *testing.T) {
	const limit = 300
	s, ctx := newStore(t, &memstore.Config{MaxTokens: limit}), t.Context()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 2000 {
				a, b, c := randomToken(rand.Uint64N(500)), randomToken(rand.Uint64N(500)), randomToken(rand.Uint64N(500))
				switch rand.IntN(10) {
				case 0, 1, 2:
					_ = s.CreateTokens(ctx, a)
				case 3, 4:
					_, _ = s.RotateToken(ctx, a.ID, b, c)
				case 5:
					_, _ = s.TakeToken(ctx, a.ID)
				case 6:
					_ = s.DeleteTokens(ctx, randomMatch())
				case 7:
					_, _ = s.ListTokens(ctx, randomMatch(), 10)
				case 8:
					_, _ = s.PurgeTokens(ctx, time.Now(), 10)
				default:
					_, _ = s.TokenByID(ctx, a.ID)
				}
			}
		})
	}
	wg.Wait()
	there := present(t, s, 500)
	require.LessOrEqual(t, len(there), limit)
	for n := range uint64(500) { // fill it up: the room left is exactly what is not there
		if slices.Contains(there, n) {
			continue
		}
		err := s.CreateTokens(ctx, randomToken(n))
		if len(there) < limit {
			require.NoError(t, err)
			there = append(there, n)
		} else {
			require.ErrorIs(t, err, store.ErrFull)
		}
	}
	require.Len(t, there, limit)
}
