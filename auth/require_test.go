package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestRequireLetsNobodyInByAccident(t *testing.T) {
	refusal := autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, nil)
	for _, tt := range []struct {
		name      string
		a         auth.Authenticator
		anonymous bool
		status    int
		body      string // of a success
	}{
		{"an identity", accepts("a"), false, 200, "a"},
		{"neither identity nor error", fails(nil), false, 500, ""},
		{"neither, anonymous allowed", fails(nil), true, 500, ""},
		{"both", authFunc(func(*http.Request) (*auth.Identity, error) { return &auth.Identity{Name: "a"}, refusal }), false, 401, ""},
		{"both, anonymous allowed", authFunc(func(*http.Request) (*auth.Identity, error) { return &auth.Identity{Name: "a"}, refusal }), true, 401, ""},
		{"refusal", fails(refusal), false, 401, ""},
		{"refusal, anonymous allowed", fails(refusal), true, 401, ""},
		{"outage, anonymous allowed", fails(autherr.Unavailable("", errors.New("down"))), true, 503, ""},
		{"foreign error", fails(errors.New("down")), false, 500, ""},
		{"foreign error, anonymous allowed", fails(errors.New("down")), true, 500, ""},
		{"absent", fails(decline(auth.Absent, autherr.MissingAuthorizationHeader)), false, 401, ""},
		{"absent, anonymous allowed", fails(decline(auth.Absent, autherr.MissingAuthorizationHeader)), true, 200, "anonymous"},
		{"both an identity and absence, anonymous allowed", authFunc(func(*http.Request) (*auth.Identity, error) {
			return &auth.Identity{Name: "a"}, decline(auth.Absent, autherr.MissingAuthorizationHeader)
		}), true, 200, "anonymous"},
		{"other scheme, anonymous allowed", fails(decline(auth.OtherScheme, autherr.InvalidToken)), true, 401, ""},
		{"other shape, anonymous allowed", fails(decline(auth.OtherShape, autherr.InvalidToken)), true, 401, ""},
		{"odd reason, anonymous allowed", fails(decline(9, autherr.InvalidToken)), true, 401, ""},
		{"bare decline", fails(auth.ErrNoCredentials), false, 401, ""},
		{"bare decline, anonymous allowed", fails(auth.ErrNoCredentials), true, 401, ""},
		{"wrapped bare decline", fails(fmt.Errorf("x: %w", auth.ErrNoCredentials)), true, 401, ""},
		{"panic", authFunc(func(*http.Request) (*auth.Identity, error) { panic("secret") }), false, 500, ""},
		{"panic, anonymous allowed", authFunc(func(*http.Request) (*auth.Identity, error) { panic(errors.New("secret")) }), true, 500, ""},
		{"zero Basic", &auth.Basic{}, true, 500, ""},
		{"zero APIKey", &auth.APIKey{}, true, 500, ""},
	} {
		w := serve(auth.Require(tt.a, &auth.Options{AllowAnonymous: tt.anonymous}), request())
		require.Equal(t, tt.status, w.Code, tt.name)
		if tt.status == 200 {
			require.Equal(t, tt.body, w.Body.String(), tt.name)
			continue
		}
		require.Contains(t, w.Body.String(), `"status":"error"`, tt.name)
		require.NotContains(t, w.Body.String(), "secret", tt.name)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"), tt.name)
	}
}

func TestABareDeclineIsToldLikeAnotherScheme(t *testing.T) {
	w := serve(auth.Require(fails(auth.ErrNoCredentials), nil), request())
	require.Equal(t, 401, w.Code)
	require.Equal(t, `{"status":"error","http_code":401,"error":"INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE","error_description":"Authorization header has the wrong type."}`, w.Body.String())
}

