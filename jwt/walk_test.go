package jwt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// outOfOrder is a world in which any call of a store can go wrong. It has one place for hashing, and nobody waits for it.
type outOfOrder struct {
	*world
	faulty *storetest.Faulty
	list   *jwt.Revocations
	routes *http.ServeMux
	token  string // of my_username
}

// weakHasher hashes quickly. What one memory makes is brought up to date by another.
func weakHasher(t testing.TB, memory uint32) *password.Hasher {
	t.Helper()
	h, err := password.New(password.Config{Argon2id: password.Argon2idParams{Memory: memory, Time: 1, Threads: 1}, InsecureWeakArgon2id: true})
	require.NoError(t, err)
	return h
}

// newOutOfOrder makes such a world, in which nothing goes wrong yet.
func newOutOfOrder(t testing.TB, revoked bool) *outOfOrder {
	t.Helper()
	w := &outOfOrder{world: newWorld(t, jwt.HS256, nil), routes: http.NewServeMux()}
	u := editor()
	u.PasswordHash = must(weakHasher(t, 64).Hash("top:secret"))
	require.NoError(t, w.users.PutUser(t.Context(), u)) // with a new stamp
	w.token = must(w.issuer.Issue(t.Context(), must(w.users.UserByID(t.Context(), u.ID)))).Compact
	w.faulty = storetest.NewFaulty(storetest.Stores{Users: w.users, Tokens: w.users})
	w.list = must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: w.faulty, Issuer: issuerName, MaxLifetime: 2 * time.Hour}))

	login := must(auth.NewLogin(auth.LoginConfig{
		Users: storetest.FaultyRehasher{Faulty: w.faulty}, Hasher: weakHasher(t, 128), Slots: 1, Waiting: auth.NoWaiting,
		Flood: auth.FloodLimits{PerUserAndAddress: auth.Rate{Max: 1, Window: time.Hour}},
	}))
	w.routes.Handle("/rest_api/id_token", must(jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: w.issuer, Login: login, Realm: "Example API"})))
	for path, change := range map[string]func(*jwt.VerifierConfig){
		"":            func(*jwt.VerifierConfig) {},
		"/named":      foreign,
		"/remembered": func(cfg *jwt.VerifierConfig) { cfg.CacheTokens = 8 },
	} {
		cfg := w.config()
		cfg.Users, cfg.Revocations = w.faulty, w.list
		change(&cfg)
		v := must(jwt.NewVerifier(cfg))
		w.routes.Handle("/me"+path, auth.Require(v, nil)(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			id, _ := auth.FromContext(r.Context())
			_, _ = io.WriteString(rw, id.UserID+" "+id.Name)
		})))
		w.routes.Handle("/revoke"+path, revocation(func(ctx context.Context) error { return v.RevokeOwn(ctx, "1", w.token) }))
	}
	w.routes.Handle("/revoke/user", revocation(func(ctx context.Context) error { return w.list.RevokeUser(ctx, "1", time.Now()) }))
	first := w.ask(t.Context(), "GET /me/remembered")
	require.Equal(t, 200, first.Code, first.Body)
	if revoked {
		require.Equal(t, 200, w.ask(t.Context(), "POST /revoke").Code)
	}
	return w
}

// revocation is an endpoint, such as that of package oauth, which revokes.
func revocation(revoke func(context.Context) error) http.Handler {
	return auth.NewEndpoint(auth.EndpointConfig{Method: autherr.MethodRevoke}, func(r *http.Request) (*auth.Reply, error) {
		return &auth.Reply{Body: "revoked"}, revoke(r.Context())
	})
}

// ask sends a request, named by its method and its path.
func (w *outOfOrder) ask(ctx context.Context, what string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(what, " ")
	r := httptest.NewRequestWithContext(ctx, method, path, nil)
	r.RemoteAddr = "127.0.0.1:1"
	if path == "/rest_api/id_token" {
		r.SetBasicAuth("my_username", "top:secret")
	} else {
		r.Header.Set("Authorization", "Bearer "+w.token)
	}
	rec := httptest.NewRecorder()
	w.routes.ServeHTTP(rec, r)
	return rec
}

// walkedRequests are those whose every call of a store is broken in turn.
var walkedRequests = map[string]struct {
	request  string
	revoked  bool // what is used has been revoked before
	status   int
	calls    string
	httpCode string // the member as it is documented for the method, with the status
}{
	"id_token":        {request: "POST /rest_api/id_token", status: 200, calls: "UserByName RehashPassword"},
	"use":             {request: "GET /me", status: 200, calls: "UserByID TokenByID TokenByID"},
	"use, by name":    {request: "GET /me/named", status: 200, calls: "UserByName TokenByID TokenByID"},
	"use, remembered": {request: "GET /me/remembered", status: 200, calls: "UserByID TokenByID TokenByID"},
	"use of what is revoked": {
		request: "GET /me", revoked: true, status: 401, calls: "UserByID TokenByID",
	},
	"use of what is revoked, remembered": {
		request: "GET /me/remembered", revoked: true, status: 401, calls: "UserByID TokenByID",
	},
	"revoke":          {request: "POST /revoke", status: 200, calls: "TokenByID CreateTokens", httpCode: `"http_code":"%d",`},
	"revoke, by name": {request: "POST /revoke/named", status: 200, calls: "UserByName TokenByID CreateTokens", httpCode: `"http_code":"%d",`},
	"revoke again":    {request: "POST /revoke", revoked: true, status: 200, calls: "TokenByID", httpCode: `"http_code":"%d",`},
	"revoke a user":   {request: "POST /revoke/user", status: 200, calls: "TokenByID CreateTokens TokenByID CreateTokens"}, // the day is new, so yesterday counts
}

