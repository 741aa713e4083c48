package auth_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// outOfOrder is a world in which any call of a store can go wrong. It has one place for hashing, and nobody waits for it.
type outOfOrder struct {
	faulty *storetest.Faulty
	key    string
	routes *http.ServeMux
}

// changedUsers find users whatever the case of their names. If another login is faster, it has brought the hash of the user up to date meanwhile.
type changedUsers struct {
	foldingUsers
	db     *memstore.Store
	faster bool
}

func (u changedUsers) RehashPassword(ctx context.Context, id, old, hash string) error {
	if u.faster {
		return store.ErrConflict
	}
	return u.db.RehashPassword(ctx, id, old, hash)
}

// newOutOfOrder makes such a world, in which nothing goes wrong yet. A second failure locks the user out, so that an outage that is counted as one shows.
func newOutOfOrder(t testing.TB, h *hashing, hash string, c walkedRequest) *outOfOrder {
	t.Helper()
	db, err := memstore.New(nil)
	require.NoError(t, err)
	require.NoError(t, db.PutUser(t.Context(), store.User{ID: "1", Name: "my_username", PasswordHash: hash, Active: true, Stamp: "s1"}))
	w := &outOfOrder{routes: http.NewServeMux()}
	w.faulty = storetest.NewFaulty(storetest.Stores{Users: changedUsers{foldingUsers{db}, db, c.faster}, APIKeys: db, Counters: auth.NewCounters(0)})
	cfg := auth.LoginConfig{
		Users: storetest.FaultyRehasher{Faulty: w.faulty}, Counters: w.faulty, Flood: auth.FloodLimits{PerUserAndAddress: auth.Rate{Max: 2, Window: time.Hour}},
		Hasher: h.Hasher, Slots: 1, Waiting: auth.NoWaiting,
	}
	if c.remembered {
		cfg.CacheVerified = 5 * time.Minute
	}
	login, err := auth.NewLogin(cfg)
	require.NoError(t, err)
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
	require.NoError(t, err)
	w.routes.Handle("/basic", auth.Require(basic, nil)(http.HandlerFunc(whoami)))

	key, id := auth.NewAPIKey()
	w.key = key
	require.NoError(t, db.PutAPIKey(t.Context(), store.APIKey{ID: id, UserID: "1"}))
	for path, inBasic := range map[string]bool{"/key": false, "/keybasic": true} {
		a, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: w.faulty, Users: w.faulty, Realm: "Example API", Basic: inBasic})
		require.NoError(t, err)
		w.routes.Handle(path, auth.Require(a, nil)(http.HandlerFunc(whoami)))
	}
	if c.remembered { // the second login is with the new hash
		for range 2 {
			require.Equal(t, 200, w.ask(t.Context(), c).Code)
		}
	}
	return w
}

// ask sends the request of a case.
func (w *outOfOrder) ask(ctx context.Context, c walkedRequest) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, "GET", c.path, nil)
	r.RemoteAddr = "127.0.0.1:1"
	password := c.password
	if password == "" {
		password = w.key
	}
	if pair := c.name + ":" + password; c.path == "/key" {
		r.Header.Set("API-KEY", base64.StdEncoding.EncodeToString([]byte(pair)))
	} else {
		r.Header.Set("Authorization", basicValue(pair))
	}
	rec := httptest.NewRecorder()
	w.routes.ServeHTTP(rec, r)
	return rec
}

// walkedRequest is a request whose every call of a store is broken in turn.
type walkedRequest struct {
	path, name, password string // no password means the API key
	status               int    // if all goes well
	calls                string // those that it makes then
	faster, remembered   bool
}

var walkedRequests = map[string]walkedRequest{
	"Basic": {path: "/basic", name: "my_username", password: "topsecret", status: 200, calls: "UserByName LimitedUntil RehashPassword ClearCounters"},
	"Basic, hashed anew elsewhere": {
		path: "/basic", name: "my_username", password: "topsecret", faster: true, status: 200, calls: "UserByName LimitedUntil RehashPassword UserByID ClearCounters",
	},
	"Basic, remembered": {path: "/basic", name: "my_username", password: "topsecret", remembered: true, status: 200, calls: "UserByName LimitedUntil ClearCounters"},
	"Basic, wrong":      {path: "/basic", name: "my_username", password: "wrong", status: 401, calls: "UserByName LimitedUntil CountEvent"},
	"Basic, nobody":     {path: "/basic", name: "nobody", password: "wrong", status: 401, calls: "UserByName LimitedUntil CountEvent"},
	"API key":           {path: "/key", name: "my_username", status: 200, calls: "APIKeyByID UserByID"},
	"API key, other case": {
		path: "/key", name: "My_Username", status: 200, calls: "APIKeyByID UserByID UserByName",
	},
	"API key as Basic": {path: "/keybasic", name: "my_username", status: 200, calls: "APIKeyByID UserByID"},
}

