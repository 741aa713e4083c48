-- One row for each event that a counter holds. Nothing here names what is counted: both are digests.

CREATE TABLE IF NOT EXISTS {}counter_events (
	counter BLOB NOT NULL,
	event BLOB NOT NULL,
	at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (counter, event)
) STRICT;
CREATE INDEX IF NOT EXISTS {}counter_events_expires ON {}counter_events (expires_at);
