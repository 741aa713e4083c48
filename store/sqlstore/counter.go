package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// LimitedUntil returns the first moment at which none of the limits is reached any more, or the zero time if none is reached at now. It
// is one statement for up to 50 limits. Of each counter it reads all events that count, so let Max be in the hundreds.
func (s *Store) LimitedUntil(ctx context.Context, now time.Time, limits ...store.Limit) (time.Time, error) {
	if err := checkLimits(now, limits); err != nil || len(limits) == 0 {
		return time.Time{}, s.answer(ctx, err)
	}
	var until time.Time
	err := s.read(ctx, "asking counters", func(r *run) error {
		until = time.Time{}
		for part := range slices.Chunk(limits, chunk) {
			free, err := r.limitedUntil(ctx, now.UnixMicro(), part)
			if err != nil {
				return err
			}
			if free.After(until) {
				until = free
			}
		}
		return nil
	})
	if err != nil {
		return time.Time{}, err
	}
	return until, nil
}

func (r *run) limitedUntil(ctx context.Context, now int64, limits []store.Limit) (until time.Time, err error) {
	n := len(limits)
	args := make([]any, 0, 3*n)
	lasts, to := make([]sql.Null[int64], n), make([]any, n)
	for i := range limits {
		l := &limits[i]
		args = append(args, l.Counter[:], now-l.Window.Microseconds(), l.Max-1)
		to[i] = &lasts[i]
	}
	err = r.sized(n).one(ctx, r.s.queries.lastOfMax(n), func(scan scan) error { return scan(to...) }, args...)
	if err != nil {
		return time.Time{}, err
	}
	for i, last := range lasts {
		if !last.Valid {
			continue // less than Max
		}
		if free := fromMicro(last.V + limits[i].Window.Microseconds()); free.After(until) {
			until = free
		}
	}
	return until, nil
}

// CountEvent counts an event that happened at now in the counter of each of the limits, all or nothing. A counter in which the event
// counts already is left as it is. For up to 50 limits it is one statement.
//
// Of a counter that is named twice, the first limit counts. Events stay until PurgeCounters removes them.
func (s *Store) CountEvent(ctx context.Context, now time.Time, event store.EventID, limits ...store.Limit) error {
	if err := checkLimits(now, limits); err != nil || len(limits) == 0 {
		return s.answer(ctx, err)
	}
	limits = slices.Clone(limits)
	// Everybody comes to the counters in the same order, so that no two wait for each other.
	slices.SortStableFunc(limits, func(a, b store.Limit) int { return bytes.Compare(a.Counter[:], b.Counter[:]) })
	limits = slices.CompactFunc(limits, func(a, b store.Limit) bool { return a.Counter == b.Counter })
	at := now.UnixMicro()
	args := make([]any, 0, len(limits)*eventWidth)
	for i := range limits {
		args = append(args, limits[i].Counter[:], event[:], at, at+limits[i].Window.Microseconds())
	}
	doing := s.write
	if len(limits) > chunk {
		doing = s.transact
	}
	return doing(ctx, "counting an event", func(r *run) error { return r.insert(ctx, s.queries.countEvent, eventWidth, args) })
}

// ClearCounters forgets all events of the counters.
func (s *Store) ClearCounters(ctx context.Context, counters ...store.CounterID) error {
	if len(counters) == 0 {
		return s.usable(ctx)
	}
	const what = "clearing counters"
	if s.dialect != PostgreSQL {
		// Every login clears a counter, in which there is nothing as a rule. To find that out, nobody need stand in line or lock
		// anything. PostgreSQL's DELETE does not either.
		found := false
		err := s.read(ctx, what, func(r *run) (err error) {
			found, err = r.anyEvent(ctx, counters)
			return err
		})
		if err != nil || !found {
			return err
		}
	}
	doing := s.write
	if len(counters) > chunk || s.dialect == MySQL { // for its isolation, see purge
		doing = s.transact
	}
	return doing(ctx, what, func(r *run) error {
		return inParts(counters, func(ids []any) error {
			_, err := r.sized(len(ids)).exec(ctx, s.queries.clearCounters(len(ids)), ids...)
			return err
		})
	})
}

// anyEvent reports whether one of the counters holds an event.
func (r *run) anyEvent(ctx context.Context, counters []store.CounterID) (found bool, err error) {
	err = inParts(counters, func(ids []any) error {
		return r.sized(len(ids)).each(ctx, r.s.queries.anyEvent(len(ids)), func(scan) error {
			found = true
			return nil
		}, ids...)
	})
	return found, err
}

// inParts calls f with the IDs, as many at a time as one statement takes, until it returns an error.
func inParts(counters []store.CounterID, f func(ids []any) error) error {
	for part := range slices.Chunk(counters, chunk) {
		ids := make([]any, len(part))
		for i := range part {
			ids[i] = part[i][:]
		}
		if err := f(ids); err != nil {
			return err
		}
	}
	return nil
}

// counterGrace is how long an event stays after its window, for those whose clocks are slow.
const counterGrace = time.Minute

// PurgeCounters deletes up to limit events whose windows ended before the given time, the oldest first, and returns how many it deleted.
// Callers pass a time somewhat ago, for the clocks of others may be slow, and repeat while the result equals limit. Events whose windows
// ended less than a minute ago by the database's clock stay, whatever time is given: a machine whose clock is fast takes nothing from
// the others. A limit below 1 is [store.ErrInvalid].
func (s *Store) PurgeCounters(ctx context.Context, before time.Time, limit int) (int, error) {
	return s.purge(ctx, "purging counters", s.queries.purgeCounters, before, limit)
}

// checkLimits refuses what the contract does.
func checkLimits(now time.Time, limits []store.Limit) error {
	for i := range limits {
		switch l := &limits[i]; {
		case l.Max < 1:
			return invalid("Max of a limit is below 1")
		case l.Window < time.Microsecond:
			return invalid("Window of a limit is below a microsecond")
		}
	}
	if !recordable(now) {
		return invalid("the time is not in the years 1 to 9999")
	}
	return nil
}
