package sqlstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of one record. Larger ones are refused with store.ErrInvalid.
const (
	// MaxText is the greatest length in bytes of a text that is looked for: an ID, a name, a family, an application, a role.
	MaxText = 1024

	// MaxRecord is the greatest length in bytes of all texts of a record together.
	MaxRecord = 64 << 10
)

// storable reports whether every database keeps s as it is: PostgreSQL has UTF-8 only and no NUL, and it is the same everywhere so that
// records can move.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// findable reports whether a record with this text as its key can be there at all. Those that cannot need not be asked for, and
// PostgreSQL would answer with an error.
func findable(s string) bool { return len(s) <= MaxText && storable(s) }

// record checks the texts of a record that is to be kept.
type record struct {
	what string
	size int
	err  error
}

func (r *record) refuse(field, why string) {
	if r.err == nil {
		r.err = invalid(field + " of the " + r.what + " " + why)
	}
}

// text checks a field that may be up to max bytes long.
func (r *record) text(field, s string, max int) {
	r.length(field, s, max)
	if !storable(s) {
		r.refuse(field, "is not UTF-8 or contains a NUL")
	}
}

// length checks the length of a field, and that of all so far.
func (r *record) length(field, s string, max int) {
	r.size += len(s)
	if len(s) > max || r.size > MaxRecord {
		r.refuse(field, "is too long")
	}
}

// list checks the elements of a list and returns it as JSON.
func (r *record) list(field string, list []string) string {
	for _, s := range list {
		r.text(field, s, MaxRecord)
	}
	if len(list) == 0 || r.err != nil {
		return "[]"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // for people who read the table
	if err := e.Encode(list); err != nil {
		r.refuse(field, "cannot be encoded")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// time checks a time and returns it in microseconds since 1970.
func (r *record) time(field string, t time.Time) int64 {
	if !recordable(t) {
		r.refuse(field, "is not in the years 1 to 9999")
	}
	return t.UnixMicro()
}

// optional is time for columns in which zero is NULL.
func (r *record) optional(field string, t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return r.time(field, t)
}

// recordable reports whether t is a time that every database and everybody's tools can tell.
func recordable(t time.Time) bool {
	year := t.UTC().Year()
	return 1 <= year && year <= 9999
}

// parseList is the inverse of record.list.
func parseList(text string) ([]string, error) {
	if text == "[]" {
		return nil, nil
	}
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, errors.New("a list in the table is not a JSON array of strings")
	}
	return list, nil
}

// fromMicro is the inverse of record.time.
func fromMicro(micro int64) time.Time { return time.UnixMicro(micro).UTC() }

// parseID copies a digest from the table.
func parseID(to *[32]byte, id []byte) error {
	if len(id) != len(to) {
		return fmt.Errorf("an ID in the table has %d bytes", len(id))
	}
	copy(to[:], id)
	return nil
}
