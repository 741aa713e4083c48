package authtest

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/apiauth-go/apiauth/auth"
)

// EventRecorder is an [auth.EventSink] that keeps the events for the test to look at. It is safe for concurrent use; make one with [RecordEvents].
type EventRecorder struct {
	mu     sync.Mutex
	events []auth.Event
}

// RecordEvents returns an EventRecorder without events.
func RecordEvents(t testing.TB) *EventRecorder {
	OnlyInTests(t, name)
	return new(EventRecorder)
}

// Record implements auth.EventSink.
func (r *EventRecorder) Record(_ context.Context, e auth.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
	return nil
}

// Events returns the events so far, in the order of their coming. An event is there before the answer to its request is sent.
func (r *EventRecorder) Events() []auth.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}
