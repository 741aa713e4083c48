package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

var errShutdown = errors.New("storetest: shutting down")

// whenEnded calls f with contexts that are done, for each of the ways in which they can be, and checks the errors.
func whenEnded(ctx context.Context, what string, f func(ctx context.Context) error) error {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	caused, cancelCause := context.WithCancelCause(ctx)
	cancelCause(errShutdown)
	late, cancelLate := context.WithDeadline(ctx, time.Now().Add(-time.Second))
	defer cancelLate()

	for _, ended := range []context.Context{cancelled, caused, late} {
		err := f(ended)
		if err := is(err, context.Cause(ended), "%s with a context that is done", what); err != nil {
			return err
		}
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s with a context that is done: the error is ErrNotFound too, which is an answer", what)
		}
	}
	return nil
}
