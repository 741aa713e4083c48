package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// isSpent checks that the token is there as it was created but for a SpentAt between from and now, and returns that.
func (h TokenHarness) isSpent(ctx context.Context, want store.Token, from time.Time) (time.Time, error) {
	got, err := h.Store.TokenByID(ctx, want.ID)
	if err != nil {
		return time.Time{}, fmt.Errorf("TokenByID of a spent token: %w", err)
	}
	if got.SpentAt.IsZero() {
		return time.Time{}, errors.New("TokenByID of a spent token: SpentAt is zero")
	}
	// Rounding may take the time over either end.
	if got.SpentAt.Before(from.Add(-time.Second)) || got.SpentAt.After(time.Now().Add(time.Second)) {
		return time.Time{}, fmt.Errorf("TokenByID of a spent token: SpentAt is %s, want the time of the rotation, %s", show(got.SpentAt), show(from))
	}
	want.SpentAt = got.SpentAt
	return got.SpentAt, diff("TokenByID of a spent token", got, want)
}

func rotate(ctx context.Context, h TokenHarness) error {
	start := time.Now()
	old, other, access, refresh := newToken(), newToken(), newToken(), newToken()
	access.Kind = store.AccessToken
	if err := h.create(ctx, old, other); err != nil {
		return err
	}
	h = h.reopened()
	was, err := h.Store.RotateToken(ctx, old.ID, access, refresh)
	if err != nil {
		return fmt.Errorf("RotateToken: %w", err)
	}
	if err := diff("RotateToken", was, old); err != nil {
		return err
	}
	h = h.reopened()
	if _, err := h.isSpent(ctx, old, start); err != nil {
		return err
	}
	if err := h.has(ctx, other, access, refresh); err != nil {
		return fmt.Errorf("after RotateToken: %w", err)
	}
	if _, err := h.Store.RotateToken(ctx, refresh.ID, newToken()); err != nil {
		return fmt.Errorf("RotateToken of a token from a rotation: %w", err)
	}
	taken, err := h.Store.TakeToken(ctx, old.ID)
	if err != nil {
		return fmt.Errorf("TakeToken of a spent token: %w", err)
	}
	if taken.SpentAt.IsZero() {
		return errors.New("TakeToken of a spent token: SpentAt is zero")
	}
	_, err = h.Store.RotateToken(ctx, old.ID)
	return is(err, store.ErrNotFound, "RotateToken after TakeToken")
}

func rotateToNothing(ctx context.Context, h TokenHarness) error {
	start, old := time.Now(), newToken()
	if err := h.create(ctx, old); err != nil {
		return err
	}
	was, err := h.Store.RotateToken(ctx, old.ID)
	if err != nil {
		return fmt.Errorf("RotateToken: %w", err)
	}
	if err := diff("RotateToken", was, old); err != nil {
		return err
	}
	_, err = h.isSpent(ctx, old, start)
	return err
}

func rotateTwice(ctx context.Context, h TokenHarness) error {
	start, old, next, more := time.Now(), newToken(), newToken(), newToken()
	if err := h.create(ctx, old); err != nil {
		return err
	}
	if _, err := h.Store.RotateToken(ctx, old.ID, next); err != nil {
		return fmt.Errorf("RotateToken: %w", err)
	}
	h = h.reopened()
	spentAt, err := h.isSpent(ctx, old, start)
	if err != nil {
		return err
	}
	old.SpentAt = spentAt
	// The second time, next is there already: but what counts is that old is spent.
	for _, again := range []store.Token{more, next} {
		spent, err := h.Store.RotateToken(ctx, old.ID, again)
		if err := is(err, store.ErrSpent, "RotateToken of a spent token"); err != nil {
			return err
		}
		if err := diff("RotateToken of a spent token", spent, old); err != nil {
			return err
		}
	}
	if err := h.hasNot(ctx, more); err != nil {
		return fmt.Errorf("the next token of a rotation that failed: %w", err)
	}
	return h.has(ctx, old, next)
}

func rotateToExisting(ctx context.Context, h TokenHarness) error {
	old, existing := newToken(), newToken()
	if err := h.create(ctx, old, existing); err != nil {
		return err
	}
	clash := newToken()
	clash.ID, clash.UserID = existing.ID, "another"
	itself := newToken()
	itself.ID = old.ID
	for _, there := range []store.Token{clash, itself} {
		for before := range 3 {
			next := []store.Token{newToken(), newToken()}
			all := append(append(append([]store.Token{}, next[:before]...), there), next[before:]...)
			_, err := h.Store.RotateToken(ctx, old.ID, all...)
			if err := is(err, store.ErrExists, "RotateToken to a token that is there"); err != nil {
				return err
			}
			if err := errors.Join(h.has(ctx, old, existing), h.hasNot(ctx, next...)); err != nil {
				return fmt.Errorf("after a RotateToken that failed: %w", err)
			}
		}
	}
	twice := newToken()
	if _, err := h.Store.RotateToken(ctx, old.ID, twice, twice); err == nil {
		return errors.New("RotateToken to one token twice: no error")
	}
	if err := errors.Join(h.has(ctx, old), h.hasNot(ctx, twice)); err != nil {
		return fmt.Errorf("after a RotateToken that failed: %w", err)
	}
	if _, err := h.Store.RotateToken(ctx, old.ID, twice); err != nil {
		return fmt.Errorf("RotateToken after one that failed: %w", err)
	}
	return nil
}

func rotateUnknown(ctx context.Context, h TokenHarness) error {
	taken, deleted, next := newToken(), newToken(), newToken()
	deleted.Family = "family-2"
	if err := h.create(ctx, taken, deleted); err != nil {
		return err
	}
	if _, err := h.Store.TakeToken(ctx, taken.ID); err != nil {
		return fmt.Errorf("TakeToken: %w", err)
	}
	if err := h.Store.DeleteTokens(ctx, store.TokenMatch{Family: deleted.Family}); err != nil {
		return fmt.Errorf("DeleteTokens: %w", err)
	}
	for _, old := range []store.Token{taken, deleted, newToken()} {
		_, err := h.Store.RotateToken(ctx, old.ID, next)
		if err := is(err, store.ErrNotFound, "RotateToken of an unknown token"); err != nil {
			return err
		}
		if err := h.hasNot(ctx, old, next); err != nil {
			return fmt.Errorf("after RotateToken of an unknown token: %w", err)
		}
	}
	return nil
}
