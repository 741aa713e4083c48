package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// PurgeCounters implements store.CounterPurger.
func (s *ledger) PurgeCounters(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := valid(ctx, nil); err != nil {
		return 0, err
	}
	if limit < 1 {
		return 0, store.ErrInvalid
	}
	return s.purge(limit, func(counter store.CounterID, at time.Time) bool { return at.Add(s.windows[counter]).Before(before) }), nil
}

// purge forgets up to limit events that are over, the counters in any order.
func (s *ledger) purge(limit int, over func(counter store.CounterID, at time.Time) bool) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, events := range s.events {
		for event, at := range events {
			if n < limit && over(id, at) {
				delete(events, event)
				n++
			}
		}
	}
	return n
}

func purgeCounters(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
	return s.PurgeCounters(ctx, before, limit)
}

func (c *tally) PurgeCounters(ctx context.Context, before time.Time, limit int) (int, error) {
	return c.purge(c.ledger, ctx, before, limit)
}

// purgingCounters changes what PurgeCounters is asked for.
func purgingCounters(change func(before *time.Time, limit *int)) func(*tally) {
	return func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			change(&before, &limit)
			return s.PurgeCounters(ctx, before, limit)
		}
	}
}

// forgetting changes which events are over.
func forgetting(over func(s *ledger, before time.Time, counter store.CounterID, at time.Time) bool) func(*tally) {
	return func(c *tally) {
		c.purge = func(s *ledger, _ context.Context, before time.Time, limit int) (int, error) {
			return s.purge(limit, func(counter store.CounterID, at time.Time) bool { return over(s, before, counter, at) }), nil
		}
	}
}

var counterPurgeFlaws = []flaw[tally]{
	{"purge", "does nothing", func(c *tally) {
		c.purge = func(*ledger, context.Context, time.Time, int) (int, error) { return 0, nil }
	}},
	{"purge", "does nothing and says that it did", func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			copied := newLedger()
			copied.windows = s.windows
			for id, events := range s.events {
				copied.events[id] = map[store.EventID]time.Time{}
				for event, at := range events {
					copied.events[id][event] = at
				}
			}
			return copied.PurgeCounters(ctx, before, limit)
		}
	}},
	{"purge", "what ends at that time too", purgingCounters(func(before *time.Time, _ *int) { *before = before.Add(time.Microsecond) })},
	{"purge", "a microsecond late", purgingCounters(func(before *time.Time, _ *int) { *before = before.Add(-time.Microsecond) })},
	{"purge", "compares seconds", purgingCounters(func(before *time.Time, _ *int) { *before = before.Truncate(time.Second) })},
	{"purge", "compares local times", purgingCounters(func(before *time.Time, _ *int) {
		_, offset := before.Zone()
		*before = before.Add(time.Duration(offset) * time.Second)
	})},
	{"purge", "by a clock of its own", purgingCounters(func(before *time.Time, _ *int) { *before = time.Now() })},
	{"purge", "takes no time for now", purgingCounters(func(before *time.Time, _ *int) {
		if before.IsZero() {
			*before = time.Now().AddDate(1, 0, 0)
		}
	})},
	{"purge", "what happened before", forgetting(func(_ *ledger, before time.Time, _ store.CounterID, at time.Time) bool { return at.Before(before) })},
	{"purge", "says nothing", func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			_, err := s.PurgeCounters(ctx, before, limit)
			return 0, err
		}
	}},
	{"purge", "comes back after a restart", func(c *tally) {
		before := newLedger()
		c.count = func(s *ledger, ctx context.Context, now time.Time, event store.EventID, limits []store.Limit) error {
			_ = before.CountEvent(ctx, now, event, limits...)
			return s.CountEvent(ctx, now, event, limits...)
		}
		c.reopen = func() store.CounterStore { return before }
	}},
	{"purge part", "a counter one of whose events is over", func(c *tally) {
		c.purge = func(s *ledger, _ context.Context, before time.Time, limit int) (int, error) {
			one := map[store.CounterID]bool{} // before any of them is forgotten, or it would depend on their order
			for id, events := range s.events {
				for _, at := range events {
					one[id] = one[id] || at.Add(s.windows[id]).Before(before)
				}
			}
			return s.purge(limit, func(counter store.CounterID, _ time.Time) bool { return one[counter] }), nil
		}
	}},
	{"purge part", "only counters all of whose events are over", forgetting(func(s *ledger, before time.Time, counter store.CounterID, _ time.Time) bool {
		for _, at := range s.events[counter] {
			if !at.Add(s.windows[counter]).Before(before) {
				return false
			}
		}
		return true
	})},
	{"purge part", "counts counters", func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			var of []store.CounterID
			s.purge(limit, func(counter store.CounterID, at time.Time) bool {
				over := at.Add(s.windows[counter]).Before(before)
				if over && !slices.Contains(of, counter) {
					of = append(of, counter)
				}
				return over
			})
			return len(of), nil
		}
	}},
	{"purge part", "an event in all of its counters", func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			gone := map[store.EventID]bool{}
			for id, events := range s.events {
				for event, at := range events {
					gone[event] = gone[event] || at.Add(s.windows[id]).Before(before)
				}
			}
			n, err := s.PurgeCounters(ctx, before, limit)
			for _, events := range s.events {
				for event := range events {
					if gone[event] {
						delete(events, event)
					}
				}
			}
			return n, err
		}
	}},
	{"purge limit", "no limit", purgingCounters(func(_ *time.Time, limit *int) { *limit = 1 << 30 })},
	{"purge limit", "one less", purgingCounters(func(_ *time.Time, limit *int) { *limit = max(1, *limit-1) })},
	{"purge limit", "returns what it was allowed", func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			_, err := s.PurgeCounters(ctx, before, limit)
			return limit, err
		}
	}},
	{"purge limit", "takes others when it has not enough", func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			n, err := s.PurgeCounters(ctx, before, limit)
			return n + s.purge(limit-n, func(store.CounterID, time.Time) bool { return true }), err
		}
	}},
	{"purge invalid", "takes it for no limit", purgingCounters(func(_ *time.Time, limit *int) {
		if *limit < 1 {
			*limit = 1 << 30
		}
	})},
	{"purge invalid", "takes it for nothing to do", func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			if limit < 1 {
				return 0, nil
			}
			return s.PurgeCounters(ctx, before, limit)
		}
	}},
	{"purge done context", "purges all the same", func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			n, err := s.PurgeCounters(context.WithoutCancel(ctx), before, limit)
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return n, err
		}
	}},
	{"purge done context", "does not say why", func(c *tally) {
		c.purge = func(s *ledger, ctx context.Context, before time.Time, limit int) (int, error) {
			if ctx.Err() != nil {
				return 0, context.Canceled
			}
			return s.PurgeCounters(ctx, before, limit)
		}
	}},
}
