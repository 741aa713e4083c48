package auth

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
)

// MultiSink returns an [EventSink] that gives each event to all of the sinks, one after the other, whatever the others do with it. Without any
// it takes events and drops them. It panics if one is nil.
func MultiSink(sinks ...EventSink) EventSink {
	for _, s := range sinks {
		if isNil(s) {
			panic("auth: MultiSink: nil EventSink")
		}
	}
	return multiSink(slices.Clone(sinks))
}

type multiSink []EventSink

// Record implements EventSink.
func (m multiSink) Record(ctx context.Context, e Event) error {
	var all []error
	for _, s := range m {
		if err := record(ctx, s, e); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// record gives e to a sink and returns an error for its panic.
func record(ctx context.Context, s EventSink, e Event) (err error) {
	defer sinkPanic(&err)
	return s.Record(ctx, e)
}

// sinkPanic turns a panic into an error, whatever its value: here http.ErrAbortHandler does not concern a request. Use it with defer.
func sinkPanic(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("auth: EventSink: panic: %v\n%s", v, debug.Stack())
	}
}
