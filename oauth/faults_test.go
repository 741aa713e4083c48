package oauth_test

import (
	"context"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// faults is a store that passes every call on to db, but for the one call that is to go wrong.
type faults struct {
	db *memstore.Store

	call  string                        // the method that goes wrong
	fault func(f *faults, v *any) error // how: it returns an error, panics, or changes the result
	calls []string                      // what was called, if record is set

	record bool
}

// pass returns the result of a call, or what the fault makes of it.
func pass[T any](f *faults, name string, v T, err error) (T, error) {
	if f.record {
		f.calls = append(f.calls, name)
	}
	if f.call != name || f.fault == nil {
		return v, err
	}
	var result any = v
	if err := f.fault(f, &result); err != nil {
		var zero T
		return zero, err
	}
	return result.(T), err
}

func (f *faults) UserByID(ctx context.Context, id string) (store.User, error) {
	u, err := f.db.UserByID(ctx, id)
	return pass(f, "UserByID", u, err)
}

func (f *faults) UserByName(ctx context.Context, name string) (store.User, error) {
	u, err := f.db.UserByName(ctx, name)
	return pass(f, "UserByName", u, err)
}

func (f *faults) ClientByID(ctx context.Context, id string) (store.Client, error) {
	c, err := f.db.ClientByID(ctx, id)
	return pass(f, "ClientByID", c, err)
}

func (f *faults) TokenByID(ctx context.Context, id store.TokenID) (store.Token, error) {
	t, err := f.db.TokenByID(ctx, id)
	return pass(f, "TokenByID", t, err)
}

// CreateTokens goes wrong before anything is written.
func (f *faults) CreateTokens(ctx context.Context, tokens ...store.Token) error {
	if _, err := pass(f, "CreateTokens", tokens, nil); err != nil {
		return err
	}
	return f.db.CreateTokens(ctx, tokens...)
}

func (f *faults) TakeToken(ctx context.Context, id store.TokenID) (store.Token, error) {
	if f.record {
		f.calls = append(f.calls, "TakeToken")
	}
	if f.call == "TakeToken" && f.fault != nil { // goes wrong before the token is gone, but for a wrong result
		var result any = store.Token{ID: id}
		if err := f.fault(f, &result); err != nil {
			return store.Token{}, err
		}
		if wrong := result.(store.Token); wrong.ID != id {
			return wrong, nil
		}
	}
	return f.db.TakeToken(ctx, id)
}

func (f *faults) RotateToken(ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
	return f.db.RotateToken(ctx, old, next...)
}

func (f *faults) DeleteTokens(ctx context.Context, m store.TokenMatch) error {
	if _, err := pass(f, "DeleteTokens", m, nil); err != nil {
		return err
	}
	return f.db.DeleteTokens(ctx, m)
}
