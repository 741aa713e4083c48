package auth

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// DefaultMaxCounters is how many counters NewCounters(0) holds.
const DefaultMaxCounters = 1 << 16

const (
	// perSet is how many counters compete for room with one another. It is large, so that all sets fill at much the same time: none is full before
	// nearly all are.
	perSet = 64

	// eventsPerCounter is for how many events of each counter there is room, on average over all of them. Most have one or two.
	eventsPerCounter = 8

	// mayGo is how many events a counter may have and be forgotten for another. It is one, of the names that a flood invents: whoever failed twice
	// is remembered.
	mayGo = 1

	// leastEvents are held however few counters there are: room for one at the highest Rate.
	leastEvents = 2 * maxRate
)

// Counters is a store.CounterStore in the memory of this process, bounded in size: in the number of counters and in that of all their events.
// Which counters compete for room depends on a random seed, so that nobody can aim at one. Where there is no room, those whose windows are over
// go first, then those with a single event, the oldest of these first; one that has more, or has reached its limit, stays until its time. If all do,
// whoever would have to be counted is refused with store.ErrFull (503) until the first is free: somebody with a great many addresses, who fails
// twice as often as there are counters, keeps others out, and does not get at their passwords. Counters on a server of their own have no such
// bound. It is safe for concurrent use; make one with [NewCounters].
type Counters struct {
	seeds [2]maphash.Seed
	sets  []counterSet
	room  eventRoom
}

// eventRoom is how many events there are in all sets, and how many there may be. A set that holds no more than perSet takes one more in any case.
type eventRoom struct {
	used atomic.Int64
	max  int64
}

// NewCounters returns Counters that hold max counters at the same time, rounded up to whole sets of 64; zero or less means [DefaultMaxCounters]. They
// hold eight events for each of these counters on average, so that one may have hundreds. A counter takes 32 bytes and each event 16, and there is a reserve of
// an eighth of that as a rule: 13 MiB at the most for the default, once there have been so many failures.
func NewCounters(max int) *Counters {
	if max <= 0 {
		max = DefaultMaxCounters
	}
	c := &Counters{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, sets: make([]counterSet, (max-1)/perSet+1)}
	c.room.max = int64(len(c.sets)) * perSet * eventsPerCounter
	if c.room.max < leastEvents {
		c.room.max = leastEvents
	}
	for i := range c.sets {
		c.sets[i].room = &c.room
	}
	return c
}

// String returns a fixed text.
func (c *Counters) String() string { return "auth.Counters" }

// Format prints String for every verb.
func (c *Counters) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// counterKey stands for the ID of a counter in half the room: 128 bits that nobody outside can predict.
type counterKey [2]uint64

// set returns where the counter is, and what it is called there.
func (c *Counters) set(id *store.CounterID) (*counterSet, counterKey) {
	key := counterKey{maphash.Bytes(c.seeds[0], id[:]), maphash.Bytes(c.seeds[1], id[:])}
	return &c.sets[key[0]%uint64(len(c.sets))], key
}

// LimitedUntil implements store.CounterStore.
func (c *Counters) LimitedUntil(ctx context.Context, now time.Time, limits ...store.Limit) (until time.Time, err error) {
	if err := c.valid(ctx, limits); err != nil {
		return time.Time{}, err
	}
	for i := range limits {
		s, key := c.set(&limits[i].Counter)
		free, err := s.limitedUntil(now, key, &limits[i])
		if err != nil {
			return time.Time{}, err
		}
		if free.After(until) {
			until = free
		}
	}
	return until, nil
}

// CountEvent implements store.CounterStore.
func (c *Counters) CountEvent(ctx context.Context, now time.Time, event store.EventID, limits ...store.Limit) error {
	if err := c.valid(ctx, limits); err != nil {
		return err
	}
	e := counted{at: now.UnixMicro(), id: maphash.Bytes(c.seeds[0], event[:])}
	for i := range limits {
		s, key := c.set(&limits[i].Counter)
		s.count(e, key, &limits[i])
	}
	return nil
}

// ClearCounters implements store.CounterStore.
func (c *Counters) ClearCounters(ctx context.Context, counters ...store.CounterID) error {
	if err := c.valid(ctx, nil); err != nil {
		return err
	}
	for i := range counters {
		s, key := c.set(&counters[i])
		s.clear(key)
	}
	return nil
}

var errNoCounters = errors.New("auth: Counters were not made by NewCounters")

// valid refuses what no method can do anything with.
func (c *Counters) valid(ctx context.Context, limits []store.Limit) error {
	switch {
	case c == nil || c.sets == nil:
		return errNoCounters
	case ctx.Err() != nil:
		return fmt.Errorf("auth: Counters: %w", context.Cause(ctx))
	}
	for i := range limits {
		if limits[i].Max < 1 || limits[i].Window < time.Microsecond {
			return fmt.Errorf("auth: Counters: Max or Window below 1: %w", store.ErrInvalid)
		}
	}
	return nil
}
