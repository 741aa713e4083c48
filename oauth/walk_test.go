package oauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// walk is a world in which any call of a store can go wrong.
type walk struct {
	*world
	faulty *storetest.Faulty
	first  pair // a family that is there
	other  pair // and another of the same user, which no request is about
}

// newWalk makes such a world. Nothing goes wrong yet.
func newWalk(t testing.TB) *walk {
	t.Helper()
	w := &walk{world: newRefreshingWorld(t, "2025")}
	w.faulty = storetest.NewFaulty(storetest.Stores{Users: w.db, Clients: w.db, Tokens: w.db})
	w.first, w.other = w.begin(t), w.begin(t)
	w.open(t, nil, nil)
	return w
}

// open mounts a server over the stores that can go wrong, with one slot for passwords, so that one that is lost shows.
func (w *walk) open(t testing.TB, login func(*auth.LoginConfig), change func(*oauth.ServerConfig)) {
	t.Helper()
	lc := auth.LoginConfig{Users: w.faulty, Hasher: testHasher(nil), Slots: 1, Waiting: 1}
	if login != nil {
		login(&lc)
	}
	l, err := auth.NewLogin(lc)
	require.NoError(t, err)
	cfg := oauth.ServerConfig{Application: application, Clients: w.faulty, Tokens: w.faulty, Users: w.faulty, Login: l, Realm: realm, Timeout: time.Minute}
	if change != nil {
		change(&cfg)
	}
	server, err := oauth.NewServer(cfg)
	require.NoError(t, err)
	verifier, err := oauth.NewVerifier(oauth.VerifierConfig{
		Application: application, Clients: w.faulty, Tokens: w.faulty, Users: w.faulty, Realm: realm, JWTVerifier: cfg.JWTVerifier,
	})
	require.NoError(t, err)
	rd, err := autherr.ProfileByName("2025")
	require.NoError(t, err)
	w.mux = http.NewServeMux()
	w.mux.Handle("/rest_api/access_token", server.TokenEndpoint())
	w.mux.Handle("/rest_api/revoke", server.RevokeEndpoint())
	w.mux.Handle("/oauth/introspect", server.IntrospectionEndpoint())
	w.mux.Handle("/oauth/revoke", server.RevocationEndpoint())
	w.mux.Handle("/", auth.Require(verifier, &auth.Options{Renderer: rd})(http.HandlerFunc(whoami)))
}

// walked is a request whose every call of a store is broken in turn.
type walked struct {
	request func(p pair) request
	prepare func(w *walk, t *testing.T) // before the walk
	stays   bool                        // the tokens of the family must work after a failure
	ends    bool                        // the request ends tokens when all goes well
	marks   bool                        // the tokens that it reads are the marks of revoked ones, which have no user who could be told a bug
	never   string                      // what must not be answered, whatever goes wrong
	unknown string                      // the call that finds nobody when all goes well

	// spared are the calls whose failure is nobody's: the answer is as if they had gone well, but for a panic.
	spared []string
}

// walkedOpaque are the requests about tokens that have a record.
var walkedOpaque = map[string]walked{
	"client_credentials": {request: func(pair) request { return post(clientBody) }, stays: true},
	"password":           {request: func(pair) request { return post(mobileLogin) }, stays: true},
	"refresh": {request: func(p pair) request {
		return post(form("grant_type", "refresh_token", "refresh_token", p.Refresh, "client_id", "mobile", "client_secret", robotSecret))
	}, stays: true},
	"use":                        {request: func(p pair) request { return get(p.Access) }, stays: true},
	"revoke":                     {request: func(p pair) request { return revokeAs("my_username", formType, "token="+p.Access) }, stays: true, ends: true},
	"revoke a family":            {request: func(p pair) request { return revokeAs("my_username", formType, "token="+p.Refresh) }, stays: true, ends: true},
	"introspect":                 {request: func(p pair) request { return atClientEndpoint("/oauth/introspect", p.Access) }, stays: true},
	"introspect a refresh token": {request: func(p pair) request { return atClientEndpoint("/oauth/introspect", p.Refresh) }, stays: true},
	"RFC 7009":                   {request: func(p pair) request { return atClientEndpoint("/oauth/revoke", p.Access) }, stays: true, ends: true},
	"RFC 7009, a family":         {request: func(p pair) request { return atClientEndpoint("/oauth/revoke", p.Refresh) }, stays: true, ends: true},
	"reuse": {
		request: func(p pair) request {
			return post(form("grant_type", "refresh_token", "refresh_token", p.Refresh, "client_id", "mobile", "client_secret", robotSecret))
		},
		prepare: func(w *walk, t *testing.T) { parsePair(t, w.refresh(w.first.Refresh)) },
		ends:    true,
	},
}

// readerLogin is that of a user about whom no request is.
var readerLogin = form("grant_type", "password", "username", "reader", "password", "topsecret", "client_id", "mobile", "client_secret", robotSecret)

func atClientEndpoint(path, token string) request {
	return request{"POST", path, form("token", token, "client_id", "mobile", "client_secret", robotSecret), headers("Content-Type", formType)}
}

// returnNoRecord are the calls that have nothing to be told wrong, or whose answer no caller can know to be wrong.
var returnNoRecord = []string{"DeleteTokens", "CreateTokens", "LimitedUntil", "CountEvent", "ClearCounters", "RehashPassword"}

