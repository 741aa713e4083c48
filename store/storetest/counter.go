package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// CounterHarness is an empty store to be checked and what the suite has to know about it.
type CounterHarness struct {
	// Store is the store to be checked. It has room for a few hundred counters at least. The suite asks a CounterPurger to forget what ends
	// within a year; one that goes by a clock of its own is given one that is ahead by as much.
	Store store.CounterStore

	// Reopen returns the store as it is after a restart. Nil if its counters do not outlive it.
	Reopen func() store.CounterStore
}

// TestCounterStore checks a store of counters. The function open returns an empty one each time it is called.
func TestCounterStore(t *testing.T, open func(t *testing.T) CounterHarness) {
	t.Helper()
	runAll(t, open, counterChecks)
}

var counterChecks = []check[CounterHarness]{
	{"nothing", "no limits and no counters are no error; what nothing is counted in is not limited", counterNothing},
	{"limit", "Max events within Window reach the limit, and fewer do not", counterLimit},
	{"boundary", "an event counts while now < its time + Window, in microseconds", counterBoundary},
	{"sliding", "each event counts from its own moment on for the time of the window", counterSliding},
	{"until", "LimitedUntil returns the first moment at which the limit is not reached any more", counterUntil},
	{"several limits", "LimitedUntil returns the first moment at which none of the limits is reached any more", counterSeveral},
	{"same event", "the same event does not count twice, nor for longer", counterSameEvent},
	{"event IDs", "events are the same only if all of their IDs is", counterEventIDs},
	{"independent", "a counter is found by all of its ID, and counts only what is counted in it", counterIndependent},
	{"invalid", "a Max below 1 and a Window below a microsecond are ErrInvalid, and CountEvent is all or nothing", counterInvalid},
	{"clear", "ClearCounters forgets all events of these counters and of no others", counterClear},
	{"clock", "the clock is the caller's", counterClock},
	{"order", "events arrive in any order, and one from the future counts already", counterOrder},
	{"walk", "all of this holds in any sequence of calls", counterWalk},
	{"done context", "once the context is done a method returns an error that wraps its cause and has no effect", counterEnded},
	{"purge", "PurgeCounters forgets the events whose windows ended before the given time, to the microsecond, and no others", counterPurge},
	{"purge part", "an event is forgotten in each counter when its window there has ended", counterPurgePart},
	{"purge limit", "PurgeCounters forgets up to limit events and returns how many", counterPurgeLimit},
	{"purge invalid", "a limit below 1 is ErrInvalid", counterPurgeInvalid},
	{"purge done context", "once the context is done a method has no effect", counterPurgeEnded},
	{"concurrent use", "methods are safe for concurrent use", counterConcurrent},
	{"restart", "counters outlive a restart", counterRestart},
}

// newLimit returns a limit of a counter of its own.
func newLimit(max int, window time.Duration) store.Limit {
	return store.Limit{Counter: randomID(), Max: max, Window: window}
}

// newEvent returns an event like no other.
func newEvent() (id store.EventID) {
	rand.Read(id[:])
	return id
}

// count counts an event in all of the limits.
func (h CounterHarness) count(ctx context.Context, at time.Time, event store.EventID, limits ...store.Limit) error {
	if err := h.Store.CountEvent(ctx, at, event, limits...); err != nil {
		return fmt.Errorf("CountEvent: %w", err)
	}
	return nil
}

// countNew counts a new event at each of the times.
func (h CounterHarness) countNew(ctx context.Context, l store.Limit, times ...time.Time) error {
	for _, at := range times {
		if err := h.count(ctx, at, newEvent(), l); err != nil {
			return err
		}
	}
	return nil
}

// until checks what LimitedUntil returns; the zero time is "not limited".
func (h CounterHarness) until(ctx context.Context, what string, now, want time.Time, limits ...store.Limit) error {
	got, err := h.Store.LimitedUntil(ctx, now, limits...)
	switch {
	case err != nil:
		return fmt.Errorf("%s: LimitedUntil: %w", what, err)
	case got.IsZero() && want.IsZero(), got.Equal(want):
		return nil
	case got.IsZero():
		return fmt.Errorf("%s: not limited, want a limit until %s", what, show(want))
	case want.IsZero():
		return fmt.Errorf("%s: limited until %s, want no limit", what, show(got))
	}
	return fmt.Errorf("%s: limited until %s, which is %s from what is right", what, show(got), got.Sub(want))
}

// free checks that none of the limits is reached.
func (h CounterHarness) free(ctx context.Context, what string, now time.Time, limits ...store.Limit) error {
	return h.until(ctx, what, now, time.Time{}, limits...)
}

func counterNothing(ctx context.Context, h CounterHarness) error {
	now := instant()
	one, other := newLimit(1, time.Minute), newLimit(1, time.Minute)
	if err := h.countNew(ctx, other, now); err != nil {
		return err
	}
	return errors.Join(
		h.free(ctx, "no limits", now),
		h.free(ctx, "an unknown counter", now, one),
		is(h.Store.CountEvent(ctx, now, newEvent()), nil, "CountEvent without limits"),
		is(h.Store.ClearCounters(ctx), nil, "ClearCounters without counters"),
		is(h.Store.ClearCounters(ctx, one.Counter), nil, "ClearCounters of an unknown counter"),
		h.until(ctx, "another counter", now, now.Add(time.Minute), other),
	)
}

