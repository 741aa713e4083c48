package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

func counterBoundary(ctx context.Context, h CounterHarness) error {
	for _, window := range []time.Duration{10 * time.Second, time.Hour + time.Microsecond, 366 * 24 * time.Hour} {
		at := instant()
		l := newLimit(1, window)
		if err := h.countNew(ctx, l, at.Add(999)); err != nil { // finer parts are cut off
			return err
		}
		end := at.Add(window)
		elsewhere := time.FixedZone("", -3600)
		for _, ask := range []struct {
			what    string
			now     time.Time
			limited bool
		}{
			{"at the time of the event", at, true},
			{"halfway", at.Add(window / 2), true},
			{"two microseconds before the end", end.Add(-2 * time.Microsecond), true},
			{"a microsecond before the end", end.Add(-time.Microsecond), true},
			{"a microsecond before the end, elsewhere", end.Add(-time.Microsecond).In(elsewhere), true},
			{"a nanosecond before the end", end.Add(-1), true},
			{"at the end", end, false},
			{"at the end, elsewhere", end.In(elsewhere), false},
			{"a nanosecond after the end", end.Add(1), false},
			{"a day after the end", end.Add(24 * time.Hour), false},
		} {
			want := time.Time{}
			if ask.limited {
				want = end
			}
			if err := h.until(ctx, fmt.Sprintf("window of %s, %s", window, ask.what), ask.now, want, l); err != nil {
				return err
			}
		}
	}
	return nil
}

func counterSliding(ctx context.Context, h CounterHarness) error {
	start := instant()
	after := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	l := newLimit(3, time.Minute)
	if err := h.countNew(ctx, l, after(0), after(10), after(40)); err != nil {
		return err
	}
	if err := errors.Join(
		h.until(ctx, "three events", after(41), after(60), l),
		h.free(ctx, "the first is over", after(60), l),
	); err != nil {
		return err
	}
	if err := h.countNew(ctx, l, after(60)); err != nil {
		return err
	}
	if err := errors.Join(
		h.until(ctx, "a fourth as the first is over", after(61), after(70), l),
		h.free(ctx, "the second is over", after(70), l),
	); err != nil {
		return err
	}
	if err := h.countNew(ctx, l, after(95)); err != nil {
		return err
	}
	if err := errors.Join(
		h.until(ctx, "a fifth", after(96), after(100), l),
		h.free(ctx, "the third is over", after(100), l),
	); err != nil {
		return err
	}
	if err := h.countNew(ctx, l, after(155), after(156), after(157)); err != nil { // only these are left
		return err
	}
	return errors.Join(
		h.until(ctx, "three more, long after", after(158), after(215), l),
		h.free(ctx, "much later", after(10_000), l),
	)
}

func counterUntil(ctx context.Context, h CounterHarness) error {
	for _, max := range []int{1, 3, 5} {
		for _, count := range []int{max, max + 1, 2*max + 3} {
			l := newLimit(max, time.Minute)
			start := instant()
			var times []time.Time
			for i := range count {
				times = append(times, start.Add(time.Duration(i*i)*100*time.Millisecond))
			}
			if err := h.countNew(ctx, l, times...); err != nil {
				return err
			}
			want := times[count-max].Add(l.Window) // then max-1 are left
			what := fmt.Sprintf("%d events of at most %d", count, max)
			if err := errors.Join(
				h.until(ctx, what, times[count-1], want, l),
				h.until(ctx, what+", just before", want.Add(-time.Microsecond), want, l),
				h.free(ctx, what+", then", want, l),
			); err != nil {
				return err
			}
		}
	}
	return nil
}

func counterSeveral(ctx context.Context, h CounterHarness) error {
	now := instant()
	short, long, high := newLimit(2, time.Minute), newLimit(2, time.Hour), newLimit(3, 24*time.Hour)
	unknown := newLimit(1, time.Minute)
	for i := range 2 {
		if err := h.count(ctx, now.Add(time.Duration(i)*time.Second), newEvent(), short, long, high); err != nil {
			return err
		}
	}
	now2 := now.Add(2 * time.Second)
	for _, ask := range []struct {
		what   string
		now    time.Time
		want   time.Time
		limits []store.Limit
	}{
		{"the longer last", now2, now.Add(time.Hour), []store.Limit{short, long}},
		{"the longer first", now2, now.Add(time.Hour), []store.Limit{long, short}},
		{"one that is not reached", now2, now.Add(time.Minute), []store.Limit{high, short, unknown}},
		{"all", now2, now.Add(time.Hour), []store.Limit{unknown, short, high, long}},
		{"none that is reached", now2, time.Time{}, []store.Limit{high, unknown}},
		{"the shorter is over", now.Add(2 * time.Minute), now.Add(time.Hour), []store.Limit{long, short}},
		{"both are over", now.Add(2 * time.Hour), time.Time{}, []store.Limit{long, short}},
	} {
		if err := h.until(ctx, ask.what, ask.now, ask.want, ask.limits...); err != nil {
			return err
		}
	}
	return nil
}

