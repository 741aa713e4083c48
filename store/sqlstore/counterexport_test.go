package sqlstore

import (
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// Bind returns a statement with the placeholders of the database.
func (s *Store) Bind(text string) string { return s.dialect.bind(text) }

// HotCounters returns the statements about counters that must find their rows by an index, under its name.
func (s *Store) HotCounters(before time.Time, limits []store.Limit) map[string][]Statement {
	q, n := &s.queries, len(limits)
	var asked, ids []any
	for i := range limits {
		asked = append(asked, limits[i].Counter[:], before.Add(-limits[i].Window).UnixMicro(), limits[i].Max-1)
		ids = append(ids, limits[i].Counter[:])
	}
	return map[string][]Statement{
		"primary":                {{q.lastOfMax(1), asked[:3]}, {q.lastOfMax(n), asked}, {q.anyEvent(n), ids}, {q.clearCounters(1), ids[:1]}, {q.clearCounters(n), ids}},
		"counter_events_expires": {{q.purgeCounters, []any{before.UnixMicro(), 10}}},
	}
}
