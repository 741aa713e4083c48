-- Texts are binary strings in UTF-8: no collation takes two of them for one. Times are Unix microseconds in UTC.
-- Every statement can be repeated: MySQL commits each by itself, and a migration that was interrupted begins again.

CREATE TABLE IF NOT EXISTS {}users (
	id VARBINARY(1024) NOT NULL PRIMARY KEY,
	name VARBINARY(1024) NOT NULL,
	password_hash MEDIUMBLOB NOT NULL,
	active BOOLEAN NOT NULL,
	stamp VARBINARY(1024) NOT NULL,
	UNIQUE KEY {}users_name (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS {}roles (
	name VARBINARY(1024) NOT NULL PRIMARY KEY,
	permissions MEDIUMBLOB NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS {}user_roles (
	user_id VARBINARY(1024) NOT NULL,
	role VARBINARY(1024) NOT NULL,
	position BIGINT NOT NULL,
	PRIMARY KEY (user_id, role),
	FOREIGN KEY (user_id) REFERENCES {}users (id),
	FOREIGN KEY (role) REFERENCES {}roles (name),
	KEY {}user_roles_role (role)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS {}clients (
	id VARBINARY(1024) NOT NULL PRIMARY KEY,
	application VARBINARY(1024) NOT NULL,
	name VARBINARY(1024) NOT NULL,
	active BOOLEAN NOT NULL,
	secret_hashes MEDIUMBLOB NOT NULL,
	grant_types MEDIUMBLOB NOT NULL,
	insecure_password_grant BOOLEAN NOT NULL,
	scopes MEDIUMBLOB NOT NULL,
	default_scopes MEDIUMBLOB NOT NULL,
	user_ids MEDIUMBLOB NOT NULL,
	any_user BOOLEAN NOT NULL,
	default_user VARBINARY(1024) NOT NULL,
	token_lifetime BIGINT NOT NULL,
	refresh_lifetime BIGINT NOT NULL,
	jwt_access_tokens BOOLEAN NOT NULL,
	introspect BOOLEAN NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS {}api_keys (
	id BINARY(32) NOT NULL PRIMARY KEY,
	user_id VARBINARY(1024) NOT NULL,
	name VARBINARY(1024) NOT NULL,
	created_at BIGINT,
	expires_at BIGINT,
	KEY {}api_keys_user (user_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS {}tokens (
	id BINARY(32) NOT NULL PRIMARY KEY,
	kind VARBINARY(1024) NOT NULL,
	user_id VARBINARY(1024) NOT NULL,
	client_id VARBINARY(1024) NOT NULL,
	application VARBINARY(1024) NOT NULL,
	family VARBINARY(1024) NOT NULL,
	scopes MEDIUMBLOB NOT NULL,
	stamp VARBINARY(1024) NOT NULL,
	issued_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	spent_at BIGINT,
	KEY {}tokens_user (user_id),
	KEY {}tokens_client (client_id),
	KEY {}tokens_family (family),
	KEY {}tokens_expires (expires_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS {}audit (
	id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	at BIGINT NOT NULL,
	user_name VARBINARY(2050) NOT NULL,
	address VARBINARY(2050) NOT NULL,
	http_method MEDIUMBLOB NOT NULL,
	path MEDIUMBLOB NOT NULL,
	method MEDIUMBLOB NOT NULL,
	application MEDIUMBLOB NOT NULL,
	outcome MEDIUMBLOB NOT NULL,
	status BIGINT NOT NULL,
	code MEDIUMBLOB NOT NULL,
	user_agent MEDIUMBLOB NOT NULL,
	KEY {}audit_at (at, id),
	KEY {}audit_user (user_name, at, id),
	KEY {}audit_address (address, at, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;
