package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// clockSlack is for how long a counter stays after the last of its events is over by the clock of whoever counted it: those of others may be
// slower.
const clockSlack = time.Minute

// counterKey returns the key of a counter: a sorted set of the IDs of its events, as bytes, by their times in microseconds since 1970.
func (s *Store) counterKey(id store.CounterID) string { return s.prefix + "n" + string(id[:]) }

// LimitedUntil returns the first moment at which none of the limits is reached any more, or the zero time if none is reached at now.
func (s *Store) LimitedUntil(ctx context.Context, now time.Time, limits ...store.Limit) (until time.Time, err error) {
	if err := checkLimits(ctx, now, limits); err != nil || len(limits) == 0 {
		return time.Time{}, err
	}
	keys, args := make([]string, len(limits)), make([]string, len(limits))
	for i := range limits {
		keys[i] = s.counterKey(limits[i].Counter)
		args[i] = strconv.Itoa(-limits[i].Max)
	}
	a, err := s.run(ctx, "LimitedUntil", limitedScript, keys, args...)
	if err != nil {
		return time.Time{}, err
	}
	if a.word != wordDone || len(a.values) != len(limits) {
		return time.Time{}, newFailure("LimitedUntil", errMixed)
	}
	for i, last := range a.values {
		if last == "" {
			continue // less than Max
		}
		at, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return time.Time{}, newFailure("LimitedUntil", errRecord)
		}
		if at <= over(now, &limits[i]) {
			continue
		}
		if free := time.UnixMicro(at + limits[i].Window.Microseconds()).UTC(); free.After(until) {
			until = free
		}
	}
	return until, nil
}

// CountEvent counts an event that happened at now in the counter of each of the limits, all or nothing. A counter in which the event
// counts already is left as it is. It returns an error that is [store.ErrFull] if the server is out of memory.
//
// Of a counter only the latest Max events are kept, and none for longer than the window of the last and a minute.
func (s *Store) CountEvent(ctx context.Context, now time.Time, event store.EventID, limits ...store.Limit) error {
	if err := checkLimits(ctx, now, limits); err != nil || len(limits) == 0 {
		return err
	}
	keys, args := make([]string, len(limits)), make([]string, 0, 2+3*len(limits))
	args = append(args, strconv.FormatInt(now.UnixMicro(), 10), string(event[:]))
	for i := range limits {
		l := &limits[i]
		keys[i] = s.counterKey(l.Counter)
		use := l.Window/time.Millisecond + 1 + clockSlack/time.Millisecond
		args = append(args, strconv.FormatInt(over(now, l), 10), strconv.Itoa(-l.Max-1), strconv.FormatInt(int64(use), 10))
	}
	return s.done(ctx, "CountEvent", countScript, keys, args...)
}

// ClearCounters forgets all events of the counters.
func (s *Store) ClearCounters(ctx context.Context, counters ...store.CounterID) error {
	if err := alive(ctx); err != nil || len(counters) == 0 {
		return err
	}
	keys := make([]string, len(counters))
	for i := range counters {
		keys[i] = s.counterKey(counters[i])
	}
	return s.done(ctx, "ClearCounters", clearScript, keys)
}

// done runs a script that has nothing to tell.
func (s *Store) done(ctx context.Context, op string, sc *script, keys []string, args ...string) error {
	a, err := s.run(ctx, op, sc, keys, args...)
	if err == nil && (a.word != wordDone || len(a.values) != 0) {
		err = newFailure(op, errMixed)
	}
	return err
}

// over returns the time up to which events of a counter no longer count at now.
func over(now time.Time, l *store.Limit) int64 { return now.UnixMicro() - l.Window.Microseconds() }

// The years in which events can be counted: Redis and its scripts know numbers of 53 bits, which microseconds of other years do not fit in.
const firstYear, lastYear = 1700, 2200

// checkLimits refuses what cannot be counted.
func checkLimits(ctx context.Context, now time.Time, limits []store.Limit) error {
	if err := alive(ctx); err != nil {
		return err
	}
	for i := range limits {
		switch l := &limits[i]; {
		case l.Max < 1:
			return fmt.Errorf("redisstore: Max of a limit is below 1: %w", store.ErrInvalid)
		case l.Window < time.Microsecond:
			return fmt.Errorf("redisstore: Window of a limit is below a microsecond: %w", store.ErrInvalid)
		}
	}
	if year := now.UTC().Year(); year < firstYear || year > lastYear {
		return fmt.Errorf("redisstore: the time is not in the years %d to %d: %w", firstYear, lastYear, store.ErrInvalid)
	}
	return nil
}
