package jwt

import (
	"errors"
	"fmt"
)

// wrong returns the error for a setting: what is wrong with the field.
func wrong(field, what string) error { return errors.New(field + " " + what) }

// wrongf is wrong with a format.
func wrongf(field, format string, args ...any) error {
	return fmt.Errorf(field+" "+format, args...)
}
