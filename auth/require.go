package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// Options adjusts [Require]. The zero value is the safe choice.
type Options struct {
	// Renderer writes refusals. Nil means autherr.Profile2025.
	Renderer autherr.Renderer

	// AllowAnonymous lets requests without any credentials through, without an Identity. Bad credentials are still
	// refused, and so is an Authorization or API-KEY field that no authenticator of the route reads.
	AllowAnonymous bool

	// OnError is called with every refusal before it is sent, for the log: the private cause is in there. It may be called concurrently and must
	// not block. Nil means that nobody is told.
	OnError func(*http.Request, *autherr.Error)
}

// Require returns middleware that lets a request through to its handler only if a says who sent it. The handler finds
// the caller with [FromContext]. Refusals are answered by the Renderer of o, which may be nil.
//
// Responses to authenticated requests get Cache-Control: private and a Vary field that names the credential headers, unless
// the handler sets its own; what middleware outside has set stays only if it keeps shared caches out too. Incoming headers
// that name a user mean nothing.
//
// Require panics if a is nil.
func Require(a Authenticator, o *Options) func(http.Handler) http.Handler {
	mustHave("Require", a)
	g := &gate{a: a}
	if o != nil {
		g.Options = *o
	}
	if g.Renderer == nil {
		g.Renderer = autherr.Profile2025(nil)
	}
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
	Options
	a          Authenticator
	challenges []autherr.Challenge
	vary       string
}

var errNeither = autherr.Internal(autherr.MethodAny, errors.New("auth: the Authenticator returned neither an Identity nor an error"))

func (g *gate) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
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
		if d == nil || d.reason != Absent || !g.AllowAnonymous || carriesCredentials(r) {
			g.refuse(w, r, err)
			return
		}
	}
	ctx := &authContext{Context: r.Context(), gate: g, identity: id, anonymous: err}
	g.keepPrivate(w.Header(), &ctx.fields)
	next.ServeHTTP(w, r.WithContext(ctx))
}

func (g *gate) authenticate(r *http.Request) (id *Identity, err error) {
	defer guard(autherr.MethodAny, &err)
	return g.a.Authenticate(r)
}

// refuse answers r with err.
func (g *gate) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if g.OnError != nil {
		g.OnError(r, autherr.From(err))
	}
	autherr.Respond(w, r, g.Renderer, err, g.challenges...)
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