func TestRequirePanicsWhenItIsBuilt(t *testing.T) {
	for name, f := range map[string]func(){
		"nil":                   func() { auth.Require(nil, nil) },
		"a nil pointer":         func() { auth.Require((*auth.Basic)(nil), nil) },
		"a nil function":        func() { auth.Require(authFunc(nil), nil) },
		"a nil handler":         func() { auth.Require(accepts("a"), nil)(nil) },
		"nil in a Chain":        func() { auth.Chain(accepts("a"), nil) },
		"nil pointer in Chain":  func() { auth.Chain((*auth.APIKey)(nil)) },
		"no role":               func() { auth.RequireRole() },
		"an empty role":         func() { auth.RequireRole("editor", "") },
		"an empty permission":   func() { auth.RequirePermission("") },
		"no scope":              func() { auth.RequireScope() },
		"an empty scope":        func() { auth.RequireScope("") },
		"no scope at all":       func() { auth.RequireScope("read write") },
		"a nil handler in role": func() { auth.RequireRole("editor")(nil) },
		"endpoint":              func() { auth.NewEndpoint(auth.EndpointConfig{}, nil) },
	} {
		require.Panics(t, f, name)
	}
}

func TestRequireDoesNotChangeTheRequest(t *testing.T) {
	basic, _ := newBasic(t, "")
	r := basicRequest("my_username:topsecret")
	before, ctx := r.Header.Clone(), r.Context()
	var inside *http.Request
	h := auth.Require(basic, nil)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inside = r }))
	h.ServeHTTP(httptest.NewRecorder(), r)
	require.Equal(t, before, r.Header)
	require.Equal(t, ctx, r.Context())
	require.NotSame(t, r, inside)
	_, ok := auth.FromContext(r.Context())
	require.False(t, ok)
	_, ok = auth.FromContext(inside.Context())
	require.True(t, ok)
}

func TestTheContextInsideIsTheOneOutside(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
	r := request().WithContext(ctx)
	h := auth.Require(accepts("a"), nil)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		require.Equal(t, "value", r.Context().Value(key{}))
		child, stop := context.WithCancel(r.Context())
		defer stop()
		id, ok := auth.FromContext(child)
		require.True(t, ok)
		require.Equal(t, "a", id.Name)
		cancel()
		require.ErrorIs(t, r.Context().Err(), context.Canceled)
		require.ErrorIs(t, child.Err(), context.Canceled)
	}))
	h.ServeHTTP(httptest.NewRecorder(), r)
	require.Error(t, ctx.Err(), "the handler ran")
}

func TestTheInnermostGateDecidesWhoTheCallerIs(t *testing.T) {
	w := serve(func(h http.Handler) http.Handler {
		return auth.Require(accepts("outer"), nil)(auth.Require(accepts("inner"), nil)(h))
	}, request())
	require.Equal(t, "inner", w.Body.String())

	absent := fails(decline(auth.Absent, autherr.MissingAuthorizationHeader))
	w = serve(func(h http.Handler) http.Handler {
		return auth.Require(accepts("outer"), nil)(auth.Require(absent, &auth.Options{AllowAnonymous: true})(h))
	}, request())
	require.Equal(t, "anonymous", w.Body.String())
}

func TestFromContextWithoutRequire(t *testing.T) {
	id, ok := auth.FromContext(context.Background())
	require.False(t, ok)
	require.Nil(t, id)
}

