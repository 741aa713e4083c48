package oauth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/auth/outbound"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// calls are the calls to the other server that are under way: at most one for each token, and at most max. Nobody waits for a free place: while the
// other server is slow, those who ask it with invented tokens would fill any line.
type calls struct {
	max        int
	mu         sync.Mutex
	closed     bool
	running    map[store.TokenID]*call
	waiting    int // callers
	background sync.WaitGroup
}

// call is one question. Its results are set before done is closed.
type call struct {
	done  chan struct{}
	known *known
	err   error
}

// maxWaitingExternal is how many callers may wait for an answer. It is far more than should ever be needed, and not without end.
const maxWaitingExternal = 16 << 10

var (
	errExternalBusy   = unanswered(errors.New("too many calls are under way"))
	errExternalClosed = unanswered(errors.New("the verifier is closed"))
	errCallUnfinished = unanswered(errors.New("the call did not return"))
)

// unanswered is the answer to a token about which nothing can be found out at the moment.
func unanswered(why error) error {
	return autherr.Unavailable(autherr.MethodOAuth, fmt.Errorf("%w: %w", ErrExternalUnavailable, why))
}

// find returns what is known about a token: from the cache, or from the other server, for which it waits until ctx ends. The call goes on then, for
// the others who wait for it and for the cache.
func (x *external) find(ctx context.Context, token string) (*known, error) {
	id := TokenID(token)
	if k := x.cache.find(id, time.Now()); k != nil {
		return k, nil
	}
	if ctx.Err() != nil {
		return nil, unanswered(context.Cause(ctx))
	}
	c, k, err := x.join(id, token)
	if c == nil {
		return k, err
	}
	defer x.leave()
	select {
	case <-c.done:
		return c.known, c.err
	case <-ctx.Done():
		return nil, unanswered(context.Cause(ctx))
	}
}

// join returns the call that tells about a token, and counts the caller as waiting for it. Without a call, the rest is the answer.
func (x *external) join(id store.TokenID, token string) (*call, *known, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return nil, nil, errExternalClosed
	}
	if k := x.cache.find(id, time.Now()); k != nil { // the call may have ended meanwhile
		return nil, k, nil
	}
	c := x.running[id]
	switch {
	case x.waiting >= maxWaitingExternal, c == nil && len(x.running) >= x.max:
		return nil, nil, errExternalBusy
	case c == nil:
		c = x.start(id, token)
	}
	x.waiting++
	return c, nil, nil
}

func (x *external) leave() {
	x.mu.Lock()
	x.waiting--
	x.mu.Unlock()
}

// start begins a call. x.mu is held.
func (x *external) start(id store.TokenID, token string) *call {
	c := &call{done: make(chan struct{}), err: errCallUnfinished}
	x.running[id] = c
	x.background.Go(func() {
		asked := time.Now()
		defer func() { x.end(id, asked, c) }() // whatever an application's Transport does to this goroutine, those who wait are let go
		c.known, c.err = x.call(token)
	})
	return c
}

// end puts the outcome of a call in place and lets those go who wait for it. What the server said is remembered from the moment it was asked:
// nobody knows how much later it looked.
func (x *external) end(id store.TokenID, asked time.Time, c *call) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.closed:
		c.known, c.err = nil, errExternalClosed
	case c.err == nil:
		x.cache.add(id, c.known, asked.Add(x.cacheTTL))
	}
	delete(x.running, id)
	close(c.done)
}

// call asks the other server. Its error is an *autherr.Error.
func (x *external) call(token string) (k *known, err error) {
	defer func() {
		if v := recover(); v != nil { // an answer that breaks its reader must not end the program
			k, err = nil, x.outage(errors.New("a panic while the answer was read"))
		}
	}()
	answer, err := x.client.Do(x.ask(token))
	if err != nil {
		return nil, x.outage(err)
	}
	k, err = x.read(answer)
	if _, decided := err.(*autherr.Error); err != nil && !decided {
		return nil, x.outage(err)
	}
	return k, err
}

// outage is the answer while the other server gives none. The cause names it, and what it said is cut and escaped.
func (x *external) outage(err error) error {
	return unanswered(fmt.Errorf("%s: %w", x.client.Name(), outbound.Brief(err)))
}

// close ends the calls that are under way and waits for them. Nothing goes on afterwards, and nothing is known any more.
func (x *external) close() error {
	if x == nil {
		return nil
	}
	x.mu.Lock()
	x.closed = true
	x.cache.clear()
	x.mu.Unlock()
	x.client.Close()
	x.background.Wait()
	return nil
}
