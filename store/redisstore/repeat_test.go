package redisstore_test

import (
	"context"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// manualSlots says that one server has all slots, so that a cluster's client can be tried with one.
func manualSlots(addr string) func(context.Context) ([]redis.ClusterSlot, error) {
	return func(context.Context) ([]redis.ClusterSlot, error) {
		return []redis.ClusterSlot{{Start: 0, End: 16383, Nodes: []redis.ClusterNode{{Addr: addr}}}}, nil
	}
}

// counter cuts the connection after each of the first n scripts or GETs that the server has run, and counts them all.
type counter struct{ cuts, seen int }

func (c *counter) meddle(request, answer string) (string, verdict) {
	if !strings.Contains(request, "eval") && !strings.Contains(request, "\r\nget\r\n") || strings.HasPrefix(answer, "-NOSCRIPT") {
		return answer, deliver
	}
	c.seen++
	if c.seen <= c.cuts {
		return "", cut
	}
	return answer, deliver
}

// TestAnswerLost cuts the connection when the server has done what it was told and before it can say so. The client sends most commands
// again; what must not be done twice is an outage then, and nothing ever is an answer about what the same call did before.
func TestAnswerLost(t *testing.T) {
	direct := testClient(t)
	prefix := newPrefix(t, direct)
	honest := newStore(t, direct, prefix)
	p := startProxy(t, serverOptions(t).Addr)
	for name, client := range p.clients(t) {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			s := newStore(t, client, prefix)
			lose := func(cuts int) *counter {
				c := &counter{cuts: cuts}
				p.set(c.meddle)
				return c
			}
			seen := func(c *counter) int {
				p.set(nil) // no more answers are counted
				return c.seen
			}

			c := lose(1)
			created := newToken()
			requireOutage(t, s.CreateTokens(ctx, created))
			require.Equal(t, 1, seen(c), "a creation is sent once")
			requireThere(t, honest, created) // it was done; the caller does not know

			c = lose(2)
			next := newToken()
			was, err := s.RotateToken(ctx, created.ID, next)
			require.NoError(t, err)
			require.Equal(t, created, was)
			require.Equal(t, 3, seen(c))
			requireThere(t, honest, next)
			spent, err := s.RotateToken(ctx, created.ID, newToken())
			require.ErrorIs(t, err, store.ErrSpent, "another rotation is no repetition")
			require.False(t, spent.SpentAt.IsZero())

			c = lose(1)
			_, err = s.TakeToken(ctx, next.ID)
			requireOutage(t, err)
			require.Equal(t, 1, seen(c), "a taking is sent once")
			requireGone(t, honest, next.ID)

			c = lose(2)
			got, err := s.TokenByID(ctx, created.ID)
			require.NoError(t, err)
			require.Equal(t, spent, got)
			require.Equal(t, 3, seen(c))

			c = lose(1)
			require.NoError(t, s.DeleteTokens(ctx, store.TokenMatch{Family: created.Family}))
			require.Equal(t, 2, seen(c))
			requireGone(t, honest, created.ID)
		})
	}
}

// TestRepeatedRotationOfADeletedFamily: the rotation was done, its answer lost, and the family deleted before it is sent again.
func TestRepeatedRotationOfADeletedFamily(t *testing.T) {
	direct := testClient(t)
	prefix := newPrefix(t, direct)
	honest := newStore(t, direct, prefix)
	p := startProxy(t, serverOptions(t).Addr)
	s := newStore(t, p.clients(t)["single"], prefix)
	old, next := newToken(), newToken()
	require.NoError(t, honest.CreateTokens(t.Context(), old))
	c := &counter{cuts: 1}
	p.set(func(request, answer string) (string, verdict) {
		answer, v := c.meddle(request, answer)
		if v == cut {
			require.NoError(p.t, honest.DeleteTokens(context.Background(), store.TokenMatch{Family: old.Family}))
		}
		return answer, v
	})
	_, err := s.RotateToken(t.Context(), old.ID, next)
	require.ErrorIs(t, err, store.ErrNotFound)
	requireGone(t, honest, old.ID, next.ID)
}

// TestForgottenScripts: a server that does not know the scripts any more gets them again, and what is sent once is done.
func TestForgottenScripts(t *testing.T) {
	server := startServer(t)
	c := server.client()
	s, err := redisstore.New(redisstore.Config{Client: c})
	require.NoError(t, err)
	tok := newToken()
	require.NoError(t, s.CreateTokens(t.Context(), tok))
	for _, method := range methods(s, tok) {
		if method.name == "RotateToken" { // has been taken just before
			require.NoError(t, s.CreateTokens(t.Context(), tok))
		}
		require.NoError(t, c.ScriptFlush(t.Context()).Err())
		require.NoError(t, method.call(t.Context()), method.name)
	}
}
