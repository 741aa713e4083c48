package storetest

import (
	"context"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
)

func take(ctx context.Context, h TokenHarness) error {
	taken, other := newToken(), newToken()
	if err := h.create(ctx, taken, other); err != nil {
		return err
	}
	h = h.reopened()
	got, err := h.Store.TakeToken(ctx, taken.ID)
	if err != nil {
		return fmt.Errorf("TakeToken: %w", err)
	}
	if err := diff("TakeToken", got, taken); err != nil {
		return err
	}
	h = h.reopened()
	if err := h.hasNot(ctx, taken); err != nil {
		return fmt.Errorf("after TakeToken: %w", err)
	}
	_, err = h.Store.TakeToken(ctx, taken.ID)
	if err := is(err, store.ErrNotFound, "second TakeToken"); err != nil {
		return err
	}
	if err := h.has(ctx, other); err != nil {
		return fmt.Errorf("after TakeToken of another token: %w", err)
	}
	if err := h.create(ctx, taken); err != nil { // its ID is free again
		return fmt.Errorf("after TakeToken: %w", err)
	}
	return h.has(ctx, taken)
}

func takeRace(ctx context.Context, h TokenHarness) error {
	for range rounds() {
		t := newToken()
		if err := h.create(ctx, t); err != nil {
			return err
		}
		taken := make([]store.Token, racers)
		winner, err := oneWinner("TakeToken", race(racers, func(i int) (err error) {
			taken[i], err = h.Store.TakeToken(ctx, t.ID)
			return err
		}), store.ErrNotFound)
		if err != nil {
			return err
		}
		if err := diff("TakeToken", taken[winner], t); err != nil {
			return err
		}
	}
	return nil
}
