package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

func counterSameEvent(ctx context.Context, h CounterHarness) error {
	start := instant()
	after := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	l, other := newLimit(2, time.Minute), newLimit(2, time.Minute)
	event, second := newEvent(), newEvent()
	for _, seconds := range []int{0, 0, 1, 20, 50} {
		if err := h.count(ctx, after(seconds), event, l); err != nil {
			return err
		}
	}
	if err := h.count(ctx, after(50), event, l, l); err != nil { // a counter that is named twice
		return err
	}
	if err := h.free(ctx, "the same event six times", after(51), l); err != nil {
		return err
	}
	// Where it counts already it is left, where it does not it counts.
	if err := h.count(ctx, after(52), event, l, other); err != nil {
		return err
	}
	if err := h.count(ctx, after(53), second, l, other); err != nil {
		return err
	}
	if err := errors.Join(
		h.until(ctx, "it and another", after(54), after(60), l),
		h.until(ctx, "it and another in another counter", after(54), after(52+60), other),
		h.free(ctx, "it is over, for it counts from its first time", after(60), l),
	); err != nil {
		return err
	}
	// Once it is over it is a new one.
	if err := h.count(ctx, after(60), event, l); err != nil {
		return err
	}
	if err := h.until(ctx, "the same event again, the first being over", after(61), after(53+60), l); err != nil {
		return err
	}
	// At the limit it is left as well.
	if err := h.count(ctx, after(70), second, l); err != nil {
		return err
	}
	return h.until(ctx, "an event again at the limit", after(71), after(53+60), l)
}

func counterEventIDs(ctx context.Context, h CounterHarness) error {
	now := instant()
	event := newEvent()
	for _, i := range []int{0, 7, 8, 15} {
		near := event
		near[i] ^= 1
		l := newLimit(2, time.Minute)
		for _, e := range []store.EventID{event, near} {
			if err := h.count(ctx, now, e, l); err != nil {
				return err
			}
		}
		if err := h.until(ctx, fmt.Sprintf("two events whose IDs differ in byte %d", i), now, now.Add(time.Minute), l); err != nil {
			return err
		}
	}
	l := newLimit(2, time.Minute)
	for _, e := range []store.EventID{{}, event} {
		if err := h.count(ctx, now, e, l); err != nil {
			return err
		}
	}
	return h.until(ctx, "an event and the one whose ID is zero", now, now.Add(time.Minute), l)
}

func counterIndependent(ctx context.Context, h CounterHarness) error {
	now := instant()
	l := newLimit(1, time.Minute)
	near := nearIDs(l.Counter)
	if err := h.countNew(ctx, l, now); err != nil {
		return err
	}
	for _, id := range near {
		other := store.Limit{Counter: id, Max: 1, Window: time.Minute}
		if err := h.free(ctx, fmt.Sprintf("counter %x beside %x", id, l.Counter), now, other); err != nil {
			return err
		}
		// It has times of its own.
		if err := h.countNew(ctx, other, now.Add(time.Second)); err != nil {
			return err
		}
		if err := h.until(ctx, "a counter beside another", now.Add(2*time.Second), now.Add(61*time.Second), other); err != nil {
			return err
		}
		if err := h.Store.ClearCounters(ctx, id); err != nil {
			return fmt.Errorf("ClearCounters: %w", err)
		}
		if err := h.until(ctx, "the counter beside one that was cleared", now, now.Add(time.Minute), l); err != nil {
			return err
		}
	}
	return nil
}

func counterConcurrent(ctx context.Context, h CounterHarness) error {
	for range rounds() {
		now := instant()
		all, other := newLimit(racers, time.Minute), newLimit(racers/2, time.Minute)
		more := newLimit(racers+1, time.Minute)
		same := newLimit(2, time.Minute)
		event := newEvent()
		errs := race(racers, func(i int) error {
			at := now.Add(time.Duration(i) * time.Microsecond)
			limits := []store.Limit{all, more, other}
			if i%2 == 0 { // they must not wait for each other
				limits = []store.Limit{more, other, all}
			}
			if i%4 == 3 {
				if _, err := h.Store.LimitedUntil(ctx, at, limits...); err != nil {
					return err
				}
			}
			return errors.Join(h.count(ctx, at, newEvent(), limits...), h.count(ctx, now, event, same))
		})
		last := now.Add(racers * time.Microsecond)
		if err := errors.Join(append(errs,
			h.until(ctx, fmt.Sprintf("%d events at once", racers), last, now.Add(time.Minute), all),
			h.free(ctx, fmt.Sprintf("%d events at once, one less than the limit", racers), last, more),
			h.until(ctx, "twice as many events at once as the limit", last, now.Add(racers/2*time.Microsecond+time.Minute), other),
			h.free(ctx, "the same event many times at once", last, same),
		)...); err != nil {
			return err
		}
		if err := h.Store.ClearCounters(ctx, all.Counter, more.Counter, other.Counter, same.Counter); err != nil {
			return fmt.Errorf("ClearCounters: %w", err)
		}
	}
	return nil
}