func TestHeadersOfAuthenticatedResponses(t *testing.T) {
	basic, _ := newBasic(t, "")
	_, byKey := newAPIKey(t, false)
	a := byHeader(t, auth.ByHeaderConfig{Default: &auth.Application{Authenticator: auth.Chain(basic, byKey)}})
	absent := fails(decline(auth.Absent, autherr.MissingAuthorizationHeader))
	for _, tt := range []struct {
		name         string
		a            auth.Authenticator
		outer, inner http.Header
		cache, vary  []string
	}{
		{"usual", accepts("a"), nil, nil, []string{"private"}, []string{"Authorization"}},
		{"all fields in use", a, nil, nil, []string{"private"}, []string{"Authorization, API-KEY, Auth-Method"}},
		{"anonymous", absent, nil, nil, []string{"private"}, []string{"Authorization"}},
		{"the handler sets its own", accepts("a"), nil, http.Header{"Cache-Control": {"no-cache"}, "Vary": {"Accept"}}, []string{"no-cache"}, []string{"Accept"}},
		{"stricter outside", accepts("a"), http.Header{"Cache-Control": {"no-store"}}, nil, []string{"no-store"}, []string{"Authorization"}},
		{"private outside", accepts("a"), http.Header{"Cache-Control": {"max-age=5, Private"}}, nil, []string{"max-age=5, Private"}, []string{"Authorization"}},
		{"public outside", accepts("a"), http.Header{"Cache-Control": {"public, max-age=600"}}, nil, []string{"private"}, []string{"Authorization"}},
		{"private for one field only", accepts("a"), http.Header{"Cache-Control": {`max-age=600, private="set-cookie"`}}, nil, []string{"private"}, []string{"Authorization"}},
		{"Vary outside", accepts("a"), http.Header{"Vary": {"Accept-Encoding"}}, nil, []string{"private"}, []string{"Accept-Encoding", "Authorization"}},
	} {
		w := httptest.NewRecorder()
		for k, v := range tt.outer {
			w.Header()[k] = v
		}
		h := auth.Require(tt.a, &auth.Options{AllowAnonymous: true})(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for k, v := range tt.inner {
				w.Header()[k] = v
			}
		}))
		r := request()
		if tt.name == "all fields in use" {
			r = basicRequest("my_username:topsecret")
		}
		h.ServeHTTP(w, r)
		require.Equal(t, 200, w.Code, tt.name)
		require.Equal(t, tt.cache, w.Header()["Cache-Control"], tt.name)
		require.Equal(t, tt.vary, w.Header()["Vary"], tt.name)
	}
}

func TestHandlersMayChangeTheHeadersInPlace(t *testing.T) {
	mw := auth.Require(accepts("a"), nil)
	for range 2 {
		w := httptest.NewRecorder()
		mw(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			require.Equal(t, []string{"private"}, w.Header()["Cache-Control"])
			require.Equal(t, []string{"Authorization"}, w.Header()["Vary"])
			w.Header()["Cache-Control"][0] = "public"
			w.Header()["Vary"][0] = "Accept"
			w.Header().Add("Cache-Control", "x")
			require.Equal(t, []string{"Accept"}, w.Header()["Vary"], "the two fields share no memory")
		})).ServeHTTP(w, request())
	}
}

func TestEveryRefusalIsToldToOnError(t *testing.T) {
	var got []*autherr.Error
	cause := errors.New("private cause")
	o := &auth.Options{OnError: func(r *http.Request, e *autherr.Error) {
		require.Equal(t, "/node/1", r.URL.Path)
		got = append(got, e)
	}}
	serve(auth.Require(accepts("a"), o), request())
	require.Empty(t, got)

	serve(auth.Require(fails(autherr.New(autherr.MethodJWT, autherr.TokenExpired, cause)), o), request())
	serve(auth.Require(fails(cause), o), request())
	serve(auth.Require(authFunc(func(*http.Request) (*auth.Identity, error) { panic("why") }), o), request())
	serve(func(h http.Handler) http.Handler { return auth.Require(accepts("a"), o)(auth.RequireRole("editor")(h)) }, request())
	require.Len(t, got, 4)
	require.ErrorIs(t, got[0], autherr.TokenExpired)
	require.ErrorIs(t, got[0], cause)
	require.ErrorIs(t, got[1], autherr.InternalError)
	require.ErrorIs(t, got[1], cause)
	require.ErrorContains(t, got[2], "why")
	require.ErrorIs(t, got[3], autherr.AccessDenied)
}

