package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// TellOperation does an operation on tokens that is no request to an [Endpoint], returns its error, and tells sink what came of it: packages whose
// methods end tokens use it. A nil sink is told nothing. e says what is known before, at least the Kind, and do adds what it finds out; time, outcome
// and cause are filled in. An error that is no *autherr.Error is an OutcomeFailure: there is no such token, or an argument makes no sense.
//
// Of an operation that is a part of another of the same kind, such as a request to an endpoint, nobody is told a second time: the context that do
// gets, or the function of an endpoint, says so.
func TellOperation(ctx context.Context, sink EventSink, e Event, do func(ctx context.Context, e *Event) error) (err error) {
	if within, _ := ctx.Value(operationKey{}).(*operation); sink == nil || within != nil && within.kind == e.Kind {
		return do(ctx, &e)
	}
	p := reporter{events: sink}
	start := p.start()
	err = errPanic // unless it is replaced
	defer func() {
		e.Time, e.Duration = start.UTC().Truncate(time.Microsecond), time.Since(start)
		e.User = cmp.Or(e.User, e.UserID, Anonymous)
		e.ended(ctx, err)
		p.tellIn(ctx, e)
	}()
	return do(&operation{Context: ctx, kind: e.Kind}, &e)
}

// ended says what came of an operation with this context that returned err.
func (e *Event) ended(ctx context.Context, err error) {
	var refusal *autherr.Error
	switch {
	case err == nil:
		e.Outcome = OutcomeSuccess
	case err == errPanic, errors.As(err, &refusal) && refusal != nil:
		e.failed(ctx, err)
	default:
		e.Outcome, e.Cause = OutcomeFailure, err
	}
}
