package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// alive returns an error if ctx is done. Every method asks first, so that it has no effect then.
func alive(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("redisstore: %w", context.Cause(ctx))
}

var errGone = errors.New("redisstore: the call was ended from inside the client")

// call does something with the client and returns when it is done or ctx is. The client looks at a context's deadline only if it was
// made with ContextTimeoutEnabled, and at its end never; what it still does when we have left ends by its own timeouts.
func call[T any](ctx context.Context, op string, do func(ctx context.Context) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
		panic any
	}
	if ctx.Done() == nil {
		value, err := do(ctx)
		return value, failed(ctx, op, err)
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{err: errGone} // should do not return
		defer func() {
			o.panic = recover()
			done <- o
		}()
		o.value, o.err = do(ctx)
	}()
	select {
	case o := <-done:
		if o.panic != nil {
			panic(o.panic) // where the caller expects it
		}
		return o.value, failed(ctx, op, o.err)
	case <-ctx.Done():
		var zero T
		return zero, alive(ctx)
	}
}

// failed returns the error of a call of the client: nil for nil.
func failed(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done() // the connection may have noticed a moment before
	}
	if err := alive(ctx); err != nil {
		return err
	}
	return newFailure(op, err)
}
