package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

func (h TokenHarness) lister() (store.TokenLister, error) {
	return capability[store.TokenLister](h.Store, "TokenLister")
}

func list(ctx context.Context, h TokenHarness) error {
	lister, err := h.lister()
	if err != nil {
		return err
	}
	tokens := mixture()
	for i := range tokens { // what is listed does not depend on these
		switch i % 3 {
		case 0:
			tokens[i].SpentAt = instant()
		case 1:
			tokens[i].ExpiresAt = instant().Add(-time.Minute)
		}
	}
	if err := h.create(ctx, tokens...); err != nil {
		return err
	}
	for _, match := range matches {
		want := make(map[store.TokenID]store.Token)
		for _, t := range tokens {
			if match.Matches(&t) {
				want[t.ID] = t
			}
		}
		got, err := lister.ListTokens(ctx, match, 1000)
		if err != nil {
			return fmt.Errorf("ListTokens(%+v): %w", match, err)
		}
		if len(got) != len(want) {
			return fmt.Errorf("ListTokens(%+v): %d tokens, want %d", match, len(got), len(want))
		}
		for _, t := range got {
			w, ok := want[t.ID]
			if !ok {
				return fmt.Errorf("ListTokens(%+v): a token that does not match or that is there twice", match)
			}
			if err := diff("ListTokens", t, w); err != nil {
				return err
			}
			delete(want, t.ID)
		}
	}
	return nil
}

func listLimit(ctx context.Context, h TokenHarness) error {
	lister, err := h.lister()
	if err != nil {
		return err
	}
	const count = 70
	for range count {
		if err := h.create(ctx, newToken()); err != nil {
			return err
		}
	}
	for _, limit := range []int{1, 2, count - 1, count, count + 1, 1 << 30} {
		got, err := lister.ListTokens(ctx, store.TokenMatch{Family: "family-1"}, limit)
		if err != nil {
			return fmt.Errorf("ListTokens with limit %d: %w", limit, err)
		}
		distinct := make(map[store.TokenID]bool)
		for _, t := range got {
			distinct[t.ID] = true
		}
		if want := min(limit, count); len(got) != want || len(distinct) != want {
			return fmt.Errorf("ListTokens with limit %d of %d tokens: %d tokens, %d different", limit, count, len(got), len(distinct))
		}
	}
	return nil
}

func listInvalid(ctx context.Context, h TokenHarness) error {
	lister, err := h.lister()
	if err != nil {
		return err
	}
	if err := h.create(ctx, newToken()); err != nil {
		return err
	}
	_, err = lister.ListTokens(ctx, store.TokenMatch{}, 10)
	if err := is(err, store.ErrInvalid, "ListTokens of everything"); err != nil {
		return err
	}
	for _, limit := range []int{0, -1} {
		_, err = lister.ListTokens(ctx, store.TokenMatch{Family: "family-1"}, limit)
		if err := is(err, store.ErrInvalid, "ListTokens with limit %d", limit); err != nil {
			return err
		}
	}
	return nil
}

func listEnded(ctx context.Context, h TokenHarness) error {
	lister, err := h.lister()
	if err != nil {
		return err
	}
	return whenEnded(ctx, "ListTokens", func(ctx context.Context) error {
		_, err := lister.ListTokens(ctx, store.TokenMatch{Family: "family-1"}, 10)
		return err
	})
}
