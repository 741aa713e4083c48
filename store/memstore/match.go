package memstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/apiauth-go/apiauth/store"
)

// batch is how many records are removed before a shard's lock is released for others.
const batch = 256

// DeleteTokens deletes all tokens that match, of every kind, spent or not. Nothing to delete is no error; a zero match
// is [store.ErrInvalid]. Once it returns, no rotation that began before can bring up another token of a deleted family.
//
// However many tokens there are to delete, others are read, created and taken meanwhile; rotations wait.
func (s *Store) DeleteTokens(ctx context.Context, match store.TokenMatch) error {
	if err := alive(ctx); err != nil {
		return err
	}
	if match.IsZero() {
		return fmt.Errorf("memstore: empty TokenMatch: %w", store.ErrInvalid)
	}
	s.tokens.deleteMatching(match)
	return nil
}

func (t *tokens) deleteMatching(match store.TokenMatch) {
	t.rotation.Lock()
	defer t.rotation.Unlock()
	for i := range t.shards {
		sh := &t.shards[i]
		for ids := range slices.Chunk(sh.matchingIDs(match), batch) {
			t.release(sh.deleteAll(ids, match))
		}
	}
}

// matchingIDs takes the lock itself, for reading.
func (sh *shard) matchingIDs(match store.TokenMatch) (ids []store.TokenID) {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for r := range sh.index.all(match) {
		ids = append(ids, r.token.ID)
	}
	return ids
}

// deleteAll takes the lock itself. It deletes those of ids that still match: the shard was open in between.
func (sh *shard) deleteAll(ids []store.TokenID, match store.TokenMatch) (deleted int) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for _, id := range ids {
		if r := sh.records[id]; r != nil && match.Matches(&r.token) {
			sh.remove(r)
			deleted++
		}
	}
	return deleted
}

// ListTokens returns up to limit matching tokens in no particular order. A zero match or a limit below 1 is
// [store.ErrInvalid]. The list is no snapshot: of tokens that come and go meanwhile it may have some and miss others.
func (s *Store) ListTokens(ctx context.Context, match store.TokenMatch, limit int) ([]store.Token, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	if match.IsZero() || limit < 1 {
		return nil, fmt.Errorf("memstore: empty TokenMatch or limit below 1: %w", store.ErrInvalid)
	}
	var list []store.Token
	for i := range s.tokens.shards {
		list = s.tokens.shards[i].appendMatching(list, match, limit)
		if len(list) == limit {
			break
		}
	}
	return list, nil
}

// appendMatching takes the lock itself. It stops when list has limit elements, of which it has fewer at first.
func (sh *shard) appendMatching(list []store.Token, match store.TokenMatch, limit int) []store.Token {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for r := range sh.index.all(match) {
		list = append(list, r.token.Clone())
		if len(list) == limit {
			break
		}
	}
	return list
}
