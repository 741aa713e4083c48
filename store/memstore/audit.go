package memstore

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// audit holds the latest audit records in the order of their times, those of one microsecond in the order of their arrival.
type audit struct {
	mu      sync.RWMutex
	limit   int
	records []store.AuditRecord
}

// AppendAudit stores the records, all or nothing. At the limit of [Config].MaxAudit the oldest records make room, even if they are among
// the new ones. A record larger than [MaxRecord] is [store.ErrInvalid].
func (s *Store) AppendAudit(ctx context.Context, records ...store.AuditRecord) error {
	if err := alive(ctx); err != nil {
		return err
	}
	next := make([]store.AuditRecord, len(records))
	for i, r := range records {
		r.Time = microsecond(r.Time)
		err := own([]*string{
			&r.Kind, &r.User, &r.ClientID, &r.Address, &r.HTTPMethod, &r.Path, &r.Method, &r.Application, &r.Outcome, &r.Code, &r.UserAgent,
		})
		if err != nil {
			return err
		}
		next[i] = r
	}
	s.audit.mu.Lock()
	defer s.audit.mu.Unlock()
	for _, r := range next {
		s.audit.insert(r)
	}
	return nil
}

// insert adds r behind all that are not later than it, which is nearly always at the end.
func (a *audit) insert(r store.AuditRecord) {
	at := a.before(r.Time.Add(time.Microsecond))
	if len(a.records) == a.limit {
		if at == 0 {
			return // r is the oldest
		}
		a.drop(1)
		at--
	}
	a.records = slices.Insert(a.records, at, r)
}

// before returns how many records are from before the time.
func (a *audit) before(t time.Time) int {
	return sort.Search(len(a.records), func(i int) bool { return !a.records[i].Time.Before(t) })
}

// drop removes the n oldest records. The next insertion that finds no room behind moves the others to a new place.
func (a *audit) drop(n int) {
	clear(a.records[:n]) // their texts go at once
	a.records = a.records[n:]
}

// ListAudit returns up to limit matching records, the latest first and, of those of one microsecond, the one appended last first. A
// limit below 1 is [store.ErrInvalid].
func (s *Store) ListAudit(ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("memstore: limit below 1: %w", store.ErrInvalid)
	}
	s.audit.mu.RLock()
	defer s.audit.mu.RUnlock()
	var list []store.AuditRecord
	for i := len(s.audit.records) - 1; i >= 0 && len(list) < limit; i-- {
		if r := &s.audit.records[i]; filter.Matches(r) {
			list = append(list, *r)
		}
	}
	return list, nil
}

// PurgeAudit deletes up to limit records from before the given time, the oldest first, and returns how many. A limit below 1 is
// [store.ErrInvalid].
func (s *Store) PurgeAudit(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := alive(ctx); err != nil {
		return 0, err
	}
	if limit < 1 {
		return 0, fmt.Errorf("memstore: limit below 1: %w", store.ErrInvalid)
	}
	s.audit.mu.Lock()
	defer s.audit.mu.Unlock()
	n := min(limit, s.audit.before(microsecond(before)))
	s.audit.drop(n)
	return n, nil
}

// microsecond returns the microsecond in which t lies, without a clock and in UTC: what a database keeps of a time.
func microsecond(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
