package authtest

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

const name = "authtest"

// fixed answers every request alike.
type fixed func() (*auth.Identity, error)

// Authenticate implements auth.Authenticator.
func (f fixed) Authenticate(*http.Request) (*auth.Identity, error) { return f() }

// As returns an authenticator that takes every request for one of id, whatever it carries. Where id leaves them out, UserID is "1", Name that of
// the user with the UserID ("user 1"), and Method basic.
func As(t testing.TB, id auth.Identity) auth.Authenticator {
	OnlyInTests(t, name)
	id.UserID = cmp.Or(id.UserID, "1")
	id.Name = cmp.Or(id.Name, "user "+id.UserID)
	id.Method = cmp.Or(id.Method, autherr.MethodBasic)
	return fixed(func() (*auth.Identity, error) {
		own := id // belongs to the caller
		own.Roles, own.Permissions, own.Scopes = slices.Clone(id.Roles), slices.Clone(id.Permissions), slices.Clone(id.Scopes)
		return &own, nil
	})
}

// Refusing returns an authenticator that refuses every request with err, which is best an *autherr.Error, as of autherr.New: other errors are
// answered with 500, as those of every authenticator.
func Refusing(t testing.TB, err error) auth.Authenticator {
	OnlyInTests(t, name)
	if err == nil {
		t.Fatal("authtest: Refusing without an error")
	}
	return fixed(func() (*auth.Identity, error) { return nil, err })
}

// ErrOutage is the cause of the refusals of [Outage].
var ErrOutage = errors.New("authtest: out of order, for the test")

// Outage returns an authenticator whose store is out of order: every request is answered with 503.
func Outage(t testing.TB) auth.Authenticator {
	OnlyInTests(t, name)
	return Refusing(t, autherr.Unavailable(autherr.MethodAny, ErrOutage))
}

// Nobody returns an authenticator that finds no credentials in any request: it is refused with 401, or let in without an identity by
// [auth.Options].AllowAnonymous. A request that has an Authorization field all the same is refused there too, for AllowAnonymous never lets bad
// credentials through.
func Nobody(t testing.TB) auth.Authenticator {
	OnlyInTests(t, name)
	return Refusing(t, auth.Decline(auth.Absent, autherr.New(autherr.MethodBasic, autherr.MissingAuthorizationHeader, nil)))
}

// Request returns r as a handler behind [auth.Require] sees it that has let id through, as [As] completes it. [auth.FromContext] finds
// it, and the rules inside a Require work. The body is r's own.
func Request(t testing.TB, r *http.Request, id auth.Identity) *http.Request {
	OnlyInTests(t, name)
	var passed *http.Request
	auth.Require(As(t, id), nil)(http.HandlerFunc(func(_ http.ResponseWriter, inside *http.Request) { passed = inside })).
		ServeHTTP(httptest.NewRecorder(), r)
	return passed
}

// Context returns the context of such a request, for what is called with a context and knows no request. Its parent is that of the test.
func Context(t testing.TB, id auth.Identity) context.Context {
	OnlyInTests(t, name)
	return Request(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), id).Context()
}
