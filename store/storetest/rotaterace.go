package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

func rotateRace(ctx context.Context, h TokenHarness) error {
	for range rounds() {
		start, old := time.Now(), newToken()
		if err := h.create(ctx, old); err != nil {
			return err
		}
		next, returned := make([]store.Token, racers), make([]store.Token, racers)
		for i := range next {
			next[i] = newToken()
		}
		winner, err := oneWinner("RotateToken", race(racers, func(i int) (err error) {
			returned[i], err = h.Store.RotateToken(ctx, old.ID, next[i])
			return err
		}), store.ErrSpent)
		if err != nil {
			return err
		}
		spent := old
		if spent.SpentAt, err = h.isSpent(ctx, old, start); err != nil {
			return err
		}
		for i := range racers {
			if i == winner {
				err = errors.Join(diff("the winner's RotateToken", returned[i], old), h.has(ctx, next[i]))
			} else {
				err = errors.Join(diff("a loser's RotateToken", returned[i], spent), h.hasNot(ctx, next[i]))
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// rotateOrTake lets half of the racers take the token that the other half rotates. If both kinds have a winner, the
// rotation was first and what was taken is the spent record.
func rotateOrTake(ctx context.Context, h TokenHarness) error {
	for round := range rounds() {
		old := newToken()
		if err := h.create(ctx, old); err != nil {
			return err
		}
		var rotated, taken, takenUnspent atomic.Int32
		for _, err := range race(racers, func(i int) error {
			if (i+round)%2 == 0 { // each kind has the better start in turn
				_, err := h.Store.RotateToken(ctx, old.ID, newToken())
				switch {
				case err == nil:
					rotated.Add(1)
				case !errors.Is(err, store.ErrSpent) && !errors.Is(err, store.ErrNotFound):
					return fmt.Errorf("RotateToken: %w", err)
				}
				return nil
			}
			t, err := h.Store.TakeToken(ctx, old.ID)
			switch {
			case err != nil:
				return is(err, store.ErrNotFound, "TakeToken: one of the losers")
			case t.SpentAt.IsZero():
				takenUnspent.Add(1)
			}
			taken.Add(1)
			return nil
		}) {
			if err != nil {
				return err
			}
		}
		switch {
		case taken.Load() != 1:
			return fmt.Errorf("%d callers of TakeToken got one token", taken.Load())
		case rotated.Load()+takenUnspent.Load() != 1:
			return fmt.Errorf("a token was rotated by %d callers and taken unspent by %d", rotated.Load(), takenUnspent.Load())
		}
	}
	return nil
}

// rotateSeenWhole reads the tokens of a rotation, the last first, while it goes on. Who has seen one sees all.
func rotateSeenWhole(ctx context.Context, h TokenHarness) error {
	for range rounds() {
		old, next := newToken(), []store.Token{newToken(), newToken(), newToken()}
		if err := h.create(ctx, old); err != nil {
			return err
		}
		var done atomic.Bool
		for _, err := range race(4, func(i int) error {
			if i == 0 {
				defer done.Store(true)
				_, err := h.Store.RotateToken(ctx, old.ID, next...)
				return err
			}
			first := next[i-1]
			for seen := false; !seen; {
				last := done.Load()
				var err error
				if seen, err = h.there(ctx, first); err != nil {
					return err
				}
				if last && !seen {
					return errors.New("a next token is not there after RotateToken")
				}
			}
			if err := h.has(ctx, next...); err != nil {
				return fmt.Errorf("a next token is there and another is not: %w", err)
			}
			t, err := h.Store.TokenByID(ctx, old.ID)
			if err == nil && t.SpentAt.IsZero() {
				err = errors.New("the next tokens are there and the old one is not spent")
			}
			return err
		}) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// rotateOrDelete rotates several tokens of a family on and on, until it is gone, and deletes the family meanwhile.
func rotateOrDelete(ctx context.Context, h TokenHarness) error {
	const chains = 8
	for round := range rounds() {
		family := fmt.Sprint("racing family ", round)
		var seen [chains][]store.Token
		for i := range seen {
			t := newToken()
			t.Family = family
			if err := h.create(ctx, t); err != nil {
				return err
			}
			seen[i] = append(seen[i], t)
		}
		var deleted atomic.Bool
		begun := make(chan struct{})
		begin := sync.OnceFunc(func() { close(begun) })
		for _, err := range race(chains+1, func(i int) error {
			if i == chains {
				<-begun
				defer deleted.Store(true)
				return h.Store.DeleteTokens(ctx, store.TokenMatch{Family: family})
			}
			defer begin()
			for ; ; begin() {
				over := deleted.Load() // before the rotation: one that begins afterwards must fail
				next := newToken()
				next.Family = family
				_, err := h.Store.RotateToken(ctx, seen[i][len(seen[i])-1].ID, next)
				if err != nil {
					return is(err, store.ErrNotFound, "RotateToken while the family is deleted")
				}
				seen[i] = append(seen[i], next)
				if over {
					return errors.New("RotateToken after DeleteTokens of the family: no error")
				}
			}
		}) {
			if err != nil {
				return err
			}
		}
		for i := range seen {
			if err := h.hasNot(ctx, seen[i]...); err != nil {
				return fmt.Errorf("a token of a deleted family: %w", err)
			}
		}
	}
	return nil
}
