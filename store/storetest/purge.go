package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

func (h TokenHarness) purger() (store.TokenPurger, error) {
	return capability[store.TokenPurger](h.Store, "TokenPurger")
}

// endedLongAgo creates tokens that expired two hours and more ago and returns those that are still there: the store may
// tidy up by itself whenever it writes.
func (h TokenHarness) endedLongAgo(ctx context.Context, count int) ([]store.Token, error) {
	tokens := make([]store.Token, count)
	for i := range tokens {
		tokens[i] = newToken()
		tokens[i].IssuedAt = instant().Add(-24 * time.Hour)
		tokens[i].ExpiresAt = instant().Add(-2 * time.Hour).Add(-time.Duration(i) * time.Second)
		if i%2 == 0 {
			tokens[i].SpentAt = instant().Add(-3 * time.Hour)
		}
	}
	if err := h.create(ctx, tokens...); err != nil {
		return nil, err
	}
	return h.remaining(ctx, tokens)
}

// remaining returns those of tokens that are there.
func (h TokenHarness) remaining(ctx context.Context, tokens []store.Token) ([]store.Token, error) {
	var there []store.Token
	for _, t := range tokens {
		ok, err := h.there(ctx, t)
		if err != nil {
			return nil, err
		}
		if ok {
			there = append(there, t)
		}
	}
	return there, nil
}

func purge(ctx context.Context, h TokenHarness) error {
	purger, err := h.purger()
	if err != nil {
		return err
	}
	live, graced, spent := newToken(), newToken(), newToken()
	graced.ExpiresAt = instant().Add(-30 * time.Minute)
	spent.SpentAt = instant()
	if err := h.create(ctx, live, graced, spent); err != nil {
		return err
	}
	ended, err := h.endedLongAgo(ctx, 12)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		before time.Time
		want   int
	}{
		{time.Time{}, 0},
		{time.Now().Add(-48 * time.Hour), 0},
		{time.Now().Add(-90 * time.Minute), len(ended)},
		{time.Now().Add(-90 * time.Minute), 0},
	} {
		n, err := purger.PurgeTokens(ctx, step.before, 1000)
		if err != nil {
			return fmt.Errorf("PurgeTokens: %w", err)
		}
		if n != step.want {
			return fmt.Errorf("PurgeTokens before %v: deleted %d tokens, want %d", step.before, n, step.want)
		}
	}
	h = h.reopened()
	if err := h.hasNot(ctx, ended...); err != nil {
		return fmt.Errorf("expired token after PurgeTokens: %w", err)
	}
	if err := h.has(ctx, live, graced, spent); err != nil {
		return fmt.Errorf("token that expires later, after PurgeTokens: %w", err)
	}
	return nil
}

func purgeLimit(ctx context.Context, h TokenHarness) error {
	purger, err := h.purger()
	if err != nil {
		return err
	}
	ended, err := h.endedLongAgo(ctx, 20)
	if err != nil {
		return err
	}
	for limit := 1; ; limit++ { // up to and including a call that finds nothing
		n, err := purger.PurgeTokens(ctx, time.Now().Add(-90*time.Minute), limit)
		if err != nil {
			return fmt.Errorf("PurgeTokens: %w", err)
		}
		left, err := h.remaining(ctx, ended)
		if err != nil {
			return err
		}
		if want := min(limit, len(ended)); n != want || len(ended)-len(left) != want {
			return fmt.Errorf("PurgeTokens with limit %d of %d expired tokens: deleted %d and returned %d", limit, len(ended), len(ended)-len(left), n)
		}
		if len(ended) == 0 {
			return nil
		}
		ended = left
	}
}

func purgeInvalid(ctx context.Context, h TokenHarness) error {
	purger, err := h.purger()
	if err != nil {
		return err
	}
	ended, err := h.endedLongAgo(ctx, 3)
	if err != nil {
		return err
	}
	for _, limit := range []int{0, -1} {
		_, err := purger.PurgeTokens(ctx, time.Now().Add(-90*time.Minute), limit)
		if err := is(err, store.ErrInvalid, "PurgeTokens with limit %d", limit); err != nil {
			return err
		}
	}
	return h.has(ctx, ended...)
}

func purgeEnded(ctx context.Context, h TokenHarness) error {
	purger, err := h.purger()
	if err != nil {
		return err
	}
	ended, err := h.endedLongAgo(ctx, 3)
	if err != nil {
		return err
	}
	return errors.Join(
		whenEnded(ctx, "PurgeTokens", func(ctx context.Context) error {
			_, err := purger.PurgeTokens(ctx, time.Now().Add(-90*time.Minute), 10)
			return err
		}),
		h.has(ctx, ended...),
	)
}