func TestTheRendererOfRequireIsUsedForAccessRulesToo(t *testing.T) {
	o := &auth.Options{Renderer: autherr.ProfileServices()}
	w := serve(func(h http.Handler) http.Handler {
		return auth.Require(accepts("my_username"), o)(auth.RequireRole("editor")(h))
	}, request())
	require.Equal(t, 403, w.Code)
	require.Equal(t, `["Access denied for user my_username"]`, w.Body.String())
	require.Empty(t, w.Header()["Www-Authenticate"])
}

func TestOptionsAreCopied(t *testing.T) {
	o := &auth.Options{}
	mw := auth.Require(fails(decline(auth.Absent, autherr.MissingAuthorizationHeader)), o)
	o.AllowAnonymous = true
	require.Equal(t, 401, serve(mw, request()).Code)
}

func TestAHandlerThatAbortsIsNotHeldUp(t *testing.T) {
	a := authFunc(func(*http.Request) (*auth.Identity, error) { panic(http.ErrAbortHandler) })
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { serve(auth.Require(a, nil), request()) })
	h := auth.Require(accepts("a"), nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the handler's own") }))
	require.PanicsWithValue(t, "the handler's own", func() { h.ServeHTTP(httptest.NewRecorder(), request()) })
}

func TestEveryChallengeOfTheRouteIsListed(t *testing.T) {
	basic, _ := newBasic(t, "")
	_, key := newAPIKey(t, false)
	srv := httptest.NewServer(auth.Require(auth.Chain(basic, key), nil)(http.HandlerFunc(whoami)))
	defer srv.Close()
	for _, field := range []string{"", "Digest x", "Basic !!!"} {
		r, err := http.NewRequest("GET", srv.URL, nil)
		require.NoError(t, err)
		if field != "" {
			r.Header.Set("Authorization", field)
		}
		res, err := srv.Client().Do(r)
		require.NoError(t, err)
		res.Body.Close()
		if field == "Basic !!!" {
			require.Equal(t, 400, res.StatusCode)
			continue
		}
		require.Equal(t, 401, res.StatusCode)
		require.Equal(t, []string{`Basic realm="Example API", charset="UTF-8"`, `ApiKey realm="Example API"`}, res.Header["Www-Authenticate"])
	}
}

func TestRequireUnderLoad(t *testing.T) {
	var n atomic.Int64
	mw := auth.Require(authFunc(func(r *http.Request) (*auth.Identity, error) {
		return &auth.Identity{Name: r.Header.Get("X-Name")}, nil
	}), nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		if id.Name == r.Header.Get("X-Name") {
			n.Add(1)
		}
	}))
	done := make(chan struct{})
	for i := range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for j := range 100 {
				mw.ServeHTTP(httptest.NewRecorder(), request("X-Name", fmt.Sprint(i, j)))
			}
		}()
	}
	for range 8 {
		<-done
	}
	require.EqualValues(t, 800, n.Load())
}

func TestAnonymousMeansThatNothingWasSent(t *testing.T) {
	absent := auth.Decline(auth.Absent, autherr.New(autherr.MethodJWT, autherr.MissingAuthorizationHeader, nil))
	for name, test := range map[string]struct {
		err    error
		header string
		passes bool
	}{
		"nothing":                               {absent, "", true},
		"a field that does not matter":          {absent, "X-Other", true},
		"an Authorization that nobody reads":    {absent, "Authorization", false},
		"an API key that nobody reads":          {absent, "API-KEY", false},
		"a refusal with a decline as its cause": {autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, absent), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			ran := false
			a := authFunc(func(*http.Request) (*auth.Identity, error) { return nil, test.err })
			h := auth.Require(a, &auth.Options{AllowAnonymous: true})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true }))
			r := httptest.NewRequest("GET", "/", nil)
			if test.header != "" {
				r.Header.Set(test.header, "garbage")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, test.passes, ran)
			if !test.passes {
				require.Equal(t, http.StatusUnauthorized, w.Code)
			}
		})
	}
}
