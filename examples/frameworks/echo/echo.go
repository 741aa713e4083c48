// Package echoapi protects routes of echo. adapter.go makes middleware of echo from that of package auth.
package echoapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/apiauth-go/apiauth/auth"
)

// New returns a router with a public route and some for which a says who is calling.
func New(a auth.Authenticator) *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover())
	e.GET("/public", func(c *echo.Context) error { return c.String(http.StatusOK, "for everybody\n") })
	e.GET("/greeting", greet, Require(a, &auth.Options{AllowAnonymous: true}))

	user := Require(a, nil) // the first middleware of a route is the outermost
	e.GET("/me", me, user)
	e.GET("/articles/:id", read, user, Wrap(auth.RequireRole("editor")))
	e.PUT("/articles/:id", edit, user, Wrap(auth.RequirePermission("edit articles")))
	return e
}

func greet(c *echo.Context) error {
	name := "stranger"
	if id, ok := Identity(c); ok {
		name = id.Name
	}
	return c.String(http.StatusOK, fmt.Sprintf("hello, %s\n", name))
}

func me(c *echo.Context) error {
	id, _ := Identity(c)
	return c.String(http.StatusOK, fmt.Sprintf("%s, user %s, by %s\n", id.Name, id.UserID, id.Method))
}

func read(c *echo.Context) error {
	id, _ := Identity(c)
	return c.String(http.StatusOK, fmt.Sprintf("%s reads article %s\n", id.Name, c.Param("id")))
}

func edit(c *echo.Context) error {
	id, _ := auth.FromContext(c.Request().Context()) // the same, for code that knows nothing of echo
	return c.String(http.StatusOK, fmt.Sprintf("%s edits article %s\n", id.Name, c.Param("id")))
}
