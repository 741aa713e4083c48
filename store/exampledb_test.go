package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
)

// openAccounts opens a database that knows one answer: the row of alan.
func openAccounts() *sql.DB { return sql.OpenDB(oneRow{}) }

type oneRow struct{}

func (oneRow) Connect(context.Context) (driver.Conn, error) { return oneRow{}, nil }
func (oneRow) Driver() driver.Driver                        { return nil }
func (oneRow) Prepare(string) (driver.Stmt, error)          { return nil, errors.ErrUnsupported }
func (oneRow) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (oneRow) Close() error                                 { return nil }

func (oneRow) QueryContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Rows, error) {
	return &rows{done: args[0].Value != "alan" && args[0].Value != "7"}, nil
}

type rows struct{ done bool }

func (*rows) Columns() []string {
	return []string{"id", "login", "password", "enabled", "password_changed", "editor"}
}
func (*rows) Close() error { return nil }
func (r *rows) Next(row []driver.Value) error {
	if r.done {
		return io.EOF
	}
	r.done = true
	copy(row, []driver.Value{"7", "alan", "$argon2id$…", true, "2026-11-21", true})
	return nil
}
