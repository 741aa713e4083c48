package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

// pile is a store with so many tokens to purge.
type pile struct {
	sync.Mutex
	left    int
	fail    error
	batches []int
	before  time.Time
}

func (p *pile) PurgeTokens(_ context.Context, before time.Time, limit int) (int, error) {
	p.Lock()
	defer p.Unlock()
	if p.fail != nil {
		return 0, p.fail
	}
	n := min(p.left, limit)
	p.left -= n
	p.batches, p.before = append(p.batches, n), before
	return n, nil
}

func (p *pile) change(left int, fail error) {
	p.Lock()
	defer p.Unlock()
	p.left, p.fail = left, fail
}

func TestExpiredTokensArePurgedUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log syncBuffer
		p := &pile{left: 2*purgeBatch + 500}
		start := time.Now()
		purging := startPurging("tokens", store.ExpiredGrace, p.PurgeTokens, slog.New(slog.NewTextHandler(&log, nil)))
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, []int{purgeBatch, purgeBatch, 500}, p.batches, "at the start, in batches")
		require.Equal(t, start.Add(-store.ExpiredGrace), p.before, "who asks within the grace is told that his token has expired")
		require.Contains(t, log.String(), "removed=2500")

		p.change(10, nil)
		time.Sleep(purgeEvery)
		synctest.Wait()
		require.Equal(t, 10, p.batches[3], "and again")

		p.change(0, errors.New("the database is away"))
		time.Sleep(purgeEvery)
		synctest.Wait()
		require.Contains(t, log.String(), "level=ERROR")
		p.change(10*purgeBatch, nil) // takes a while
		time.Sleep(purgeEvery - time.Second + purgePause/2)
		synctest.Wait()
		require.NoError(t, purging.Close(), "in the middle of it")
		left := p.left
		require.Positive(t, left)
		time.Sleep(time.Hour)
		require.Equal(t, left, p.left)
	})
}
