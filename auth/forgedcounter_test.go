package auth_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func newForgedCounter(t testing.TB, cfg auth.ForgedLimit) *auth.ForgedCounter {
	t.Helper()
	c, err := auth.NewForgedCounter(cfg)
	require.NoError(t, err)
	return c
}

func TestAForgedCounterRefusesOnItsOwn(t *testing.T) {
	c := newForgedCounter(t, auth.ForgedLimit{Rate: auth.Rate{Max: 3, Window: time.Hour}})
	refusal := autherr.New(autherr.MethodOAuth, autherr.InvalidClientSecret, io.EOF)
	for _, parts := range [][]string{{"a", "bc"}, {"a", "bc"}, {"ab", "c"}, {"abc"}} {
		require.Same(t, refusal, c.Refuse(from(here), refusal, parts...))
	}
	e := autherr.From(c.Refuse(from(here), refusal, "a", "bc"))
	require.ErrorIs(t, e, autherr.TooManyRequests)
	require.Equal(t, autherr.MethodOAuth, e.Method)
	require.InDelta(t, time.Hour, e.RetryAfter, float64(time.Minute))
	require.ErrorIs(t, e.Cause, io.EOF)

	for _, none := range []*auth.ForgedCounter{nil, {}} {
		for i := range 100 {
			require.Same(t, refusal, none.Refuse(from(here), refusal, fmt.Sprint(i)), "nobody is refused by what was not made")
		}
	}
	for _, broken := range []auth.ForgedLimit{{Rate: auth.Rate{Max: 1}}, {Counters: (*auth.Counters)(nil)}, {FloodKey: auth.FloodKey{}}} {
		c, err := auth.NewForgedCounter(broken)
		require.Nil(t, c)
		require.ErrorContains(t, err, "auth: NewForgedCounter: ")
	}
}

func TestForgedCountersOverOneStore(t *testing.T) {
	key := auth.FloodKey(bytes.Repeat([]byte{1}, auth.MinFloodKey))
	refusal := autherr.New(autherr.MethodOAuth, autherr.InvalidClientSecret, io.EOF)
	for name, c := range map[string]struct {
		first, second auth.FloodKey
		limited       bool
	}{
		"one key":    {key, key, false},
		"other keys": {key, nil, true},
	} {
		counters, rate := auth.NewCounters(0), auth.Rate{Max: 2, Window: time.Hour}
		first := newForgedCounter(t, auth.ForgedLimit{Rate: rate, Counters: counters, FloodKey: c.first})
		second := newForgedCounter(t, auth.ForgedLimit{Rate: rate, Counters: counters, FloodKey: c.second})
		for _, f := range []*auth.ForgedCounter{first, second} {
			require.NotErrorIs(t, f.Refuse(from(here), refusal, "the same"), autherr.TooManyRequests, name)
		}
		require.Equal(t, c.limited, errors.Is(first.Refuse(from(here), refusal, "another"), autherr.TooManyRequests), name)

		// Another rate is another counter: a counter has one.
		other := newForgedCounter(t, auth.ForgedLimit{Rate: auth.Rate{Max: 1, Window: time.Hour}, Counters: counters, FloodKey: key})
		require.NotErrorIs(t, other.Refuse(from(here), refusal, "a third"), autherr.TooManyRequests, name)
	}
}

func TestAForgedCounterPrintsNothing(t *testing.T) {
	c := newForgedCounter(t, auth.ForgedLimit{})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		require.Equal(t, "auth.ForgedCounter", fmt.Sprintf(verb, c))
		require.Equal(t, "auth.ForgedCounter", fmt.Sprintf(verb, *c))
	}
	require.Equal(t, "auth.ForgedCounter", c.LogValue().String())
}
