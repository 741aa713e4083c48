package redisstore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// counterConformance runs the suite over the server that connect leads to.
func counterConformance(t *testing.T, connect func(t *testing.T) redis.UniversalClient) {
	storetest.TestCounterStore(t, func(t *testing.T) storetest.CounterHarness {
		c := connect(t)
		prefix := newPrefix(t, c)
		return storetest.CounterHarness{
			Store:  newStore(t, c, prefix),
			Reopen: func() store.CounterStore { return newStore(t, connect(t), prefix) },
		}
	})
}

func TestCounterStore(t *testing.T) {
	counterConformance(t, func(t *testing.T) redis.UniversalClient { return testClient(t) })
}

func TestCounterStoreRESP2(t *testing.T) {
	counterConformance(t, func(t *testing.T) redis.UniversalClient {
		o := serverOptions(t)
		o.Protocol = 2
		return newClient(t, o)
	})
}

func TestCounterStoreCluster(t *testing.T) {
	nodes := startCluster(t)
	counterConformance(t, func(t *testing.T) redis.UniversalClient { return clusterClient(t, nodes) })
}

// newLimit returns a limit of a counter of its own, of two events an hour.
func newLimit() store.Limit {
	return store.Limit{Counter: store.CounterID(randomID()), Max: 2, Window: time.Hour}
}

func newEvent() (id store.EventID) {
	rand.Read(id[:])
	return id
}

// counterAt returns the key of a counter.
func counterAt(prefix string, l store.Limit) string {
	return "{" + prefix + "}n" + string(l.Counter[:])
}

func requireLimited(t testing.TB, s *redisstore.Store, now, until time.Time, limits ...store.Limit) {
	t.Helper()
	got, err := s.LimitedUntil(t.Context(), now, limits...)
	require.NoError(t, err)
	require.Equal(t, until, got)
}

