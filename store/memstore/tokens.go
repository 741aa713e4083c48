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

// TokenByID returns the token, spent or not, expired or not, or store.ErrNotFound.
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

// CreateToken stores t. It returns store.ErrExists if there is a token with its ID, store.ErrFull at the limit of the
// store, and store.ErrInvalid for a token without an ID or larger than [MaxRecord].
func (s *Store) CreateToken(ctx context.Context, t store.Token) error {
	if err := alive(ctx); err != nil {
		return err
	}
	r, err := newRecord(t)
	if err != nil {
		return err
	}
	for {
		err := s.tokens.create(r)
		if !errors.Is(err, store.ErrFull) || !s.tokens.makeRoom() {
			return err
		}
	}
}

func (t *tokens) create(r *record) error {
	sh := t.shard(r.token.ID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	t.release(sh.sweep(purgeable(time.Now()), sweepPerWrite))
	if sh.records[r.token.ID] != nil {
		return store.ErrExists
	}
	if !t.reserve(1) {
		return t.full
	}
	sh.insert(r)
	return nil
}

// TakeToken returns the token and deletes it. Of several concurrent callers exactly one gets it; the others get
// store.ErrNotFound.
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
