package redisstore_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

// ending returns a token whose record goes after the time.
func ending(after time.Duration) store.Token {
	t := newToken()
	t.ExpiresAt = time.Now().Add(after - store.ExpiredGrace).UTC().Truncate(time.Microsecond)
	return t
}

func gone(t *testing.T, s store.TokenStore, tok store.Token) {
	t.Helper()
	eventually(t, "a record goes", func() error {
		_, err := s.TokenByID(t.Context(), tok.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		require.NoError(t, err)
		return errors.New("still there")
	})
}

// TestRecordsGo: records, spent or not, go by themselves store.ExpiredGrace after their end, and not a moment before.
func TestRecordsGo(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	s, ctx := newStore(t, c, prefix), t.Context()
	tok := newToken()
	tok.ExpiresAt = tok.ExpiresAt.Truncate(time.Millisecond).Add(time.Microsecond)
	require.NoError(t, s.CreateTokens(ctx, tok))
	requireGoes := func() {
		t.Helper()
		at, err := c.PExpireTime(ctx, "{"+prefix+"}t"+string(tok.ID[:])).Result()
		require.NoError(t, err)
		end := tok.ExpiresAt.Add(store.ExpiredGrace)
		require.WithinRange(t, time.UnixMilli(at.Milliseconds()), end, end.Add(time.Millisecond))
	}
	requireGoes()
	_, err := s.RotateToken(ctx, tok.ID)
	require.NoError(t, err)
	requireGoes()

	var short, spent store.Token
	for life, late := time.Second, true; late; life *= 2 { // a machine that has other things to do needs longer ones
		short, spent = ending(life), ending(life)
		require.NoError(t, s.CreateTokens(ctx, short, spent))
		got, err := s.TokenByID(ctx, short.ID)
		was, errRotated := s.RotateToken(ctx, spent.ID)
		if late = time.Now().After(short.ExpiresAt.Add(store.ExpiredGrace)); !late {
			require.NoError(t, err)
			require.Equal(t, short, got)
			require.NoError(t, errRotated)
			require.Equal(t, spent, was)
		}
	}
	gone(t, s, short)
	gone(t, s, spent)
	list, err := s.ListTokens(ctx, store.TokenMatch{Family: short.Family}, 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, s.CreateTokens(ctx, newTokenWith(short.ID)))

	long := ending(-time.Minute) // ended too long ago: neither there nor in the way
	require.NoError(t, s.CreateTokens(ctx, long))
	requireGone(t, s, long.ID)
}

func newTokenWith(id store.TokenID) store.Token {
	t := newToken()
	t.ID = id
	return t
}

func size(t *testing.T, c redis.Cmdable, key string) int {
	t.Helper()
	n, err := c.ZCard(t.Context(), key).Result()
	require.NoError(t, err)
	return int(n)
}

// TestIndexSetsStaySmall: what has expired leaves the index sets as new tokens come, and they go with their last token.
func TestIndexSetsStaySmall(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	s, ctx := newStore(t, c, prefix), t.Context()
	indexes := []string{"{" + prefix + "}uuser-1", "{" + prefix + "}cclient-1", "{" + prefix + "}ffamily-1"}
	var short store.Token
	for range 100 {
		short = ending(200 * time.Millisecond)
		require.NoError(t, s.CreateTokens(ctx, short))
	}
	gone(t, s, short)
	last := newToken()
	for range 100 {
		last.ID = randomID()
		require.NoError(t, s.CreateTokens(ctx, last))
	}
	for _, index := range indexes {
		require.Equal(t, 100, size(t, c, index))
		at, err := c.PExpireTime(ctx, index).Result()
		require.NoError(t, err)
		end := last.ExpiresAt.Add(store.ExpiredGrace)
		require.WithinRange(t, time.UnixMilli(at.Milliseconds()), end, end.Add(time.Hour+time.Millisecond))
	}
	earlier := ending(time.Minute) // does not shorten their lives
	require.NoError(t, s.CreateTokens(ctx, earlier))
	later := newToken()
	later.ExpiresAt = later.ExpiresAt.Add(1000 * time.Hour)
	require.NoError(t, s.CreateTokens(ctx, later)) // does prolong them
	for _, index := range indexes {
		at, err := c.PExpireTime(ctx, index).Result()
		require.NoError(t, err)
		require.False(t, time.UnixMilli(at.Milliseconds()).Before(later.ExpiresAt.Add(store.ExpiredGrace)))
	}
}

// TestNothingIsLeft: whatever way tokens go, they leave nothing behind.
func TestNothingIsLeft(t *testing.T) {
	c := testClient(t)
	for name, remove := range map[string]func(s store.TokenStore, tokens []store.Token) error{
		"taken": func(s store.TokenStore, tokens []store.Token) error {
			for _, tok := range tokens {
				if _, err := s.TakeToken(t.Context(), tok.ID); err != nil {
					return err
				}
			}
			return nil
		},
		"by user": func(s store.TokenStore, tokens []store.Token) error {
			return s.DeleteTokens(t.Context(), store.TokenMatch{UserID: "user-1"})
		},
		"by user and client": func(s store.TokenStore, tokens []store.Token) error {
			return s.DeleteTokens(t.Context(), store.TokenMatch{UserID: "user-1", ClientID: "client-1"})
		},
		"by family": func(s store.TokenStore, tokens []store.Token) error {
			for _, tok := range tokens {
				if err := s.DeleteTokens(t.Context(), store.TokenMatch{Family: tok.Family}); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			prefix := newPrefix(t, c)
			s := newStore(t, c, prefix)
			var tokens []store.Token
			for n := range 1200 { // more than a script handles at a time
				tok := newToken()
				tok.Family = fmt.Sprint("family ", n%7)
				tokens = append(tokens, tok)
			}
			require.NoError(t, s.CreateTokens(t.Context(), tokens...))
			require.Len(t, keysOf(t, c, prefix), 1200+2+7)
			list, err := s.ListTokens(t.Context(), store.TokenMatch{UserID: "user-1"}, 1<<30)
			require.NoError(t, err)
			require.Len(t, list, 1200)
			require.NoError(t, remove(s, tokens))
			require.Empty(t, keysOf(t, c, prefix))
		})
	}
}

// TestNotIndexed: a token without user, client and family is in no index set.
func TestNotIndexed(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	s := newStore(t, c, prefix)
	mark := store.Token{ID: randomID(), Kind: store.RevocationMark, ExpiresAt: newToken().ExpiresAt}
	require.NoError(t, s.CreateTokens(t.Context(), mark))
	requireThere(t, s, mark)
	require.Equal(t, []string{"{" + prefix + "}t" + string(mark.ID[:])}, keysOf(t, c, prefix))
}