// TestCountersAreBounded: a counter has Max events at most, and goes by itself.
func TestCountersAreBounded(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	s, ctx := newStore(t, c, prefix), t.Context()
	l := newLimit()
	l.Max, l.Window = 10, time.Hour
	key := counterAt(prefix, l)
	ttl := func() time.Duration {
		left, err := c.PTTL(ctx, key).Result()
		require.NoError(t, err)
		return left
	}
	within := func(from, to time.Duration) {
		t.Helper()
		left := ttl()
		require.GreaterOrEqual(t, left, from-time.Minute, "with a minute for this test")
		require.LessOrEqual(t, left, to)
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	for i := range 25 {
		require.NoError(t, s.CountEvent(ctx, now.Add(time.Duration(i)*time.Microsecond), newEvent(), l))
	}
	n, err := c.ZCard(ctx, key).Result()
	require.NoError(t, err)
	require.EqualValues(t, 10, n)
	requireLimited(t, s, now, now.Add(time.Hour+15*time.Microsecond), l)
	within(time.Hour+time.Minute, time.Hour+time.Minute+2*time.Millisecond)

	// The clock of whoever counts does not matter, and an event from the future stays for as long as it counts.
	for _, year := range []int{1999, 2199} {
		l := newLimit()
		key = counterAt(prefix, l)
		at := time.Date(year, 5, 6, 7, 8, 9, 0, time.UTC)
		require.NoError(t, s.CountEvent(ctx, at, newEvent(), l))
		within(time.Hour+time.Minute, time.Hour+time.Minute+2*time.Millisecond)
		require.NoError(t, s.CountEvent(ctx, at.Add(-3*time.Hour), newEvent(), l))
		within(4*time.Hour+time.Minute, 4*time.Hour+time.Minute+2*time.Millisecond)
		require.NoError(t, s.CountEvent(ctx, at, newEvent(), l))
		within(4*time.Hour+time.Minute, 4*time.Hour+time.Minute+2*time.Millisecond)
	}

	// What counts already is left as it is.
	l = newLimit()
	key = counterAt(prefix, l)
	event := newEvent()
	require.NoError(t, s.CountEvent(ctx, now, event, l))
	require.NoError(t, c.PExpire(ctx, key, 10*time.Minute).Err())
	require.NoError(t, s.CountEvent(ctx, now, event, l))
	within(9*time.Minute, 10*time.Minute)
	require.NoError(t, s.CountEvent(ctx, now, newEvent(), l))
	within(time.Hour, time.Hour+time.Minute+2*time.Millisecond)

	require.NoError(t, s.ClearCounters(ctx, l.Counter))
	left, err := c.Exists(ctx, key).Result()
	require.NoError(t, err)
	require.Zero(t, left)
}

// TestCounterGoes: a short one is gone after its window and the minute for slow clocks.
func TestCounterGoes(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	s, ctx := newStore(t, c, prefix), t.Context()
	l := newLimit()
	l.Window = time.Microsecond
	require.NoError(t, s.CountEvent(ctx, time.Now(), newEvent(), l))
	left, err := c.PTTL(ctx, counterAt(prefix, l)).Result()
	require.NoError(t, err)
	require.LessOrEqual(t, left, time.Minute+time.Millisecond)
}

// TestCountersRefuse says which field is wrong, and knows which times Redis has numbers for.
func TestCountersRefuse(t *testing.T) {
	s := openStore(t)
	ctx, good, now := t.Context(), newLimit(), time.Now()
	bad := func(f func(*store.Limit)) store.Limit {
		l := newLimit()
		f(&l)
		return l
	}
	for want, call := range map[string]func() error{
		"Max": func() error { return s.CountEvent(ctx, now, newEvent(), good, bad(func(l *store.Limit) { l.Max = 0 })) },
		"Window": func() error {
			return s.CountEvent(ctx, now, newEvent(), good, bad(func(l *store.Limit) { l.Window = 999 }))
		},
		"year":  func() error { return s.CountEvent(ctx, time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC), newEvent(), good) },
		"years": func() error { _, err := s.LimitedUntil(ctx, time.Time{}, good); return err },
	} {
		err := call()
		require.ErrorIs(t, err, store.ErrInvalid)
		require.ErrorContains(t, err, want)
	}
	requireLimited(t, s, now, time.Time{}, good)

	huge := bad(func(l *store.Limit) { l.Max, l.Window = 1<<31-1, 1<<63-1 })
	require.NoError(t, s.CountEvent(ctx, now, newEvent(), huge))
	requireLimited(t, s, now, time.Time{}, huge)
	for _, at := range []time.Time{
		time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2200, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.UnixMicro(1_700_000_000_000_000).UTC(), time.UnixMicro(1e15).UTC(), time.UnixMicro(0).UTC(), time.UnixMicro(-1).UTC(),
	} {
		l := bad(func(l *store.Limit) { l.Max = 1 })
		require.NoError(t, s.CountEvent(ctx, at, newEvent(), l))
		end := at.Add(l.Window)
		if end.Year() <= 2200 {
			requireLimited(t, s, end, time.Time{}, l)
			requireLimited(t, s, end.Add(-time.Microsecond), end, l)
		}
		requireLimited(t, s, at, end, l)
	}
}

// TestCountersOfOthers: what is under a counter's key and is none is an outage, and nothing is done by half.
func TestCountersOfOthers(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	s, ctx, now := newStore(t, c, prefix), t.Context(), time.Now()
	first, foreign, last := newLimit(), newLimit(), newLimit()
	key := counterAt(prefix, foreign)
	require.NoError(t, c.Set(ctx, key, "hello", time.Minute).Err())
	requireOutage(t, s.CountEvent(ctx, now, newEvent(), first, foreign, last))
	_, err := s.LimitedUntil(ctx, now, first, foreign)
	requireOutage(t, err)
	require.Equal(t, []string{key}, keysOf(t, c, prefix))
	require.NoError(t, s.ClearCounters(ctx, foreign.Counter))
	require.Empty(t, keysOf(t, c, prefix))

	foreign.Max = 1
	require.NoError(t, c.Do(ctx, "zadd", key, "inf", "hello").Err())
	_, err = s.LimitedUntil(ctx, now, foreign)
	requireOutage(t, err)
	require.ErrorContains(t, err, "cannot be read")
}

