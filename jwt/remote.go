package jwt

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apiauth-go/apiauth/auth/outbound"
)

// RemoteKeySet is the key set that another issuer publishes at an https address (its jwks_uri). It implements [KeySource] and is safe for
// concurrent use. Make one with [NewRemoteKeySet] for each issuer; several verifiers may share it. End it with Close.
//
// The set is fetched when it is first used and from then on kept current: again before it is stale, and when a token names a key that it does not
// have. Nobody waits for a fetch except those who ask for such a key, or for the first set. While fetches fail, the last good set answers for at
// most MaxStale. Then, and until there is a first set, Keys fails with [ErrKeysUnavailable].
//
// A new set replaces the last one: a key that is no longer published opens nothing any more. So does a set without a single usable key, and one
// that holds a private or symmetric key, which is now everybody's: they leave no keys at all.
type RemoteKeySet struct {
	client     *outbound.Client // fetches go on without whoever caused them
	algs       []Algorithm
	interval   time.Duration
	maxStale   time.Duration
	onFetch    func(*KeySet, error)
	background sync.WaitGroup // fetches, and the timer that starts the next

	current atomic.Pointer[published] // the last good set; nil before the first and after Close

	mu      sync.Mutex
	closed  bool
	fetch   *fetch // the one under way
	timer   *time.Timer
	waiting int // callers who wait for a fetch

	// After the last fetch: when another may be started without being asked for by name, how many in a row have failed, and why.
	notBefore time.Time
	failures  int
	failure   error
}

// published is a set as it was found.
type published struct {
	keys *KeySet
	sum  [sha256.Size]byte // of its text

	asked time.Time // when the fetch was started: what was published before is in the set
	dies  time.Time // when the set is too old to be used at all
}

// How many callers may wait for a fetch: with unknown key IDs, which cost a stranger nothing, while others are served, and
// while there is no set and everybody waits.
const (
	maxWaiting     = 1024
	maxWaitingCold = 16 * maxWaiting
)

var (
	errRemoteClosed  = fmt.Errorf("%w: the remote key set is closed", ErrKeysUnavailable)
	errRemoteZero    = fmt.Errorf("%w: not made by NewRemoteKeySet", ErrKeysUnavailable)
	errRemoteWaiting = fmt.Errorf("%w: too many wait for the key set", ErrKeysUnavailable)
)

// Keys implements [KeySource]. Known keys are returned at once, whatever the issuer's server does. For an unknown one the set is
// fetched anew, at most once each MinRefreshInterval, and the caller waits for that fetch or until ctx ends, which does
// not disturb the others who wait. Within the interval after a good fetch the set is its own negative cache: whatever is not in
// it is unknown, without a list of what was asked for that strangers could fill.
func (r *RemoteKeySet) Keys(ctx context.Context, kid string, alg Algorithm) ([]*VerificationKey, error) {
	if r == nil || r.client == nil {
		return nil, errRemoteZero
	}
	if keys, p := r.loaded(ctx, kid, alg); len(keys) > 0 {
		if kid != "" && keys[0].id != kid && time.Now().After(p.asked.Add(r.interval)) {
			r.look()
		}
		return keys, nil
	}
	f, keys, err := r.join(ctx, kid, alg)
	if f == nil {
		return keys, err
	}
	defer r.leave()
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	return f.keys.Keys(ctx, kid, alg)
}

// look starts a fetch that nobody waits for, if one may be started: a key whose name its issuer does not publish answers to every name,
// and would otherwise hide a new key until the set is stale.
func (r *RemoteKeySet) look() {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.current.Load()
	if now := time.Now(); !r.closed && r.fetch == nil && p != nil && now.After(p.asked.Add(r.interval)) && !now.Before(r.notBefore) {
		r.start()
	}
}

// loaded looks for a key in the set as it is, which is nil if it cannot be used.
func (r *RemoteKeySet) loaded(ctx context.Context, kid string, alg Algorithm) ([]*VerificationKey, *published) {
	p := r.current.Load()
	if p == nil || !time.Now().Before(p.dies) {
		return nil, nil
	}
	keys, _ := p.keys.Keys(ctx, kid, alg)
	return keys, p
}

// join returns the fetch that tells whether a key exists, and counts the caller as waiting for it. Without a fetch, the rest is the
// answer.
func (r *RemoteKeySet) join(ctx context.Context, kid string, alg Algorithm) (f *fetch, keys []*VerificationKey, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	keys, p := r.loaded(ctx, kid, alg) // again: a fetch may have ended meanwhile
	switch {
	case r.closed:
		return nil, nil, errRemoteClosed
	case len(keys) > 0:
		return nil, keys, nil
	case !slices.Contains(r.algs, alg):
		return nil, nil, nil // no set can have it
	case p != nil && now.Before(p.asked.Add(r.interval)):
		return nil, nil, nil
	case p != nil && r.waiting >= maxWaiting, r.waiting >= maxWaitingCold:
		return nil, nil, errRemoteWaiting
	case r.fetch == nil && now.Before(r.notBefore):
		return nil, nil, r.failure
	case r.fetch == nil:
		r.start()
	}
	r.waiting++
	return r.fetch, nil, nil
}

func (r *RemoteKeySet) leave() {
	r.mu.Lock()
	r.waiting--
	r.mu.Unlock()
}

// Refresh fetches the set now and waits for it, until ctx ends at the latest; the fetch itself goes on. It is for start-up, readiness
// checks and announced rotations: the fetch begins after the call, and no interval holds it back. So it is not to be called because of what a
// stranger sends. The error wraps [ErrKeysUnavailable]; if there was no answer, the last good set, if there is one, remains in use.
func (r *RemoteKeySet) Refresh(ctx context.Context) error {
	if r == nil || r.client == nil {
		return errRemoteZero
	}
	r.mu.Lock()
	earlier := r.fetch
	r.mu.Unlock()
	if earlier != nil { // it may have read what was published before the call
		select {
		case <-earlier.done:
		case <-ctx.Done():
			return left(ctx)
		}
	}
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return errRemoteClosed
	}
	if r.fetch == nil {
		r.start()
	}
	f := r.fetch
	r.mu.Unlock()
	return f.wait(ctx)
}

// Close ends the fetch that is under way, if any, and waits for it. Nothing of the set goes on afterwards, and Keys fails. It may be
// called more than once. The error is always nil.
func (r *RemoteKeySet) Close() error {
	if r == nil || r.client == nil {
		return nil
	}
	r.mu.Lock()
	r.closed = true
	r.current.Store(nil)
	r.disarm()
	r.mu.Unlock()
	r.client.Close()
	r.background.Wait()
	return nil
}

// algorithms tells NewVerifier what keys there can be.
func (r *RemoteKeySet) algorithms() []Algorithm { return r.algs }

// String describes the set by its address, without the query.
func (r *RemoteKeySet) String() string {
	if r == nil || r.client == nil {
		return "jwt.RemoteKeySet(none)"
	}
	return "jwt.RemoteKeySet(" + r.client.Name() + ")"
}

// GoString is String.
func (r *RemoteKeySet) GoString() string { return r.String() }

// Format prints String for every verb.
func (r *RemoteKeySet) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

var errNoUsableKey = errors.New("the set has no usable key")

// left is the error of a caller who does not wait any longer.
func left(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ErrKeysUnavailable, context.Cause(ctx))
}
