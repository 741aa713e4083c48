// Package ginapi protects routes of gin. adapter.go makes middleware of gin from that of package auth.
package ginapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/apiauth-go/apiauth/auth"
)

// New returns a router with a public route and some for which a says who is calling.
func New(a auth.Authenticator) *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery())
	r.GET("/public", func(c *gin.Context) { c.String(http.StatusOK, "for everybody\n") })
	r.GET("/greeting", Require(a, &auth.Options{AllowAnonymous: true}), greet)

	users := r.Group("/", Require(a, nil))
	users.GET("/me", me)
	users.GET("/articles/:id", Wrap(auth.RequireRole("editor")), read)
	users.PUT("/articles/:id", Wrap(auth.RequirePermission("edit articles")), edit)
	return r
}

func greet(c *gin.Context) {
	name := "stranger"
	if id, ok := Identity(c); ok {
		name = id.Name
	}
	c.String(http.StatusOK, "hello, %s\n", name)
}

func me(c *gin.Context) {
	id, _ := Identity(c)
	c.String(http.StatusOK, "%s, user %s, by %s\n", id.Name, id.UserID, id.Method)
}

func read(c *gin.Context) {
	id, _ := Identity(c)
	c.String(http.StatusOK, "%s reads article %s\n", id.Name, c.Param("id"))
}

func edit(c *gin.Context) {
	id, _ := auth.FromContext(c.Request.Context()) // the same, for code that knows nothing of gin
	c.String(http.StatusOK, "%s edits article %s\n", id.Name, c.Param("id"))
}
