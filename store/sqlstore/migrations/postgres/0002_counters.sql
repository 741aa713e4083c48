-- One row for each event that a counter holds. Nothing here names what is counted: both are digests.

CREATE TABLE IF NOT EXISTS {}counter_events (
	counter BYTEA NOT NULL,
	event BYTEA NOT NULL,
	at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (counter, event)
);
CREATE INDEX IF NOT EXISTS {}counter_events_expires ON {}counter_events (expires_at);
