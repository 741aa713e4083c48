package memstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// RotateToken marks the token old as spent and stores the tokens next, all or nothing, and returns old as it was. It
// returns [store.ErrNotFound] if old is unknown, [store.ErrSpent] together with the spent record if it was rotated before,
// [store.ErrExists] if one of next is there already or occurs twice, and [store.ErrFull] if next does not fit.
func (s *Store) RotateToken(ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
	if err := alive(ctx); err != nil {
		return store.Token{}, err
	}
	records, err := newRecords(next)
	if err != nil {
		return store.Token{}, err
	}
	for {
		t, err := s.tokens.rotate(old, records)
		if !errors.Is(err, store.ErrFull) || !s.tokens.makeRoom() {
			return t, err
		}
	}
}

func (t *tokens) rotate(old store.TokenID, next []*record) (store.Token, error) {
	set := shardsOf(next).with(old)
	t.rotation.RLock()
	defer t.rotation.RUnlock()
	t.lock(set)
	defer t.unlock(set)

	r := t.shard(old).records[old]
	if r == nil {
		return store.Token{}, store.ErrNotFound
	}
	was := r.token.Clone()
	if !was.SpentAt.IsZero() {
		return was, store.ErrSpent
	}
	now := time.Now()
	if err := t.insert(next, now); err != nil {
		return store.Token{}, err
	}
	r.token.SpentAt = now.Round(0) // without the monotonic clock, which means nothing to whoever stores it
	return was, nil
}

// anyThere reports whether one of next has the ID of a record or of another of next. The shards are locked.
func (t *tokens) anyThere(next []*record) bool {
	for i, r := range next {
		id := r.token.ID
		same := func(other *record) bool { return other.token.ID == id }
		if t.shard(id).records[id] != nil || slices.ContainsFunc(next[:i], same) {
			return true
		}
	}
	return false
}
