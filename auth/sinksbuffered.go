package auth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// BufferOptions adjusts [NewBufferedSink] and [NewAuditSink]. The zero value is complete.
type BufferOptions struct {
	// Size is how many events wait at most, those that are being written included. What comes when so many wait is lost. Zero means DefaultSinkSize.
	Size int

	// Timeout ends the context of one write: of an event, or of a batch of audit records. Zero means DefaultSinkTimeout.
	Timeout time.Duration

	// OnLoss is told how many events were lost since it was told last, and why the latest of them: [ErrSinkFull], [ErrSinkClosed], or the error
	// of the sink. It is called at once and then every 10 seconds at most, one call at a time and by no request. Nil means that nobody is told;
	// Lost counts all the same.
	OnLoss func(n int, cause error)
}

// The defaults of BufferOptions.
const (
	DefaultSinkSize    = 4096
	DefaultSinkTimeout = 10 * time.Second
)

// Reasons for the loss of events.
var (
	ErrSinkFull   = errors.New("auth: too many events wait for their sink")
	ErrSinkClosed = errors.New("auth: the sink is closed")
)

// BufferedSink is an [EventSink] that hands events over to another, later and in a goroutine of its own: whatever that one does, no request
// waits for it or notices. Events keep their order. The goroutine lives as long as there are events.
type BufferedSink struct {
	buffer *buffer
}

// NewBufferedSink returns a BufferedSink before sink. o may be nil. A sink that returns an error, or panics, has lost the event; it is not tried
// again. Close the BufferedSink before the program ends.
func NewBufferedSink(sink EventSink, o *BufferOptions) (*BufferedSink, error) {
	if isNil(sink) {
		return nil, errors.New("auth: NewBufferedSink: the sink is missing")
	}
	return newBufferedSink("NewBufferedSink", o, func(ctx context.Context, b *buffer, events []Event) {
		for _, e := range events {
			if ctx.Err() != nil {
				b.lose(1, ErrSinkClosed)
				continue
			}
			once, cancel := context.WithTimeout(ctx, b.timeout)
			err := record(once, sink, e)
			cancel()
			if err != nil {
				b.lose(1, err)
			}
			b.written(1)
		}
	})
}

func newBufferedSink(where string, o *BufferOptions, write func(context.Context, *buffer, []Event)) (*BufferedSink, error) {
	var options BufferOptions
	if o != nil {
		options = *o
	}
	switch {
	case options.Size < 0:
		return nil, fmt.Errorf("auth: %s: Size is negative", where)
	case options.Timeout < 0:
		return nil, fmt.Errorf("auth: %s: Timeout is negative", where)
	}
	return &BufferedSink{newBuffer(options, write)}, nil
}

// Record implements EventSink. It never waits. The error says that the event is lost.
func (s *BufferedSink) Record(_ context.Context, e Event) error {
	if s == nil || s.buffer == nil {
		return ErrSinkClosed
	}
	return s.buffer.add(e)
}

// Lost returns how many events have been lost.
func (s *BufferedSink) Lost() uint64 {
	if s == nil || s.buffer == nil {
		return 0
	}
	return s.buffer.lostSoFar()
}

// Close takes no more events, and returns when those that wait are written, OnLoss has been told of all that is lost, and no goroutine is left.
// If ctx ends first it gives up what waits, ends the context of the write that is under way, and returns an error that says how many events were
// not written; a sink that does not heed its context may then go on for a while. Requests go on as well; what they tell is lost.
func (s *BufferedSink) Close(ctx context.Context) error {
	if s == nil || s.buffer == nil {
		return nil
	}
	return s.buffer.close(ctx)
}
