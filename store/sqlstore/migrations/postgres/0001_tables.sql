-- Texts are compared byte by byte (the collation "C"). Times are Unix microseconds in UTC.

CREATE TABLE IF NOT EXISTS {}users (
	id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL,
	password_hash TEXT COLLATE "C" NOT NULL,
	active BOOLEAN NOT NULL,
	stamp TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS {}users_name ON {}users (name);

CREATE TABLE IF NOT EXISTS {}roles (
	name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	permissions TEXT COLLATE "C" NOT NULL
);

CREATE TABLE IF NOT EXISTS {}user_roles (
	user_id TEXT COLLATE "C" NOT NULL,
	role TEXT COLLATE "C" NOT NULL,
	position BIGINT NOT NULL,
	PRIMARY KEY (user_id, role),
	FOREIGN KEY (user_id) REFERENCES {}users (id),
	FOREIGN KEY (role) REFERENCES {}roles (name)
);
CREATE INDEX IF NOT EXISTS {}user_roles_role ON {}user_roles (role);

CREATE TABLE IF NOT EXISTS {}clients (
	id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	application TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	active BOOLEAN NOT NULL,
	secret_hashes TEXT COLLATE "C" NOT NULL,
	grant_types TEXT COLLATE "C" NOT NULL,
	insecure_password_grant BOOLEAN NOT NULL,
	scopes TEXT COLLATE "C" NOT NULL,
	default_scopes TEXT COLLATE "C" NOT NULL,
	user_ids TEXT COLLATE "C" NOT NULL,
	any_user BOOLEAN NOT NULL,
	default_user TEXT COLLATE "C" NOT NULL,
	token_lifetime BIGINT NOT NULL,
	refresh_lifetime BIGINT NOT NULL,
	jwt_access_tokens BOOLEAN NOT NULL,
	introspect BOOLEAN NOT NULL
);

CREATE TABLE IF NOT EXISTS {}api_keys (
	id BYTEA NOT NULL PRIMARY KEY,
	user_id TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	created_at BIGINT,
	expires_at BIGINT
);
CREATE INDEX IF NOT EXISTS {}api_keys_user ON {}api_keys (user_id);

CREATE TABLE IF NOT EXISTS {}tokens (
	id BYTEA NOT NULL PRIMARY KEY,
	kind TEXT COLLATE "C" NOT NULL,
	user_id TEXT COLLATE "C" NOT NULL,
	client_id TEXT COLLATE "C" NOT NULL,
	application TEXT COLLATE "C" NOT NULL,
	family TEXT COLLATE "C" NOT NULL,
	scopes TEXT COLLATE "C" NOT NULL,
	stamp TEXT COLLATE "C" NOT NULL,
	issued_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	spent_at BIGINT
) WITH (fillfactor = 90);
CREATE INDEX IF NOT EXISTS {}tokens_user ON {}tokens (user_id);
CREATE INDEX IF NOT EXISTS {}tokens_client ON {}tokens (client_id);
CREATE INDEX IF NOT EXISTS {}tokens_family ON {}tokens (family);
CREATE INDEX IF NOT EXISTS {}tokens_expires ON {}tokens (expires_at);

CREATE TABLE IF NOT EXISTS {}audit (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at BIGINT NOT NULL,
	user_name TEXT COLLATE "C" NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	http_method TEXT COLLATE "C" NOT NULL,
	path TEXT COLLATE "C" NOT NULL,
	method TEXT COLLATE "C" NOT NULL,
	application TEXT COLLATE "C" NOT NULL,
	outcome TEXT COLLATE "C" NOT NULL,
	status BIGINT NOT NULL,
	code TEXT COLLATE "C" NOT NULL,
	user_agent TEXT COLLATE "C" NOT NULL
);
CREATE INDEX IF NOT EXISTS {}audit_at ON {}audit (at, id);
CREATE INDEX IF NOT EXISTS {}audit_user ON {}audit (user_name, at, id);
CREATE INDEX IF NOT EXISTS {}audit_address ON {}audit (address, at, id);
