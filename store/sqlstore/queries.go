package sqlstore

import (
	"strings"

	"github.com/apiauth-go/apiauth/store"
)

// Columns of the tables, in the order in which records are written and read.
const (
	userColumns   = "id, name, password_hash, active, stamp"
	clientColumns = "id, application, name, active, secret_hashes, grant_types, insecure_password_grant, scopes, default_scopes, " +
		"user_ids, any_user, default_user, token_lifetime, refresh_lifetime, jwt_access_tokens, introspect"
	apiKeyColumns = "id, user_id, name, created_at, expires_at"
	tokenColumns  = "id, kind, user_id, client_id, application, family, scopes, stamp, issued_at, expires_at, spent_at"
	auditColumns  = "at, user_name, address, http_method, path, method, application, outcome, status, code, user_agent, kind, client_id"
)

// tokenTypes are the types of tokenColumns in PostgreSQL, which does not guess them in a list of values.
var tokenTypes = strings.Split("bytea, text, text, text, text, text, text, text, bigint, bigint, bigint", ", ")

// How many columns they are.
var (
	tokenWidth = len(tokenTypes)
	auditWidth = strings.Count(auditColumns, ",") + 1
)

// queries are the statements of a dialect with the names of the tables in them.
type queries struct {
	dialect Dialect
	prefix  string

	version, becomeWriter string

	userByID, userByName, lockUser, insertUser, updateUser, deleteUser    string
	setPassword, rehash, passwordOf, setActive                            string
	putRole, role, shareRole, lockRole, deleteRole, deleteRoleOfAll       string
	rolesOf, deleteRolesOf, revokeRole                                    string
	clientByID, putClient, createClient, deleteClient                     string
	apiKeyByID, apiKeysOf, putAPIKey, deleteAPIKey, deleteAPIKeysOf       string
	tokenByID, lockToken, deleteToken, takeToken, spendToken, purgeTokens string
	purgeAudit, purgeCounters                                             string
}

func newQueries(d Dialect, prefix string) queries {
	q := queries{dialect: d, prefix: prefix}
	user := "SELECT u." + strings.ReplaceAll(userColumns, ", ", ", u.") + ", ur.position, r.name, r.permissions FROM {}users u " +
		"LEFT JOIN {}user_roles ur ON ur.user_id = u.id LEFT JOIN {}roles r ON r.name = ur.role WHERE u."

	q.version = q.sql("SELECT MAX(version) FROM {}schema")
	q.becomeWriter = q.sql("UPDATE {}schema SET version = version WHERE 0")

	q.userByID = q.sql(user + "id = ?")
	q.userByName = q.sql(user + "name = ?")
	q.lockUser = q.sql("SELECT password_hash, stamp FROM {}users WHERE id = ?" + d.lock())
	q.insertUser = q.sql("INSERT INTO {}users (" + userColumns + ") VALUES " + marks(5))
	q.updateUser = q.sql("UPDATE {}users SET name = ?, password_hash = ?, active = ?, stamp = ? WHERE id = ?")
	q.deleteUser = q.sql("DELETE FROM {}users WHERE id = ?")
	q.setPassword = q.sql("UPDATE {}users SET password_hash = ?, stamp = ? WHERE id = ?")
	q.rehash = q.sql("UPDATE {}users SET password_hash = ? WHERE id = ? AND password_hash = ?")
	q.passwordOf = q.sql("SELECT password_hash FROM {}users WHERE id = ?")
	q.setActive = q.sql("UPDATE {}users SET active = ? WHERE id = ?")

	q.putRole = q.sql("INSERT INTO {}roles (name, permissions) VALUES (?, ?)" + d.upsert("name", "name, permissions"))
	q.role = q.sql("SELECT permissions FROM {}roles WHERE name = ?")
	q.shareRole, q.lockRole = q.role+d.share(), q.role+d.lock()
	q.deleteRole = q.sql("DELETE FROM {}roles WHERE name = ?")
	q.deleteRoleOfAll = q.sql("DELETE FROM {}user_roles WHERE role = ?")
	q.rolesOf = q.sql("SELECT role, position FROM {}user_roles WHERE user_id = ?")
	q.deleteRolesOf = q.sql("DELETE FROM {}user_roles WHERE user_id = ?")
	q.revokeRole = q.sql("DELETE FROM {}user_roles WHERE user_id = ? AND role = ?")

	q.clientByID = q.sql("SELECT " + clientColumns + " FROM {}clients WHERE id = ?")
	q.createClient = q.sql("INSERT INTO {}clients (" + clientColumns + ") VALUES " + marks(16))
	q.putClient = q.createClient + d.upsert("id", clientColumns)
	q.deleteClient = q.sql("DELETE FROM {}clients WHERE id = ?")

	q.apiKeyByID = q.sql("SELECT " + apiKeyColumns + " FROM {}api_keys WHERE id = ?")
	q.apiKeysOf = q.sql("SELECT " + apiKeyColumns + " FROM {}api_keys WHERE user_id = ? LIMIT ?")
	q.putAPIKey = q.sql("INSERT INTO {}api_keys (" + apiKeyColumns + ") VALUES " + marks(5) + d.upsert("id", apiKeyColumns))
	q.deleteAPIKey = q.sql("DELETE FROM {}api_keys WHERE id = ?")
	q.deleteAPIKeysOf = q.sql("DELETE FROM {}api_keys WHERE user_id = ?")

	q.tokenByID = q.sql("SELECT " + tokenColumns + " FROM {}tokens WHERE id = ?")
	q.lockToken = q.sql("SELECT " + tokenColumns + " FROM {}tokens WHERE id = ?" + d.lock())
	q.deleteToken = q.sql("DELETE FROM {}tokens WHERE id = ?")
	q.takeToken = q.sql("DELETE FROM {}tokens WHERE id = ? RETURNING " + tokenColumns)
	q.spendToken = q.sql("UPDATE {}tokens SET spent_at = ? WHERE id = ? AND spent_at IS NULL")

	q.purgeTokens = q.purge("tokens", "expires_at", d.ago(store.ExpiredGrace))
	q.purgeAudit = q.purge("audit", "at", "?") // how long records are kept is the caller's choice
	q.purgeCounters = q.purge("counter_events", "expires_at", d.ago(counterGrace))
	return q
}

