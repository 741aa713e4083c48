package auth

import (
	"context"
	"errors"
	"net/http"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// Outcome is one word for what came of an attempt.
type Outcome string

// The outcomes. The first seven are those of the documented audit log.
const (
	OutcomeSuccess            Outcome = "success"
	OutcomeFailure            Outcome = "failure"             // whatever has no word of its own: nothing offered, something missing or malformed
	OutcomeBlocked            Outcome = "blocked"             // the user is blocked, or gone
	OutcomeInvalidCredentials Outcome = "invalid_credentials" // a password, token, key or secret that is not right
	OutcomeExpiredToken       Outcome = "expired_token"       // a token or key that was right once
	OutcomeIPBlocked          Outcome = "ip_blocked"          // the address may not come in
	OutcomeAccessDenied       Outcome = "access_denied"       // known, and not allowed to
	OutcomeTooManyRequests    Outcome = "too_many_requests"   // flood control
	OutcomeInsecureTransport  Outcome = "insecure_transport"  // a secret in clear text
	OutcomeOutage             Outcome = "outage"              // something needed is out of order, or hashing capacity used up
	OutcomeCanceled           Outcome = "canceled"            // the client left before it was answered
	OutcomeError              Outcome = "error"               // a bug, or a wrong configuration
)

// outcomes are those of the codes that have one of their own.
var outcomes = map[autherr.Code]Outcome{
	autherr.InvalidCredentials:      OutcomeInvalidCredentials,
	autherr.InvalidClientID:         OutcomeInvalidCredentials,
	autherr.InvalidClientSecret:     OutcomeInvalidCredentials,
	autherr.InvalidAccessToken:      OutcomeInvalidCredentials,
	autherr.InvalidRefreshToken:     OutcomeInvalidCredentials,
	autherr.InvalidSignature:        OutcomeInvalidCredentials,
	autherr.InvalidToken:            OutcomeInvalidCredentials,
	autherr.InvalidAPIKey:           OutcomeInvalidCredentials,
	autherr.UserInformationNotFound: OutcomeInvalidCredentials,
	autherr.TokenExpired:            OutcomeExpiredToken,
	autherr.UserBlocked:             OutcomeBlocked,
	autherr.AccessDenied:            OutcomeAccessDenied,
	autherr.UnauthorizedClient:      OutcomeAccessDenied,
	autherr.TooManyRequests:         OutcomeTooManyRequests,
	autherr.InsecureTransport:       OutcomeInsecureTransport,
	autherr.ServiceUnavailable:      OutcomeOutage,
	autherr.InternalError:           OutcomeError,
}

// outcomeOf returns the outcome of the request with this context that was refused with err. What clients are not told apart, the cause tells.
func outcomeOf(ctx context.Context, err *autherr.Error) Outcome {
	outcome, ok := outcomes[err.Code]
	switch {
	case !ok && err.Status >= http.StatusInternalServerError:
		return OutcomeError
	case !ok:
		return OutcomeFailure
	case outcome == OutcomeOutage && errors.Is(ctx.Err(), context.Canceled):
		return OutcomeCanceled
	case outcome == OutcomeAccessDenied && errors.Is(err.Cause, errAddress):
		return OutcomeIPBlocked
	case outcome != OutcomeInvalidCredentials || errors.Is(err.Cause, ErrForged):
		return outcome // a forged token may name a user who is gone: that means nothing
	case errors.Is(err.Cause, ErrExpired):
		return OutcomeExpiredToken
	case errors.Is(err.Cause, errBlocked), errors.Is(err.Cause, ErrNoUser):
		return OutcomeBlocked
	}
	return outcome
}

// ErrExpired says that a token or a key was good and has expired. Refusals whose code does not say so have a cause that does, see [Expired].
var ErrExpired = errors.New("auth: expired")

// Expired returns cause as an error that is [ErrExpired] too, with the same text. Use it in the cause of a refusal whose code is one for
// credentials that are not right; events then tell the one from the other.
func Expired(cause error) error { return &expiry{cause} }

type expiry struct{ cause error }

func (e *expiry) Error() string   { return e.cause.Error() }
func (e *expiry) Unwrap() []error { return []error{e.cause, ErrExpired} }
