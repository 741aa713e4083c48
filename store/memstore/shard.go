package memstore

import (
	"container/heap"
	"fmt"
	"math/bits"
	"sync"

	"github.com/apiauth-go/apiauth/store"
)

// shardCount is the number of shards: as many as a shardSet has bits.
const shardCount = 64

// record is a token in a shard, with its places in the shard's index and expiry queue.
type record struct {
	token store.Token

	expires int64 // token.ExpiresAt in Unix microseconds
	queued  int   // position in shard.expiry

	links [lanes]struct{ prev, next *record }
}

// newRecord returns a record for t that shares no memory with it.
func newRecord(t store.Token) (*record, error) {
	if t.ID == (store.TokenID{}) {
		return nil, fmt.Errorf("memstore: token without an ID: %w", store.ErrInvalid)
	}
	t = t.Clone()
	kind := string(t.Kind)
	err := own([]*string{&kind, &t.UserID, &t.ClientID, &t.Application, &t.Family, &t.Stamp}, t.Scopes)
	if err != nil {
		return nil, err
	}
	t.Kind = store.TokenKind(kind)
	return &record{token: t, expires: t.ExpiresAt.UnixMicro()}, nil
}

// newRecords returns a record for each of the tokens.
func newRecords(tokens []store.Token) ([]*record, error) {
	records := make([]*record, len(tokens))
	for i, t := range tokens {
		var err error
		if records[i], err = newRecord(t); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// shard is one part of the tokens. Its methods are called with mu held.
type shard struct {
	mu      sync.RWMutex
	records map[store.TokenID]*record
	index   index
	expiry  expiry

	_ [64]byte // keeps the locks of two shards out of one cache line
}

func (sh *shard) init() {
	sh.records = make(map[store.TokenID]*record)
	sh.index.init()
}

// insert adds a record whose ID is not there yet.
func (sh *shard) insert(r *record) {
	sh.records[r.token.ID] = r
	sh.index.add(r)
	heap.Push(&sh.expiry, r)
}

func (sh *shard) remove(r *record) {
	delete(sh.records, r.token.ID)
	sh.index.remove(r)
	heap.Remove(&sh.expiry, r.queued)
}

// number returns the number of the shard for id. IDs are digests, so any of their bits spread evenly.
func number(id store.TokenID) int { return int(id[0]) % shardCount }

func (t *tokens) shard(id store.TokenID) *shard { return &t.shards[number(id)] }

// shardSet is a set of shards, one bit each.
type shardSet uint64

func (s shardSet) with(id store.TokenID) shardSet { return s | 1<<number(id) }

// shardsOf returns the shards in which the records belong.
func shardsOf(records []*record) (set shardSet) {
	for _, r := range records {
		set = set.with(r.token.ID)
	}
	return set
}

// lock locks the shards of the set in rising order, so that no two callers wait for each other in a circle.
func (t *tokens) lock(set shardSet) {
	for ; set != 0; set &= set - 1 {
		t.shards[bits.TrailingZeros64(uint64(set))].mu.Lock()
	}
}

func (t *tokens) unlock(set shardSet) {
	for ; set != 0; set &= set - 1 {
		t.shards[bits.TrailingZeros64(uint64(set))].mu.Unlock()
	}
}