// Every call that a request makes to a store goes wrong in every way, each in a world of its own. The answer is an outage or an internal error in the
// documented shape, or what it would have been where nothing depends on the call; and when the store is back, so is the service.
func TestEveryCallOfAStoreGoesWrong(t *testing.T) {
	h, hash := newHashing(t), oldHash(t, "topsecret")
	for name, c := range walkedRequests {
		t.Run(name, func(t *testing.T) {
			calls := strings.Fields(c.calls)
			for i, call := range calls {
				for _, way := range storetest.Ways(fmt.Errorf("dial tcp 10.0.0.1:5432: SELECT failed in store.go:17")) {
					t.Run(fmt.Sprint(i, " ", call, " ", way.Name), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) { walkOne(t, newOutOfOrder(t, h, hash, c), c, i, way) })
					})
				}
			}
		})
	}
}

// walkOne lets one call go wrong.
func walkOne(t *testing.T, w *outOfOrder, c walkedRequest, i int, way storetest.Way) {
	calls := strings.Fields(c.calls)
	call := calls[i]
	w.faulty.Break(i, way.Fault)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // the client's
	defer cancel()
	a := w.ask(ctx, c)
	require.Equal(t, calls[:i+1], w.faulty.Calls()[:i+1])
	w.faulty.Break(-1, nil)

	noRecord := slices.Contains([]string{"LimitedUntil", "CountEvent", "ClearCounters", "RehashPassword"}, call)
	optional := call == "ClearCounters" || call == "RehashPassword" // that they fail is no reason to refuse anybody
	switch {
	case way.Name == "panic":
		requireOutage(t, a, 500, `500`) // told by Require, which knows no method
	case noRecord && way.Lies, optional: // as if all had gone well
		require.Equal(t, c.status, a.Code, a.Body)
		if c.status == 200 {
			require.Equal(t, "my_username", a.Body.String())
		}
	case c.name == "nobody" && way.Lies && way.Done: // there is no record that could be another
		require.Equal(t, c.status, a.Code, a.Body)
	case call == "UserByName" && way.Name == "another's": // names are the store's business, so no caller can tell
	case way.Lies:
		requireOutage(t, a, 500, c.shape(500))
	default:
		requireOutage(t, a, 503, c.shape(503))
	}

	// When the store is back, so is the service: no slot is lost, and the user has not failed.
	again := w.ask(t.Context(), c)
	require.Equal(t, c.status, again.Code, again.Body)
	for _, good := range []string{"Basic", "API key"} {
		for range 2 {
			a := w.ask(t.Context(), walkedRequests[good])
			require.Equal(t, 200, a.Code, a.Body)
			require.Equal(t, "my_username", a.Body.String())
		}
	}
}

// shape is the documented member http_code of the route: a text, but for API keys.
func (c walkedRequest) shape(status int) string {
	if c.path == "/basic" {
		return fmt.Sprintf("%q", fmt.Sprint(status))
	}
	return fmt.Sprint(status)
}

// requireOutage requires the documented answer, of which nothing tells what went wrong.
func requireOutage(t *testing.T, a *httptest.ResponseRecorder, status int, httpCode string) {
	t.Helper()
	want := `"error":"SERVICE_UNAVAILABLE","error_description":"Service temporarily unavailable."}`
	if status == 500 {
		want = `"error":"INTERNAL_ERROR","error_description":"Internal error."}`
	}
	require.Equal(t, status, a.Code, a.Body)
	require.Equal(t, `{"status":"error","http_code":`+httpCode+`,`+want, a.Body.String())
	require.Equal(t, "no-store", a.Header().Get("Cache-Control"))
	require.Equal(t, status == 503, a.Header().Get("Retry-After") != "")
	require.Empty(t, a.Header().Values("WWW-Authenticate"))
}