func counterLimit(ctx context.Context, h CounterHarness) error {
	for _, max := range []int{1, 2, 5, 100} {
		start := instant()
		l := newLimit(max, 6*time.Hour)
		for i := range max {
			now := start.Add(time.Duration(i) * time.Second)
			if err := h.free(ctx, fmt.Sprintf("%d events of at most %d", i, max), now, l); err != nil {
				return err
			}
			if err := h.countNew(ctx, l, now); err != nil {
				return err
			}
		}
		now := start.Add(time.Duration(max) * time.Second)
		if err := h.until(ctx, fmt.Sprintf("%d events of at most %d", max, max), now, start.Add(l.Window), l); err != nil {
			return err
		}
	}
	return nil
}

func counterInvalid(ctx context.Context, h CounterHarness) error {
	now := instant()
	good := newLimit(1, time.Minute)
	for _, bad := range []store.Limit{
		newLimit(0, time.Minute), newLimit(-1, time.Minute), newLimit(1, 0), newLimit(1, -time.Minute), newLimit(1, time.Microsecond-1), {},
	} {
		for _, limits := range [][]store.Limit{{bad}, {bad, good}, {good, bad}} {
			what := fmt.Sprintf("Max %d, Window %s", bad.Max, bad.Window)
			_, err := h.Store.LimitedUntil(ctx, now, limits...)
			if err := errors.Join(
				is(err, store.ErrInvalid, "LimitedUntil with %s", what),
				is(h.Store.CountEvent(ctx, now, newEvent(), limits...), store.ErrInvalid, "CountEvent with %s", what),
				h.free(ctx, "after an invalid CountEvent", now, good),
			); err != nil {
				return err
			}
		}
	}
	return nil
}

func counterClear(ctx context.Context, h CounterHarness) error {
	now := instant()
	var limits []store.Limit
	for range 4 {
		limits = append(limits, newLimit(2, time.Minute))
	}
	first, second := newEvent(), newEvent()
	for i, event := range []store.EventID{first, second} {
		if err := h.count(ctx, now.Add(time.Duration(i)*time.Second), event, limits...); err != nil {
			return err
		}
	}
	limited := now.Add(time.Minute)
	now = now.Add(5 * time.Second)
	if err := h.Store.ClearCounters(ctx, limits[0].Counter, limits[2].Counter); err != nil {
		return fmt.Errorf("ClearCounters: %w", err)
	}
	if err := errors.Join(
		h.free(ctx, "a cleared counter", now, limits[0]),
		h.free(ctx, "another cleared counter", now, limits[2]),
		h.until(ctx, "a counter that was not cleared", now, limited, limits[1]),
		h.until(ctx, "the last counter, not cleared", now, limited, limits[3]),
	); err != nil {
		return err
	}
	// What is cleared is forgotten: the same events count anew.
	if err := h.count(ctx, now, first, limits[0]); err != nil {
		return err
	}
	if err := h.free(ctx, "one event after clearing", now, limits[0]); err != nil {
		return err
	}
	if err := h.count(ctx, now, second, limits[0]); err != nil {
		return err
	}
	return h.until(ctx, "the same two events after clearing", now, now.Add(time.Minute), limits[0])
}

func counterEnded(ctx context.Context, h CounterHarness) error {
	now := instant()
	fresh, full := newLimit(1, time.Minute), newLimit(1, time.Minute)
	if err := h.countNew(ctx, full, now); err != nil {
		return err
	}
	return errors.Join(
		whenEnded(ctx, "LimitedUntil", func(ctx context.Context) error { _, err := h.Store.LimitedUntil(ctx, now, full); return err }),
		whenEnded(ctx, "LimitedUntil without limits", func(ctx context.Context) error { _, err := h.Store.LimitedUntil(ctx, now); return err }),
		whenEnded(ctx, "CountEvent", func(ctx context.Context) error { return h.Store.CountEvent(ctx, now, newEvent(), fresh) }),
		whenEnded(ctx, "ClearCounters", func(ctx context.Context) error { return h.Store.ClearCounters(ctx, full.Counter) }),
		h.free(ctx, "after CountEvent with a context that was done", now, fresh),
		h.until(ctx, "after ClearCounters with a context that was done", now, now.Add(time.Minute), full),
	)
}

func counterRestart(ctx context.Context, h CounterHarness) error {
	if h.Reopen == nil {
		return missingCapability("Reopen")
	}
	now := instant()
	l := newLimit(3, time.Hour)
	event := newEvent()
	for i, e := range []store.EventID{event, newEvent(), newEvent()} {
		if err := h.count(ctx, now.Add(time.Duration(i)*time.Second), e, l); err != nil {
			return err
		}
		h.Store = h.Reopen()
	}
	if err := h.count(ctx, now.Add(3*time.Second), event, l); err != nil {
		return err
	}
	return h.until(ctx, "after restarts", now.Add(4*time.Second), now.Add(time.Hour), l)
}
