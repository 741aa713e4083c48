package main

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/auth"
)

// How many failures of a minute the audit log keeps: of each outcome from one address, and of all together. With what the whole world sends, it
// grows by at most maxFailures rows a minute, which are some four million in 30 days.
const (
	sameFailures   = 10
	maxFailures    = 100
	failuresMinute = time.Minute
)

// failureSampler gives all successes on, every refresh token that was used twice, and the first failures of each minute: whoever needs no
// credentials to make rows of a table could fill the disk with them. How many were left out is logged at the end of the minute. While many addresses send failures at once, some of somebody
// else's may be left out with theirs. Who must have every one counts them as well (examples/otel).
type failureSampler struct {
	next auth.EventSink
	log  *slog.Logger

	mu      sync.Mutex
	seen    map[failureKey]int
	kept    int
	leftOut int
	end     time.Time   // of the minute
	timer   *time.Timer // that tells at its end, if something was left out
}

type failureKey struct {
	outcome auth.Outcome
	network netip.Prefix
}

// Record implements auth.EventSink.
func (s *failureSampler) Record(ctx context.Context, e auth.Event) error {
	theft := e.Kind == auth.EventTokenReuse && e.Outcome == auth.OutcomeInvalidCredentials // it ended a family, so it takes a login to make another
	if e.Outcome != auth.OutcomeSuccess && !theft && !s.take(failureKey{e.Outcome, network(e.Address)}) {
		return nil
	}
	return s.next.Record(ctx, e)
}

// take reports whether one more of these failures is kept.
func (s *failureSampler) take(key failureKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if !now.Before(s.end) {
		s.tell()
		s.seen, s.kept, s.end = map[failureKey]int{}, 0, now.Add(failuresMinute)
	}
	if s.kept < maxFailures && s.seen[key] < sameFailures {
		s.seen[key]++
		s.kept++
		return true
	}
	s.leftOut++
	if s.timer == nil {
		s.timer = time.AfterFunc(s.end.Sub(now), s.flush)
	}
	return false
}

// flush tells how many were left out until now.
func (s *failureSampler) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell()
}

func (s *failureSampler) tell() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	if s.leftOut > 0 {
		s.log.Warn("failures were left out of the audit log", "count", s.leftOut)
		s.leftOut = 0
	}
}

// network returns the addresses that somebody has who has this one.
func network(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p
}
