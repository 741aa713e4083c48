package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// Options adjusts [Require]. The zero value is the safe choice.
type Options struct {
	// Renderer writes refusals. Nil means autherr.Profile2025(nil).
	Renderer autherr.Renderer

	// AllowAnonymous lets requests without any credentials through, without an Identity. Bad credentials are still
	// refused, and so is an Authorization or API-KEY field that no authenticator of the route reads.
	AllowAnonymous bool

	// OnError is called with every refusal before it is sent, for the log: the private cause is in there. It may be called concurrently and must
	// not block. Nil means that nobody is told.
	OnError func(*http.Request, *autherr.Error)

	// Events is told of every request that is let pass or refused, and of every refusal by an access rule inside. Nil means that nobody is told, and costs
	// nothing.
	Events EventSink

	// Transport knows the trusted proxies, behind which the addresses in events are to be found. Nil trusts none.
	Transport *Transport
}

// Require returns middleware that lets a request through to its handler only if a says who sent it. The handler finds
// the caller with [FromContext]. Refusals are answered by the Renderer of o, which may be nil.
//
// Responses to authenticated requests get Cache-Control: private and a Vary field that names the credential headers, unless
// the handler sets its own; what middleware outside has set stays only if it keeps shared caches out too. Incoming headers
// that name a user mean nothing.
//
// A handler that is an httputil.ReverseProxy forgets these fields when the service behind it sends an informational response (1xx), and adds the
// service's own Cache-Control to them: set them in its ModifyResponse, as examples/reverseproxy does.
//
// Require panics if a, or a pointer that is the Events of o, is nil.
func Require(a Authenticator, o *Options) func(http.Handler) http.Handler {
	mustHave("Require", a)
	if o == nil {
		o = new(Options)
	}
	g := &gate{a: a, anonymous: o.AllowAnonymous, reporter: newReporter("Require", o.Renderer, o.OnError, o.Events, o.Transport)}
	g.challenges = challengesOf(a)
	g.vary = strings.Join(headersOf(a), ", ")
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("auth: Require: nil handler")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, next) })
	}
}

// gate is what one call of Require built.
type gate struct {
	reporter
	a          Authenticator
	anonymous  bool
	challenges []autherr.Challenge
	vary       string
}

var errNeither = autherr.Internal(autherr.MethodAny, errors.New("auth: the Authenticator returned neither an Identity nor an error"))

func (g *gate) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	start := g.start()
	id, err := g.authenticate(r)
	if err == nil && id == nil {
		err = errNeither
	}
	if err != nil {
		id = nil
		d := asDecline(err)
		if d != nil {
			err = d // a bare ErrNoCredentials has no answer of its own
		}
		if d == nil || d.reason != Absent || !g.anonymous || carriesCredentials(r) {
			g.turnAway(w, r, start, err)
			return
		}
	} else if g.events != nil {
		g.tellEntered(r, start, id)
	}
	ctx := &authContext{Context: r.Context(), gate: g, identity: id, anonymous: err}
	g.keepPrivate(w.Header(), &ctx.fields)
	next.ServeHTTP(w, r.WithContext(ctx))
}

func (g *gate) authenticate(r *http.Request) (id *Identity, err error) {
	defer guard(autherr.MethodAny, &err)
	return g.a.Authenticate(r)
}

// turnAway refuses a request that was not authenticated.
func (g *gate) turnAway(w http.ResponseWriter, r *http.Request, start time.Time, err error) {
	var e *Event
	if g.events != nil {
		told := g.event(EventAuthentication, r, start)
		told.Application = applicationOf(g.a, r)
		e = &told
	}
	g.refuse(w, r, e, err, g.challenges)
}

// tellEntered tells of a request that was authenticated. Its answer is left to the handler.
func (g *gate) tellEntered(r *http.Request, start time.Time, id *Identity) {
	e := g.event(EventAuthentication, r, start)
	e.Outcome = OutcomeSuccess
	e.by(id)
	g.tell(r, e)
}

// contextKey finds the authContext in a context.
type contextKey struct{}

// authContext is the context of a request that passed a gate.
type authContext struct {
	context.Context
	gate      *gate
	identity  *Identity
	anonymous error     // the decline, if there is no identity
	fields    [2]string // of the response; here because one piece of memory costs less than two
}

// Value implements context.Context.
func (c *authContext) Value(k any) any {
	if k == (contextKey{}) {
		return c
	}
	return c.Context.Value(k)
}

// FromContext returns who sent the request with this context. It is false for a request that no [Require] has let
// through, and for one that was let through without credentials. Do not change the Identity.
func FromContext(ctx context.Context) (*Identity, bool) {
	c, _ := ctx.Value(contextKey{}).(*authContext)
	if c == nil || c.identity == nil {
		return nil, false
	}
	return c.identity, true
}