// sql puts names and placeholders into a statement.
func (q *queries) sql(text string) string {
	return q.dialect.bind(strings.ReplaceAll(text, "{}", q.prefix))
}

// purge deletes the first rows, by the given column, from before a time, of which an expression says which one it is. Two purges at once do
// not wait for each other on PostgreSQL.
func (q *queries) purge(table, column, before string) string {
	first := " WHERE " + column + " < " + before + " ORDER BY " + column + " LIMIT ?"
	switch q.dialect {
	case PostgreSQL:
		return q.sql("DELETE FROM {}" + table + " WHERE ctid = ANY(ARRAY(SELECT ctid FROM {}" + table + first + " FOR UPDATE SKIP LOCKED))")
	case MySQL:
		return q.sql("DELETE FROM {}" + table + first)
	default:
		return q.sql("DELETE FROM {}" + table + " WHERE rowid IN (SELECT rowid FROM {}" + table + first + ")")
	}
}

// rolesNamed returns the permissions of those of n roles that are there, and keeps them there until the transaction ends.
func (q *queries) rolesNamed(n int) string {
	return q.sql("SELECT permissions FROM {}roles WHERE name IN "+marks(n)) + q.dialect.share()
}

// insertRoles gives n roles to users.
func (q *queries) insertRoles(n int) string {
	return q.sql("INSERT INTO {}user_roles (user_id, role, position) VALUES " + rows(n, 3))
}

// insertTokens stores n tokens.
func (q *queries) insertTokens(n int) string {
	return q.sql("INSERT INTO {}tokens (" + tokenColumns + ") VALUES " + rows(n, tokenWidth))
}

// insertAudit stores n audit records.
func (q *queries) insertAudit(n int) string {
	return q.sql("INSERT INTO {}audit (" + auditColumns + ") VALUES " + rows(n, auditWidth))
}

// rotateToken does in one statement, and one round trip, what RotateToken promises. It returns the old token, or nothing if that is not
// there or spent. PostgreSQL only.
func (q *queries) rotateToken(n int) string {
	spent := "WITH spent AS (UPDATE {}tokens SET spent_at = ? WHERE id = ? AND spent_at IS NULL RETURNING " + tokenColumns + ")"
	if n > 0 {
		typed := "(?::" + strings.Join(tokenTypes, ", ?::") + ")"
		values := strings.TrimSuffix(strings.Repeat(typed+", ", n), ", ")
		spent += ", stored AS (INSERT INTO {}tokens (" + tokenColumns + ") SELECT * FROM (VALUES " + values + ") AS next WHERE EXISTS (SELECT FROM spent))"
	}
	return q.sql(spent + " SELECT " + tokenColumns + " FROM spent")
}

// matching returns the end of a statement that selects by match, and its arguments.
func (q *queries) matching(m store.TokenMatch) (where string, args []any) {
	for _, field := range []struct{ column, value string }{
		{"family", m.Family}, {"user_id", m.UserID}, {"client_id", m.ClientID},
	} {
		if field.value == "" {
			continue
		}
		if len(args) > 0 {
			where += " AND "
		}
		where += field.column + " = ?"
		args = append(args, field.value)
	}
	return where, args
}
