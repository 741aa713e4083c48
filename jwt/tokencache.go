package jwt

import (
	"hash/maphash"
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// tokenCache remembers tokens that one Verifier has accepted: what their claims say and which key signed them. It saves the signature, and nothing
// that may have another answer the next time.
//
// A token is found by its whole text, compared character by character, so neither another spelling nor a collision of hashes finds it. The hash,
// with a seed of its own, only says where to look. Readers take no lock and, of tokens in use, write nothing, so processors do not wait for each other. The table
// has a fixed size: rows of a few places each. In a full row a token that has ended makes room, or else one that has not been sent
// again lately; it is merely verified anew if it comes back.
//
// A nil tokenCache remembers nothing.
type tokenCache struct {
	seed   maphash.Seed
	places []place
	width  int // places in a row
	rows   uint64
	locks  [16]sync.Mutex // held by writers, one for each sixteenth of the rows
}

// place holds one token. The hash may be that of the token before: it is a hint.
type place struct {
	hash  atomic.Uint64
	token atomic.Pointer[knownToken]
}

// knownToken never changes, but for used.
type knownToken struct {
	text string
	rec  record
	ends time.Time   // zero if it does not
	used atomic.Bool // sent again since its row was last searched for room
}

const (
	// maxKnownToken is the longest token that is remembered, in bytes. Tokens of the usual claims have 300 to 1,200.
	maxKnownToken = 4 << 10

	maxKnownTokens = 1 << 20
	rowWidth       = 8
)

// newTokenCache returns a cache for at most n tokens.
func newTokenCache(n int) *tokenCache {
	if n <= 0 {
		return nil
	}
	c := &tokenCache{seed: maphash.MakeSeed(), width: min(n, rowWidth), rows: uint64(max(n/rowWidth, 1))}
	c.places = make([]place, c.width*int(c.rows))
	return c
}

// row returns the number of the row of a hash. The upper half of the product spreads evenly over any number of rows.
func (c *tokenCache) row(hash uint64) int {
	n, _ := bits.Mul64(hash, c.rows)
	return int(n)
}

func (c *tokenCache) placesOf(row int) []place { return c.places[row*c.width : (row+1)*c.width] }

// lock locks a row against other writers.
func (c *tokenCache) lock(row int) *sync.Mutex {
	mu := &c.locks[row%len(c.locks)]
	mu.Lock()
	return mu
}

// find returns a token that was accepted before, or nil.
func (c *tokenCache) find(text string) *knownToken {
	if c == nil || len(text) > maxKnownToken {
		return nil
	}
	hash := maphash.String(c.seed, text)
	row := c.placesOf(c.row(hash))
	for i := range row {
		if row[i].hash.Load() != hash {
			continue
		}
		if t := row[i].token.Load(); t != nil && t.text == text {
			if !t.used.Load() {
				t.used.Store(true)
			}
			return t
		}
	}
	return nil
}

// add remembers a token that has been accepted and ends then.
func (c *tokenCache) add(text string, rec *record, ends time.Time) {
	if c == nil || len(text) > maxKnownToken {
		return
	}
	hash := maphash.String(c.seed, text)
	row := c.row(hash)
	defer c.lock(row).Unlock()
	p := room(c.placesOf(row), hash, text, time.Now())
	if p == nil {
		return
	}
	// The text is part of a request, which must not be kept for it. What is in rec is not.
	p.token.Store(&knownToken{text: strings.Clone(text), rec: *rec, ends: ends})
	p.hash.Store(hash)
}

// room returns the place for a token, or nil if it is there already.
func room(row []place, hash uint64, text string, now time.Time) *place {
	start := int(hash % uint64(len(row))) // anywhere, so that each place has its turn
	var free, idle *place
	for i := range row {
		p := &row[(start+i)%len(row)]
		switch t := p.token.Load(); {
		case t == nil:
			free = p
		case p.hash.Load() == hash && t.text == text:
			return nil
		case !t.ends.IsZero() && !now.Before(t.ends):
			free = p
		case idle == nil && !t.used.Swap(false):
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

// remove forgets a token.
func (c *tokenCache) remove(t *knownToken) {
	hash := maphash.String(c.seed, t.text)
	row := c.row(hash)
	defer c.lock(row).Unlock()
	for i, places := 0, c.placesOf(row); i < len(places); i++ {
		if places[i].token.CompareAndSwap(t, nil) {
			return
		}
	}
}
