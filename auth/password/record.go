package password

import (
	"fmt"
	"strings"
)

// record is a stored hash, parsed and within the limits: what remains to be done with it cannot fail.
type record interface {
	format() Format

	// maxInput is the length in bytes up to which the format reads a password.
	maxInput() int

	// cost is the work of one computation in the units of cost.go.
	cost() uint64

	// matches does one computation and compares in constant time.
	matches(password string) bool
}

// prefixes tell the formats apart. No prefix is the beginning of another.
var prefixes = []struct {
	prefix string
	format Format
	parse  func(string) (record, error)
}{
	{"$argon2id$", Argon2id, func(s string) (record, error) { return parseArgon2id(s) }},
	{"$2a$", Bcrypt, parseBcrypt},
	{"$2b$", Bcrypt, parseBcrypt},
	{"$2y$", Bcrypt, parseBcrypt},
	{"$S$", Drupal7, parseIterated},
	{"$P$", PHPass, parseIterated},
	{"$H$", PHPass, parseIterated},
	{"U$S$", PHPass, parseIterated},
	{"U$P$", PHPass, parseIterated},
	{"U$H$", PHPass, parseIterated},
}

// parse reads a record of one of the accepted formats. It computes nothing and allocates little, whatever it is given.
func parse(s string, accept map[Format]bool) (record, error) {
	for _, p := range prefixes {
		if !strings.HasPrefix(s, p.prefix) {
			continue
		}
		if !accept[p.format] {
			return nil, fmt.Errorf("%w: %s is not enabled", ErrUnsupported, p.format)
		}
		return p.parse(s)
	}
	return nil, ErrUnsupported
}

// malformed, costly and unsupported say what is wrong with a record in words that hold nothing of it.
func malformed(what string) error   { return fmt.Errorf("%w: %s", ErrMalformed, what) }
func costly(what string) error      { return fmt.Errorf("%w: %s", ErrCost, what) }
func unsupported(what string) error { return fmt.Errorf("%w: %s", ErrUnsupported, what) }
