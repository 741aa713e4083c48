package drupal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// each calls f for each row that the query finds. What names the work in errors.
func (s *Store) each(ctx context.Context, what, query string, f func(*sql.Rows) error, args ...any) error {
	err := s.query(ctx, query, f, args)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil: // then that is why, whatever the driver says
		return fmt.Errorf("drupal: %s: %w", what, context.Cause(ctx))
	default:
		return &failure{what: what, err: err}
	}
}

func (s *Store) query(ctx context.Context, query string, f func(*sql.Rows) error, args []any) error {
	stmt, err := s.prepare(ctx, query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// prepare returns the prepared statement for query, which is prepared at its first use and on each connection that meets it.
func (s *Store) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.prepared.Load(query); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := s.cfg.DB.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, there := s.prepared.LoadOrStore(query, stmt); there {
		_ = stmt.Close()
		return other.(*sql.Stmt), nil
	}
	return stmt, nil
}

// failure is a lookup that did not come to an answer. Its text has no values: a server's message may quote what it was asked for.
type failure struct {
	what string
	err  error
}

func (f *failure) Error() string { return "drupal: " + f.what + ": " + describe(f.err) }

// Unwrap returns the error itself, for those who want to look into it.
func (f *failure) Unwrap() error { return f.err }

// describe returns what can be shown of a driver's error: the number that a server gave it, or else, where the server had no part in
// it, its text.
func describe(err error) string {
	var postgres interface{ SQLState() string } // pgx and lib/pq
	if errors.As(err, &postgres) {
		return "PostgreSQL error " + postgres.SQLState()
	}
	if number := mysqlNumber(err); number != "" {
		return "MySQL error " + number
	}
	return err.Error()
}

// mysqlNumber returns N of the errors of go-sql-driver/mysql, whose texts begin with "Error N (" or "Error N:", or nothing. They have no
// method to tell it.
func mysqlNumber(err error) string {
	number, ok := strings.CutPrefix(err.Error(), "Error ")
	end := strings.IndexAny(number, " :")
	if !ok || end < 0 {
		return ""
	}
	return number[:end]
}

// isUnknownCharacter reports whether MySQL could not compare a text with a column because it has a character that the column's character
// set lacks, as the older utf8 lacks all beyond the first 65,536.
func isUnknownCharacter(err error) bool {
	var f *failure
	if !errors.As(err, &f) {
		return false
	}
	switch mysqlNumber(f.err) {
	case "1267", "3854": // illegal mix of collations; cannot convert string
		return true
	}
	return false
}
