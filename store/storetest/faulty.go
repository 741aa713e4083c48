package storetest

import (
	"context"
	"sync"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// Stores are all that a [Faulty] passes calls on to. Those that are nil are not called.
type Stores struct {
	// Each is the store of one interface; one value may be all of them.
	Users    store.UserStore
	Clients  store.ClientStore
	Tokens   store.TokenStore
	APIKeys  store.APIKeyStore
	Counters store.CounterStore
}

// Fault is how a call of a [Faulty] goes wrong. It is given the call and may have it done, or not; it returns what the caller is to see. A
// store that is called wrongly is not its business: it is for testing what callers make of a store.
type Fault func(ctx context.Context, do func(context.Context) (any, error)) (any, error)

// Failing answers with err without having the call done.
func Failing(err error) Fault {
	return func(context.Context, func(context.Context) (any, error)) (any, error) { return nil, err }
}

// FailingLate has the call done and answers with err, as if the answer had been lost on its way: the effect is there and nobody knows.
func FailingLate(err error) Fault {
	return func(ctx context.Context, do func(context.Context) (any, error)) (any, error) {
		_, _ = do(ctx)
		return nil, err
	}
}

// Panicking panics with v without having the call done.
func Panicking(v any) Fault {
	return func(context.Context, func(context.Context) (any, error)) (any, error) { panic(v) }
}

// Hanging answers only when the context ends, with its cause.
func Hanging() Fault {
	return func(ctx context.Context, _ func(context.Context) (any, error)) (any, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
}

// Delayed waits before it has the call done, or until the context ends.
func Delayed(d time.Duration) Fault {
	return func(ctx context.Context, do func(context.Context) (any, error)) (any, error) {
		select {
		case <-time.After(d):
			return do(ctx)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Empty answers with a zero record and no error.
func Empty() Fault {
	return func(context.Context, func(context.Context) (any, error)) (any, error) { return nil, nil }
}

// Changed has the call done and changes the record that it returns: a pointer to a store.User, store.Client, store.Token or store.APIKey.
// Calls that return an error or no record are passed on as they are.
func Changed(change func(record any)) Fault {
	return func(ctx context.Context, do func(context.Context) (any, error)) (any, error) {
		v, err := do(ctx)
		if err != nil {
			return v, err
		}
		switch r := v.(type) {
		case store.User:
			change(&r)
			return r, nil
		case store.Client:
			change(&r)
			return r, nil
		case store.Token:
			change(&r)
			return r, nil
		case store.APIKey:
			change(&r)
			return r, nil
		}
		return v, nil
	}
}

// Faulty passes every call on to its stores, but for the one that is to go wrong. A test lets a request pass once and learns from Calls which
// calls it made; then it lets each of them go wrong in turn. It has none of the optional capabilities of stores, but see [FaultyRehasher]. It is
// safe for concurrent use.
type Faulty struct {
	stores Stores

	mu    sync.Mutex
	calls []string
	at    int
	fault Fault
}

// NewFaulty returns a Faulty in which nothing goes wrong.
func NewFaulty(stores Stores) *Faulty { return &Faulty{stores: stores, at: -1} }

// Break lets the call with this number go wrong, counted from now and from zero. A nil fault lets none. What Calls knows is forgotten.
func (f *Faulty) Break(call int, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.at, f.fault = nil, call, fault
}

// Calls returns the names of the methods that were called since Break, in their order.
func (f *Faulty) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}

// next notes a call and returns the fault that it is to have, or nil.
func (f *Faulty) next(method string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, method)
	if len(f.calls)-1 != f.at {
		return nil
	}
	return f.fault
}

// call has a call done, or lets it go wrong.
func call[T any](f *Faulty, ctx context.Context, method string, do func(context.Context) (T, error)) (T, error) {
	fault := f.next(method)
	if fault == nil {
		return do(ctx)
	}
	v, err := fault(ctx, func(ctx context.Context) (any, error) { return do(ctx) })
	t, _ := v.(T)
	return t, err
}

// nothing is the result of calls without one.
type nothing struct{}

// UserByID implements store.UserStore.
func (f *Faulty) UserByID(ctx context.Context, id string) (store.User, error) {
	return call(f, ctx, "UserByID", func(ctx context.Context) (store.User, error) { return f.stores.Users.UserByID(ctx, id) })
}

// UserByName implements store.UserStore.
func (f *Faulty) UserByName(ctx context.Context, name string) (store.User, error) {
	return call(f, ctx, "UserByName", func(ctx context.Context) (store.User, error) { return f.stores.Users.UserByName(ctx, name) })
}

// ClientByID implements store.ClientStore.
func (f *Faulty) ClientByID(ctx context.Context, id string) (store.Client, error) {
	return call(f, ctx, "ClientByID", func(ctx context.Context) (store.Client, error) { return f.stores.Clients.ClientByID(ctx, id) })
}

// APIKeyByID implements store.APIKeyStore.
func (f *Faulty) APIKeyByID(ctx context.Context, id store.KeyID) (store.APIKey, error) {
	return call(f, ctx, "APIKeyByID", func(ctx context.Context) (store.APIKey, error) { return f.stores.APIKeys.APIKeyByID(ctx, id) })
}

// CreateTokens implements store.TokenStore.
func (f *Faulty) CreateTokens(ctx context.Context, tokens ...store.Token) error {
	_, err := call(f, ctx, "CreateTokens", func(ctx context.Context) (nothing, error) {
		return nothing{}, f.stores.Tokens.CreateTokens(ctx, tokens...)
	})
	return err
}

// TokenByID implements store.TokenStore.
func (f *Faulty) TokenByID(ctx context.Context, id store.TokenID) (store.Token, error) {
	return call(f, ctx, "TokenByID", func(ctx context.Context) (store.Token, error) { return f.stores.Tokens.TokenByID(ctx, id) })
}

// TakeToken implements store.TokenStore.
func (f *Faulty) TakeToken(ctx context.Context, id store.TokenID) (store.Token, error) {
	return call(f, ctx, "TakeToken", func(ctx context.Context) (store.Token, error) { return f.stores.Tokens.TakeToken(ctx, id) })
}

// RotateToken implements store.TokenStore.
func (f *Faulty) RotateToken(ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
	return call(f, ctx, "RotateToken", func(ctx context.Context) (store.Token, error) {
		return f.stores.Tokens.RotateToken(ctx, old, next...)
	})
}

// DeleteTokens implements store.TokenStore.
func (f *Faulty) DeleteTokens(ctx context.Context, match store.TokenMatch) error {
	_, err := call(f, ctx, "DeleteTokens", func(ctx context.Context) (nothing, error) {
		return nothing{}, f.stores.Tokens.DeleteTokens(ctx, match)
	})
	return err
}

// LimitedUntil implements store.CounterStore.
func (f *Faulty) LimitedUntil(ctx context.Context, now time.Time, limits ...store.Limit) (time.Time, error) {
	return call(f, ctx, "LimitedUntil", func(ctx context.Context) (time.Time, error) {
		return f.stores.Counters.LimitedUntil(ctx, now, limits...)
	})
}

// CountEvent implements store.CounterStore.
func (f *Faulty) CountEvent(ctx context.Context, now time.Time, event store.EventID, limits ...store.Limit) error {
	_, err := call(f, ctx, "CountEvent", func(ctx context.Context) (nothing, error) {
		return nothing{}, f.stores.Counters.CountEvent(ctx, now, event, limits...)
	})
	return err
}

// ClearCounters implements store.CounterStore.
func (f *Faulty) ClearCounters(ctx context.Context, counters ...store.CounterID) error {
	_, err := call(f, ctx, "ClearCounters", func(ctx context.Context) (nothing, error) {
		return nothing{}, f.stores.Counters.ClearCounters(ctx, counters...)
	})
	return err
}

// FaultyRehasher is a Faulty that is a store.PasswordRehasher as well; its Stores.Users must be one. A Faulty is none by itself: who may be one is
// asked to keep new hashes.
type FaultyRehasher struct{ *Faulty }

// RehashPassword implements store.PasswordRehasher.
func (f FaultyRehasher) RehashPassword(ctx context.Context, userID, oldHash, newHash string) error {
	_, err := call(f.Faulty, ctx, "RehashPassword", func(ctx context.Context) (nothing, error) {
		return nothing{}, f.stores.Users.(store.PasswordRehasher).RehashPassword(ctx, userID, oldHash, newHash)
	})
	return err
}
