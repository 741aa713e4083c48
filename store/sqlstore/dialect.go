package sqlstore

import (
	"database/sql"
	"strconv"
	"strings"
	"time"
)

// Dialect names the database. There is no default: the zero Dialect is refused.
type Dialect int

const (
	// SQLite 3.37 or later.
	SQLite Dialect = iota + 1

	// PostgreSQL 12 or later, with a database in UTF8.
	PostgreSQL

	// MySQL 8.0 or later, or MariaDB 10.5 or later, with InnoDB.
	MySQL
)

// String returns the name of the database.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "SQLite"
	case PostgreSQL:
		return "PostgreSQL"
	case MySQL:
		return "MySQL"
	default:
		return "Dialect(" + strconv.Itoa(int(d)) + ")"
	}
}

func (d Dialect) valid() bool { return d >= SQLite && d <= MySQL }

// bind puts the database's placeholders in place of the question marks. Our statements have no others.
func (d Dialect) bind(query string) string {
	if d != PostgreSQL {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = after
	}
}

// isolation is the level for transactions that must see what others committed after they began. SQLite has one level only, and one
// writer at a time.
func (d Dialect) isolation() *sql.TxOptions {
	if d == SQLite {
		return nil
	}
	return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
}

// lock ends a SELECT that keeps its rows from others until the transaction ends. In SQLite the whole database is.
func (d Dialect) lock() string {
	if d == SQLite {
		return ""
	}
	return " FOR UPDATE"
}

// share ends a SELECT that keeps others from changing its rows until the transaction ends.
func (d Dialect) share() string {
	switch d {
	case SQLite:
		return ""
	case MySQL:
		return " LOCK IN SHARE MODE" // MariaDB knows no other words
	default:
		return " FOR SHARE"
	}
}

// upsert returns the end of an INSERT that replaces the row with the same key. The table must have no other unique index: on MySQL a
// conflict there would replace the wrong row.
func (d Dialect) upsert(key string, columns string) string {
	var sets []string
	for column := range strings.SplitSeq(columns, ", ") {
		switch {
		case column == key:
		case d == MySQL:
			sets = append(sets, column+" = VALUES("+column+")")
		default:
			sets = append(sets, column+" = excluded."+column)
		}
	}
	if d == MySQL {
		return " ON DUPLICATE KEY UPDATE " + strings.Join(sets, ", ")
	}
	return " ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(sets, ", ")
}

// clock is the database's clock in Unix microseconds, as an expression that stays the same while a statement runs, so that an index can be
// asked for it. Where it counts in seconds it is late by less than one. None of the forms goes by way of the session's local time, of
// which some hours in the year are two.
func (d Dialect) clock() string {
	switch d {
	case PostgreSQL:
		return "CAST(EXTRACT(EPOCH FROM now()) * 1000000 AS bigint)"
	case MySQL:
		return "CAST(UNIX_TIMESTAMP() AS SIGNED) * 1000000"
	default:
		return "CAST(strftime('%s', 'now') AS INTEGER) * 1000000"
	}
}

// ago is an expression for the time that is the argument, but no later than so long ago by the database's clock.
func (d Dialect) ago(grace time.Duration) string {
	least := "LEAST"
	if d == SQLite {
		least = "MIN"
	}
	return least + "(?, " + d.clock() + " - " + strconv.FormatInt(grace.Microseconds(), 10) + ")"
}

// marks returns n question marks in parentheses.
func marks(n int) string {
	return "(" + strings.TrimSuffix(strings.Repeat("?, ", n), ", ") + ")"
}

// rows returns n lists of columns question marks.
func rows(n, columns int) string {
	return strings.TrimSuffix(strings.Repeat(marks(columns)+", ", n), ", ")
}
