package errors

import (
	stderrors "errors"
	"time"
)

// Error is a refusal. Code and Method select the documented answer; every other field is optional.
//
// An Error may be shared between requests: do not change one that has been returned.
type Error struct {
	// Code is the reason that clients are told.
	Code Code

	// Method decides in whose words they are told.
	Method Method

	// Status replaces the documented HTTP status, Text the documented text. They are public, so never put an error's
	// text here. A Code of an application's own needs both.
	Status int
	Text   string

	// User is the name of the user on record. Two documented texts name him: that of a user who is blocked and gave the
	// right password, and that of a user who lacks a permission. Never set it from what a client sent.
	User string

	// Scope is the OAuth scope that was required and missing, space-separated, for [AccessDenied].
	Scope string

	// RetryAfter tells clients when to come back. It is sent in whole seconds, rounded up, with statuses 429 and 503; zero
	// there means one second.
	RetryAfter time.Duration

	// Cause is why, for the log. It is never sent.
	Cause error
}

// New returns an Error with a private cause, which may be nil.
func New(method Method, code Code, cause error) *Error {
	return &Error{Code: code, Method: method, Cause: cause}
}

// Unavailable returns an Error for something that is needed and out of order: a store, a key server, hashing capacity.
// It renders as 503, so that an outage is never taken for a refusal.
func Unavailable(method Method, cause error) *Error {
	return &Error{Code: ServiceUnavailable, Method: method, RetryAfter: time.Second, Cause: cause}
}

// Internal returns an Error for a bug or a wrong configuration. It renders as 500.
func Internal(method Method, cause error) *Error {
	return &Error{Code: InternalError, Method: method, Cause: cause}
}

// From returns the Error that err is or wraps. A bare [Code] becomes an Error of [MethodAny]; every other error, and
// nil, an internal error with err as its cause. The result is never nil.
func From(err error) *Error {
	if e, ok := err.(*Error); ok && e != nil {
		return e
	}
	var e *Error
	if stderrors.As(err, &e) && e != nil {
		return e
	}
	var c Code
	if stderrors.As(err, &c) {
		return New(MethodAny, c, err)
	}
	return Internal(MethodAny, err)
}

// Error describes the refusal for the log, cause included. It is not the text that clients see.
func (e *Error) Error() string {
	if e == nil {
		return string(InternalError)
	}
	s := string(e.Code)
	if e.Method != MethodAny {
		s = string(e.Method) + ": " + s
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Cause
}

// Is reports whether target is the Code of e.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && e != nil && e.Code == c
}

// WithMethod returns e told in the words of another method: e itself if nothing changes, a copy otherwise.
func (e *Error) WithMethod(m Method) *Error {
	if e.Method == m {
		return e
	}
	c := *e
	c.Method = m
	return &c
}
