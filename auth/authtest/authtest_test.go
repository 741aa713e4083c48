package authtest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// status answers a request to next behind a Require over a.
func status(a auth.Authenticator, o *auth.Options, next http.Handler, header ...string) int {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if len(header) > 0 {
		r.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	auth.Require(a, o)(next).ServeHTTP(w, r)
	return w.Code
}

func TestTheRulesInsideWorkAsBehindARealRequire(t *testing.T) {
	id := auth.Identity{
		UserID: "7", Name: "alan", Roles: []string{"editor"}, Permissions: []string{"create"}, Scopes: []string{"write"}, Method: autherr.MethodOAuth, ClientID: "c",
	}
	for rule, want := range map[*func(http.Handler) http.Handler]int{
		ptr(auth.RequireRole("editor")): 204, ptr(auth.RequireRole("admin")): 403,
		ptr(auth.RequirePermission("create")): 204, ptr(auth.RequirePermission("delete")): 403,
		ptr(auth.RequireScope("write")): 204, ptr(auth.RequireScope("read")): 403,
	} {
		h := (*rule)(http.HandlerFunc(ok))
		require.Equal(t, want, status(authtest.As(t, id), nil, h))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, authtest.Request(t, httptest.NewRequest(http.MethodGet, "/", nil), id))
		require.Equal(t, want, w.Code)
	}
	got, ok := auth.FromContext(authtest.Context(t, id))
	require.True(t, ok)
	require.Equal(t, id, *got)
}

func ptr[T any](v T) *T { return &v }

func TestWhatAnIdentityLeavesOutIsFilledIn(t *testing.T) {
	for _, test := range []struct{ given, want auth.Identity }{
		{auth.Identity{}, auth.Identity{UserID: "1", Name: "user 1", Method: autherr.MethodBasic}},
		{auth.Identity{UserID: "7"}, auth.Identity{UserID: "7", Name: "user 7", Method: autherr.MethodBasic}},
		{auth.Identity{Name: "alan", Method: autherr.MethodJWT}, auth.Identity{UserID: "1", Name: "alan", Method: autherr.MethodJWT}},
	} {
		got, _ := auth.FromContext(authtest.Context(t, test.given))
		require.Equal(t, test.want, *got)
	}
}

// TestEachRequestHasItsOwnIdentity: the contract of an Authenticator lets its caller change it.
func TestEachRequestHasItsOwnIdentity(t *testing.T) {
	a := authtest.As(t, auth.Identity{Roles: []string{"editor"}})
	first, err := a.Authenticate(nil)
	require.NoError(t, err)
	first.Roles[0], first.Name = "admin", "mallory"
	second, err := a.Authenticate(nil)
	require.NoError(t, err)
	require.Equal(t, []string{"editor"}, second.Roles)
	require.Equal(t, "user 1", second.Name)
}

func TestTheRequestKeepsWhatItHas(t *testing.T) {
	type key struct{}
	r := httptest.NewRequestWithContext(authtest.Context(t, auth.Identity{Name: "outer"}), http.MethodPost, "/node?a=b", http.NoBody)
	r.Header.Set("X-Field", "value")
	inside := authtest.Request(t, r, auth.Identity{Name: "inner"})
	require.Equal(t, []any{"POST", "/node?a=b", "value"}, []any{inside.Method, inside.URL.String(), inside.Header.Get("X-Field")})
	id, _ := auth.FromContext(inside.Context())
	require.Equal(t, "inner", id.Name)
	id, _ = auth.FromContext(r.Context())
	require.Equal(t, "outer", id.Name, "r is as it was")
	require.NoError(t, inside.Context().Err())
	require.Nil(t, inside.Context().Value(key{}))
}

func TestRefusals(t *testing.T) {
	h := http.HandlerFunc(ok)
	require.Equal(t, 401, status(authtest.Refusing(t, autherr.New(autherr.MethodJWT, autherr.TokenExpired, nil)), nil, h))
	require.Equal(t, 500, status(authtest.Refusing(t, errors.New("a bug")), nil, h))
	require.Equal(t, 503, status(authtest.Outage(t), nil, h))
	_, err := authtest.Outage(t).Authenticate(nil)
	require.ErrorIs(t, err, authtest.ErrOutage)

	open := &auth.Options{AllowAnonymous: true}
	require.Equal(t, 401, status(authtest.Nobody(t), nil, h))
	require.Equal(t, 204, status(authtest.Nobody(t), open, h))
	require.Equal(t, 401, status(authtest.Nobody(t), open, h, "Authorization", "Basic eDp5"))
	require.Equal(t, 503, status(authtest.Outage(t), open, h), "an outage lets nobody in")
	require.Equal(t, 204, status(auth.Chain(authtest.Nobody(t), authtest.As(t, auth.Identity{})), nil, h))
}

