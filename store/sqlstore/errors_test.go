package sqlstore

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// These are errors as drivers make them: with a method, with a number in the text, or with SQLite's own words.
type (
	postgresError struct{ state, message string }
	sqliteError   struct {
		code    int
		message string
	}
)

func (e postgresError) Error() string    { return e.message }
func (e postgresError) SQLState() string { return e.state }
func (e sqliteError) Error() string      { return e.message }
func (e sqliteError) Code() int          { return e.code }

func TestWhatErrorsMean(t *testing.T) {
	broken := errors.New("dial tcp 127.0.0.1:1: connection refused")
	for _, test := range []struct {
		dialect Dialect
		err     error
		kind    kind
		text    string
	}{
		{PostgreSQL, postgresError{"23505", `duplicate key value violates "users_name" (alan)`}, duplicate, "PostgreSQL error 23505"},
		{PostgreSQL, fmt.Errorf("wrapped: %w", postgresError{"40001", "could not serialize"}), transient, "PostgreSQL error 40001"},
		{PostgreSQL, postgresError{"40P01", "deadlock detected"}, transient, "PostgreSQL error 40P01"},
		{PostgreSQL, postgresError{"42P01", `relation "x" does not exist`}, tableless, "PostgreSQL error 42P01"},
		{PostgreSQL, postgresError{"22P02", `invalid input syntax: "alan"`}, outage, "PostgreSQL error 22P02"},
		{PostgreSQL, broken, outage, broken.Error()},
		{MySQL, errors.New("Error 1062 (23000): Duplicate entry 'alan' for key 'name'"), duplicate, "MySQL error 1062"},
		{MySQL, errors.New("Error 1062: Duplicate entry 'alan' for key 'name'"), duplicate, "MySQL error 1062"},
		{MySQL, fmt.Errorf("wrapped: %w", errors.New("Error 1213 (40001): Deadlock found")), transient, "MySQL error 1213"},
		{MySQL, errors.New("Error 1205 (HY000): Lock wait timeout exceeded"), transient, "MySQL error 1205"},
		{MySQL, errors.New("Error 1020 (HY000): Record has changed since last read"), transient, "MySQL error 1020"},
		{MySQL, errors.New("Error 1146 (42S02): Table 'x' doesn't exist"), tableless, "MySQL error 1146"},
		{MySQL, errors.New("Error 1366 (HY000): Incorrect string value: 'Error 1062: alan'"), outage, "MySQL error 1366"},
		{MySQL, errors.New("Error reading: 1062"), outage, "Error reading: 1062"},
		{MySQL, errors.New("Error 99999999: x"), outage, "Error 99999999: x"},
		{MySQL, errors.New("Error"), outage, "Error"},
		{MySQL, errors.New("Error 1062"), outage, "Error 1062"},
		{MySQL, broken, outage, broken.Error()},
		{SQLite, sqliteError{1555, "constraint failed"}, duplicate, "constraint failed"},
		{SQLite, sqliteError{2067, "constraint failed"}, duplicate, "constraint failed"},
		{SQLite, sqliteError{5, "busy"}, transient, "busy"},
		{SQLite, sqliteError{517, "busy snapshot"}, transient, "busy snapshot"},
		{SQLite, sqliteError{6, "locked"}, transient, "locked"},
		{SQLite, sqliteError{1, "SQL logic error: no such table: x"}, tableless, "SQL logic error: no such table: x"},
		{SQLite, sqliteError{787, "FOREIGN KEY constraint failed"}, outage, "FOREIGN KEY constraint failed"},
		{SQLite, errors.New("UNIQUE constraint failed: users.name"), duplicate, "UNIQUE constraint failed: users.name"},
		{SQLite, errors.New("database is locked"), transient, "database is locked"},
		{SQLite, errors.New("database table is locked: x"), transient, "database table is locked: x"},
		{SQLite, broken, outage, broken.Error()},
		{SQLite, &misfit{errors.New(`converting "alan"`)}, outage, "a row does not fit the schema"},
	} {
		kind, text := test.dialect.classify(test.err)
		require.Equal(t, test.kind, kind, "%s: %v", test.dialect, test.err)
		require.Equal(t, test.text, text)

		err := test.dialect.failed("reading", test.err)
		require.Equal(t, "sqlstore: reading: "+test.text, err.Error())
		require.ErrorIs(t, err, test.err, "for those who want to look into it")
		require.Equal(t, test.kind, kindOf(err))
		require.Equal(t, err, test.dialect.failed("again", err), "what is ours already stays")
	}
}
