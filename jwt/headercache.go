package jwt

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// headerCache remembers what parseHeader said about headers. An issuer writes the same one into all tokens of a key, so it is hardly ever
// read anew. Only the headers of tokens with a good signature get in: strangers can neither fill the cache nor push anything out.
//
// What is in it is true for ever, for it depends on the text of the header alone. Nothing of a key is in it: whether there is one
// of that ID is asked anew for each token.
type headerCache struct {
	known atomic.Pointer[[]knownHeader] // never changed, only replaced

	mu   sync.Mutex // held by writers
	next int        // which one makes room when the cache is full
	last time.Time  // when that was
}

type knownHeader struct {
	segment string // as it is in the token
	header  header
}

// Bounds of a headerCache. All of it takes at most 8 KiB.
const (
	maxKnownHeaders  = 8
	maxHeaderSegment = 512

	// headerTurnover keeps an issuer that writes a new header into each token from having the cache rewritten for each.
	headerTurnover = time.Second
)

// find returns the header that a segment stands for.
func (c *headerCache) find(segment string) (*header, bool) {
	known := c.known.Load()
	if known == nil {
		return nil, false
	}
	for i := range *known {
		if k := &(*known)[i]; k.segment == segment {
			return &k.header, true
		}
	}
	return nil, false
}

// add remembers the header of a token that is signed by its issuer.
func (c *headerCache) add(segment string, h *header) {
	if len(segment) > maxHeaderSegment || h.refuse != nil || !c.mu.TryLock() {
		return // the next token will do
	}
	defer c.mu.Unlock()
	if _, there := c.find(segment); there {
		return
	}
	var list []knownHeader
	if known := c.known.Load(); known != nil {
		list = *known
	}
	at := len(list)
	if at == maxKnownHeaders {
		now := time.Now()
		if now.Sub(c.last) < headerTurnover {
			return
		}
		at, c.next, c.last = c.next, (c.next+1)%maxKnownHeaders, now
	}
	again := make([]knownHeader, max(len(list), at+1))
	copy(again, list)
	again[at] = knownHeader{strings.Clone(segment), *h} // the segment is part of a request, which must not be kept for it
	c.known.Store(&again)
}