// Every call that a request makes to a store goes wrong in every way, each in a world of its own. The answer is an outage or an internal error in
// the documented shape; no token is lost that should work; none is told to be revoked that works; and when the store is back, so is the service.
func TestEveryCallOfAStoreGoesWrong(t *testing.T) {
	for name, c := range walkedOpaque {
		t.Run(name, func(t *testing.T) { c.walk(t, newWalk) })
	}
}

// walk breaks every call in every way.
func (c walked) walk(t *testing.T, newWalk func(testing.TB) *walk) {
	var calls []string
	var wellDone answer
	synctest.Test(t, func(t *testing.T) {
		probe := c.start(t, newWalk)
		probe.faulty.Break(-1, nil)
		wellDone = probe.do(c.request(probe.first))
		calls = probe.faulty.Calls()
		require.NotEmpty(t, calls)
	})
	for i, call := range calls {
		for _, way := range storetest.Ways(errDown) {
			switch {
			case way.Lies && slices.Contains(returnNoRecord, call):
				continue
			case way.Lies && way.Done && call == c.unknown:
				continue // there is no record to be changed
			case way.Name == "another's" && call == "UserByName":
				continue // names are the store's business, so no caller can tell
			}
			t.Run(fmt.Sprint(i, " ", call, " ", way.Name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := c.start(t, newWalk)
					w.faulty.Break(i, way.Fault)
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // the client's, for requests that are no endpoint's
					defer cancel()
					a := w.doIn(ctx, c.request(w.first))
					hit := w.faulty.Calls()
					w.faulty.Break(-1, nil)
					require.Equal(t, calls[:i+1], hit[:i+1])

					want := 503
					switch {
					case way.Name == "panic":
						want = 500
					case slices.Contains(c.spared, call):
						want = wellDone.status
					case way.Lies && !(c.marks && call == "TokenByID"):
						want = 500
					}
					require.Equal(t, want, a.status, a.body)
					if a.status == wellDone.status && a.status >= 400 {
						require.Equal(t, wellDone.body, a.body)
					}
					if a.status >= 500 {
						requireOutage(t, a)
					}
					if c.never != "" {
						require.NotContains(t, a.body, c.never)
					}
					done := way.Done && i == len(calls)-1
					switch {
					case c.ends && a.status == 200:
						require.False(t, w.works(w.first.Access), "it is told to be revoked")
					case c.stays && !(c.ends && done):
						require.True(t, w.works(w.first.Access), "the token stays valid")
					}
					require.True(t, w.works(w.other.Access), "nobody has asked for the end of this one")

					// When the store is back, so is the service: no slot is lost. What was done twice is as good as once.
					again := w.do(c.request(w.first))
					if !done {
						require.Equal(t, wellDone.status, again.status, again.body)
					}
					for range 3 {
						require.Equal(t, 200, w.do(post(readerLogin)).status)
					}
					if c.ends {
						require.False(t, w.works(w.first.Access), "in the end it is revoked")
					}
					require.True(t, w.works(w.other.Access))
				})
			})
		}
	}
}

// start makes a world that is ready for the request.
func (c walked) start(t *testing.T, newWalk func(testing.TB) *walk) *walk {
	w := newWalk(t)
	if c.prepare != nil {
		c.prepare(w, t)
	}
	return w
}

// requireOutage is an answer that says nothing but that something is out of order.
func requireOutage(t *testing.T, a answer) {
	t.Helper()
	require.Contains(t, []string{unavailable, internal, internalAny}, a.body)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Empty(t, a.header.Get("WWW-Authenticate"))
	if a.status == 503 {
		require.NotEmpty(t, a.header.Get("Retry-After"))
	}
}

// Whatever goes wrong while tokens are stored, what a client was told works, and what it was not told opens nothing that anybody knows.
func TestNoTokenIsHandedOutThatCannotBeVerified(t *testing.T) {
	for _, c := range []string{"client_credentials", "password", "refresh"} {
		walkedOpaque[c].onlyWhatWorks(t, c, newWalk)
	}
}

// onlyWhatWorks breaks every call of a request for tokens, and looks at those that come of it.
func (c walked) onlyWhatWorks(t *testing.T, name string, newWalk func(testing.TB) *walk) {
	given := 0
	for _, way := range storetest.Ways(errDown) {
		for i := range 8 {
			synctest.Test(t, func(t *testing.T) {
				w := c.start(t, newWalk)
				w.faulty.Break(i, way.Fault)
				a := w.do(c.request(w.first))
				hit := w.faulty.Calls()
				w.faulty.Break(-1, nil)
				if i < len(hit) && (way.Name == "nothing" && hit[i] == "CreateTokens" || way.Name == "another's" && hit[i] == "UserByName") {
					return // a store that says it has stored what it has not, or whose name somebody else bears
				}
				if a.status != 200 {
					requireOutage(t, a)
					return
				}
				given++
				var p pair
				require.NoError(t, json.Unmarshal([]byte(a.body), &p))
				require.True(t, w.works(p.Access), "%s, %s at call %d", name, way.Name, i)
				if p.Refresh != "" {
					parsePair(t, w.refresh(p.Refresh))
				}
			})
		}
	}
	require.Positive(t, given)
}
