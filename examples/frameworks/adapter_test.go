package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/labstack/echo/v5"
	echomiddleware "github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	echoapi "github.com/apiauth-go/apiauth/examples/frameworks/echo"
	ginapi "github.com/apiauth-go/apiauth/examples/frameworks/gin"
)

// probe is a route that looks at what happens around a handler: before → Require → between → RequireRole → after → handler.
type probe struct {
	before                 func(r *http.Request) // called when the chain has come back, with the request as the framework has it then
	between, after, handle http.HandlerFunc
}

// mount mounts the probe at / with a router of its own. The probe's parts are middleware in the words of each framework.
var mount = map[string]func(p probe, a auth.Authenticator) http.Handler{
	"chi": func(p probe, a auth.Authenticator) http.Handler {
		seen := func(h http.HandlerFunc) func(http.Handler) http.Handler {
			return func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h(w, r); next.ServeHTTP(w, r) })
			}
		}
		r := chi.NewRouter()
		r.Use(chimiddleware.Recoverer)
		r.Use(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r); p.before(r) })
		})
		r.With(auth.Require(a, nil), seen(p.between), auth.RequireRole("editor"), seen(p.after)).Get("/", p.handle)
		return r
	},
	"gin": func(p probe, a auth.Authenticator) http.Handler {
		r := gin.New()
		r.Use(gin.RecoveryWithWriter(io.Discard))
		r.Use(func(c *gin.Context) { c.Next(); p.before(c.Request) })
		r.GET("/", ginapi.Require(a, nil), gin.WrapF(p.between), ginapi.Wrap(auth.RequireRole("editor")), gin.WrapF(p.after), gin.WrapF(p.handle))
		return r
	},
	"echo": func(p probe, a auth.Authenticator) http.Handler {
		seen := func(h http.HandlerFunc) echo.MiddlewareFunc {
			return func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c *echo.Context) error { h(c.Response(), c.Request()); return next(c) }
			}
		}
		e := echo.New()
		e.Logger = slog.New(slog.DiscardHandler)
		e.Use(echomiddleware.Recover())
		e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error { err := next(c); p.before(c.Request()); return err }
		})
		e.GET("/", echo.WrapHandler(p.handle), echoapi.Require(a, nil), seen(p.between), echoapi.Wrap(auth.RequireRole("editor")), seen(p.after))
		return e
	},
}

// eachMounted serves the probe with every framework.
func eachMounted(t *testing.T, p probe, f func(t *testing.T, name, url string)) {
	t.Helper()
	nothing := func(http.ResponseWriter, *http.Request) {}
	if p.before == nil {
		p.before = func(*http.Request) {}
	}
	if p.between == nil {
		p.between = nothing
	}
	if p.after == nil {
		p.after = nothing
	}
	a := users(t)
	eachFramework(t, func(t *testing.T, name string) {
		server := httptest.NewUnstartedServer(mount[name](p, a))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.Start()
		defer server.Close()
		f(t, name, server.URL)
	})
}

func caller(r *http.Request) string {
	if id, ok := auth.FromContext(r.Context()); ok {
		return id.Name
	}
	return "nobody"
}

func TestARefusedRequestGoesNoFurther(t *testing.T) {
	var path []string
	step := func(name string) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) { path = append(path, name+" "+caller(r)) }
	}
	eachMounted(t, probe{between: step("between"), after: step("after"), handle: step("handler")}, func(t *testing.T, name, url string) {
		for _, c := range []struct {
			user, password string
			status         int
			path           []string
		}{
			{"", "", 401, nil},
			{"alan", "wrong", 401, nil},
			{"edsger", "topsecret", 403, []string{"between edsger"}},
			{"alan", "topsecret", 200, []string{"between alan", "after alan", "handler alan"}},
		} {
			path = nil
			got := send(t, "GET", url, c.user, c.password)
			require.Equal(t, c.status, got.status)
			require.Equal(t, c.path, path, "%q", c.user)
		}
	})
}

func TestMiddlewareInFrontGetsTheRequestBackWhereTheFrameworkKeepsIt(t *testing.T) {
	seen := make(chan string, 1)
	p := probe{before: func(r *http.Request) { seen <- caller(r) }, handle: func(http.ResponseWriter, *http.Request) {}}
	eachMounted(t, p, func(t *testing.T, name, url string) {
		want := map[string]string{"chi": "nobody", "gin": "alan", "echo": "alan"}[name]
		require.Equal(t, 200, send(t, "GET", url, "alan", "topsecret").status)
		require.Equal(t, want, <-seen)
		require.Equal(t, 401, send(t, "GET", url, "alan", "wrong").status)
		require.Equal(t, "nobody", <-seen)
	})
}

func TestAPanicOfTheHandlerIsTheFrameworksToAnswer(t *testing.T) {
	eachMounted(t, probe{handle: func(http.ResponseWriter, *http.Request) { panic("the handler's") }}, func(t *testing.T, name, url string) {
		require.Equal(t, 500, send(t, "GET", url, "alan", "topsecret").status)
		require.Equal(t, 401, send(t, "GET", url, "", "").status, "and goes on")
	})
}

func TestAnswersAreStreamedThroughTheAdapter(t *testing.T) {
	arrived := make(chan struct{})
	handle := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			fmt.Fprintln(w, err)
		}
		select {
		case <-arrived:
			fmt.Fprintln(w, "second")
		case <-r.Context().Done():
		}
	}
	eachMounted(t, probe{handle: handle}, func(t *testing.T, name, url string) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		require.NoError(t, err)
		r.SetBasicAuth("alan", "topsecret")
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		lines := bufio.NewReader(resp.Body)
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "first\n", line)
		arrived <- struct{}{} // the handler has not ended
		line, err = lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "second\n", line)
	})
}

func TestTheConnectionCanBeTakenOver(t *testing.T) {
	handle := func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		defer conn.Close()
		fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello, %s\n", caller(r))
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		fmt.Fprint(rw, line)
		_ = rw.Flush()
	}
	eachMounted(t, probe{handle: handle}, func(t *testing.T, name, url string) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: api\r\nAuthorization: Basic YWxhbjp0b3BzZWNyZXQ=\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		in := bufio.NewReader(conn)
		resp, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		require.Equal(t, 101, resp.StatusCode)
		_, err = io.WriteString(conn, "and back\n")
		require.NoError(t, err)
		rest, err := io.ReadAll(in)
		require.NoError(t, err)
		require.Equal(t, "hello, alan\nand back\n", string(rest))
	})
}

func TestAllFrameworksAreTested(t *testing.T) {
	require.ElementsMatch(t, slices.Collect(maps.Keys(routers)), slices.Collect(maps.Keys(mount)))
}
