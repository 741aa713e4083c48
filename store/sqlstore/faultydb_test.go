package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// faults decides which of the operations of a driver fail, and counts them.
type faults struct {
	mu    sync.Mutex
	count int
	fail  func(n int, operation string) error // nil lets the operation happen
}

// plan sets what fails from now on, and starts to count anew.
func (f *faults) plan(fail func(n int, operation string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count, f.fail = 0, fail
}

// counted returns the number of operations since.
func (f *faults) counted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

func (f *faults) next(operation string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	if f.fail == nil {
		return nil
	}
	return f.fail(f.count, operation)
}

// faulty returns the database behind a driver that fails by plan.
func (b backend) faulty(t testing.TB, dsn string) (*sql.DB, *faults) {
	t.Helper()
	real, err := sql.Open(b.driver, dsn)
	require.NoError(t, err)
	f := &faults{}
	db := sql.OpenDB(&faultyConnector{real.Driver(), dsn, f})
	t.Cleanup(func() {
		_ = db.Close()
		_ = real.Close()
	})
	return db, f
}

type faultyConnector struct {
	driver driver.Driver
	dsn    string
	faults *faults
}

func (c *faultyConnector) Driver() driver.Driver { return c.driver }

func (c *faultyConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &faultyConn{conn, c.faults}, nil
}

type faultyConn struct {
	driver.Conn
	faults *faults
}

func (c *faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.faults.next("prepare"); err != nil {
		return nil, err
	}
	stmt, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &faultyStmt{stmt, c}, nil
}

func (c *faultyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.faults.next("begin"); err != nil {
		return nil, err
	}
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &faultyTx{tx, c}, nil
}

func (c *faultyConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

// ResetSession and IsValid keep a connection that is still in a transaction out of the pool, if the driver knows.
func (c *faultyConn) ResetSession(ctx context.Context) error {
	if resetter, ok := c.Conn.(driver.SessionResetter); ok {
		return resetter.ResetSession(ctx)
	}
	return nil
}

func (c *faultyConn) IsValid() bool {
	validator, ok := c.Conn.(driver.Validator)
	return !ok || validator.IsValid()
}

type faultyStmt struct {
	driver.Stmt
	conn *faultyConn
}

func (s *faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.conn.faults.next("exec"); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (s *faultyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.conn.faults.next("query"); err != nil {
		return nil, err
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	return &faultyRows{rows, s.conn}, nil
}

func (s *faultyStmt) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := s.Stmt.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return s.conn.CheckNamedValue(v)
}

type faultyRows struct {
	driver.Rows
	conn *faultyConn
}

func (r *faultyRows) Next(dest []driver.Value) error {
	if err := r.conn.faults.next("next"); err != nil {
		return err
	}
	return r.Rows.Next(dest)
}

type faultyTx struct {
	driver.Tx
	conn *faultyConn
}

func (tx *faultyTx) Commit() error {
	if err := tx.conn.faults.next("commit"); err != nil {
		_ = tx.Tx.Rollback()
		return err
	}
	return tx.Tx.Commit()
}
