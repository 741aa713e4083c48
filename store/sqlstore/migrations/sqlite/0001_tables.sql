-- Texts are compared byte by byte (the collation BINARY is the default). Times are Unix microseconds in UTC.

CREATE TABLE IF NOT EXISTS {}users (
	id TEXT NOT NULL PRIMARY KEY,
	name TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	active INTEGER NOT NULL,
	stamp TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS {}users_name ON {}users (name);

CREATE TABLE IF NOT EXISTS {}roles (
	name TEXT NOT NULL PRIMARY KEY,
	permissions TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS {}user_roles (
	user_id TEXT NOT NULL,
	role TEXT NOT NULL,
	position INTEGER NOT NULL,
	PRIMARY KEY (user_id, role),
	FOREIGN KEY (user_id) REFERENCES {}users (id),
	FOREIGN KEY (role) REFERENCES {}roles (name)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS {}user_roles_role ON {}user_roles (role);

CREATE TABLE IF NOT EXISTS {}clients (
	id TEXT NOT NULL PRIMARY KEY,
	application TEXT NOT NULL,
	name TEXT NOT NULL,
	active INTEGER NOT NULL,
	secret_hashes TEXT NOT NULL,
	grant_types TEXT NOT NULL,
	insecure_password_grant INTEGER NOT NULL,
	scopes TEXT NOT NULL,
	default_scopes TEXT NOT NULL,
	user_ids TEXT NOT NULL,
	any_user INTEGER NOT NULL,
	default_user TEXT NOT NULL,
	token_lifetime INTEGER NOT NULL,
	refresh_lifetime INTEGER NOT NULL,
	jwt_access_tokens INTEGER NOT NULL,
	introspect INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS {}api_keys (
	id BLOB NOT NULL PRIMARY KEY,
	user_id TEXT NOT NULL,
	name TEXT NOT NULL,
	created_at INTEGER,
	expires_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS {}api_keys_user ON {}api_keys (user_id);

CREATE TABLE IF NOT EXISTS {}tokens (
	id BLOB NOT NULL PRIMARY KEY,
	kind TEXT NOT NULL,
	user_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	application TEXT NOT NULL,
	family TEXT NOT NULL,
	scopes TEXT NOT NULL,
	stamp TEXT NOT NULL,
	issued_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	spent_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS {}tokens_user ON {}tokens (user_id);
CREATE INDEX IF NOT EXISTS {}tokens_client ON {}tokens (client_id);
CREATE INDEX IF NOT EXISTS {}tokens_family ON {}tokens (family);
CREATE INDEX IF NOT EXISTS {}tokens_expires ON {}tokens (expires_at);

CREATE TABLE IF NOT EXISTS {}audit (
	id INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	user_name TEXT NOT NULL,
	address TEXT NOT NULL,
	http_method TEXT NOT NULL,
	path TEXT NOT NULL,
	method TEXT NOT NULL,
	application TEXT NOT NULL,
	outcome TEXT NOT NULL,
	status INTEGER NOT NULL,
	code TEXT NOT NULL,
	user_agent TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS {}audit_at ON {}audit (at);
CREATE INDEX IF NOT EXISTS {}audit_user ON {}audit (user_name, at);
CREATE INDEX IF NOT EXISTS {}audit_address ON {}audit (address, at);
