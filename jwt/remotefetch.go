package jwt

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth/outbound"
)

// fetch is one attempt to get the set. Its results are set before done is closed.
type fetch struct {
	asked time.Time
	done  chan struct{}
	keys  *KeySet
	err   error // wraps ErrKeysUnavailable
}

// wait waits for the fetch, or until ctx ends.
func (f *fetch) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return f.err
	default:
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return left(ctx)
	}
}

// start begins a fetch. r.mu is held, r is not closed, and no fetch is under way.
func (r *RemoteKeySet) start() {
	r.disarm()
	f := &fetch{asked: time.Now(), done: make(chan struct{})}
	r.fetch = f
	r.background.Go(func() {
		var (
			p   *published
			ttl time.Duration
			err = errNotReturned
			due time.Time
		)
		// Deferred, each by itself: whatever an application's Transport or OnFetch does to this goroutine, those who wait are let go.
		defer func() { r.end(f, due) }()
		defer func() { r.report(f) }()
		defer func() { due = r.settle(f, p, ttl, err) }()
		p, ttl, err = r.load(f.asked)
	})
}

// settle puts the outcome of a fetch in place and returns when the next is due.
func (r *RemoteKeySet) settle(f *fetch, p *published, ttl time.Duration, err error) (due time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		f.err = errRemoteClosed
		return time.Time{}
	}
	if err != nil {
		if errors.Is(err, errPrivate) || errors.Is(err, errNoUsableKey) { // an answer, and what was published before is withdrawn
			r.current.Store(nil)
		}
		r.failures++
		f.err = fmt.Errorf("%w: %s: %w", ErrKeysUnavailable, r.client.Name(), outbound.Brief(err))
		r.failure = f.err
		r.notBefore = f.asked.Add(r.backoff())
		return r.notBefore
	}
	f.keys = p.keys
	r.failures, r.failure = 0, nil
	r.current.Store(p)
	r.notBefore = f.asked.Add(r.interval)
	if due = f.asked.Add(refreshAhead(min(ttl, r.maxStale))); due.Before(r.notBefore) {
		due = r.notBefore
	}
	return due
}

var errNotReturned = errors.New("the fetch did not return")

// end lets those go who wait for a fetch.
func (r *RemoteKeySet) end(f *fetch, due time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fetch = nil
	if !r.closed {
		r.arm(due)
	}
	close(f.done)
}

// backoffLimit is the most by which failures slow fetches down. An outage that ends is noticed at the latest that much later, and a quarter.
const backoffLimit = time.Minute

// backoff returns how long after the start of a failed fetch the next may start: the interval, doubled with each failure in a row, and up to a
// quarter more, so that a fleet does not come back in step. Without a set nothing works at all, and it stays at the interval.
func (r *RemoteKeySet) backoff() time.Duration {
	d := r.interval
	if p := r.current.Load(); p != nil && time.Now().Before(p.dies) {
		for i := 1; i < r.failures && d < backoffLimit; i++ {
			d = min(2*d, backoffLimit)
		}
	}
	return d + rand.N(d/4)
}

// refreshAhead returns when a set that is current for ttl is fetched again: at a moment between three quarters and nine tenths of it.
func refreshAhead(ttl time.Duration) time.Duration {
	return ttl - ttl/10 - rand.N(ttl/20*3)
}

// arm sets the timer for the next fetch. r.mu is held. Between fetches there is this timer and no goroutine.
func (r *RemoteKeySet) arm(at time.Time) {
	r.background.Add(1)
	var mine *time.Timer
	mine = time.AfterFunc(time.Until(at), func() {
		defer r.background.Done()
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.timer == mine { // it was not replaced while it waited for the lock
			r.timer = nil
			r.start()
		}
	})
	r.timer = mine
}

// disarm stops the timer. r.mu is held.
func (r *RemoteKeySet) disarm() {
	if r.timer != nil && r.timer.Stop() {
		r.background.Done()
	}
	r.timer = nil
}

// report tells OnFetch. What it does wrong is not allowed to end the program.
func (r *RemoteKeySet) report(f *fetch) {
	if r.onFetch == nil || f.err == errRemoteClosed {
		return
	}
	defer func() { _ = recover() }()
	r.onFetch(f.keys, f.err)
}

// load gets the set from its server, within the time for it.
func (r *RemoteKeySet) load(asked time.Time) (p *published, ttl time.Duration, err error) {
	defer func() {
		if v := recover(); v != nil { // a set that breaks its reader must not end the program
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	answer, err := r.client.Do(askForSet)
	switch {
	case err != nil:
		return nil, 0, err
	case answer.Status != http.StatusOK:
		return nil, 0, fmt.Errorf("status %d", answer.Status)
	}
	p = &published{sum: sha256.Sum256(answer.Body), asked: asked, dies: asked.Add(r.maxStale)}
	if last := r.current.Load(); last != nil && last.sum == p.sum {
		p.keys = last.keys // the same, so that what was worked out with its keys remains good
	} else if p.keys, err = parseKeySet(answer.Body, r.algs); err != nil {
		return nil, 0, err
	}
	if p.keys.Len() == 0 {
		return nil, 0, fmt.Errorf("%w: %w", errNoUsableKey, errors.Join(p.keys.skipped...))
	}
	return p, keySetTTL(answer.Header), nil
}
