package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

// TestKilledServer kills a server that writes everything to disk in the middle of creations and rotations, and starts it again. What
// was answered is there, and nothing is there by half.
func TestKilledServer(t *testing.T) {
	const (
		all     = 1000
		workers = 8
		until   = 600 // calls before the power fails
		late    = 100 // creations that are for certain after it
	)
	server := startServer(t, "--appendonly", "yes", "--appendfsync", "always")
	client := newClient(t, &redis.Options{Addr: server.addr, MaxRetries: 1, DialerRetries: 1})
	s := newStore(t, client, "apiauth-test:")

	type step struct {
		old        store.Token
		next       []store.Token
		created    error
		rotated    error
		wasRotated bool // it was tried
	}
	steps := make([]step, all)
	var (
		work  = make(chan *step)
		calls atomic.Int32
		power = make(chan struct{})
		hands sync.WaitGroup
	)
	for range workers {
		hands.Go(func() {
			for st := range work {
				st.created = s.CreateTokens(context.Background(), st.old)
				if calls.Add(1) == until {
					close(power)
				}
				if st.created != nil {
					continue
				}
				st.wasRotated = true
				_, st.rotated = s.RotateToken(context.Background(), st.old.ID, st.next...)
				if calls.Add(1) == until {
					close(power)
				}
			}
		})
	}
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		<-power
		server.kill()
	}()
	for i := range steps {
		st := &steps[i]
		st.old, st.next = newToken(), []store.Token{newToken(), newToken(), newToken()}
		st.old.Family = fmt.Sprint("family ", i)
		for n := range st.next {
			st.next[n].Family = st.old.Family
		}
		if i == all-late {
			<-killed
		}
		work <- st
	}
	close(work)
	hands.Wait()
	<-killed
	server.start()
	client = server.client() // the old one waits a while before it tries again
	s = newStore(t, client, "apiauth-test:")

	var answered, failed int
	there := func(tok store.Token) bool {
		_, err := s.TokenByID(t.Context(), tok.ID)
		if !errors.Is(err, store.ErrNotFound) {
			require.NoError(t, err)
		}
		return err == nil
	}
	for _, st := range steps {
		old, err := s.TokenByID(t.Context(), st.old.ID)
		if st.created == nil {
			require.NoError(t, err)
		} else {
			requireOutage(t, st.created)
			failed++
		}
		if st.wasRotated && st.rotated == nil {
			require.False(t, old.SpentAt.IsZero())
			answered++
		}
		spent := err == nil && !old.SpentAt.IsZero()
		for _, next := range st.next {
			require.Equal(t, spent, there(next), "a rotation is there as a whole or not at all")
		}
		want := 0
		if err == nil {
			want = 1
		}
		if spent {
			want += len(st.next)
		}
		list, err := s.ListTokens(t.Context(), store.TokenMatch{Family: st.old.Family}, 10)
		require.NoError(t, err)
		require.Len(t, list, want, "the index sets and the records agree")
	}
	require.NotZero(t, answered)
	require.NotZero(t, failed)
	t.Logf("%d rotations answered, %d creations failed", answered, failed)
	require.NoError(t, s.DeleteTokens(t.Context(), store.TokenMatch{UserID: steps[0].old.UserID}))
	require.Empty(t, keysOf(t, client, "apiauth-test:"))
}
