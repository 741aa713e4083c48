package drupal_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// accounts are the tables, by the names that they have in the statements, that are as large as a site has users.
var accounts = map[drupal.Version][]string{drupal.Drupal7: {"u", "ur"}, drupal.Drupal8: {"b", "d", "r"}}

// TestLookupsUseTheSitesIndexes asks each database how it would run the lookups on a site with thousands of users: by the indexes that Drupal
// has made. Where it reads all users for a name, README.md says so.
func TestLookupsUseTheSitesIndexes(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.fill(t, 3000)
		byID, byName, roleConfig := s.store(t).Statements()
		large := accounts[s.version]

		plan := s.explain(t, byID, 777)
		require.Empty(t, s.readWhole(plan, large...), "%s\n%s", byID, plan)

		plan = s.explain(t, byName, "user 777")
		if s.dialect == drupal.MySQL {
			require.Empty(t, s.readWhole(plan, large...), "%s\n%s", byName, plan)
			require.Contains(t, plan, "key=name")
		} else {
			require.NotEmpty(t, s.readWhole(plan, large...), "README.md says otherwise\n%s\n%s", byName, plan)
		}
		if s.dialect == drupal.PostgreSQL { // README.md advises this index
			table := map[drupal.Version]string{drupal.Drupal7: "users", drupal.Drupal8: "users_field_data"}[s.version]
			s.exec(t, "CREATE INDEX ON {"+table+"} (LOWER(name))")
			s.exec(t, "ANALYZE {"+table+"}")
			plan = s.explain(t, byName, "user 777")
			require.Empty(t, s.readWhole(plan, large...), "%s\n%s", byName, plan)
			require.Contains(t, plan, "_lower_idx")
		}

		if s.version == drupal.Drupal8 {
			plan = s.explain(t, roleConfig, "user.role.1", "user.role.2", "user.role.3", "", "", "", "", "")
			if s.dialect == drupal.MySQL {
				require.Contains(t, plan, "type=range key=PRIMARY", "the ranges are names")
			} else {
				require.Empty(t, s.readWhole(plan, s.prefix+"config"), "%s\n%s", roleConfig, plan)
			}
		}
	})
}

// fill installs many users, each with a role, and much configuration.
func (s *site) fill(t *testing.T, users int) {
	t.Helper()
	insert := func(table, columns string, n int, row func(i int) string) {
		for from := 0; from < n; from += 500 {
			var rows []string
			for i := from; i < min(from+500, n); i++ {
				rows = append(rows, "("+row(i)+")")
			}
			_, err := s.db.Exec(s.sql("INSERT INTO {" + table + "} (" + columns + ") VALUES " + strings.Join(rows, ", ")))
			require.NoError(t, err, table)
		}
	}
	if s.version == drupal.Drupal7 {
		insert("role", "rid, name", 20, func(i int) string { return fmt.Sprintf("%d, 'role %d'", i+10, i) })
		insert("role_permission", "rid, permission", 400, func(i int) string { return fmt.Sprintf("%d, 'permission %d'", i%20+10, i) })
		insert("users", "uid, name, status", users, func(i int) string { return fmt.Sprintf("%d, 'User %d', 1", i+2, i) })
		insert("users_roles", "uid, rid", users, func(i int) string { return fmt.Sprintf("%d, %d", i+2, i%20+10) })
	} else {
		insert("users", "uid, uuid, langcode", users, func(i int) string { return fmt.Sprintf("%d, 'uuid %d', 'en'", i+2, i) })
		insert("users_field_data", "uid, langcode, name, status, created, access, default_langcode", users, func(i int) string {
			return fmt.Sprintf("%d, 'en', 'User %d', 1, 0, 0, 1", i+2, i)
		})
		insert("user__roles", "bundle, entity_id, revision_id, langcode, delta, roles_target_id", users, func(i int) string {
			return fmt.Sprintf("'user', %d, %d, 'en', 0, 'role%d'", i+2, i+2, i%20)
		})
		insert("config", "collection, name, data", users, func(i int) string {
			return fmt.Sprintf("'', 'user.role.%d', '%s'", i, roleConfig(fmt.Sprint(i), false, "view"))
		})
	}
	for _, table := range tables[s.version] {
		s.exec(t, map[drupal.Dialect]string{drupal.SQLite: "ANALYZE {", drupal.PostgreSQL: "ANALYZE {", drupal.MySQL: "ANALYZE TABLE {"}[s.dialect]+table+"}")
	}
}

// explain returns how the database would run a statement, on PostgreSQL in the way in which it runs prepared statements after a while, which does
// not know the arguments.
func (s *site) explain(t *testing.T, query string, args ...any) string {
	t.Helper()
	if s.dialect != drupal.PostgreSQL {
		explain := map[drupal.Dialect]string{drupal.SQLite: "EXPLAIN QUERY PLAN ", drupal.MySQL: "EXPLAIN "}[s.dialect]
		rows, err := s.db.Query(explain+query, args...)
		require.NoError(t, err, query)
		return planOf(t, rows)
	}
	tx, err := s.db.Begin()
	require.NoError(t, err)
	defer tx.Rollback()
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = fmt.Sprintf("'%v'", arg)
	}
	for _, statement := range []string{"SET LOCAL plan_cache_mode = force_generic_plan", "PREPARE plan AS " + query} {
		_, err := tx.Exec(statement)
		require.NoError(t, err, statement)
	}
	defer tx.Exec("DEALLOCATE plan")
	rows, err := tx.Query("EXPLAIN EXECUTE plan(" + strings.Join(texts, ", ") + ")")
	require.NoError(t, err, query)
	return planOf(t, rows)
}

// planOf returns the rows of a plan, each on a line: what it says if that is all, or the columns that matter by name.
func planOf(t *testing.T, rows *sql.Rows) string {
	t.Helper()
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
			switch {
			case column == "detail", len(columns) == 1:
				b.WriteString(values[i].String)
			case column == "table", column == "type", column == "key":
				fmt.Fprintf(&b, "%s=%s ", column, values[i].String)
			}
		}
		b.WriteByte('\n')
	}
	require.NoError(t, rows.Err())
	return b.String()
}

// readWhole returns those of the tables that the plan reads from end to end, be it by an index, or by the key from 0 on.
func (s *site) readWhole(plan string, tables ...string) (whole []string) {
	for _, table := range tables {
		expression := map[drupal.Dialect]string{
			drupal.SQLite:     `(?m)^(SCAN %[1]s\b|SEARCH %[1]s USING .*>\?\))`,
			drupal.PostgreSQL: `Seq Scan on (\w+ )?%[1]s  \(`,
			drupal.MySQL:      `(?m)^table=%[1]s type=(ALL|index|range) `,
		}[s.dialect]
		if regexp.MustCompile(fmt.Sprintf(expression, table)).MatchString(plan) {
			whole = append(whole, table)
		}
	}
	return whole
}
