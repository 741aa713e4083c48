package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// flood counts failed logins, in the one place through which every password goes. Nil counts nothing.
//
// A user is counted by his ID, whatever he is called and however his name is spelled, and the name of nobody by what its spellings have in
// common. Before that the store is asked who it is: limits that were looked up by a name as it was sent would be told apart by
// every spelling that the store takes for the same user.
type flood struct {
	counters store.CounterStore
	spare    *Counters   // counts what counters could not count
	failing  atomic.Bool // there is something in spare
	failures atomic.Uint64
	limits   FloodLimits
	proxies  *Transport
	key      []byte // of the digests of wrong passwords
}

func newFlood(counters store.CounterStore, limits FloodLimits, proxies *Transport, key FloodKey) *flood {
	return &flood{counters: counters, spare: NewCounters(0), limits: limits, proxies: proxies, key: key.digests("wrong passwords")}
}

// try is one attempt as flood control sees it.
type try struct {
	flood   *flood
	attempt Attempt
	address string
	who     [2]string // what is counted as a user
	limits  []store.Limit
	room    [4]store.Limit // for limits
	seen    uint64         // flood.failures before the last check
}

// begin returns the try of an attempt, which is nobody's yet.
func (f *flood) begin(r *http.Request, a Attempt) *try {
	if f == nil {
		return nil
	}
	return &try{flood: f, attempt: a, address: f.proxies.network(r)}
}

// by says whose attempt it is: a user of the store or, if he is zero, the name of nobody. It reports whether others have been limited until now.
func (t *try) by(user store.User) bool {
	if t == nil {
		return false
	}
	who := countedAs(user, t.attempt.Name)
	if who == t.who {
		return false
	}
	t.who = who
	l := t.flood.limits
	t.limits = append(t.room[:0], // the first is the one that a success clears
		limit(l.PerUserAndAddress, "user and address", who[0], who[1], t.address),
		limit(l.PerAddress, "address", t.address),
		limit(l.PerUser, "user", who[0], who[1]),
	)
	if t.attempt.Method == autherr.MethodRevoke {
		t.limits = append(t.limits, limit(l.RevokePerAddress, "revoke", t.address))
	}
	return true
}

// limit returns the limit of what the parts name. No two lists of parts have the same counter.
func limit(rate Rate, parts ...string) store.Limit {
	return store.Limit{Counter: sha256.Sum256(appendParts(make([]byte, 0, 256), parts)), Max: rate.Max, Window: rate.Window}
}

// check refuses the attempt if a limit is reached, whatever the password.
func (t *try) check(ctx context.Context) error {
	if t == nil {
		return nil
	}
	t.seen = t.flood.failures.Load()
	now := time.Now()
	until, err := t.flood.counters.LimitedUntil(ctx, now, t.limits...)
	if err == nil && t.flood.failing.Load() {
		var spare time.Time
		if spare, err = t.flood.spare.LimitedUntil(ctx, now, t.limits...); spare.After(until) {
			until = spare
		}
	}
	switch {
	case err != nil:
		return autherr.Unavailable(t.attempt.Method, fmt.Errorf("counters: %w", err))
	case until.After(now):
		return &autherr.Error{Code: autherr.TooManyRequests, Method: t.attempt.Method, RetryAfter: until.Sub(now), Cause: errFlood}
	}
	return nil
}

var errFlood = errors.New("too many failed logins")

// stale reports whether a failure has been counted here since the last check. It need not be this user's: that costs a second check and nothing else.
func (t *try) stale() bool { return t != nil && t.flood.failures.Load() != t.seen }

// countTimeout is how long counting may take when the client has left, and forgetting in any case.
const countTimeout = 5 * time.Second

// failed counts a failure. The same password of the same user counts once, however often a client repeats its request. Who hangs up
// before he is answered is counted all the same.
//
// A failure that the store does not take is counted in this process: a store that can be read and not written would otherwise let everybody guess,
// for a right password is still told from a wrong one.
func (t *try) failed(ctx context.Context) error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countTimeout)
	defer cancel()
	now, event := time.Now(), t.event()
	err := errPanic
	defer func() { // before the slot is given back
		if err != nil {
			_ = t.flood.spare.CountEvent(context.WithoutCancel(ctx), now, event, t.limits...)
			t.flood.failing.Store(true)
		}
		t.flood.failures.Add(1)
	}()
	if err = t.flood.counters.CountEvent(ctx, now, event, t.limits...); err != nil {
		return autherr.Unavailable(t.attempt.Method, fmt.Errorf("counters: %w", err))
	}
	return nil
}

// errPanic stands for the error of a store that does not return.
var errPanic = errors.New("panic")

// event returns what tells this password from others of this user.
func (t *try) event() store.EventID {
	return eventOf(t.flood.key, t.who[0], t.who[1], t.attempt.Password)
}

// eventOf returns the event that the parts make, which tells nothing about them to whoever has not the key.
func eventOf(key []byte, parts ...string) store.EventID {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(appendParts(make([]byte, 0, 256), parts))
	return store.EventID(mac.Sum(nil))
}

// succeeded forgets the failures of the user from this address, and no others: they may be somebody else's. That it cannot is no reason to
// refuse a user, nor is that a store hangs: he is not kept waiting for longer than countTimeout.
func (t *try) succeeded(ctx context.Context) {
	if t == nil {
		return
	}
	if _, here := t.flood.counters.(*Counters); !here { // these answer at once, and a deadline costs memory
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, countTimeout)
		defer cancel()
	}
	_ = t.flood.counters.ClearCounters(ctx, t.limits[0].Counter)
	if t.flood.failing.Load() {
		_ = t.flood.spare.ClearCounters(context.WithoutCancel(ctx), t.limits[0].Counter) // nobody waits for that
	}
}
