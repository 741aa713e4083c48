package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
)

// rehasher returns the store as a PasswordRehasher and a user in it whose hash is to be replaced.
func (h UserHarness) rehasher(ctx context.Context) (store.PasswordRehasher, store.User, error) {
	r, err := capability[store.PasswordRehasher](h.Store, "PasswordRehasher")
	if err != nil {
		return nil, store.User{}, err
	}
	u, err := h.putOne(ctx, fullUser("1", "old-timer"))
	return r, u, err
}

func rehash(ctx context.Context, h UserHarness) error {
	r, u, err := h.rehasher(ctx)
	if err != nil {
		return err
	}
	other, err := h.putOne(ctx, fullUser("2", "other")) // has the same hash
	if err != nil {
		return err
	}
	if err := r.RehashPassword(ctx, u.ID, u.PasswordHash, "new hash"); err != nil {
		return fmt.Errorf("RehashPassword: %w", err)
	}
	u.PasswordHash = "new hash"
	s := h.reopened()
	if err := hasUser(ctx, s, u); err != nil {
		return fmt.Errorf("after RehashPassword: %w", err)
	}
	if err := hasUser(ctx, s, other); err != nil {
		return fmt.Errorf("after RehashPassword for another user: %w", err)
	}
	return nil
}

func rehashConflict(ctx context.Context, h UserHarness) error {
	r, u, err := h.rehasher(ctx)
	if err != nil {
		return err
	}
	err = r.RehashPassword(ctx, u.ID, "another hash", "new hash")
	if err := is(err, store.ErrConflict, "RehashPassword with a hash that is not the user's"); err != nil {
		return err
	}
	return hasUser(ctx, h.Store, u)
}

func rehashUnknown(ctx context.Context, h UserHarness) error {
	r, u, err := h.rehasher(ctx)
	if err != nil {
		return err
	}
	err = r.RehashPassword(ctx, "999999", u.PasswordHash, "new hash")
	if err := is(err, store.ErrNotFound, "RehashPassword for an unknown user"); err != nil {
		return err
	}
	return hasUser(ctx, h.Store, u)
}

func rehashRace(ctx context.Context, h UserHarness) error {
	r, u, err := h.rehasher(ctx)
	if err != nil {
		return err
	}
	for round := range rounds() {
		hash := func(i int) string { return fmt.Sprintf("hash %d of round %d", i, round) }
		winner, err := oneWinner("RehashPassword", race(racers, func(i int) error {
			return r.RehashPassword(ctx, u.ID, u.PasswordHash, hash(i))
		}), store.ErrConflict)
		if err != nil {
			return err
		}
		u.PasswordHash = hash(winner)
		if err := hasUser(ctx, h.Store, u); err != nil {
			return fmt.Errorf("after a race of RehashPassword: %w", err)
		}
	}
	return nil
}

func rehashEnded(ctx context.Context, h UserHarness) error {
	r, u, err := h.rehasher(ctx)
	if err != nil {
		return err
	}
	return errors.Join(
		whenEnded(ctx, "RehashPassword", func(ctx context.Context) error {
			return r.RehashPassword(ctx, u.ID, u.PasswordHash, "new hash")
		}),
		hasUser(ctx, h.Store, u),
	)
}
