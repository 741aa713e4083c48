package memstore

import (
	"fmt"
	"sync"

	"github.com/apiauth-go/apiauth/store"
)

// table is a bounded map for records that are read with every request and written rarely: readers take no lock.
// What its values point to never changes once it is in the table; readers copy it before they hand it on.
type table[K comparable, V any] struct {
	full    error    // what put returns at the limit
	records sync.Map // of V by K

	mu    sync.Mutex // held by writers
	limit int
	count int
}

func newTable[K comparable, V any](kind string, limit int) *table[K, V] {
	return &table[K, V]{full: fmt.Errorf("memstore: %d %ss: %w", limit, kind, store.ErrFull), limit: limit}
}

func (t *table[K, V]) get(key K) (v V, err error) {
	found, ok := t.records.Load(key)
	if !ok {
		return v, store.ErrNotFound
	}
	return found.(V), nil
}

// put creates or replaces the record.
func (t *table[K, V]) put(key K, v V) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, replaces := t.records.Load(key); !replaces {
		if t.count >= t.limit {
			return t.full
		}
		t.count++
	}
	t.records.Store(key, v)
	return nil
}

func (t *table[K, V]) delete(key K) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.records.LoadAndDelete(key); !ok {
		return store.ErrNotFound
	}
	t.count--
	return nil
}

// deleteFunc deletes the records for which del is true.
func (t *table[K, V]) deleteFunc(del func(V) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, v := range t.records.Range {
		if del(v.(V)) {
			t.records.Delete(key)
			t.count--
		}
	}
}
