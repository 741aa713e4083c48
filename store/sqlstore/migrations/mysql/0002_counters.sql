-- One row for each event that a counter holds. Nothing here names what is counted: both are digests.

CREATE TABLE IF NOT EXISTS {}counter_events (
	counter BINARY(32) NOT NULL,
	event BINARY(16) NOT NULL,
	at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (counter, event),
	KEY {}counter_events_expires (expires_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;
