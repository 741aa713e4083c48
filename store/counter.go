package store

import (
	"context"
	"time"
)

// CounterID identifies a counter: a digest of what is counted, so that names and addresses are not kept in
// one more place.
type CounterID [32]byte

// EventID tells the events of a counter apart, such as one wrong password from another. It is a digest that means nothing to others.
type EventID [16]byte

// Limit is a counter and how many events it may hold within a time. A counter is always used with the same Max and Window.
type Limit struct {
	// Counter that is limited.
	Counter CounterID

	// Max is how many events within Window reach the limit, at least 1.
	Max int

	// Window is how long an event counts: while now < its time + Window. It is greater than zero, in whole microseconds.
	Window time.Duration
}

// CounterStore counts events, which are failures as a rule, in windows that slide: each event counts from its own moment on for the time of the
// window. The clock is the caller's, in microseconds: finer parts are cut off. Callers' clocks may differ a little: events arrive in any order, and one
// from the future counts already. Counters that nothing is counted in do not exist; there is nothing to create or to expire for callers.
//
// No limits and no counters are no error. A Max below 1 and a Window below a microsecond are [ErrInvalid].
//
// A store may forget what no limit asks for any more: events whose window is over, and of a counter all but the latest Max. A store in memory may
// also be full. It then forgets the counters with the fewest events first, and never one that has reached its limit. Where it could not
// count, LimitedUntil returns [ErrFull]: what cannot be counted must not be allowed.
type CounterStore interface {
	// LimitedUntil returns the first moment at which none of the limits is reached any more, or the zero time if none is reached at now.
	LimitedUntil(ctx context.Context, now time.Time, limits ...Limit) (time.Time, error)

	// CountEvent counts an event that happened at now in the counter of each of the limits, all or nothing. A counter in which the event
	// counts already is left as it is: the same event does not count twice, nor for longer.
	CountEvent(ctx context.Context, now time.Time, event EventID, limits ...Limit) error

	// ClearCounters forgets all events of the counters.
	ClearCounters(ctx context.Context, counters ...CounterID) error
}

// CounterPurger is an optional capability of a [CounterStore] that does not end what is over by itself.
type CounterPurger interface {
	// PurgeCounters forgets up to limit events whose windows ended before the given time and returns how many. The time is the
	// caller's: one somewhat ago, for the clocks of others may be slow. Callers repeat while the result equals limit. A limit below 1
	// is [ErrInvalid]. A store with a clock that all share keeps what has not ended by that, whatever the caller's clock says.
	PurgeCounters(ctx context.Context, before time.Time, limit int) (int, error)
}