// TestCountersOfAFullServer: what cannot be counted is an error that says so, and what has been counted still counts.
func TestCountersOfAFullServer(t *testing.T) {
	server := startServer(t)
	c := server.client()
	s, ctx, now := newStore(t, c, "apiauth:"), t.Context(), time.Now().UTC().Truncate(time.Microsecond)
	l, other := newLimit(), newLimit()
	l.Max = 1
	require.NoError(t, s.CountEvent(ctx, now, newEvent(), l))
	require.NoError(t, c.ConfigSet(ctx, "maxmemory", "1").Err())
	err := s.CountEvent(ctx, now, newEvent(), other, l)
	require.ErrorIs(t, err, store.ErrFull)
	requireOutage(t, err)
	requireLimited(t, s, now, now.Add(time.Hour), l, other)
	require.Len(t, keysOf(t, c, "apiauth:"), 1)
	require.NoError(t, s.ClearCounters(ctx, l.Counter))
	requireLimited(t, s, now, time.Time{}, l, other)
}

// TestCountersAnswerLost: the client sends again what it has no answer to, and nothing counts twice.
func TestCountersAnswerLost(t *testing.T) {
	direct := testClient(t)
	prefix := newPrefix(t, direct)
	honest := newStore(t, direct, prefix)
	p := startProxy(t, serverOptions(t).Addr)
	for name, client := range p.clients(t) {
		t.Run(name, func(t *testing.T) {
			ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
			s, l := newStore(t, client, prefix), newLimit()
			twice := func(call func()) {
				t.Helper()
				c := &counter{cuts: 1}
				p.set(c.meddle)
				call()
				p.set(nil)
				require.Equal(t, 2, c.seen)
			}
			twice(func() { require.NoError(t, s.CountEvent(ctx, now, newEvent(), l)) })
			requireLimited(t, honest, now, time.Time{}, l)
			twice(func() { require.NoError(t, s.CountEvent(ctx, now, newEvent(), l)) })
			twice(func() { requireLimited(t, s, now, now.Add(time.Hour), l) })
			twice(func() { require.NoError(t, s.ClearCounters(ctx, l.Counter)) })
			requireLimited(t, honest, now, time.Time{}, l)
		})
	}
}

// TestCountersShowNothing: an error has nothing of a counter or an event in it.
func TestCountersShowNothing(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	p := startProxy(t, serverOptions(t).Addr)
	o := serverOptions(t)
	o.Addr, o.MaxRetries = p.addr, -1
	s, l, event := newStore(t, newClient(t, o), prefix), newLimit(), newEvent()
	require.NoError(t, s.CountEvent(t.Context(), time.Now(), event, l))
	p.set(func(request, answer string) (string, verdict) {
		return "-ERR unknown command, with args beginning with: '" + string(l.Counter[:]) + "' '" + string(event[:]) + "'\r\n", deliver
	})
	for _, call := range []func(ctx context.Context) error{
		func(ctx context.Context) error { _, err := s.LimitedUntil(ctx, time.Now(), l); return err },
		func(ctx context.Context) error { return s.CountEvent(ctx, time.Now(), event, l) },
		func(ctx context.Context) error { return s.ClearCounters(ctx, l.Counter) },
	} {
		err := call(t.Context())
		requireOutage(t, err)
		text := fmt.Sprintf("%v %+v", err, err)
		require.NotContains(t, text, string(l.Counter[:4]))
		require.NotContains(t, text, string(event[:4]))
	}
}

// TestCountersShareTheSlot: tokens and counters of a Store are apart, and a client whose ID looks like a counter is none.
func TestCountersShareTheSlot(t *testing.T) {
	c := testClient(t)
	prefix := newPrefix(t, c)
	s, ctx, now := newStore(t, c, prefix), t.Context(), time.Now()
	tok, l := newToken(), newLimit()
	tok.ID, l.Max = store.TokenID(l.Counter), 1
	tok.UserID, tok.ClientID, tok.Family = string(l.Counter[:]), string(l.Counter[:]), string(l.Counter[:])
	require.NoError(t, s.CreateTokens(ctx, tok))
	requireLimited(t, s, now, time.Time{}, l)
	require.NoError(t, s.CountEvent(ctx, now, newEvent(), l))
	require.NoError(t, s.ClearCounters(ctx, l.Counter))
	requireThere(t, s, tok)
	require.NoError(t, s.CountEvent(ctx, now, newEvent(), l))
	require.NoError(t, s.DeleteTokens(ctx, store.TokenMatch{Family: tok.Family}))
	require.Len(t, keysOf(t, c, prefix), 1)
}
