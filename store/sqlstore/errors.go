package sqlstore

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/apiauth-go/apiauth/store"
)

// ErrSchema: the tables are missing, or were made by another release. [Store.Migrate] creates and updates them.
var ErrSchema = errors.New("sqlstore: wrong schema")

var errClosed = errors.New("sqlstore: the Store is closed")

// kind is what an error of the database means to us.
type kind int

const (
	outage    kind = iota // we do not know
	duplicate             // a unique index refused the row
	transient             // the transaction was undone for the sake of another one, and may be tried again
	tableless             // there is no such table
	doubled               // there is such a column already
)

// failure is an error of the database. Its text holds no values: messages of the server may quote what we sent.
type failure struct {
	what string
	kind kind
	text string
	err  error
}

func (f *failure) Error() string { return "sqlstore: " + f.what + ": " + f.text }

// Unwrap returns the driver's error, for those who want to look into it.
func (f *failure) Unwrap() error { return f.err }

// failed makes a failure of what the driver returned while doing what. An error that is ours already stays.
func (d Dialect) failed(what string, err error) error {
	var f *failure
	if errors.As(err, &f) {
		return err
	}
	kind, text := d.classify(err)
	return &failure{what: what, kind: kind, text: text, err: err}
}

// kindOf returns what the error means.
func kindOf(err error) kind {
	var f *failure
	if errors.As(err, &f) {
		return f.kind
	}
	return outage
}

// misfit is an error of reading a row whose columns are not what they should be. Its text quotes them.
type misfit struct{ error }

func (m *misfit) Unwrap() error { return m.error }

// classify tells what a driver's error means and what of it may be shown. Drivers are not imported: their errors are known by their
// methods, or else by their texts.
func (d Dialect) classify(err error) (kind, string) {
	if m := (*misfit)(nil); errors.As(err, &m) {
		return outage, "a row does not fit the schema"
	}
	switch d {
	case PostgreSQL:
		return classifyPostgreSQL(err)
	case MySQL:
		return classifyMySQL(err)
	default:
		return classifySQLite(err)
	}
}

// classifyPostgreSQL knows the errors of pgx and of lib/pq.
func classifyPostgreSQL(err error) (kind, string) {
	var server interface{ SQLState() string }
	if !errors.As(err, &server) {
		return outage, err.Error() // of the connection
	}
	state := server.SQLState()
	kind := outage
	switch state {
	case "23505":
		kind = duplicate
	case "40001", "40P01": // serialization failure, deadlock
		kind = transient
	case "42P01", "3F000":
		kind = tableless
	}
	return kind, "PostgreSQL error " + state
}

// classifyMySQL knows the errors of go-sql-driver/mysql. They have no methods that would tell the number, but begin with it.
func classifyMySQL(err error) (kind, string) {
	number := 0
	for e := err; e != nil && number == 0; e = errors.Unwrap(e) {
		number = mysqlNumber(e.Error())
	}
	if number == 0 {
		return outage, err.Error() // of the connection
	}
	kind := outage
	switch number {
	case 1062, 1586:
		kind = duplicate
	case 1205, 1213, 1020: // lock wait timeout, deadlock, changed since it was read
		kind = transient
	case 1146, 1049:
		kind = tableless
	case 1060:
		kind = doubled
	}
	return kind, "MySQL error " + strconv.Itoa(number)
}

// mysqlNumber returns N of a text that begins with "Error N: " or "Error N (SSSSS): ", or 0.
func mysqlNumber(text string) int {
	text, ok := strings.CutPrefix(text, "Error ")
	if !ok {
		return 0
	}
	end := strings.IndexAny(text, ": ")
	if end < 0 {
		return 0
	}
	number, err := strconv.ParseUint(text[:end], 10, 16)
	if err != nil {
		return 0
	}
	return int(number)
}

// Results of SQLite, https://www.sqlite.org/rescode.html.
const (
	sqliteBusy, sqliteLocked              = 5, 6 // the lower byte of several
	sqlitePrimaryKey, sqliteUnique, rowID = 1555, 2067, 2579
)

// classifySQLite knows the errors of modernc.org/sqlite by their code, and by their texts, which are SQLite's own, those of others. The
// texts name tables and columns, never values.
func classifySQLite(err error) (kind, string) {
	text := err.Error()
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		switch code := coded.Code(); {
		case code == sqlitePrimaryKey, code == sqliteUnique, code == rowID:
			return duplicate, text
		case code&0xff == sqliteBusy, code&0xff == sqliteLocked:
			return transient, text
		}
	}
	switch {
	case strings.Contains(text, "UNIQUE constraint failed"):
		return duplicate, text
	case strings.Contains(text, "database is locked"), strings.Contains(text, "database table is locked"):
		return transient, text
	case strings.Contains(text, "no such table"):
		return tableless, text
	case strings.Contains(text, "duplicate column name"):
		return doubled, text
	}
	return outage, text
}

// invalid returns a store.ErrInvalid that says what is wrong with which field.
func invalid(text string) error { return fmt.Errorf("sqlstore: %s: %w", text, store.ErrInvalid) }
