package memstore

import (
	"context"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// expiry is a queue of records, the earliest to expire first, for container/heap. Tokens mostly arrive in the order in
// which they expire and then stay where they are put.
type expiry []*record

func (q expiry) Len() int           { return len(q) }
func (q expiry) Less(i, j int) bool { return q[i].expires < q[j].expires }

func (q expiry) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].queued, q[j].queued = i, j
}

func (q *expiry) Push(x any) {
	r := x.(*record)
	r.queued = len(*q)
	*q = append(*q, r)
}

func (q *expiry) Pop() any {
	last := len(*q) - 1
	r := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return r
}

// sweepPerWrite is how many expired tokens of its shard a new token clears away. With more than one per new token the
// expired ones cannot pile up, and none pays for all.
const sweepPerWrite = 2

// purgeable returns the time, in Unix microseconds, before which tokens must have expired so that they may go.
func purgeable(now time.Time) int64 { return now.Add(-store.ExpiredGrace).UnixMicro() }

// sweep removes up to limit records that expired before the given time and returns how many.
func (sh *shard) sweep(before int64, limit int) (removed int) {
	for ; removed < limit && sh.expired(before); removed++ {
		sh.remove(sh.expiry[0])
	}
	return removed
}

// expired reports whether there is a record that expired before the given time.
func (sh *shard) expired(before int64) bool {
	return len(sh.expiry) > 0 && sh.expiry[0].expires < before
}

// makeRoom clears away some expired tokens wherever they are, and reports whether there were any.
func (t *tokens) makeRoom() bool { return t.purge(purgeable(time.Now()), batch) > 0 }

// purge removes up to limit records that expired before the given time and returns how many. It holds the lock of one
// shard at a time, for writing only if there is something to remove, and for no more than a batch.
func (t *tokens) purge(before int64, limit int) (removed int) {
	for i := range t.shards {
		sh := &t.shards[i]
		for more := true; more && removed < limit; {
			n := sh.purge(before, min(batch, limit-removed))
			t.release(n)
			removed += n
			more = n == batch
		}
	}
	return removed
}

// purge takes the lock itself.
func (sh *shard) purge(before int64, limit int) int {
	sh.mu.RLock()
	due := sh.expired(before)
	sh.mu.RUnlock()
	if !due {
		return 0
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.sweep(before, limit)
}

// PurgeTokens deletes up to limit tokens that expired before the given time and returns how many. Tokens that ended
// less than [store.ExpiredGrace] ago stay, whatever time is given. A limit below 1 is [store.ErrInvalid].
func (s *Store) PurgeTokens(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := alive(ctx); err != nil {
		return 0, err
	}
	if limit < 1 {
		return 0, fmt.Errorf("memstore: limit below 1: %w", store.ErrInvalid)
	}
	return s.tokens.purge(min(before.UnixMicro(), purgeable(time.Now())), limit), nil
}