// Every call that a request makes to a store goes wrong in every way, each in a world of its own. The answer is an outage or an internal error in
// the documented shape, and no token is accepted or called revoked for it; when the store is back, so is the service.
func TestEveryCallOfAStoreGoesWrong(t *testing.T) {
	for name, c := range walkedRequests {
		t.Run(name, func(t *testing.T) {
			calls := strings.Fields(c.calls)
			for i, call := range calls {
				for _, way := range storetest.Ways(errors.New("dial tcp 10.0.0.1:5432: SELECT failed in store.go:17")) {
					t.Run(fmt.Sprint(i, " ", call, " ", way.Name), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							w := newOutOfOrder(t, c.revoked)
							w.faulty.Break(i, way.Fault)
							ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // the client's
							defer cancel()
							a := w.ask(ctx, c.request)
							require.Equal(t, calls[:i+1], w.faulty.Calls()[:i+1])
							w.faulty.Break(-1, nil)

							httpCode, revocation := c.httpCode, strings.HasPrefix(c.request, "POST /revoke")
							switch {
							case way.Name == "panic":
								if !strings.HasPrefix(c.request, "POST ") { // told by Require, which knows no method
									httpCode = `"http_code":%d,`
								} else if revocation {
									httpCode = `"http_code":"%d",`
								}
								requireOutageAnswer(t, a, 500, httpCode)
							case call == "RehashPassword": // that it fails is no reason to refuse anybody
								require.Equal(t, 200, a.Code, a.Body)
							case way.Lies && call == "CreateTokens": // it returns no record, so the mark is there or nobody can tell
							case way.Name == "another's" && call == "UserByName": // names are the store's business, so no caller can tell
							case way.Lies && strings.HasPrefix(call, "UserBy"):
								requireOutageAnswer(t, a, 500, httpCode)
							default:
								requireOutageAnswer(t, a, 503, httpCode)
							}
							w.afterwards(t, a, c.request, i, calls, way)
							if !revocation {
								require.Equal(t, c.status, w.ask(t.Context(), c.request).Code)
							}
						})
					})
				}
			}
		})
	}
}

// afterwards requires that the service is back with the store, that a token is what its owner has been told, and that no slot is lost.
func (w *outOfOrder) afterwards(t *testing.T, a *httptest.ResponseRecorder, request string, i int, calls []string, way storetest.Way) {
	t.Helper()
	revoked := 0
	for _, path := range []string{"/me", "/me/named", "/me/remembered"} {
		if used := w.ask(t.Context(), "GET "+path); used.Code == 401 {
			revoked++
		} else {
			require.Equal(t, 200, used.Code, used.Body)
			require.Equal(t, "1 my_username", used.Body.String())
		}
	}
	require.Contains(t, []int{0, 3}, revoked)
	if strings.HasPrefix(request, "POST /revoke") {
		unknowable := way.Lies && (calls[i] == "CreateTokens" && !way.Done || calls[i] == "UserByName")
		if a.Code == 200 && !unknowable {
			require.Equal(t, 3, revoked, "it was called revoked")
		}
		if marked := slices.Contains(calls[:i], "CreateTokens") || calls[i] == "CreateTokens" && way.Done; a.Code != 200 && !marked && len(calls) > 1 {
			require.Zero(t, revoked, "nothing has happened")
		}
		require.Equal(t, 200, w.ask(t.Context(), request).Code)
		require.Equal(t, 401, w.ask(t.Context(), "GET /me").Code, "in the end it is revoked")
		return
	}
	for _, got := range []*httptest.ResponseRecorder{a, w.ask(t.Context(), "POST /rest_api/id_token"), w.ask(t.Context(), "POST /rest_api/id_token")} {
		if got.Code != 200 || !strings.Contains(got.Body.String(), "jwt_token") {
			require.Same(t, a, got, "%s", got.Body)
			continue
		}
		var reply struct {
			Token string `json:"jwt_token"`
		}
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &reply))
		if way.Name != "another's" {
			w.accepts(reply.Token, "what is given out works")
		}
	}
}

// requireOutageAnswer requires the documented answer, of which nothing tells what went wrong.
func requireOutageAnswer(t *testing.T, a *httptest.ResponseRecorder, status int, httpCode string) {
	t.Helper()
	want := `"error":"SERVICE_UNAVAILABLE","error_description":"Service temporarily unavailable."}`
	if status == 500 {
		want = `"error":"INTERNAL_ERROR","error_description":"Internal error."}`
	}
	if httpCode != "" {
		httpCode = fmt.Sprintf(httpCode, status)
	}
	require.Equal(t, status, a.Code, a.Body)
	require.Equal(t, `{"status":"error",`+httpCode+want, a.Body.String())
	require.Equal(t, "no-store", a.Header().Get("Cache-Control"))
	require.Equal(t, status == 503, a.Header().Get("Retry-After") != "")
	require.Empty(t, a.Header().Values("WWW-Authenticate"))
}
