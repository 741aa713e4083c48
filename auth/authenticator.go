package auth

import (
	"errors"
	"net/http"
	"reflect"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// Authenticator establishes who sent a request. Its methods are called concurrently.
type Authenticator interface {
	// Authenticate returns the caller's identity or an error, never both and never neither. The error wraps
	// [ErrNoCredentials] if and only if r carries nothing meant for this Authenticator; any other error is final and ends
	// a [Chain]. What is meant for it is decided only from what needs no secret: scheme, prefix, shape, issuer. Once claimed, a
	// request is always decided.
	//
	// A refusal should be an *autherr.Error; other errors are answered with 500. Something needed that is out of order is
	// autherr.Unavailable (503), never a refusal.
	//
	// The Identity belongs to the caller, who may change it. r must not be changed and its body not be read.
	Authenticate(r *http.Request) (*Identity, error)
}

// Challenger is implemented by authenticators that can say how to enter. Every 401 of a route lists the challenges of
// its authenticator; [Chain] and [ByHeader] merge those of their parts. A 401 must have at least one: without any it
// carries Bearer realm="API".
type Challenger interface {
	// Challenges returns a challenge for each way to enter, the same ones each time.
	Challenges() []autherr.Challenge
}

// HeaderReader is implemented by authenticators that read other header fields than Authorization. The names become the
// Vary field of responses.
type HeaderReader interface {
	// CredentialHeaders returns the names of all header fields that are read, Authorization included if it is.
	CredentialHeaders() []string
}

// ErrNoCredentials says that a request carries nothing meant for an authenticator. Return it through [Decline], which adds
// what to answer; a bare one counts as [OtherScheme].
var ErrNoCredentials = errors.New("no credentials for this authenticator")

// Reason is why an authenticator declines a request. Of several, the most specific one is answered.
type Reason uint8

// The reasons to decline, from the least to the most specific.
const (
	Absent      Reason = iota + 1 // the header field is not there
	OtherScheme                   // it names another scheme
	OtherShape                    // it names this scheme, but what follows is nothing of this authenticator's
)

// declined is the error of Decline. It is made once for each authenticator and reason and then shared.
type declined struct {
	reason Reason
	answer *autherr.Error
}

// Decline returns an error that wraps [ErrNoCredentials] and answer: what to tell the client if no other authenticator claims
// the request. Make it once and share it. A reason that is not one of the three counts as OtherScheme, a nil answer as an
// internal error.
func Decline(reason Reason, answer *autherr.Error) error {
	if reason < Absent || reason > OtherShape {
		reason = OtherScheme
	}
	if answer == nil {
		answer = autherr.Internal(autherr.MethodAny, errors.New("auth: Decline without an answer"))
	}
	return &declined{reason, answer}
}

func (d *declined) Error() string   { return d.answer.Error() }
func (d *declined) Unwrap() []error { return []error{d.answer, ErrNoCredentials} }

// bareDecline stands for an ErrNoCredentials that holds no answer.
var bareDecline = &declined{OtherScheme, autherr.New(autherr.MethodAny, autherr.InvalidAuthorizationHeaderTokenType, nil)}

// asDecline returns the decline that err is, or nil if err is final.
func asDecline(err error) *declined {
	if d, ok := err.(*declined); ok {
		return d
	}
	if !errors.Is(err, ErrNoCredentials) {
		return nil
	}
	var e *autherr.Error
	var c autherr.Code
	if !errors.As(err, &e) && !errors.As(err, &c) {
		return bareDecline
	}
	// The first Error is the answer. Another's decline behind it, as its private cause, is not: such an Error is a decline too, but
	// its reason is its own, and never that credentials are absent.
	var d *declined
	if errors.As(err, &d) && d.answer == e {
		return d
	}
	return &declined{OtherScheme, autherr.From(err)}
}

// errUnconfigured answers every request to a zero value that should have been made by its constructor.
var errUnconfigured = autherr.Internal(autherr.MethodAny, errors.New("auth: not made by its constructor"))

// mustHave panics if a is nil or a nil pointer, so that a missing authenticator is found when a program starts and not
// when it is attacked.
func mustHave(where string, a Authenticator) {
	if isNil(a) {
		panic("auth: " + where + ": nil Authenticator")
	}
}

func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Interface, reflect.Chan:
		if rv.IsNil() {
			return true
		}
	}
	i, ok := v.(idle)
	return ok && i.isIdle()
}

func challengesOf(a Authenticator) []autherr.Challenge {
	if c, ok := a.(Challenger); ok {
		return c.Challenges()
	}
	return nil
}

func headersOf(a Authenticator) []string {
	if h, ok := a.(HeaderReader); ok {
		return h.CredentialHeaders()
	}
	return []string{headerAuthorization}
}
