package auth

import (
	"context"
	"net/netip"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// Event says what became of one attempt to get in, of one decision about access that refused, or of one operation on a token. It holds no
// credentials, neither right nor wrong ones, and nothing of the query and the body of the request. What a client sent is in it as it was sent,
// cut at 1,024 bytes: whoever shows it to people escapes it, as the String of an Event does.
type Event struct {
	// Time when the request came to the part that tells, in UTC and whole microseconds.
	Time time.Time

	// Kind is what was asked for, Outcome what came of it.
	Kind    EventKind
	Outcome Outcome

	// Method is how the client tried to get in, or the endpoint it asked. MethodAny if it offered nothing that tells.
	Method autherr.Method

	// Application is the id of the application that was chosen, if there is one.
	Application string

	// UserID and User are ID and name of the user, the ID twice where only that is known. Where nobody was authenticated, UserID is empty and User is
	// [Anonymous]; but EventTokenReuse, and EventTokenRevoke by other means than a request, have the user whose tokens were to end.
	UserID, User string

	// ClientID is the OAuth client: the one to which the token was issued or, at an endpoint, that has authenticated.
	ClientID string

	// Address is that of the client, as far as the Transport knows it; the zero Addr where there is none.
	Address netip.Addr

	// HTTPMethod and Path are those of the request, empty where there is none. The path is never followed by its query, which may hold secrets.
	HTTPMethod, Path string

	// Status is the HTTP status of the answer, zero if that was left to the handler or there is none. Code is the code of a refusal.
	Status int
	Code   autherr.Code

	// UserAgent is the header field of that name.
	UserAgent string

	// Duration is how long it took to decide.
	Duration time.Duration

	// Cause is the private reason of a refusal, for the log. It may be nil and is never sent to clients.
	Cause error
}

// Anonymous is the name in events in which nobody was authenticated.
const Anonymous = "anonymous"

// EventKind is what an [Event] is about.
type EventKind string

// The kinds of events.
//
// EventTokenReuse is refused, and all that descends from the same grant is ended: the outcome is then OutcomeInvalidCredentials, and every other one
// says that it is not known to have ended. It names the user whose tokens they are, although nobody has authenticated as him. A second use within
// the grace time of the server, which ends nothing, is an EventTokenRefresh.
const (
	EventAuthentication  EventKind = "authentication"   // a request to a protected route; requests that AllowAnonymous lets pass are none
	EventAccess          EventKind = "access"           // a rule refused: role, permission, scope, path, address, connection
	EventLogin           EventKind = "login"            // a check of a password, told to LoginConfig.Events only
	EventTokenIssue      EventKind = "token_issue"      // a request for a token
	EventTokenRefresh    EventKind = "token_refresh"    // a request for a token with a refresh token
	EventTokenReuse      EventKind = "token_reuse"      // the same with one that was used before: somebody has stolen it, see above
	EventTokenRevoke     EventKind = "token_revoke"     // a request to end a token, or the end of tokens by oauth.Admin or jwt.Revocations
	EventTokenIntrospect EventKind = "token_introspect" // a question about a token; that it is not active is a success, too
	EventTokenGenerate   EventKind = "token_generate"   // a request for a services token
	EventOperation       EventKind = "operation"        // a request to an Endpoint that does not say what it is
)

// EventSink takes events. Its method is called concurrently, in the goroutine of the request and before the answer is sent, so it must not
// wait for anything: put a [BufferedSink] before a sink that does.
//
// Whatever a sink does, the request is answered as it would have been without it: an error is of use only to sinks around this one, which report
// it, and a panic ends here.
type EventSink interface {
	// Record takes e. The context has the values of the request's, and does not end with it.
	Record(ctx context.Context, e Event) error
}

// EventFunc is an [EventSink] that is a function.
type EventFunc func(ctx context.Context, e Event) error

// Record implements EventSink.
func (f EventFunc) Record(ctx context.Context, e Event) error { return f(ctx, e) }
