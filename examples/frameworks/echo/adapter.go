package echoapi

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/apiauth-go/apiauth/auth"
)

// identityKey is under which an echo.Context has the identity.
const identityKey = "identity"

// Require is auth.Require for echo.
func Require(a auth.Authenticator, o *auth.Options) echo.MiddlewareFunc {
	return Wrap(auth.Require(a, o))
}

// Wrap makes middleware of echo from that of package auth: Require, RequireRole and its siblings, RequireTLS, address filters.
// echo.WrapMiddleware does the work: what is let pass goes on with the new request, what is refused ends here. Wrap adds c.Get("identity").
func Wrap(middleware func(http.Handler) http.Handler) echo.MiddlewareFunc {
	wrapped := echo.WrapMiddleware(middleware)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return wrapped(func(c *echo.Context) error {
			if id, ok := auth.FromContext(c.Request().Context()); ok {
				c.Set(identityKey, id)
			} else {
				c.Set(identityKey, nil) // it may be somebody else's word, or that of a Require outside
			}
			return next(c)
		})
	}
}

// Identity returns who is calling. It is false for a caller without credentials, where those are let in.
func Identity(c *echo.Context) (*auth.Identity, bool) {
	return auth.FromContext(c.Request().Context())
}
