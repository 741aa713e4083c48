package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// endingEvent is the only event of a counter that it brings to its limit, so that one can see whether it is there.
type endingEvent struct {
	limit store.Limit
	end   time.Time
}

// purgeable returns the store as a CounterPurger, with so many events in it whose windows end one microsecond after the other, the first of them at the
// time that is returned. They count until then, so that no store may forget them by itself.
func (h CounterHarness) purgeable(ctx context.Context, count int) (store.CounterPurger, []endingEvent, time.Time, error) {
	purger, err := capability[store.CounterPurger](h.Store, "CounterPurger")
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	start := instant()
	first := start.Add(time.Hour)
	events := make([]endingEvent, count)
	for i := range events {
		// The earlier an event, the later it ends.
		at, end := start.Add(-time.Duration(i)*time.Second), first.Add(time.Duration(i)*time.Microsecond)
		events[i] = endingEvent{newLimit(1, end.Sub(at)), end}
		if err := h.countNew(ctx, events[i].limit, at); err != nil {
			return nil, nil, time.Time{}, err
		}
	}
	return purger, events, first, nil
}

// left returns those of the events that are there.
func (h CounterHarness) left(ctx context.Context, events []endingEvent) ([]endingEvent, error) {
	var left []endingEvent
	for _, e := range events {
		until, err := h.Store.LimitedUntil(ctx, instant(), e.limit)
		switch {
		case err != nil:
			return nil, fmt.Errorf("LimitedUntil: %w", err)
		case until.IsZero():
		case !until.Equal(e.end):
			return nil, fmt.Errorf("after PurgeCounters: limited until %s, want %s", show(until), show(e.end))
		default:
			left = append(left, e)
		}
	}
	return left, nil
}

func counterPurge(ctx context.Context, h CounterHarness) error {
	const count = 8
	purger, events, first, err := h.purgeable(ctx, count)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		before time.Time
		gone   int // until then
	}{
		{time.Time{}, 0},
		{first.Add(-time.Minute), 0},
		{first, 0}, // what ends then did not end before
		{first.Add(time.Microsecond), 1},
		{first.Add(5 * time.Microsecond).In(time.FixedZone("", -3600)), 5},
		{first.Add(5 * time.Microsecond).In(time.FixedZone("", 3600)), 5},
		{first.Add(count * time.Microsecond), count},
		{first.AddDate(1, 0, 0), count},
	} {
		there, err := h.left(ctx, events)
		if err != nil {
			return err
		}
		n, err := purger.PurgeCounters(ctx, step.before, 1000)
		if err != nil {
			return fmt.Errorf("PurgeCounters: %w", err)
		}
		if want := step.gone - (count - len(there)); n != want {
			return fmt.Errorf("PurgeCounters before %s: returned %d, want %d", show(step.before), n, want)
		}
		if h.Reopen != nil {
			h.Store = h.Reopen()
		}
		if there, err = h.left(ctx, events); err != nil {
			return err
		}
		if len(there) != count-step.gone || len(there) > 0 && there[0] != events[step.gone] {
			return fmt.Errorf("PurgeCounters before %s: %d of %d events are left, want the last %d", show(step.before), len(there), count, count-step.gone)
		}
	}
	return nil
}

// counterPurgePart purges some of the events of a counter, and what is one event in several counters.
func counterPurgePart(ctx context.Context, h CounterHarness) error {
	purger, err := capability[store.CounterPurger](h.Store, "CounterPurger")
	if err != nil {
		return err
	}
	start := instant()
	after := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	short, long := newLimit(3, time.Minute), newLimit(3, time.Hour)
	for i := range 3 {
		if err := h.count(ctx, after(i), newEvent(), long, short); err != nil {
			return err
		}
	}
	purge := func(before time.Time, want int) error {
		n, err := purger.PurgeCounters(ctx, before, 1000)
		if err == nil && n != want {
			err = fmt.Errorf("returned %d, want %d", n, want)
		}
		if err != nil {
			return fmt.Errorf("PurgeCounters: %w", err)
		}
		return nil
	}
	if err := errors.Join(
		purge(after(61), 1), // the first in one of the counters
		h.until(ctx, "a counter with a longer window", after(3), after(3600), long),
		h.free(ctx, "one event of three having gone", after(3), short),
		h.countNew(ctx, short, after(3)),
		h.until(ctx, "another in its place", after(4), after(61), short),
	); err != nil {
		return err
	}
	return errors.Join(
		purge(after(1000), 3), // all of the shorter one
		h.free(ctx, "a counter all events of which have gone", after(4), short),
		h.until(ctx, "a counter with a longer window, still", after(4), after(3600), long),
		purge(after(3602), 2),
		h.free(ctx, "two events of three having gone", after(4), long),
	)
}

func counterPurgeLimit(ctx context.Context, h CounterHarness) error {
	const count, keep = 20, 3
	purger, events, first, err := h.purgeable(ctx, count)
	if err != nil {
		return err
	}
	before := first.Add((count - keep) * time.Microsecond)
	there := events
	for limit := 1; ; limit++ { // up to and including a call that finds nothing
		n, err := purger.PurgeCounters(ctx, before, limit)
		if err != nil {
			return fmt.Errorf("PurgeCounters: %w", err)
		}
		left, err := h.left(ctx, events)
		if err != nil {
			return err
		}
		want := min(limit, len(there)-keep)
		if n != want || len(there)-len(left) != want {
			return fmt.Errorf("PurgeCounters with limit %d of %d events that are over: forgot %d and returned %d", limit, len(there)-keep, len(there)-len(left), n)
		}
		if want == 0 {
			return nil
		}
		there = left
	}
}

func counterPurgeInvalid(ctx context.Context, h CounterHarness) error {
	purger, events, first, err := h.purgeable(ctx, 3)
	if err != nil {
		return err
	}
	for _, limit := range []int{0, -1} {
		_, err := purger.PurgeCounters(ctx, first.Add(time.Minute), limit)
		if err := is(err, store.ErrInvalid, "PurgeCounters with limit %d", limit); err != nil {
			return err
		}
	}
	return h.allLeft(ctx, events)
}

func counterPurgeEnded(ctx context.Context, h CounterHarness) error {
	purger, events, first, err := h.purgeable(ctx, 3)
	if err != nil {
		return err
	}
	return errors.Join(
		whenEnded(ctx, "PurgeCounters", func(ctx context.Context) error {
			_, err := purger.PurgeCounters(ctx, first.Add(time.Minute), 10)
			return err
		}),
		h.allLeft(ctx, events),
	)
}

func (h CounterHarness) allLeft(ctx context.Context, events []endingEvent) error {
	left, err := h.left(ctx, events)
	if err == nil && len(left) != len(events) {
		err = fmt.Errorf("%d of %d events are left after a PurgeCounters that must have no effect", len(left), len(events))
	}
	return err
}
