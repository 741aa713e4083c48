package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

var counterEventFlaws = []flaw[tally]{
	{"same event", "counts each time", recording(func(_ *ledger, _ *time.Time, event *store.EventID, _ *[]store.Limit) { *event = newEvent() })},
	{"same event", "counts for longer", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			for _, l := range limits {
				delete(s.events[l.Counter], event)
			}
			return s.CountEvent(ctx, now, event, limits...)
		}
	}},
	{"same event", "counts nowhere if it counts somewhere", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			for _, l := range limits {
				if at, ok := s.events[l.Counter][event]; ok && now.Before(at.Add(l.Window)) {
					return nil
				}
			}
			return s.CountEvent(ctx, now, event, limits...)
		}
	}},
	{"same event", "never counts again", recording(func(s *ledger, _ *time.Time, event *store.EventID, limits *[]store.Limit) {
		*limits = slices.DeleteFunc(*limits, func(l store.Limit) bool { _, ok := s.events[l.Counter][*event]; return ok })
	})},
	{"same event", "refuses a counter that is named twice", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			if len(limits) == 2 && limits[0] == limits[1] {
				return errors.New("duplicate key")
			}
			return s.CountEvent(ctx, now, event, limits...)
		}
	}},
	{"event IDs", "cuts them", recording(func(_ *ledger, _ *time.Time, event *store.EventID, _ *[]store.Limit) { clear(event[8:]) })},
	{"event IDs", "takes the end of them", recording(func(_ *ledger, _ *time.Time, event *store.EventID, _ *[]store.Limit) { clear(event[:8]) })},
	{"event IDs", "takes zero for none", recording(func(_ *ledger, _ *time.Time, event *store.EventID, limits *[]store.Limit) {
		if *event == (store.EventID{}) {
			*limits = nil
		}
	})},
	{"event IDs", "knows one event at a time", recording(func(s *ledger, now *time.Time, _ *store.EventID, limits *[]store.Limit) {
		*limits = slices.DeleteFunc(*limits, func(l store.Limit) bool {
			return slices.ContainsFunc(s.counting(*now, l), func(at time.Time) bool { return at.Equal(*now) })
		})
	})},
	{"independent", "cuts the IDs of counters", func(c *tally) {
		cut := func(_ *time.Time, limits []store.Limit) {
			for i := range limits {
				clear(limits[i].Counter[16:])
			}
		}
		asking(cut)(c)
		recording(func(_ *ledger, now *time.Time, _ *store.EventID, limits *[]store.Limit) { cut(now, *limits) })(c)
		c.clear = func(s *ledger, ctx context.Context, counters []store.CounterID) error {
			for _, id := range counters {
				clear(id[16:])
				if err := s.ClearCounters(ctx, id); err != nil {
					return err
				}
			}
			return nil
		}
	}},
	{"independent", "takes the zero ID for all", func(c *tally) {
		c.clear = func(s *ledger, ctx context.Context, counters []store.CounterID) error {
			if slices.Contains(counters, store.CounterID{}) {
				clear(s.events)
			}
			return s.ClearCounters(ctx, counters...)
		}
	}},
	{"concurrent use", "writes back what it has read", func(c *tally) {
		var mu sync.Mutex // so that the race detector has nothing to say
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			mu.Lock()
			defer mu.Unlock()
			for _, l := range limits {
				s.mu.Lock()
				read := maps.Clone(s.events[l.Counter])
				s.mu.Unlock()
				mu.Unlock()
				yield()
				mu.Lock()
				if read == nil {
					read = map[store.EventID]time.Time{}
				}
				read[event] = now
				s.mu.Lock()
				s.events[l.Counter] = read
				s.mu.Unlock()
			}
			return nil
		}
	}},
	{"concurrent use", "fails when two meet", func(c *tally) {
		var mu sync.Mutex
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			if !mu.TryLock() {
				return errors.New("deadlock found when trying to get lock; try restarting transaction")
			}
			defer mu.Unlock()
			yield()
			return s.CountEvent(ctx, now, event, limits...)
		}
	}},
}

