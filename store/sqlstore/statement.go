package sqlstore

import (
	"context"
	"database/sql"

	"github.com/apiauth-go/apiauth/store"
)

// few is the greatest number of records for which statements are prepared.
const few = 4

// sized returns what runs a statement about n records.
func (r *run) sized(n int) *run {
	if n <= few {
		return r
	}
	return r.unprepared()
}

// unprepared returns what runs statements of which there are many: they would fill the server's memory, and MySQL has a limit for all its
// clients together.
func (r *run) unprepared() *run { return &run{s: r.s, tx: r.tx, direct: true} }

// prepare returns the prepared statement for query, which is prepared at its first use and on each connection that meets it.
func (s *Store) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.prepared.Load(query); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, there := s.prepared.LoadOrStore(query, stmt); there {
		_ = stmt.Close()
		return other.(*sql.Stmt), nil
	}
	if s.closed.Load() { // meanwhile
		_ = stmt.Close()
		return nil, errClosed
	}
	return stmt, nil
}

// handle is what runs a statement: a prepared one, or the database or transaction with its text.
type handle struct {
	stmt *sql.Stmt
	db   interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

// handle returns the prepared statement for query, or what it has to do without.
func (r *run) handle(ctx context.Context, query string) (handle, error) {
	switch {
	case r.tx == nil && r.direct:
		return handle{db: r.s.db}, nil
	case r.tx == nil:
		stmt, err := r.s.prepare(ctx, query)
		return handle{stmt: stmt}, err
	}
	if stmt, ok := r.s.prepared.Load(query); ok {
		return handle{stmt: r.tx.StmtContext(ctx, stmt.(*sql.Stmt))}, nil
	}
	if !r.direct {
		r.missed = append(r.missed, query)
	}
	return handle{db: r.tx}, nil
}

// exec runs a statement and returns the number of rows that it changed.
func (r *run) exec(ctx context.Context, query string, args ...any) (int64, error) {
	h, err := r.handle(ctx, query)
	if err != nil {
		return 0, err
	}
	var result sql.Result
	if h.stmt != nil {
		result, err = h.stmt.ExecContext(ctx, args...)
	} else {
		result, err = h.db.ExecContext(ctx, query, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// chunk is how many records one statement stores at most.
const chunk = 50

// insert stores records of so many columns each, with as few statements as it takes.
func (r *run) insert(ctx context.Context, query func(n int) string, columns int, args []any) error {
	for len(args) > 0 {
		n := min(len(args)/columns, chunk)
		if _, err := r.sized(n).exec(ctx, query(n), args[:n*columns]...); err != nil {
			return err
		}
		args = args[n*columns:]
	}
	return nil
}

// scan is how a row is read: sql.Row's and sql.Rows' Scan.
type scan func(dest ...any) error

// each calls f for each row of the result.
func (r *run) each(ctx context.Context, query string, f func(scan scan) error, args ...any) error {
	h, err := r.handle(ctx, query)
	if err != nil {
		return err
	}
	var found *sql.Rows
	if h.stmt != nil {
		found, err = h.stmt.QueryContext(ctx, args...)
	} else {
		found, err = h.db.QueryContext(ctx, query, args...)
	}
	if err != nil {
		return err
	}
	defer found.Close()
	scan := func(dest ...any) error {
		if err := found.Scan(dest...); err != nil {
			return &misfit{err}
		}
		return nil
	}
	for found.Next() {
		if err := f(scan); err != nil {
			return err
		}
	}
	if err := found.Err(); err != nil {
		return err
	}
	return found.Close()
}

// one calls f for the row of the result, or returns store.ErrNotFound.
func (r *run) one(ctx context.Context, query string, f func(scan scan) error, args ...any) error {
	there := false
	err := r.each(ctx, query, func(scan scan) error {
		there = true
		return f(scan)
	}, args...)
	if err == nil && !there {
		return store.ErrNotFound
	}
	return err
}
