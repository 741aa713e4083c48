package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	echoapi "github.com/apiauth-go/apiauth/examples/frameworks/echo"
	ginapi "github.com/apiauth-go/apiauth/examples/frameworks/gin"
)

// The identity that the framework keeps is that of the context, whatever came before: of two Requires the inner one decides, and what another
// middleware keeps under the same name is nobody.
func TestTheFrameworksIdentityIsThatOfTheContext(t *testing.T) {
	alan, nobody := authtest.As(t, auth.Identity{Name: "alan"}), authtest.Nobody(t)
	anonymous := &auth.Options{AllowAnonymous: true}
	type seen struct {
		known  bool
		stored any
	}
	for name, serve := range map[string]func() seen{
		"gin": func() (s seen) {
			r := gin.New()
			r.Use(func(c *gin.Context) { c.Set("identity", "root") }, ginapi.Require(alan, nil), ginapi.Require(nobody, anonymous))
			r.GET("/", func(c *gin.Context) { _, s.known = ginapi.Identity(c); s.stored, _ = c.Get("identity") })
			r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
			return s
		},
		"gin, forged": func() (s seen) {
			r := gin.New()
			r.GET("/", func(c *gin.Context) {
				c.Set("identity", &auth.Identity{Name: "root"})
				_, s.known = ginapi.Identity(c)
			})
			r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
			return s
		},
		"echo": func() (s seen) {
			e := echo.New()
			e.Use(echoapi.Require(alan, nil), echoapi.Require(nobody, anonymous))
			e.GET("/", func(c *echo.Context) error {
				_, s.known = echoapi.Identity(c)
				s.stored = c.Get("identity")
				return nil
			})
			e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
			return s
		},
	} {
		got := serve()
		require.False(t, got.known, name)
		require.Nil(t, got.stored, name)
	}
}
