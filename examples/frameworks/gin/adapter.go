package ginapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/apiauth-go/apiauth/auth"
)

// identityKey is under which a gin.Context has the identity.
const identityKey = "identity"

// Require is auth.Require for gin.
func Require(a auth.Authenticator, o *auth.Options) gin.HandlerFunc { return Wrap(auth.Require(a, o)) }

// Wrap makes middleware of gin from that of package auth: Require, RequireRole and its siblings, RequireTLS, address filters. What it
// lets pass goes on with the new request, so that handlers and later middleware find the identity in c.Request.Context(), and in
// c.Get("identity"). What it refuses ends here.
//
// It is for middleware that hands on the ResponseWriter it was given, as that of package auth does.
func Wrap(middleware func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		passed := false
		next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed = true
			c.Request = r
			if id, ok := auth.FromContext(r.Context()); ok {
				c.Set(identityKey, id)
			} else if _, there := c.Get(identityKey); there {
				c.Set(identityKey, nil) // somebody else's word, or that of a Require outside
			}
			c.Next()
		})
		middleware(next).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort() // gin goes on by itself otherwise, with the handler
		}
	}
}

// Identity returns who is calling. It is false for a caller without credentials, where those are let in.
func Identity(c *gin.Context) (*auth.Identity, bool) {
	return auth.FromContext(c.Request.Context())
}
