package drupal_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

var errCut = errors.New("the connection was cut")

// cutServer is a database that answers every query with the row of an account and his first role, and then fails.
type cutServer struct{ row []driver.Value }

func (c cutServer) Connect(context.Context) (driver.Conn, error) { return c, nil }
func (c cutServer) Driver() driver.Driver                        { return nil }
func (c cutServer) Prepare(string) (driver.Stmt, error)          { return c, nil }
func (c cutServer) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }
func (c cutServer) Close() error                                 { return nil }
func (c cutServer) NumInput() int                                { return -1 }
func (c cutServer) Exec([]driver.Value) (driver.Result, error)   { return nil, driver.ErrSkip }
func (c cutServer) Query([]driver.Value) (driver.Rows, error)    { return &cutRows{row: c.row}, nil }

type cutRows struct {
	row  []driver.Value
	read bool
}

func (r *cutRows) Columns() []string { return make([]string, len(r.row)) }
func (r *cutRows) Close() error      { return nil }

func (r *cutRows) Next(dest []driver.Value) error {
	if r.read {
		return errCut
	}
	r.read = true
	copy(dest, r.row)
	return nil
}

// TestHalfAnAnswerIsNone: a user with some of his roles, or one candidate of two, is not what is on record.
func TestHalfAnAnswerIsNone(t *testing.T) {
	for version, row := range map[drupal.Version][]driver.Value{
		drupal.Drupal7: {int64(2), "alan", "hash", int64(1), "editor", nil},
		drupal.Drupal8: {int64(2), "alan", "hash", int64(1), "en", "en", "editor"},
	} {
		db := sql.OpenDB(cutServer{row})
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		users, err := drupal.New(drupal.Config{DB: db, Dialect: drupal.MySQL, Version: version})
		require.NoError(t, err)
		byID, err := users.UserByID(t.Context(), "2")
		require.ErrorIs(t, err, errCut)
		require.Equal(t, store.User{}, byID)
		byName, err := users.UserByName(t.Context(), "alan")
		require.ErrorIs(t, err, errCut)
		require.Equal(t, store.User{}, byName)
	}
}
