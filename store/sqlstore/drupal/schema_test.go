package drupal_test

import (
	"strings"

	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// The tables as Drupal makes them. Those of Drupal 7 are in user.install of its module user (hook_schema). Those of Drupal 8 to 11 come
// from the schema of the content entity type "user" (base table, data table, a table for the field roles) and of the configuration
// storage. Each of Drupal's database drivers has its own column types: @uint, @tiny and @blob stand for them, @ascii for the character set
// of varchar_ascii on MySQL, @ci for the collation of a field that is not case_sensitive on SQLite.
var schemas = map[drupal.Version]string{
	drupal.Drupal7: `
CREATE TABLE {users} (
	uid @uint NOT NULL DEFAULT 0, name VARCHAR(60) NOT NULL DEFAULT '', pass VARCHAR(128) NOT NULL DEFAULT '',
	mail VARCHAR(254) DEFAULT '', theme VARCHAR(255) NOT NULL DEFAULT '', signature VARCHAR(255) NOT NULL DEFAULT '',
	signature_format VARCHAR(255) DEFAULT NULL, created INT NOT NULL DEFAULT 0, access INT NOT NULL DEFAULT 0, login INT NOT NULL DEFAULT 0,
	status @tiny NOT NULL DEFAULT 0, timezone VARCHAR(32) DEFAULT NULL, language VARCHAR(12) NOT NULL DEFAULT '', picture INT NOT NULL DEFAULT 0,
	init VARCHAR(254) DEFAULT '', data @blob, PRIMARY KEY (uid), UNIQUE (name)
) @engine;
CREATE TABLE {role} (
	rid @uint NOT NULL, name VARCHAR(64) NOT NULL DEFAULT '', weight INT NOT NULL DEFAULT 0, PRIMARY KEY (rid), UNIQUE (name)
) @engine;
CREATE TABLE {users_roles} (uid @uint NOT NULL DEFAULT 0, rid @uint NOT NULL DEFAULT 0, PRIMARY KEY (uid, rid)) @engine;
CREATE TABLE {role_permission} (
	rid @uint NOT NULL, permission VARCHAR(128) NOT NULL DEFAULT '', module VARCHAR(255) NOT NULL DEFAULT '', PRIMARY KEY (rid, permission)
) @engine;
INSERT INTO {users} (uid, name) VALUES (0, '');
INSERT INTO {role} (rid, name, weight) VALUES (1, 'anonymous user', 0), (2, 'authenticated user', 1), (3, 'administrator', 2)`,

	drupal.Drupal8: `
CREATE TABLE {users} (uid @uint NOT NULL, uuid VARCHAR(128)@ascii NOT NULL, langcode VARCHAR(12)@ascii NOT NULL, PRIMARY KEY (uid), UNIQUE (uuid)) @engine;
CREATE TABLE {users_field_data} (
	uid @uint NOT NULL, langcode VARCHAR(12)@ascii NOT NULL, preferred_langcode VARCHAR(12)@ascii DEFAULT NULL,
	preferred_admin_langcode VARCHAR(12)@ascii DEFAULT NULL, name VARCHAR(60)@ci NOT NULL, pass VARCHAR(255) DEFAULT NULL,
	mail VARCHAR(254)@ci DEFAULT NULL, timezone VARCHAR(32) DEFAULT NULL, status @tiny DEFAULT NULL, created INT NOT NULL,
	changed INT DEFAULT NULL, access INT NOT NULL, login INT DEFAULT NULL, init VARCHAR(254)@ci DEFAULT NULL, default_langcode @tiny NOT NULL,
	PRIMARY KEY (uid, langcode), UNIQUE (name, langcode)
) @engine;
CREATE TABLE {user__roles} (
	bundle VARCHAR(128)@ascii NOT NULL DEFAULT '', deleted @tiny NOT NULL DEFAULT 0, entity_id @uint NOT NULL, revision_id @uint NOT NULL,
	langcode VARCHAR(32)@ascii NOT NULL DEFAULT '', delta @uint NOT NULL, roles_target_id VARCHAR(255)@ascii NOT NULL,
	PRIMARY KEY (entity_id, deleted, delta, langcode)
) @engine;
CREATE TABLE {config} (
	collection VARCHAR(255)@ascii NOT NULL DEFAULT '', name VARCHAR(255)@ascii NOT NULL DEFAULT '', data @blob, PRIMARY KEY (collection, name)
) @engine;
INSERT INTO {users} (uid, uuid, langcode) VALUES (0, '0', 'en');
INSERT INTO {users_field_data} (uid, langcode, name, status, created, access, default_langcode) VALUES (0, 'en', '', 0, 0, 0, 1)`,
}

var tables = map[drupal.Version][]string{
	drupal.Drupal7: {"users", "role", "users_roles", "role_permission"},
	drupal.Drupal8: {"users", "users_field_data", "user__roles", "config"},
}

// columnTypes are what Drupal's drivers write.
func columnTypes(d drupal.Dialect, v drupal.Version) *strings.Replacer {
	switch d {
	case drupal.MySQL:
		charset := "utf8mb4"
		if v == drupal.Drupal7 {
			charset = "utf8mb3" // unless the site was converted
		}
		return strings.NewReplacer("@uint", "INT UNSIGNED", "@tiny", "TINYINT", "@blob", "LONGBLOB", "@ascii", " CHARACTER SET ascii", "@ci", "",
			"@engine", "ENGINE=InnoDB DEFAULT CHARSET="+charset+" COLLATE="+charset+"_general_ci")
	case drupal.PostgreSQL:
		uint := "BIGINT"
		if v == drupal.Drupal8 {
			uint = "INTEGER" // a uid beyond it is not even an argument that PostgreSQL takes for the column
		}
		return strings.NewReplacer("@uint", uint, "@tiny", "SMALLINT", "@blob", "BYTEA", "@ascii", "", "@ci", "", "@engine", "")
	default:
		return strings.NewReplacer("@uint", "INTEGER", "@tiny", "INTEGER", "@blob", "BLOB", "@ascii", "", "@ci", " COLLATE NOCASE", "@engine", "")
	}
}
