package sqlstore_test

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// TestStatementsUseTheirIndexes asks each database how it would run the statements that must stay fast however many rows there are.
func TestStatementsUseTheirIndexes(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		db := b.open(t)
		p := prefix(t, db)
		s := b.attach(t, db, p)
		require.NoError(t, s.Migrate(t.Context()))
		token, key := fill(t, s)
		_, err := db.Exec("INSERT INTO " + p + "user_roles (user_id, role, position) SELECT u.id, r.name, 1 FROM " + p + "users u, " + p + "roles r " +
			"WHERE r.name LIKE 'role 1%' AND NOT EXISTS (SELECT 1 FROM " + p + "user_roles ur WHERE ur.user_id = u.id AND ur.role = r.name)")
		require.NoError(t, err)
		for _, table := range tables {
			analyze := map[sqlstore.Dialect]string{sqlstore.SQLite: "ANALYZE ", sqlstore.PostgreSQL: "ANALYZE ", sqlstore.MySQL: "ANALYZE TABLE "}[b.dialect]
			_, err := db.Exec(analyze + p + table)
			require.NoError(t, err)
		}
		match := store.TokenMatch{UserID: "user 77", ClientID: "client 7", Family: "family 777"}
		for index, statements := range s.Hot("user 77", "name 77", "client 7", token, key, match, time.Now().Add(-time.Hour)) {
			for _, statement := range statements {
				requireIndex(t, b, db, p, index, statement)
			}
		}
	})
}

// fill stores enough for an index to be worth it.
func fill(t *testing.T, s *sqlstore.Store) (token store.TokenID, key store.KeyID) {
	t.Helper()
	ctx := t.Context()
	for i := range 50 {
		require.NoError(t, s.PutRole(ctx, fmt.Sprint("role ", i), []string{"permission"}))
		require.NoError(t, s.PutClient(ctx, store.Client{ID: fmt.Sprint("client ", i)}))
	}
	for i := range 300 {
		id, role := fmt.Sprint("user ", i), fmt.Sprint("role ", i%50)
		require.NoError(t, s.PutUser(ctx, store.User{ID: id, Name: fmt.Sprint("name ", i), Roles: []string{role}}))
		key = store.KeyID(randomTokenID())
		require.NoError(t, s.PutAPIKey(ctx, store.APIKey{ID: key, UserID: id}))
	}
	now := time.Now()
	for i := range 200 {
		tokens, records := make([]store.Token, 50), make([]store.AuditRecord, 50)
		for j := range tokens {
			n := i*50 + j
			tokens[j] = benchToken(store.AccessToken, fmt.Sprint("family ", n/2))
			tokens[j].UserID, tokens[j].ClientID = fmt.Sprint("user ", n%300), fmt.Sprint("client ", n%50)
			tokens[j].ExpiresAt = now.Add(time.Duration(n-500) * time.Second)
			records[j] = store.AuditRecord{
				Time: now.Add(time.Duration(n-9500) * time.Second), User: fmt.Sprint("name ", n%300), Address: "192.0.2." + strconv.Itoa(n%250),
			}
			token = tokens[j].ID
		}
		require.NoError(t, s.CreateTokens(ctx, tokens...))
		require.NoError(t, s.AppendAudit(ctx, records...))
	}
	return token, key
}

// requireIndex checks that the plan of a statement finds its rows by the index and reads no table from end to end.
func requireIndex(t *testing.T, b backend, db *sql.DB, prefix, index string, statement sqlstore.Statement) {
	t.Helper()
	var plan string
	switch b.dialect {
	case sqlstore.SQLite:
		plan = lines(t, db, "EXPLAIN QUERY PLAN "+statement.Text, statement.Args...)
	case sqlstore.PostgreSQL:
		small := !strings.HasPrefix(index, "tokens") && !strings.HasPrefix(index, "audit")
		plan = planPostgreSQL(t, db, statement, small)
	default:
		plan = lines(t, db, "EXPLAIN "+statement.Text, statement.Args...)
	}
	name, whole := prefix+index, "SCAN "+prefix+`\w+$`
	if table, primary := strings.CutSuffix(index, " primary"); primary {
		name = map[sqlstore.Dialect]string{
			sqlstore.SQLite: "sqlite_autoindex_" + prefix + table + "_1", sqlstore.PostgreSQL: prefix + table + "_pkey", sqlstore.MySQL: "PRIMARY",
		}[b.dialect]
	}
	switch {
	case b.dialect == sqlstore.SQLite && index == "user_roles primary":
		name = "USING PRIMARY KEY" // which is the table itself
	case b.dialect == sqlstore.PostgreSQL:
		whole = "Seq Scan on " + prefix + "(users|clients|tokens|api_keys|audit|user_roles)"
	case b.dialect == sqlstore.MySQL:
		whole = "type=ALL|key= "
	}
	require.Contains(t, plan, name, "%s\n%s", statement.Text, plan)
	require.NotRegexp(t, regexp.MustCompile("(?m)"+whole), plan, "%s\n%s", statement.Text, plan)
	if index == "tokens_expires" { // from its beginning to the time that is given, and not to its end in search of more
		bounded := map[sqlstore.Dialect]string{
			sqlstore.SQLite: "(expires_at<?)", sqlstore.PostgreSQL: "Index Cond: (expires_at < LEAST(", sqlstore.MySQL: "type=range",
		}[b.dialect]
		require.Contains(t, plan, bounded, statement.Text)
	}
}

// planPostgreSQL asks for the plan that prepared statements get after a while, which does not know the arguments. With a small
// table it would rather read the whole, so there the question is whether the index is of use.
func planPostgreSQL(t *testing.T, db *sql.DB, statement sqlstore.Statement, small bool) string {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback()
	var args []string
	for _, arg := range statement.Args {
		switch arg := arg.(type) {
		case nil:
			args = append(args, "NULL")
		case string:
			args = append(args, "'"+arg+"'")
		case []byte:
			args = append(args, `'\x`+hex.EncodeToString(arg)+"'")
		default:
			args = append(args, fmt.Sprint(arg))
		}
	}
	execute := "EXPLAIN EXECUTE plan"
	if len(args) > 0 {
		execute += "(" + strings.Join(args, ", ") + ")"
	}
	for _, set := range []string{fmt.Sprintf("SET LOCAL enable_seqscan = %t", !small), "SET LOCAL plan_cache_mode = force_generic_plan", "PREPARE plan AS " + statement.Text} {
		_, err := tx.Exec(set)
		require.NoError(t, err, statement.Text)
	}
	defer tx.Exec("DEALLOCATE plan")
	return lines(t, tx, execute)
}

// lines returns the rows of a result, each on a line with its columns by name, or alone if there is but one.
func lines(t *testing.T, db interface {
	Query(query string, args ...any) (*sql.Rows, error)
}, query string, args ...any) string {
	t.Helper()
	rows, err := db.Query(query, args...)
	require.NoError(t, err, query)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var b strings.Builder
	for rows.Next() {
		values, to := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		require.NoError(t, rows.Scan(to...))
		for i, column := range columns {
			if column == "detail" || len(columns) == 1 {
				b.WriteString(values[i].String)
			} else if column == "type" || column == "key" || column == "table" || column == "rows" {
				fmt.Fprintf(&b, "%s=%s ", column, values[i].String)
			}
		}
		b.WriteByte('\n')
	}
	require.NoError(t, rows.Err())
	return b.String()
}
