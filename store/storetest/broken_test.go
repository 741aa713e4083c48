package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store/memstore"
)

// The suite is tested with stores that are sound but for one flaw each: the check that is there for the flaw has to
// report it. And every check has to report some flaw, or it would be worth nothing.

// flaw is a way to break a store of kind S, which is sound before.
type flaw[S any] struct {
	check string // the check that is to report it
	name  string
	apply func(s *S)
}

func testFlaws[S, H any](t *testing.T, checks []check[H], open func(t *testing.T, apply func(*S)) H, flaws []flaw[S]) {
	t.Helper()
	reports := make(map[string]bool)
	for _, f := range flaws {
		t.Run(f.check+"/"+f.name, func(t *testing.T) {
			i := slices.IndexFunc(checks, func(c check[H]) bool { return c.name == f.check })
			require.GreaterOrEqual(t, i, 0, "no such check")
			var err error
			for range 20 { // with few rounds a race may miss its flaw
				if err = checks[i].run(t.Context(), open(t, f.apply)); err != nil {
					break
				}
			}
			require.Error(t, err)
			require.False(t, errors.As(err, new(missingCapability)), err)
			t.Log(err)
		})
		reports[f.check] = true
	}
	for _, c := range checks {
		require.True(t, reports[c.name], "no flaw is reported by the check %q", c.name)
	}
}

func newMemstore(t *testing.T) *memstore.Store {
	t.Helper()
	s, err := memstore.New(nil)
	require.NoError(t, err)
	return s
}

// yield gives others the time to step in between.
func yield() { time.Sleep(100 * time.Microsecond) }
