// Package otelsink turns the events of apiauth into OpenTelemetry metrics:
//
//	apiauth.events    a counter of events
//	apiauth.duration  a histogram of how long decisions took, in seconds
//
// Both have the attributes apiauth.kind, apiauth.method, apiauth.outcome and, for refusals, error.type, which is the code of the refusal. All of
// them are words of the library or of the application: nothing that a client can choose becomes an attribute, neither names nor addresses nor
// paths, so the number of series is small and nobody can read in the metrics who was here.
//
// It is an example to copy: a module of its own, so that the library does not depend on OpenTelemetry.
package otelsink

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/apiauth-go/apiauth/auth"
)

// Sink is an [auth.EventSink] that counts. It does not wait, so it needs no [auth.BufferedSink] before it.
type Sink struct {
	events   metric.Int64Counter
	duration metric.Float64Histogram
}

var _ auth.EventSink = (*Sink)(nil)

// buckets are bounds for decisions that take a microsecond, as a token in memory does, and for those that take a hash and a line before it.
var buckets = []float64{0.00001, 0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// New returns a Sink that counts with meters of provider. The one of package otel is otel.GetMeterProvider().
func New(provider metric.MeterProvider) (*Sink, error) {
	if provider == nil {
		return nil, errors.New("otelsink: New: the provider is missing")
	}
	meter := provider.Meter("github.com/apiauth-go/apiauth/examples/otel")
	var s Sink
	var err error
	s.events, err = meter.Int64Counter("apiauth.events", metric.WithUnit("{event}"),
		metric.WithDescription("Attempts to get in, refusals of access, and operations on tokens."))
	if err != nil {
		return nil, fmt.Errorf("otelsink: New: %w", err)
	}
	s.duration, err = meter.Float64Histogram("apiauth.duration", metric.WithUnit("s"),
		metric.WithDescription("How long it took to decide."), metric.WithExplicitBucketBoundaries(buckets...))
	if err != nil {
		return nil, fmt.Errorf("otelsink: New: %w", err)
	}
	return &s, nil
}

// Record implements [auth.EventSink].
func (s *Sink) Record(ctx context.Context, e auth.Event) error {
	list := make([]attribute.KeyValue, 0, 4)
	list = append(list,
		attribute.String("apiauth.kind", string(e.Kind)),
		attribute.String("apiauth.method", string(e.Method)),
		attribute.String("apiauth.outcome", string(e.Outcome)))
	if e.Code != "" {
		list = append(list, attribute.String("error.type", string(e.Code)))
	}
	set := metric.WithAttributeSet(attribute.NewSet(list...))
	s.events.Add(ctx, 1, set)
	s.duration.Record(ctx, e.Duration.Seconds(), set)
	return nil
}