var counterCallFlaws = []flaw[tally]{
	{"nothing", "refuses no limits", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			if len(limits) == 0 {
				return store.ErrInvalid
			}
			return s.CountEvent(ctx, now, event, limits...)
		}
	}},
	{"nothing", "fails without limits", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error) {
			if len(limits) == 0 {
				return time.Time{}, store.ErrNotFound
			}
			return s.LimitedUntil(ctx, now, limits...)
		}
	}},
	{"nothing", "misses what is not there", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error) {
			for _, l := range limits {
				if s.events[l.Counter] == nil {
					return time.Time{}, store.ErrNotFound
				}
			}
			return s.LimitedUntil(ctx, now, limits...)
		}
	}},
	{"nothing", "misses what is to be cleared", func(c *tally) {
		c.clear = func(s *ledger, ctx context.Context, counters []store.CounterID) error {
			for _, id := range counters {
				if s.events[id] == nil {
					return store.ErrNotFound
				}
			}
			return s.ClearCounters(ctx, counters...)
		}
	}},
	{"nothing", "clears all if nothing is named", func(c *tally) {
		c.clear = func(s *ledger, ctx context.Context, counters []store.CounterID) error {
			if len(counters) == 0 {
				clear(s.events)
			}
			return s.ClearCounters(ctx, counters...)
		}
	}},
	{"invalid", "counts up to the invalid one", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			for _, l := range limits {
				if err := s.CountEvent(ctx, now, event, l); err != nil {
					return err
				}
			}
			return nil
		}
	}},
	{"invalid", "leaves invalid ones out", recording(func(_ *ledger, _ *time.Time, _ *store.EventID, limits *[]store.Limit) {
		*limits = slices.DeleteFunc(*limits, func(l store.Limit) bool { return valid(context.Background(), []store.Limit{l}) != nil })
	})},
	{"invalid", "is never limited by an invalid one", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error) {
			limits = slices.DeleteFunc(slices.Clone(limits), func(l store.Limit) bool { return valid(ctx, []store.Limit{l}) != nil })
			return s.LimitedUntil(ctx, now, limits...)
		}
	}},
	{"clear", "clears all", func(c *tally) {
		c.clear = func(s *ledger, _ context.Context, _ []store.CounterID) error { clear(s.events); return nil }
	}},
	{"clear", "clears the first", func(c *tally) {
		c.clear = func(s *ledger, ctx context.Context, counters []store.CounterID) error {
			return s.ClearCounters(ctx, counters[:min(1, len(counters))]...)
		}
	}},
	{"clear", "clears nothing", func(c *tally) { c.clear = func(*ledger, context.Context, []store.CounterID) error { return nil } }},
	{"clear", "clears the latest event", func(c *tally) {
		c.clear = func(s *ledger, ctx context.Context, counters []store.CounterID) error {
			for _, id := range counters {
				var latest time.Time
				for _, at := range s.events[id] {
					if at.After(latest) {
						latest = at
					}
				}
				maps.DeleteFunc(s.events[id], func(_ store.EventID, at time.Time) bool { return at.Equal(latest) })
			}
			return nil
		}
	}},
	{"clear", "remembers the events", func(c *tally) {
		type key struct {
			counter store.CounterID
			event   store.EventID
		}
		cleared := map[key]bool{}
		c.clear = func(s *ledger, ctx context.Context, counters []store.CounterID) error {
			for _, id := range counters {
				for event := range s.events[id] {
					cleared[key{id, event}] = true
				}
			}
			return s.ClearCounters(ctx, counters...)
		}
		recording(func(_ *ledger, _ *time.Time, event *store.EventID, limits *[]store.Limit) {
			*limits = slices.DeleteFunc(*limits, func(l store.Limit) bool { return cleared[key{l.Counter, *event}] })
		})(c)
	}},
	{"done context", "asks all the same", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error) {
			return s.LimitedUntil(context.WithoutCancel(ctx), now, limits...)
		}
	}},
	{"done context", "does not look at it without limits", func(c *tally) {
		c.limited = func(s *ledger, ctx context.Context, now time.Time, limits []store.Limit) (time.Time, error) {
			if len(limits) == 0 {
				return time.Time{}, nil
			}
			return s.LimitedUntil(ctx, now, limits...)
		}
	}},
	{"done context", "counts all the same", func(c *tally) {
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			return errors.Join(s.CountEvent(context.WithoutCancel(ctx), now, event, limits...), context.Cause(ctx))
		}
	}},
	{"done context", "clears all the same", func(c *tally) {
		c.clear = func(s *ledger, ctx context.Context, counters []store.CounterID) error {
			return errors.Join(s.ClearCounters(context.WithoutCancel(ctx), counters...), context.Cause(ctx))
		}
	}},
	{"done context", "forgets the cause", func(c *tally) {
		c.clear = func(s *ledger, ctx context.Context, counters []store.CounterID) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return s.ClearCounters(ctx, counters...)
		}
	}},
	{"restart", "forgets when restarted", func(c *tally) { c.reopen = func() store.CounterStore { return newLedger() } }},
	{"restart", "counts anew what it knew before", func(c *tally) {
		c.reopen = func() store.CounterStore {
			again := newLedger()
			for id, events := range c.events {
				again.events[id] = map[store.EventID]time.Time{}
				for event, at := range events { // it has kept the times and not the IDs
					event[0]++
					again.events[id][event] = at
				}
			}
			c.ledger = again
			return c
		}
	}},
}
