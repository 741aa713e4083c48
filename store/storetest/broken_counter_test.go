package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// ledger is a sound store of counters that forgets nothing.
type ledger struct {
	mu      sync.Mutex
	events  map[store.CounterID]map[store.EventID]time.Time
	windows map[store.CounterID]time.Duration
}

func newLedger() *ledger {
	return &ledger{events: map[store.CounterID]map[store.EventID]time.Time{}, windows: map[store.CounterID]time.Duration{}}
}

func valid(ctx context.Context, limits []store.Limit) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, l := range limits {
		if l.Max < 1 || l.Window < time.Microsecond {
			return fmt.Errorf("%w: Max or Window", store.ErrInvalid)
		}
	}
	return nil
}

// counting returns the times of the events that count at now, in order.
func (s *ledger) counting(now time.Time, l store.Limit) []time.Time {
	times := slices.SortedFunc(maps.Values(s.events[l.Counter]), time.Time.Compare)
	return slices.DeleteFunc(times, func(at time.Time) bool { return !now.Before(at.Add(l.Window)) })
}

func (s *ledger) LimitedUntil(ctx context.Context, now time.Time, limits ...store.Limit) (until time.Time, err error) {
	if err := valid(ctx, limits); err != nil {
		return time.Time{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range limits {
		times := s.counting(now, l)
		if n := len(times); n >= l.Max {
			if free := times[n-l.Max].Add(l.Window); free.After(until) {
				until = free
			}
		}
	}
	return until, nil
}

func (s *ledger) CountEvent(ctx context.Context, now time.Time, event store.EventID, limits ...store.Limit) error {
	if err := valid(ctx, limits); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now = now.Truncate(time.Microsecond)
	for _, l := range limits {
		at, ok := s.events[l.Counter][event]
		if ok && now.Before(at.Add(l.Window)) {
			continue
		}
		if s.events[l.Counter] == nil {
			s.events[l.Counter] = map[store.EventID]time.Time{}
		}
		s.events[l.Counter][event] = now
		s.windows[l.Counter] = l.Window
	}
	return nil
}

func (s *ledger) ClearCounters(ctx context.Context, counters ...store.CounterID) error {
	if err := valid(ctx, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range counters {
		delete(s.events, id)
	}
	return nil
}

// tally is a ledger to be broken.
type tally struct {
	*ledger
	limited func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error)
	count   func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error
	clear   func(s *ledger, ctx context.Context, counters []store.CounterID) error
	purge   func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error)
	reopen  func() store.CounterStore
}

func (c *tally) LimitedUntil(ctx context.Context, now time.Time, limits ...store.Limit) (time.Time, error) {
	return c.limited(c.ledger, ctx, now, limits)
}

func (c *tally) CountEvent(ctx context.Context, now time.Time, event store.EventID, limits ...store.Limit) error {
	return c.count(c.ledger, ctx, now, event, limits)
}

func (c *tally) ClearCounters(ctx context.Context, counters ...store.CounterID) error {
	return c.clear(c.ledger, ctx, counters)
}

func limitedUntil(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error) {
	return s.LimitedUntil(ctx, now, limits...)
}

func countEvent(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
	return s.CountEvent(ctx, now, event, limits...)
}

func clearCounters(s *ledger, ctx context.Context, counters []store.CounterID) error {
	return s.ClearCounters(ctx, counters...)
}

func openTally(_ *testing.T, apply func(*tally)) CounterHarness {
	c := &tally{ledger: newLedger(), limited: limitedUntil, count: countEvent, clear: clearCounters, purge: purgeCounters}
	c.reopen = func() store.CounterStore { return c }
	apply(c)
	return CounterHarness{Store: c, Reopen: func() store.CounterStore { return c.reopen() }}
}

func TestSoundCounterStore(t *testing.T) {
	TestCounterStore(t, func(t *testing.T) CounterHarness { return openTally(t, func(*tally) {}) })
}

// TestCounterStoreThatForgets: what need not outlive a restart is not asked for.
func TestCounterStoreThatForgets(t *testing.T) {
	TestCounterStore(t, func(t *testing.T) CounterHarness { return CounterHarness{Store: newLedger()} })
}

func TestCounterFlaws(t *testing.T) {
	testFlaws(t, counterChecks, openTally, slices.Concat(counterWindowFlaws, counterEventFlaws, counterCallFlaws, counterPurgeFlaws))
}

// asking changes what LimitedUntil is asked for.
func asking(change func(now *time.Time, limits []store.Limit)) func(*tally) {
	return func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error) {
			limits = slices.Clone(limits)
			change(&now, limits)
			return s.LimitedUntil(ctx, now, limits...)
		}
	}
}

