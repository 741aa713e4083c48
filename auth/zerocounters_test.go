package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

func TestCountersThatWereNotConstructedAllowNothing(t *testing.T) {
	for name, c := range map[string]*auth.Counters{"zero": {}, "nil": nil} {
		_, err := c.LimitedUntil(t.Context(), time.Now(), numberedLimit(1, 1, time.Hour))
		require.ErrorContains(t, err, "NewCounters", name)
		require.ErrorContains(t, c.CountEvent(t.Context(), time.Now(), numberedEvent(1), numberedLimit(1, 1, time.Hour)), "NewCounters", name)
		require.ErrorContains(t, c.ClearCounters(t.Context(), store.CounterID{}), "NewCounters", name)
	}
}
