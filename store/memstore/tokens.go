package memstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// tokens spreads the token records over shards with a lock each, so that requests hardly ever wait for one another.
//
// Locks are taken in this order: rotation, then shards by rising number.
type tokens struct {
	full  error // what insertion returns at the limit
	limit int64
	count atomic.Int64 // records in all shards together, and room reserved for those on their way in

	// rotation is shared by RotateToken and held alone by DeleteTokens. A deletion goes from shard to shard, and a
	// rotation must not carry a token on from one that it has yet to visit to one that it has left behind.
	rotation sync.RWMutex

	shards [shardCount]shard
}

func newTokens(limit int) *tokens {
	t := &tokens{full: fmt.Errorf("memstore: %d tokens: %w", limit, store.ErrFull), limit: int64(limit)}
	for i := range t.shards {
		t.shards[i].init()
	}
	return t
}

// reserve makes room for n records, or reports that there is none.
func (t *tokens) reserve(n int) bool {
	for {
		count := t.count.Load()
		if count+int64(n) > t.limit {
			return false
		}
		if t.count.CompareAndSwap(count, count+int64(n)) {
			return true
		}
	}
}

func (t *tokens) release(n int) { t.count.Add(-int64(n)) }

// TokenByID returns the token, spent or not, expired or not, or [store.ErrNotFound].
func (s *Store) TokenByID(ctx context.Context, id store.TokenID) (store.Token, error) {
	if err := alive(ctx); err != nil {
		return store.Token{}, err
	}
	sh := s.tokens.shard(id)
	sh.mu.RLock()
	r := sh.records[id]
	if r == nil {
		sh.mu.RUnlock()
		return store.Token{}, store.ErrNotFound
	}
	t := r.token // under the lock, because a rotation writes SpentAt
	sh.mu.RUnlock()
	return t.Clone(), nil
}

// CreateTokens stores the tokens, all or nothing. It returns [store.ErrExists] if one of them is there already or occurs twice, [store.ErrFull]
// if they do not fit, and [store.ErrInvalid] for no tokens, for one without an ID and for one larger than [MaxRecord].
func (s *Store) CreateTokens(ctx context.Context, tokens ...store.Token) error {
	if err := alive(ctx); err != nil {
		return err
	}
	if len(tokens) == 0 {
		return fmt.Errorf("memstore: no tokens to create: %w", store.ErrInvalid)
	}
	records, err := newRecords(tokens)
	if err != nil {
		return err
	}
	for {
		err := s.tokens.create(records)
		if !errors.Is(err, store.ErrFull) || !s.tokens.makeRoom() {
			return err
		}
	}
}

func (t *tokens) create(next []*record) error {
	set := shardsOf(next)
	t.lock(set)
	defer t.unlock(set)
	return t.insert(next, time.Now())
}

// insert adds the records, all or nothing. Their shards are locked.
func (t *tokens) insert(next []*record, now time.Time) error {
	for _, r := range next {
		t.release(t.shard(r.token.ID).sweep(purgeable(now), sweepPerWrite))
	}
	if t.anyThere(next) {
		return store.ErrExists
	}
	if !t.reserve(len(next)) {
		return t.full
	}
	for _, r := range next {
		t.shard(r.token.ID).insert(r)
	}
	return nil
}

// TakeToken returns the token and deletes it. Of several concurrent callers exactly one gets it; the others get
// [store.ErrNotFound].
func (s *Store) TakeToken(ctx context.Context, id store.TokenID) (store.Token, error) {
	if err := alive(ctx); err != nil {
		return store.Token{}, err
	}
	sh := s.tokens.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r := sh.records[id]
	if r == nil {
		return store.Token{}, store.ErrNotFound
	}
	sh.remove(r)
	s.tokens.release(1)
	return r.token.Clone(), nil // a TokenByID may still be copying the same Scopes
}
