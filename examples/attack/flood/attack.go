package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// tally is how the guesses were answered.
type tally struct {
	refused int // 401: a hash was computed
	limited int // 429
	busy    int // 503: the line was full
	other   int // anything else, which must not be
}

func (t *tally) count(status int) {
	switch status {
	case http.StatusUnauthorized:
		t.refused++
	case http.StatusTooManyRequests:
		t.limited++
	case http.StatusServiceUnavailable:
		t.busy++
	default:
		t.other++
	}
}

func (t *tally) add(o tally) {
	t.refused, t.limited, t.busy, t.other = t.refused+o.refused, t.limited+o.limited, t.busy+o.busy, t.other+o.other
}

func (t *tally) all() int { return t.refused + t.limited + t.busy + t.other }

// attack is a flood of wrong passwords, each for a name that was never sent before.
type attack struct {
	connections int
	names       int           // how many; zero means as many as fit into the time
	time        time.Duration // zero means until all names are sent
	perAddress  int           // after so many guesses a connection is closed and another one opened from another address; zero means never
	oneAddress  bool          // all connections come from the same one
}

// run sends the guesses and returns what was answered.
func (a attack) run(ctx context.Context, server string) (tally, error) {
	if a.time > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.time)
		defer cancel()
	}
	var next, addresses atomic.Int64
	tallies := make([]tally, a.connections)
	errs := make([]error, a.connections)
	var wg sync.WaitGroup
	for i := range a.connections {
		wg.Go(func() { errs[i] = a.connection(ctx, server, &next, &addresses, &tallies[i]) })
	}
	wg.Wait()
	var sum tally
	for _, t := range tallies {
		sum.add(t)
	}
	return sum, errors.Join(errs...)
}

// connection does what one connection, or one after the other, does.
func (a attack) connection(ctx context.Context, server string, next, addresses *atomic.Int64, t *tally) error {
	var c *conn
	defer func() {
		if c != nil {
			_ = c.Close()
		}
	}()
	for sent := 0; ; sent++ {
		n := int(next.Add(1))
		if ctx.Err() != nil || a.names > 0 && n > a.names {
			return nil
		}
		if c != nil && a.perAddress > 0 && sent%a.perAddress == 0 {
			_ = c.Close()
			c = nil
		}
		if c == nil {
			from := anAddress(0)
			if !a.oneAddress {
				from = anAddress(int(addresses.Add(1)))
			}
			var err error
			if c, err = dial(context.WithoutCancel(ctx), server, from); err != nil {
				return err
			}
		}
		status, err := c.guess(n)
		if err != nil {
			return err
		}
		t.count(status)
	}
}
