package password

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxInput is the greatest length of a password in bytes. It bounds the work of the iterated formats, which read the
// whole password in every iteration.
const MaxInput = 1024

// CheckInput returns an error that wraps ErrInput if no password may look like this: longer than MaxInput, not UTF-8, or
// with a control character (U+0000 to U+001F, U+007F to U+009F). It is cheap and looks at nothing but the password, so a
// caller that refuses on it before anything else reveals nothing about the user.
//
// Control characters are refused because they make different passwords equal: bcrypt repeats the password with a NUL
// in between, so that "P" and "P\x00P" have the same hash, and C code ends a password at the NUL. They are also what RFC
// 7617 forbids in a Basic password, whose charset here is UTF-8.
func CheckInput(password string) error {
	switch {
	case len(password) > MaxInput:
		return fmt.Errorf("%w: longer than %d bytes", ErrInput, MaxInput)
	case !utf8.ValidString(password):
		return fmt.Errorf("%w: not UTF-8", ErrInput)
	case strings.ContainsFunc(password, unicode.IsControl):
		return fmt.Errorf("%w: control character", ErrInput)
	}
	return nil
}