func counterClock(ctx context.Context, h CounterHarness) error {
	for _, year := range []int{2000, 2020, 2100} {
		at := time.Date(year, 1, 1, 0, 0, 0, 123_457_000, time.UTC)
		l := newLimit(2, time.Hour)
		if err := h.countNew(ctx, l, at, at.Add(time.Second)); err != nil {
			return err
		}
		if err := errors.Join(
			h.until(ctx, fmt.Sprintf("in the year %d", year), at.Add(time.Minute), at.Add(time.Hour), l),
			h.free(ctx, fmt.Sprintf("in the year %d, later", year), at.Add(time.Hour), l),
		); err != nil {
			return err
		}
	}
	return nil
}

func counterOrder(ctx context.Context, h CounterHarness) error {
	start := instant()
	after := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	for _, order := range [][]int{{0, 5, 10}, {10, 5, 0}, {5, 10, 0}, {10, 0, 5}, {0, 10, 5}, {5, 0, 10}} {
		three := newLimit(3, time.Minute)
		two := newLimit(2, time.Minute)
		what := fmt.Sprintf("events in the order %v", order)
		for _, seconds := range order {
			if err := h.count(ctx, after(seconds), newEvent(), three, two); err != nil {
				return err
			}
		}
		if err := errors.Join(
			h.until(ctx, what+", at most 3", after(11), after(60), three),
			h.until(ctx, what+", at most 2", after(11), after(65), two),
			h.free(ctx, what+", the first is over", after(60), three),
			h.free(ctx, what+", the second is over", after(65), two),
			h.until(ctx, what+", asked by a slow clock", after(-3), after(60), three),
		); err != nil {
			return err
		}
	}
	// A slow clock sends an event again that a fast one has counted.
	l := newLimit(2, time.Minute)
	event := newEvent()
	for _, seconds := range []int{10, 7} {
		if err := h.count(ctx, after(seconds), event, l); err != nil {
			return err
		}
	}
	if err := h.free(ctx, "one event from two clocks", after(10), l); err != nil {
		return err
	}
	if err := h.countNew(ctx, l, after(20)); err != nil {
		return err
	}
	return h.until(ctx, "an event from two clocks and another", after(21), after(70), l)
}

// counterWalk makes calls as callers do, and works out beside the store what is right.
func counterWalk(ctx context.Context, h CounterHarness) error {
	const steps = 300
	type event struct {
		id store.EventID
		at time.Time
	}
	now := instant()
	limits := []store.Limit{newLimit(2, 10*time.Second), newLimit(3, 30*time.Second), newLimit(7, time.Minute)}
	counted := make([][]event, len(limits))
	ids := make([]store.EventID, 12)
	for i := range ids {
		ids[i] = newEvent()
	}
	// The numbers are always the same, so that what fails fails again.
	random := uint32(1)
	next := func(n int) int {
		random = random*1664525 + 1013904223
		return int(random>>16) % n
	}
	for step := range steps {
		now = now.Add([]time.Duration{0, time.Microsecond, 900 * time.Millisecond, 4 * time.Second}[next(4)])
		var until time.Time
		for i, l := range limits {
			counted[i] = slices.DeleteFunc(counted[i], func(e event) bool { return !now.Before(e.at.Add(l.Window)) })
			if n := len(counted[i]); n >= l.Max {
				if free := counted[i][n-l.Max].at.Add(l.Window); free.After(until) {
					until = free
				}
			}
		}
		if err := h.until(ctx, fmt.Sprintf("step %d", step), now, until, limits...); err != nil {
			return err
		}
		switch {
		case next(20) == 0:
			i := next(len(limits))
			if err := h.Store.ClearCounters(ctx, limits[i].Counter); err != nil {
				return fmt.Errorf("ClearCounters: %w", err)
			}
			counted[i] = nil
		case until.IsZero():
			id := ids[next(len(ids))]
			if err := h.count(ctx, now, id, limits...); err != nil {
				return err
			}
			for i := range limits {
				if !slices.ContainsFunc(counted[i], func(e event) bool { return e.id == id }) {
					counted[i] = append(counted[i], event{id, now})
				}
			}
		}
	}
	return nil
}
