package oauth_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// slow is a store of tokens that is a network away.
type slow struct {
	store.TokenStore
	latency time.Duration
}

func (s slow) wait(ctx context.Context) error {
	select {
	case <-time.After(s.latency):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s slow) TokenByID(ctx context.Context, id store.TokenID) (store.Token, error) {
	if err := s.wait(ctx); err != nil {
		return store.Token{}, err
	}
	t, err := s.TokenStore.TokenByID(ctx, id)
	return t, later(s.wait(ctx), err)
}

func (s slow) RotateToken(ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
	if err := s.wait(ctx); err != nil {
		return store.Token{}, err
	}
	t, err := s.TokenStore.RotateToken(ctx, old, next...)
	return t, later(s.wait(ctx), err)
}

func (s slow) DeleteTokens(ctx context.Context, match store.TokenMatch) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return later(s.wait(ctx), s.TokenStore.DeleteTokens(ctx, match))
}

func later(waiting, err error) error {
	if waiting != nil {
		return waiting
	}
	return err
}

// refreshAtOnce lets n clients use one refresh token at the same time, and returns the answers.
func (w *world) refreshAtOnce(token string, n int) []answer {
	answers := make([]answer, n)
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-gate
			answers[i] = w.refresh(token)
		})
	}
	close(gate)
	wg.Wait()
	return answers
}

// Of 1,000 concurrent uses exactly one succeeds. What becomes of its tokens is as documented: without a grace time another use is taken for
// theft and ends them, with one they stay.
func TestOfManyConcurrentRefreshesOneWins(t *testing.T) {
	const uses = 1000
	for name, latency := range map[string]time.Duration{"memory": 0, "a network away": 5 * time.Millisecond} {
		for _, grace := range []time.Duration{0, time.Minute} {
			t.Run(name+", grace "+grace.String(), func(t *testing.T) {
				run := func(t *testing.T) {
					w := newRefreshingWorld(t, "2025")
					w.serve(t, func(cfg *oauth.ServerConfig) {
						cfg.RefreshGrace = grace
						if latency > 0 {
							cfg.Tokens = slow{w.db, latency}
						}
					})
					first := w.begin(t)
					var winner *pair
					for _, a := range w.refreshAtOnce(first.Refresh, uses) {
						if a.status == 200 {
							require.Nil(t, winner, "a second success")
							p := parsePair(t, a)
							winner = &p
							continue
						}
						require.Equal(t, invalidRefreshToken, a.body)
					}
					require.NotNil(t, winner)
					left, err := w.db.ListTokens(t.Context(), store.TokenMatch{UserID: "1"}, uses)
					require.NoError(t, err)
					if grace == 0 {
						require.Empty(t, left, "the whole family is gone, and nobody's token stays behind")
						require.False(t, w.works(winner.Access))
						require.Equal(t, invalidRefreshToken, w.refresh(winner.Refresh).body)
						return
					}
					require.Len(t, left, 4, "two pairs, of which one refresh token is spent")
					require.True(t, w.works(winner.Access))
					require.True(t, w.works(first.Access))
					parsePair(t, w.refresh(winner.Refresh))
				}
				if latency > 0 {
					synctest.Test(t, run) // whose clock makes the 5 ms exact and the test short
					return
				}
				run(t)
			})
		}
	}
}

// Who hangs up does not keep a family from being revoked.
func TestReuseIsActedUponWhenTheClientHasLeft(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	first := w.begin(t)
	second := parsePair(t, w.refresh(first.Refresh))
	ctx, leave := context.WithCancel(t.Context())
	w.stores.call, w.stores.fault = "TokenByID", func(*faults, *any) error { leave(); return nil }
	q := post(form("grant_type", "refresh_token", "refresh_token", first.Refresh, "client_id", "mobile", "client_secret", robotSecret))
	w.doIn(ctx, q)
	w.stores.fault = nil
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	require.False(t, w.works(second.Access))
}
