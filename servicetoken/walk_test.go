package servicetoken_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// outOfOrder is a world in which any call of a store can go wrong. It has one place for hashing, and nobody waits for it.
type outOfOrder struct {
	faulty  *storetest.Faulty
	service *servicetoken.Service
	token   string // of my_username
	routes  *http.ServeMux
}

// newOutOfOrder makes such a world, in which nothing goes wrong yet. The first login brings the hash of the user up to date.
func newOutOfOrder(t testing.TB) *outOfOrder {
	t.Helper()
	u := vectorUser()
	var err error
	u.PasswordHash, err = newHasher(t, password.Config{}).Hash("topsecret")
	require.NoError(t, err)
	db := newStore(t, u)
	w := &outOfOrder{faulty: storetest.NewFaulty(storetest.Stores{Users: db}), routes: http.NewServeMux()}
	users := storetest.FaultyRehasher{Faulty: w.faulty}
	w.service = newService(t, servicetoken.Config{Users: users})
	w.token = mustMint(t, w.service)

	stronger := password.Config{Argon2id: password.Argon2idParams{Memory: 128, Time: 1, Threads: 1}, InsecureWeakArgon2id: true}
	login, err := auth.NewLogin(auth.LoginConfig{
		Users: users, Hasher: newHasher(t, stronger), Slots: 1, Waiting: auth.NoWaiting, Flood: auth.FloodLimits{PerUserAndAddress: auth.Rate{Max: 1, Window: time.Hour}},
	})
	require.NoError(t, err)
	generate, err := w.service.GenerateEndpoint(servicetoken.EndpointConfig{Login: login})
	require.NoError(t, err)
	w.routes.Handle(generatePath, generate)
	w.routes.Handle(resource, auth.Require(w.service, nil)(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		_, _ = io.WriteString(rw, "hello "+id.Name)
	})))
	return w
}

// ask sends a request: to generate a token by name and password, to renew one, or to use one.
func (w *outOfOrder) ask(ctx context.Context, what, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, "POST", generatePath, nil)
	if what == "use" {
		r = httptest.NewRequestWithContext(ctx, "GET", resource, nil)
	}
	r.RemoteAddr = "127.0.0.1:1"
	r.SetBasicAuth(token, "")
	if what == "generate" {
		r.SetBasicAuth("my_username", "topsecret")
	}
	rec := httptest.NewRecorder()
	w.routes.ServeHTTP(rec, r)
	return rec
}

// Every call that a request makes to a store goes wrong in every way, each in a world of its own. The answer is an outage or an internal error in
// the documented shape; no token is given out that does not work, and none ends for it; when the store is back, so is the service.
func TestEveryCallOfAStoreGoesWrong(t *testing.T) {
	for what, list := range map[string]string{"generate": "UserByName RehashPassword", "renew": "UserByID", "use": "UserByID"} {
		t.Run(what, func(t *testing.T) {
			calls := strings.Fields(list)
			for i, call := range calls {
				for _, way := range storetest.Ways(errors.New("dial tcp 10.0.0.1:5432: SELECT failed in store.go:17")) {
					t.Run(fmt.Sprint(i, " ", call, " ", way.Name), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							w := newOutOfOrder(t)
							w.faulty.Break(i, way.Fault)
							ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // the client's
							defer cancel()
							a := w.ask(ctx, what, w.token)
							require.Equal(t, calls[:i+1], w.faulty.Calls()[:i+1])
							w.faulty.Break(-1, nil)

							switch {
							case way.Name == "panic" && what == "use": // told by Require, which knows no method
								requireAnswer(t, a, 500, `{"status":"error","http_code":500,"error":"INTERNAL_ERROR","error_description":"Internal error."}`)
							case call == "RehashPassword" && way.Name != "panic": // that it fails is no reason to refuse anybody
								require.Equal(t, 200, a.Code, a.Body)
							case way.Name == "another's" && call == "UserByName": // names are the store's business, so no caller can tell
							case way.Name == "panic", way.Lies:
								requireAnswer(t, a, 500, `["Internal error."]`)
							default:
								requireAnswer(t, a, 503, `["Service temporarily unavailable."]`)
							}
							unknowable := way.Lies && (call == "UserByName" || !way.Done) // also a hash that the store says it has kept
							w.afterwards(t, what, a, unknowable)
						})
					})
				}
			}
		})
	}
}

// afterwards requires that the service is back with the store, that no slot is lost, and that what was given out works.
func (w *outOfOrder) afterwards(t *testing.T, what string, a *httptest.ResponseRecorder, unknowable bool) {
	t.Helper()
	if what != "generate" { // which ends older tokens, for it makes a new hash
		used := w.ask(t.Context(), "use", w.token)
		require.Equal(t, 200, used.Code, "the token stays valid")
		require.Equal(t, "hello my_username", used.Body.String())
		require.Equal(t, 200, w.ask(t.Context(), what, w.token).Code)
	}
	if what != "use" && a.Code == 200 && !unknowable {
		require.Equal(t, 200, w.ask(t.Context(), "use", generatedToken(t, a.Body.String())).Code, "what is given out works")
	}
	for range 3 {
		good := w.ask(t.Context(), "generate", "")
		require.Equal(t, 200, good.Code, good.Body)
		require.Equal(t, 200, w.ask(t.Context(), "use", generatedToken(t, good.Body.String())).Code)
	}
}

// requireAnswer requires a refusal of which nothing tells what went wrong.
func requireAnswer(t *testing.T, a *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	require.Equal(t, status, a.Code, a.Body)
	require.Equal(t, body, a.Body.String())
	require.Equal(t, "no-store", a.Header().Get("Cache-Control"))
	require.Equal(t, status == 503, a.Header().Get("Retry-After") != "")
	require.Empty(t, a.Header().Values("WWW-Authenticate"))
}
