-- What a real application has already.
CREATE TABLE IF NOT EXISTS accounts (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	login     TEXT    NOT NULL UNIQUE COLLATE NOCASE,
	password  TEXT,                       -- bcrypt, written by the former framework
	is_active INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS roles (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS account_roles (
	account_id INTEGER NOT NULL REFERENCES accounts (id),
	role_id    INTEGER NOT NULL REFERENCES roles (id),
	PRIMARY KEY (account_id, role_id)
);
CREATE TABLE IF NOT EXISTS role_permissions (
	role_id    INTEGER NOT NULL REFERENCES roles (id),
	permission TEXT    NOT NULL,
	PRIMARY KEY (role_id, permission)
);
