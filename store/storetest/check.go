package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// check is one promise of the contract and the way to see whether a store keeps it. It returns an error rather than
// failing a test, so that the suite itself can be tested with stores that break the promise.
type check[H any] struct {
	name   string // of the subtest
	clause string // the promise
	run    func(ctx context.Context, h H) error
}

// runAll runs each check as a subtest over a store of its own.
func runAll[H any](t *testing.T, open func(t *testing.T) H, checks []check[H]) {
	t.Helper()
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			err := c.run(t.Context(), open(t))
			switch missing := missingCapability(""); {
			case errors.As(err, &missing):
				t.Skip(err)
			case err != nil:
				t.Errorf("%v\nThe contract: %s", err, c.clause)
			}
		})
	}
}

// missingCapability is what a check returns that the store does not need to pass: the name of the interface.
type missingCapability string

func (m missingCapability) Error() string { return "the store has no " + string(m) }

// capability returns the store as what it may be besides.
func capability[C any](s any, name string) (C, error) {
	c, ok := s.(C)
	if !ok {
		return c, missingCapability(name)
	}
	return c, nil
}

// is returns nil if err is want by errors.Is, where nil is only nil.
func is(err, want error, format string, args ...any) error {
	switch what := fmt.Sprintf(format, args...); {
	case errors.Is(err, want):
		return nil
	case want == nil:
		return fmt.Errorf("%s: %w", what, err)
	case err == nil:
		return fmt.Errorf("%s: no error, want %q", what, want)
	default:
		return fmt.Errorf("%s: error %q, want %q by errors.Is", what, err, want)
	}
}
