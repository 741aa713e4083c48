package drupal

import (
	"strconv"
	"strings"
)

// queries are the statements of a Store. Those for users have one row for each role of a user or, where a role's permissions are in a
// table, for each permission of each role: everything of one lookup is of one moment.
type queries struct {
	byID, byName string
	roleConfig   string // of Drupal 8: the configuration of roleBatch roles
	roleByName   string // of Drupal 7: the permissions of a role
}

func newQueries(c *Config) queries {
	if c.Version == Drupal7 {
		users := users7
		if c.SitePermissions {
			users = users7WithPermissions
		}
		return queries{byID: c.sql(users, "u.uid = [?]"), byName: c.sql(users, c.Dialect.sameName("u.name")), roleByName: c.sql(role7, "")}
	}
	return queries{
		byID:       c.sql(users8, "d.uid = [?]"),
		byName:     c.sql(users8, c.Dialect.sameName("d.name")),
		roleConfig: c.sql(roleConfig8, ""),
	}
}

// The statements, with tables in braces, as Drupal writes them. A WHERE clause takes the place of "where", an integer that of "[?]".
const (
	// Role 2 is that of authenticated users, whatever it is called.
	select7 = `SELECT u.uid, u.name, u.pass, u.status, r.name, `
	from7   = `
		FROM {users} u
		LEFT JOIN {role} r ON (r.rid = 2 AND u.status = 1) OR r.rid IN (SELECT ur.rid FROM {users_roles} ur WHERE ur.uid = u.uid)`
	where7 = `
		WHERE u.uid > 0 AND where
		ORDER BY u.uid, r.rid`

	users7                = select7 + `NULL` + from7 + where7
	users7WithPermissions = select7 + `p.permission` + from7 + ` LEFT JOIN {role_permission} p ON p.rid = r.rid` + where7

	role7 = `SELECT r.name, p.permission FROM {role} r LEFT JOIN {role_permission} p ON p.rid = r.rid WHERE r.name = ?`

	// Roles are not translated. As in Drupal, those that are stored for another language than the account's own do not count; that is
	// seen to in Go, where no collation has a say.
	users8 = `SELECT d.uid, d.name, d.pass, d.status, d.langcode, r.langcode, r.roles_target_id
		FROM {users} b
		JOIN {users_field_data} d ON d.uid = b.uid AND d.default_langcode = 1
		LEFT JOIN {user__roles} r ON r.entity_id = d.uid AND r.deleted = 0
		WHERE d.uid > 0 AND where
		ORDER BY d.uid, d.langcode, r.delta`

	roleConfig8 = `SELECT name, data FROM {config} WHERE collection = '' AND name IN (?, ?, ?, ?, ?, ?, ?, ?)`
	roleBatch   = 8
)

// sql returns the statement for the site's tables and database.
func (c *Config) sql(query, where string) string {
	quote := `"`
	if c.Dialect == MySQL {
		quote = "`"
	}
	prefix := quote + strings.Replace(c.TablePrefix, ".", quote+"."+quote, 1)
	integer := "?"
	if c.Dialect == PostgreSQL {
		integer = "CAST(? AS bigint)" // it would else be of the column's type, which may be smaller
	}
	query = strings.NewReplacer("where", where, "{", prefix, "}", quote).Replace(query)
	return c.Dialect.bind(strings.Replace(query, "[?]", integer, 1))
}

// sameName returns a condition that is true of at least all names that are to be found, and quick where Drupal's own is: on MySQL the
// column's collation compares. Elsewhere the database folds case itself, for which it reads all names unless somebody has made an index for
// it; on SQLite that also keeps clear of the collation that Drupal gives the column there, which exists in PHP only.
func (d Dialect) sameName(column string) string {
	if d == MySQL {
		return column + " = ?"
	}
	return "LOWER(" + column + ") = LOWER(?)"
}

// bind puts the database's placeholders in place of the question marks. Our statements have no others.
func (d Dialect) bind(query string) string {
	if d != PostgreSQL {
		return query
	}
	parts := strings.Split(query, "?")
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}
