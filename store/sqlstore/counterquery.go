package sqlstore

import "strings"

// Columns of the events of counters.
const (
	eventColumns = "counter, event, at, expires_at"
	eventWidth   = 4
)

// lastOfMax returns, in one row of n columns, when the earliest of the latest events happened that a limit asks for, or NULL if
// there are fewer. Its arguments are for each limit the counter, the time up to which events are over, and one less than how many.
func (q *queries) lastOfMax(n int) string {
	one := "(SELECT at FROM {}counter_events WHERE counter = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?)"
	return q.sql("SELECT " + strings.TrimSuffix(strings.Repeat(one+", ", n), ", "))
}

// countEvent stores an event in n counters. Where it is already, it stays as it is unless its window is over.
func (q *queries) countEvent(n int) string {
	insert := "INSERT INTO {}counter_events (" + eventColumns + ") VALUES " + rows(n, eventWidth)
	if q.dialect == MySQL { // sets one column after the other: the one that decides is the last
		return q.sql(insert + " ON DUPLICATE KEY UPDATE at = IF(expires_at <= VALUES(at), VALUES(at), at), " +
			"expires_at = IF(expires_at <= VALUES(at), VALUES(expires_at), expires_at)")
	}
	return q.sql(insert + " ON CONFLICT (counter, event) DO UPDATE SET at = excluded.at, expires_at = excluded.expires_at " +
		"WHERE {}counter_events.expires_at <= excluded.at")
}

// anyEvent returns a row if one of n counters holds an event.
func (q *queries) anyEvent(n int) string {
	return q.sql("SELECT 1 FROM {}counter_events WHERE counter IN " + marks(n) + " LIMIT 1")
}

// clearCounters deletes the events of n counters.
func (q *queries) clearCounters(n int) string {
	return q.sql("DELETE FROM {}counter_events WHERE counter IN " + marks(n))
}
