package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// diff compares two records of one type field by field and names those that differ. Times are the same if they are the
// same instant to the microsecond; a nil list is the same as an empty one.
func diff(what string, got, want any) error {
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	var errs []error
	for i := range g.NumField() {
		g, w := g.Field(i).Interface(), w.Field(i).Interface()
		if !same(g, w) {
			errs = append(errs, fmt.Errorf("%s: %s is %s, want %s", what, reflect.TypeOf(got).Field(i).Name, show(g), show(w)))
		}
	}
	return errors.Join(errs...)
}

func same(got, want any) bool {
	switch want := want.(type) {
	case time.Time:
		return sameTime(got.(time.Time), want)
	case []string:
		return slices.Equal(got.([]string), want)
	default:
		return got == want
	}
}

// show formats a field for a message.
func show(field any) string {
	switch v := field.(type) {
	case time.Time:
		if v.IsZero() {
			return "zero"
		}
		return v.UTC().Format(time.RFC3339Nano)
	case string:
		return short(v)
	case []string:
		return fmt.Sprintf("%+q", v)
	default:
		return fmt.Sprint(v)
	}
}

func sameTime(got, want time.Time) bool {
	if want.IsZero() || got.IsZero() {
		return got.IsZero() && want.IsZero()
	}
	return got.Sub(want).Abs() < time.Microsecond
}
