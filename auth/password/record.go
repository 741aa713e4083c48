package password

import "strings"

// record is a stored hash, parsed and within the limits: what remains to be done with it cannot fail.
//
// To add a format: give it a Format (password.go), write such a type with its parser in a file of its own (bcrypt.go is a short one), and name the parser
// in prefixes. Let Config.Accept take it and slowest consider it (config.go), with its limits and its cost in cost.go. A file of records that
// another program wrote goes into testdata, named after the Format; TestVectors reads it.
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
			return nil, &recordError{ErrUnsupported, string(p.format) + " is not enabled"}
		}
		return p.parse(s)
	}
	return nil, ErrUnsupported
}

// malformed, costly and unsupported say what is wrong with a record in words that hold nothing of it.
func malformed(what string) error   { return &recordError{ErrMalformed, what} }
func costly(what string) error      { return &recordError{ErrCost, what} }
func unsupported(what string) error { return &recordError{ErrUnsupported, what} }

// recordError becomes text when somebody reads it, and not in a login, where the time that it takes would tell that there is a record.
type recordError struct {
	kind error
	what string
}

func (e *recordError) Error() string { return e.kind.Error() + ": " + e.what }
func (e *recordError) Unwrap() error { return e.kind }
