package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// Way is one way in which a call of a [Faulty] goes wrong.
type Way struct {
	// Name says what goes wrong, in a word or two.
	Name string

	// Fault makes it go wrong.
	Fault Fault

	// Done says that the call is made all the same: what it does is done.
	Done bool

	// Lies says that the store returns no error, and a record that was not asked for, or none. Calls that return no record go well then if they are Done,
	// and nobody can tell if they are not. Where Lies is not set there is an error, or a panic.
	Lies bool
}

// Ways returns twelve ways in which a call of a store goes wrong, whatever it is asked for. down is the error of a store that is out of order.
// That there is no such record is none of them, for it is an answer.
func Ways(down error) []Way {
	deadline := fmt.Errorf("dial tcp 10.0.0.1:6379: %w", context.DeadlineExceeded)
	return []Way{
		{Name: "error", Fault: Failing(down)},
		{Name: "deadline", Fault: Failing(deadline)},
		{Name: "invalid", Fault: Failing(store.ErrInvalid)},
		{Name: "full", Fault: Failing(store.ErrFull)},
		{Name: "conflict", Fault: Failing(store.ErrConflict)},
		{Name: "lost answer", Fault: FailingLate(down), Done: true},
		{Name: "late deadline", Fault: FailingLate(deadline), Done: true},
		{Name: "hang", Fault: Hanging()},
		{Name: "panic", Fault: Panicking(down)},
		{Name: "nothing", Fault: Empty(), Lies: true},
		{Name: "another's", Fault: mistaken(another), Done: true, Lies: true},
		{Name: "no ID", Fault: mistaken(unnamed), Done: true, Lies: true},
	}
}

// mistaken answers with a record that change has worked on. Where there is no such token, it is a mark by which all tokens would be revoked.
func mistaken(change func(record any)) Fault {
	return func(ctx context.Context, do func(context.Context) (any, error)) (any, error) {
		v, err := do(ctx)
		if _, token := v.(store.Token); token && errors.Is(err, store.ErrNotFound) {
			end := time.Now().Add(1000 * time.Hour)
			v, err = store.Token{Kind: store.RevocationMark, IssuedAt: end, ExpiresAt: end}, nil
		}
		return Changed(change)(ctx, func(context.Context) (any, error) { return v, err })
	}
}

// another turns a record into that of somebody else.
func another(record any) {
	switch r := record.(type) {
	case *store.User:
		r.ID, r.Name = r.ID+"0", "another "+r.Name
	case *store.Client:
		r.ID += "0"
	case *store.Token:
		r.ID[7]++
	case *store.APIKey:
		r.ID[7]++
	}
}

// unnamed takes the ID out of a record.
func unnamed(record any) {
	switch r := record.(type) {
	case *store.User:
		r.ID = ""
	case *store.Client:
		r.ID = ""
	case *store.Token:
		r.ID = store.TokenID{}
	case *store.APIKey:
		r.ID = store.KeyID{}
	}
}
