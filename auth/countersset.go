package auth

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// counterSet holds a few counters, and the lock for them. All of it is in two pieces of memory without pointers, which the garbage collector need not
// look into.
type counterSet struct {
	mu       sync.Mutex
	room     *eventRoom
	counters []counter
	events   []counted // of the first counter, then of the second, and so on
}

// counter is one of the counters of a set. Its events are the next n after those of the counters before it, the oldest first.
type counter struct {
	key    counterKey
	window int64 // microseconds
	max    int32
	n      int32
}

// counted is an event.
type counted struct {
	at int64  // Unix microseconds
	id uint64 // a digest
}

var errFull = fmt.Errorf("auth: Counters: no room for another: %w", store.ErrFull)

// limitedUntil is LimitedUntil for one limit.
func (s *counterSet) limitedUntil(now time.Time, key counterKey, l *store.Limit) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, events := s.find(key)
	since := since(now.UnixMicro(), l.Window.Microseconds())
	switch n := len(events); {
	case n >= l.Max && events[n-l.Max].at > since: // when this one is over, one less than Max is left
		return time.UnixMicro(events[n-l.Max].at).Add(l.Window), nil
	case n > 0 && events[0].at <= since: // its place can be taken
	case s.tight(i < 0):
		if weakest, _ := s.weakest(now.UnixMicro(), key); weakest < 0 {
			return time.Time{}, errFull
		}
	}
	return time.Time{}, nil
}

// since returns the moment after which an event must have happened to count at now. All are in microseconds.
func since(now, window int64) int64 { return now - window }

// count counts an event. Without room it is lost, and limitedUntil says so as long as there is none.
func (s *counterSet) count(event counted, key counterKey, l *store.Limit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	window := l.Window.Microseconds()
	i, events := s.find(key)
	if over := over(events, since(event.at, window)); over > 0 {
		s.drop(i, over)
		i, events = s.find(key)
	}
	if slices.ContainsFunc(events, func(e counted) bool { return e.id == event.id }) {
		return
	}
	if len(events) < l.Max && !s.makeRoom(event.at, key, i < 0) {
		return
	}
	if i, _ = s.find(key); i < 0 {
		s.counters = append(roomy(s.counters, len(s.counters)+1), counter{key: key})
		i = len(s.counters) - 1
	}
	s.counters[i].max, s.counters[i].window = int32(min(l.Max, math.MaxInt32)), window
	s.insert(i, event)
	if extra := int(s.counters[i].n) - l.Max; extra > 0 {
		s.drop(i, extra)
	}
}

// clear forgets a counter.
func (s *counterSet) clear(key counterKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, events := s.find(key); i >= 0 {
		s.drop(i, len(events))
	}
}

// find returns the counter and its events, or -1 if nothing is counted in it.
func (s *counterSet) find(key counterKey) (int, []counted) {
	start := 0
	for i := range s.counters {
		c := &s.counters[i]
		if c.key == key {
			return i, s.events[start : start+int(c.n)]
		}
		start += int(c.n)
	}
	return -1, nil
}

// tight reports whether another one must go before there is room for an event, and for the counter besides if it is new.
func (s *counterSet) tight(fresh bool) bool {
	return fresh && len(s.counters) >= perSet || len(s.events) >= perSet && s.room.used.Load() >= s.room.max
}

// makeRoom lets counters go, but not this one, until there is room for an event of it. It reports whether there is.
func (s *counterSet) makeRoom(now int64, key counterKey, fresh bool) bool {
	for s.tight(fresh) {
		i, n := s.weakest(now, key)
		if i < 0 {
			return false
		}
		s.drop(i, n)
	}
	return true
}

// weakest returns the counter that goes first, which is not this one, and how many events are stored of it. It returns -1 if all stay: those that have
// reached their limits, and those with more than mayGo events. If they could go, somebody who has brought the rest of a set to as many could throw out
// the counter of a user time and again and guess on; as it is, a set's worth of strangers' failures is forgotten for each guess that is.
func (s *counterSet) weakest(now int64, but counterKey) (best, stored int) {
	best = -1
	var least int
	var oldest int64
	start := 0
	for i := range s.counters {
		c := &s.counters[i]
		events := s.events[start : start+int(c.n)]
		start += int(c.n)
		n := len(events) - over(events, since(now, c.window))
		last := events[len(events)-1].at
		if c.key == but || n >= int(c.max) || n > mayGo {
			continue
		}
		if best < 0 || n < least || n == least && last < oldest { // the least is none: its window is over
			best, stored, least, oldest = i, len(events), n, last
		}
	}
	return best, stored
}

// over returns how many of the events do not count any more.
func over(events []counted, since int64) int {
	if len(events) == 0 || events[0].at > since {
		return 0 // as nearly always
	}
	return sort.Search(len(events), func(i int) bool { return events[i].at > since })
}

// insert puts the event where it belongs among those of the counter.
func (s *counterSet) insert(i int, event counted) {
	at := s.end(i)
	for k := s.counters[i].n; k > 0 && s.events[at-1].at > event.at; k-- { // another goroutine's clock was read later and counted first
		at--
	}
	s.events = slices.Insert(roomy(s.events, len(s.events)+1), at, event)
	s.counters[i].n++
	s.room.used.Add(1)
}

// drop forgets the first n events of the counter, and the counter if it has no others.
func (s *counterSet) drop(i, n int) {
	c := &s.counters[i]
	start := s.end(i) - int(c.n)
	s.events = slices.Delete(s.events, start, start+n)
	s.events = roomy(s.events, len(s.events))
	s.room.used.Add(-int64(n))
	if c.n -= int32(n); c.n == 0 {
		s.counters = slices.Delete(s.counters, i, i+1)
	}
}

// end returns where the events of the counter end.
func (s *counterSet) end(i int) (end int) {
	for j := range s.counters[:i+1] {
		end += int(s.counters[j].n)
	}
	return end
}

// roomy returns the slice with a capacity that is enough for n elements and not much more: memory that append would set aside for each of a great many
// sets is memory that the sets cannot use.
func roomy[E any](s []E, n int) []E {
	if n <= cap(s) && cap(s) <= 2*n+perSet {
		return s
	}
	return append(slices.Grow([]E(nil), n+n/8+2), s...)
}