// answering changes what LimitedUntil returns for a limit that is reached, of which the times are those that count.
func answering(free func(times []time.Time, now time.Time, l store.Limit) time.Time) func(*tally) {
	return func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (until time.Time, err error) {
			if err := valid(ctx, limits); err != nil {
				return time.Time{}, err
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, l := range limits {
				if times := s.counting(now, l); len(times) >= l.Max {
					if free := free(times, now, l); free.After(until) {
						until = free
					}
				}
			}
			return until, nil
		}
	}
}

// recording changes what CountEvent counts.
func recording(change func(s *ledger, now *time.Time, event *store.EventID, limits *[]store.Limit)) func(*tally) {
	return func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			limits = slices.Clone(limits)
			change(s, &now, &event, &limits)
			return s.CountEvent(ctx, now, event, limits...)
		}
	}
}

var counterWindowFlaws = []flaw[tally]{
	{"limit", "one more than the limit", asking(func(_ *time.Time, limits []store.Limit) {
		for i := range limits {
			limits[i].Max++
		}
	})},
	{"limit", "one less than the limit", asking(func(_ *time.Time, limits []store.Limit) {
		for i := range limits {
			limits[i].Max = max(1, limits[i].Max-1)
		}
	})},
	{"limit", "counts to 64", recording(func(s *ledger, _ *time.Time, _ *store.EventID, limits *[]store.Limit) {
		*limits = slices.DeleteFunc(*limits, func(l store.Limit) bool { return len(s.events[l.Counter]) >= 64 })
	})},
	{"boundary", "a microsecond too long", asking(func(now *time.Time, _ []store.Limit) { *now = now.Add(-time.Microsecond) })},
	{"boundary", "a microsecond too short", asking(func(now *time.Time, _ []store.Limit) { *now = now.Add(time.Microsecond) })},
	{"boundary", "keeps nanoseconds", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			err := s.CountEvent(ctx, now, event, limits...)
			for _, l := range limits {
				s.events[l.Counter][event] = now
			}
			return err
		}
	}},
	{"boundary", "keeps milliseconds", recording(func(_ *ledger, now *time.Time, _ *store.EventID, _ *[]store.Limit) {
		*now = now.Truncate(time.Millisecond)
	})},
	{"boundary", "returns seconds", answering(func(times []time.Time, _ time.Time, l store.Limit) time.Time {
		return times[len(times)-l.Max].Add(l.Window).Truncate(time.Second)
	})},
	{"boundary", "does not look at the zone", asking(func(now *time.Time, _ []store.Limit) {
		_, offset := now.Zone()
		*now = now.Add(time.Duration(offset) * time.Second)
	})},
	{"boundary", "forgets after a year", asking(func(_ *time.Time, limits []store.Limit) {
		for i := range limits {
			limits[i].Window = min(limits[i].Window, 365*24*time.Hour)
		}
	})},
	{"sliding", "windows with fixed boundaries", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (until time.Time, err error) {
			for _, l := range limits {
				start := now.Truncate(l.Window)
				n := 0
				for _, at := range s.events[l.Counter] {
					if !at.Before(start) {
						n++
					}
				}
				if n >= l.Max {
					until = start.Add(l.Window)
				}
			}
			return until, err
		}
	}},
	{"sliding", "begins anew when the first is over", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			for _, l := range limits {
				if times := s.counting(time.Time{}, l); len(times) > 0 && !now.Before(times[0].Add(l.Window)) {
					delete(s.events, l.Counter)
				}
			}
			return s.CountEvent(ctx, now, event, limits...)
		}
	}},
	{"sliding", "each event prolongs the others", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			for _, l := range limits {
				for e := range s.events[l.Counter] {
					s.events[l.Counter][e] = now
				}
			}
			return s.CountEvent(ctx, now, event, limits...)
		}
	}},
	{"until", "until the first event is over", answering(func(times []time.Time, _ time.Time, l store.Limit) time.Time { return times[0].Add(l.Window) })},
	{"until", "until the last event is over", answering(func(times []time.Time, _ time.Time, l store.Limit) time.Time {
		return times[len(times)-1].Add(l.Window)
	})},
	{"until", "a whole window from now", answering(func(_ []time.Time, now time.Time, l store.Limit) time.Time { return now.Add(l.Window) })},
	{"until", "keeps the first Max and not the last", recording(func(s *ledger, now *time.Time, _ *store.EventID, limits *[]store.Limit) {
		*limits = slices.DeleteFunc(*limits, func(l store.Limit) bool { return len(s.counting(*now, l)) >= l.Max })
	})},
	{"several limits", "looks at the first only", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error) {
			return s.LimitedUntil(ctx, now, limits[:min(1, len(limits))]...)
		}
	}},
	{"several limits", "the last that is reached", lastOf(func(a, b time.Time) time.Time { return b })},
	{"several limits", "the earliest", lastOf(func(a, b time.Time) time.Time {
		if a.IsZero() || b.Before(a) {
			return b
		}
		return a
	})},
	{"several limits", "only if all are reached", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (until time.Time, err error) {
			for _, l := range limits {
				if free, err := s.LimitedUntil(ctx, now, l); err != nil || free.IsZero() {
					return time.Time{}, err
				}
			}
			return s.LimitedUntil(ctx, now, limits...)
		}
	}},
	{"clock", "refuses events of long ago", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			if time.Since(now) > 365*24*time.Hour {
				return nil
			}
			return s.CountEvent(ctx, now, event, limits...)
		}
	}},
	{"clock", "has a clock of its own", recording(func(_ *ledger, now *time.Time, _ *store.EventID, _ *[]store.Limit) { *now = time.Now() })},
	{"order", "the order of arrival", recording(func(s *ledger, now *time.Time, _ *store.EventID, limits *[]store.Limit) {
		for _, l := range *limits {
			for _, at := range s.events[l.Counter] {
				if at.After(*now) {
					*now = at
				}
			}
		}
	})},
	{"order", "loses what comes late", recording(func(s *ledger, now *time.Time, _ *store.EventID, limits *[]store.Limit) {
		*limits = slices.DeleteFunc(*limits, func(l store.Limit) bool {
			return slices.ContainsFunc(s.counting(*now, l), func(at time.Time) bool { return at.After(*now) })
		})
	})},
	{"order", "does not see the future", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (until time.Time, err error) {
			past := newLedger()
			for id, events := range s.events {
				past.events[id] = maps.Clone(events)
				maps.DeleteFunc(past.events[id], func(_ store.EventID, at time.Time) bool { return at.After(now) })
			}
			return past.LimitedUntil(ctx, now, limits...)
		}
	}},
	{"walk", "forgets an event that is over for ever", func(c *tally) {
		seen := map[store.EventID]bool{}
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			if seen[event] {
				return nil
			}
			seen[event] = true
			return s.CountEvent(ctx, now, event, limits...)
		}
	}},
	{"walk", "counts for the longest of the windows", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error) {
			limits = slices.Clone(limits)
			for i := range limits {
				limits[i].Window = slices.MaxFunc(limits, func(a, b store.Limit) int { return int(a.Window - b.Window) }).Window
			}
			return s.LimitedUntil(ctx, now, limits...)
		}
	}},
}

// lastOf joins the moments at which several limits are free.
func lastOf(join func(a, b time.Time) time.Time) func(*tally) {
	return func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (until time.Time, err error) {
			for _, l := range limits {
				free, err := s.LimitedUntil(ctx, now, l)
				if err != nil {
					return time.Time{}, err
				}
				if !free.IsZero() {
					until = join(until, free)
				}
			}
			return until, nil
		}
	}
}
