package auth

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// maxSamples is how many different failures are told apart in one interval.
const maxSamples = 1000

// samples counts failures that are the same, and says which of them are to be logged.
type samples struct {
	burst    int
	interval time.Duration
	report   func(k sampleKey, level slog.Level, n int)

	mu    sync.Mutex
	seen  map[sampleKey]*sample
	end   time.Time   // of the interval, the zero Time if none has begun
	timer *time.Timer // that flushes at its end, if something was left out
}

// sampleKey is what makes failures the same.
type sampleKey struct {
	kind        EventKind
	outcome     Outcome
	method      autherr.Method
	application string
	code        autherr.Code
	network     netip.Prefix
}

// sample is how often a failure was seen.
type sample struct {
	n     int
	level slog.Level
}

// take counts e and reports whether it is to be logged.
func (s *samples) take(e *Event, level slog.Level) bool {
	key := sampleKey{e.Kind, e.Outcome, e.Method, e.Application, e.Code, networkOf(e.Address)}
	now := time.Now()
	s.mu.Lock()
	var before map[sampleKey]*sample
	if !now.Before(s.end) {
		before = s.reset()
		s.seen, s.end = map[sampleKey]*sample{}, now.Add(s.interval)
	}
	first := s.count(key, level)
	if !first && s.timer == nil {
		s.timer = time.AfterFunc(s.end.Sub(now), s.flush)
	}
	s.mu.Unlock()
	s.tell(before)
	return first
}

// count reports whether the failure is one of the first of its kind.
func (s *samples) count(key sampleKey, level slog.Level) bool {
	seen := s.seen[key]
	if seen == nil && len(s.seen) >= maxSamples {
		key = sampleKey{kind: key.kind, outcome: key.outcome} // of which there are few
		seen = s.seen[key]
	}
	if seen == nil {
		seen = &sample{level: level}
		s.seen[key] = seen
	}
	seen.n++
	return seen.n <= s.burst
}

// flush ends the interval and tells what was left out in it.
func (s *samples) flush() {
	s.mu.Lock()
	seen := s.reset()
	s.mu.Unlock()
	s.tell(seen)
}

// reset ends the interval and returns what was counted in it.
func (s *samples) reset() map[sampleKey]*sample {
	seen := s.seen
	s.seen, s.end = nil, time.Time{}
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	return seen
}

func (s *samples) tell(seen map[sampleKey]*sample) {
	for key, sample := range seen {
		if n := sample.n - s.burst; n > 0 {
			s.report(key, sample.level, n)
		}
	}
}

// networkOf returns the addresses that somebody has who has addr.
func networkOf(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p
}
