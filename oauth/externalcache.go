package oauth

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// knownTokens remembers what the other server said about good tokens. What it says of others is not remembered: there is no end of them.
//
// A token is found by its SHA-256, so that the memory holds no tokens; each verifier has a table of its own, so that no other server, client or
// audience has a part in it. The table has a fixed size: rows of a few places each. In a full row, an entry that has ended makes room, or else one
// that has not been used lately. Readers take no lock.
//
// A nil knownTokens remembers nothing.
type knownTokens struct {
	mu     sync.Mutex // of writers
	places []atomic.Pointer[known]
	width  int // places in a row
	rows   uint64
}

// place is what a table notes about its entry.
type place struct {
	id    store.TokenID
	until time.Time
	used  atomic.Bool // since its row was last searched for room
}

const (
	// maxKnown is the most that is remembered about one token, in bytes of text.
	maxKnown = 4 << 10

	maxKnownTokens = 1 << 20
	knownRow       = 8
)

func newKnownTokens(n int) *knownTokens {
	c := &knownTokens{width: min(n, knownRow), rows: uint64(max(n/knownRow, 1))}
	c.places = make([]atomic.Pointer[known], c.width*int(c.rows))
	return c
}

// row returns the places where a token may be. Its hash is as good as random.
func (c *knownTokens) row(id store.TokenID) []atomic.Pointer[known] {
	n, _ := bits.Mul64(binary.LittleEndian.Uint64(id[:]), c.rows)
	return c.places[int(n)*c.width : (int(n)+1)*c.width]
}

// find returns what is known about a token, or nil.
func (c *knownTokens) find(id store.TokenID, now time.Time) *known {
	if c == nil {
		return nil
	}
	row := c.row(id)
	for i := range row {
		k := row[i].Load()
		if k == nil || k.place.id != id {
			continue
		}
		if !now.Before(k.place.until) {
			row[i].CompareAndSwap(k, nil)
			return nil
		}
		if !k.place.used.Load() { // written once only, so that processors do not wait for each other
			k.place.used.Store(true)
		}
		return k
	}
	return nil
}

// add remembers what is known about a token, unless it is too much. Nobody else has seen k yet.
func (c *knownTokens) add(id store.TokenID, k *known, until time.Time) {
	if c == nil || k.size() > maxKnown {
		return
	}
	k.place.id, k.place.until = id, until
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room(c.row(id), id, time.Now()).Store(k)
}

// room returns the place for a token: its own, an empty one, that of an entry that has ended, of one that was not used lately, or any.
func (c *knownTokens) room(row []atomic.Pointer[known], id store.TokenID, now time.Time) *atomic.Pointer[known] {
	start := int(id[len(id)-1]) % len(row) // anywhere, so that each place has its turn
	var free, idle *atomic.Pointer[known]
	for i := range row {
		p := &row[(start+i)%len(row)]
		switch k := p.Load(); {
		case k == nil:
			free = p
		case k.place.id == id:
			return p
		case !now.Before(k.place.until):
			free = p
		case idle == nil && !k.place.used.Swap(false):
			idle = p
		}
	}
	switch {
	case free != nil:
		return free
	case idle != nil:
		return idle
	}
	return &row[start]
}

// clear forgets everything.
func (c *knownTokens) clear() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.places {
		c.places[i].Store(nil)
	}
}

// size returns how much text is remembered with k.
func (k *known) size() int {
	n := len(k.name)
	for _, s := range k.scopes {
		n += len(s)
	}
	if k.answer != nil {
		n += len(k.answer.text)
	}
	return n
}
