package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// SlogOptions adjusts [NewSlogSink]. The zero value is complete.
type SlogOptions struct {
	// Level returns the level of an event. Nil means EventLevel.
	Level func(Event) slog.Level

	// Burst is how many of the same failure are logged in each Interval; of the rest, only the number is. Zero means 5.
	Burst int

	// Interval is how long failures are counted together. Zero means a minute.
	Interval time.Duration
}

// EventLevel is the usual level of an event: Error for outages and bugs; Warn for what somebody may be up to, which is wrong credentials,
// refused users and addresses, flood control and secrets in clear text; Info for other refusals, logins and tokens; and Debug for requests that
// were let pass, of which there may be many.
func EventLevel(e Event) slog.Level {
	switch e.Outcome {
	case OutcomeSuccess:
		if e.Kind == EventAuthentication {
			return slog.LevelDebug
		}
	case OutcomeOutage, OutcomeError:
		return slog.LevelError
	case OutcomeInvalidCredentials, OutcomeBlocked, OutcomeIPBlocked, OutcomeTooManyRequests, OutcomeInsecureTransport:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// SlogSink is an [EventSink] that logs events. Texts are escaped, so that nobody can forge a line by what he sends, and cut at 256 bytes.
//
// The same failure repeated does not fill the log. Failures are the same if kind, outcome, method, application, code and address are, the
// address of an IPv6 network counting as one; the first few in a minute are logged, and then one line with the number of those that were left
// out. Of more than 1,000 different failures in a minute the others count as the same, whatever their address. Successes are all logged, and so is
// each second use of a refresh token that has ended its family (EventTokenReuse): there is one for each family. What the level of the logger
// does not let through costs next to nothing.
//
// It logs in the goroutine of the request: put a [BufferedSink] before it if the handler of the logger may wait.
type SlogSink struct {
	logger  *slog.Logger
	level   func(Event) slog.Level
	samples *samples
}

// NewSlogSink returns a SlogSink that writes to logger. o may be nil.
func NewSlogSink(logger *slog.Logger, o *SlogOptions) (*SlogSink, error) {
	var options SlogOptions
	if o != nil {
		options = *o
	}
	switch {
	case logger == nil:
		return nil, errors.New("auth: NewSlogSink: the logger is missing")
	case options.Burst < 0:
		return nil, fmt.Errorf("auth: NewSlogSink: Burst is negative")
	case options.Interval < 0:
		return nil, fmt.Errorf("auth: NewSlogSink: Interval is negative")
	}
	if options.Level == nil {
		options.Level = EventLevel
	}
	if options.Burst == 0 {
		options.Burst = 5
	}
	if options.Interval == 0 {
		options.Interval = time.Minute
	}
	s := &SlogSink{logger: logger, level: options.Level}
	s.samples = &samples{burst: options.Burst, interval: options.Interval, report: s.leftOut}
	return s, nil
}

// Record implements EventSink.
func (s *SlogSink) Record(ctx context.Context, e Event) error {
	if s == nil || s.samples == nil {
		return ErrSinkClosed
	}
	level := s.level(e)
	if !s.logger.Enabled(ctx, level) || repeats(&e) && !s.samples.take(&e, level) {
		return nil
	}
	s.logger.LogAttrs(ctx, level, "auth", e.attrs()...)
	return nil
}

// repeats reports whether events like e can come again and again.
func repeats(e *Event) bool {
	return e.Outcome != OutcomeSuccess && (e.Kind != EventTokenReuse || e.Outcome != OutcomeInvalidCredentials)
}

// Flush logs how many failures have been left out until now, which is otherwise done at the end of the interval. Call it before the program ends.
func (s *SlogSink) Flush() {
	if s != nil && s.samples != nil {
		s.samples.flush()
	}
}

// leftOut logs that n like the sample were left out.
func (s *SlogSink) leftOut(k sampleKey, level slog.Level, n int) {
	defer func() { _ = recover() }() // of the handler: a timer has nobody who would catch it
	e := Event{Kind: k.kind, Outcome: k.outcome, Method: k.method, Application: k.application, Code: k.code}
	attrs := e.attrs()
	attrs = attrs[:len(attrs)-1] // the duration
	if k.network.IsValid() {
		attrs = append(attrs, slog.String("network", k.network.String()))
	}
	s.logger.LogAttrs(context.Background(), level, "auth: more of the same left out", append(attrs, slog.Int("left_out", n))...)
}