func TestEventsAreRecordedConcurrently(t *testing.T) {
	events := authtest.RecordEvents(t)
	require.Empty(t, events.Events())
	h := auth.Require(authtest.As(t, auth.Identity{}), &auth.Options{Events: events})(http.HandlerFunc(ok))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
			for _, e := range events.Events() {
				if e.Outcome != auth.OutcomeSuccess {
					t.Error(e)
				}
			}
		})
	}
	wg.Wait()
	got := events.Events()
	require.Len(t, got, 20)
	got[0].User = "changed"
	require.Equal(t, "user 1", events.Events()[0].User, "a copy")
}

func TestUsersLogInWithHashesThatCostNothing(t *testing.T) {
	db := authtest.Users(t,
		authtest.User{Name: "alan", Password: "topsecret", Roles: []string{"editor"}, Permissions: []string{"create"}},
		authtest.User{ID: "blocked", Password: "topsecret", Blocked: true},
		authtest.User{})
	login := authtest.Login(t, auth.LoginConfig{Users: db})
	check := func(name, password string) error {
		r := httptest.NewRequest(http.MethodGet, "https://a.example/", nil)
		_, err := login.Check(r, auth.Attempt{Name: name, Password: password, Method: autherr.MethodBasic})
		return err
	}
	require.NoError(t, check("alan", "topsecret"))
	require.ErrorIs(t, check("alan", "wrong"), autherr.InvalidCredentials)
	require.ErrorContains(t, check("user blocked", "topsecret"), "blocked")
	require.ErrorIs(t, check("user 3", ""), autherr.InvalidCredentials)

	alan, err := db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	require.Equal(t, []any{"alan", true, []string{"editor"}, []string{"create"}}, []any{alan.Name, alan.Active, alan.Roles, alan.Permissions})
	require.NotEmpty(t, alan.Stamp)
	require.Contains(t, alan.PasswordHash, "m=8,t=1,p=1")
	for i := range 10 {
		_ = check("alan", fmt.Sprint("wrong ", i))
	}
	require.ErrorIs(t, check("alan", "topsecret"), autherr.TooManyRequests, "failed logins are limited as they always are")
}

// TestHelpersPanicInAProgram builds one that gets around the types and calls each of them.
func TestHelpersPanicInAProgram(t *testing.T) {
	const program = `package main

import (
	"strings"
	"testing"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	"github.com/apiauth-go/apiauth/jwt/jwttest"
	"github.com/apiauth-go/apiauth/oauth/oauthtest"
	"github.com/apiauth-go/apiauth/store"
)

type fake struct{ testing.TB }

func (fake) Helper() {}

func main() {
	for i, f := range []func(){
		func() { authtest.As(fake{}, auth.Identity{}) },
		func() { authtest.Refusing(fake{}, nil) },
		func() { authtest.Outage(fake{}) },
		func() { authtest.Nobody(fake{}) },
		func() { authtest.Request(fake{}, nil, auth.Identity{}) },
		func() { authtest.Context(fake{}, auth.Identity{}) },
		func() { authtest.RecordEvents(fake{}) },
		func() { authtest.Users(fake{}) },
		func() { authtest.Login(fake{}, auth.LoginConfig{}) },
		func() { authtest.Hasher(fake{}) },
		func() { jwttest.NewIssuer(fake{}, nil) },
		func() { oauthtest.Verifier(fake{}, nil) },
		func() { oauthtest.AccessToken(fake{}, nil, store.Token{}) },
	} {
		func() {
			defer func() {
				text, _ := recover().(string)
				if !strings.HasSuffix(text, "this is for tests only") {
					println(i, "does not panic as it should:", text)
				}
			}()
			f()
		}()
	}
	println("done")
}
`
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, []byte(program), 0o600))
	out, err := exec.Command("go", "run", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "done\n", string(out))
}
