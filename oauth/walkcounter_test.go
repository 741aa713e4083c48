package oauth_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// newCounterWalk makes a walk in which failures are counted in a store that can go wrong, those of users and those of clients, and in which the hashes of
// passwords are not those that are made now.
func newCounterWalk(t testing.TB) *walk {
	t.Helper()
	w := &walk{world: newRefreshingWorld(t, "2025")}
	w.faulty = storetest.NewFaulty(storetest.Stores{Users: w.db, Clients: w.db, Tokens: w.db, Counters: auth.NewCounters(64)})
	w.first, w.other = w.begin(t), w.begin(t)
	newer, err := password.New(password.Config{Argon2id: password.Argon2idParams{Memory: 128, Time: 1}, InsecureWeakArgon2id: true})
	require.NoError(t, err)
	require.True(t, newer.NeedsRehash(userHash()))
	failures, err := auth.NewForgedCounter(auth.ForgedLimit{Counters: w.faulty})
	require.NoError(t, err)
	w.open(t, func(c *auth.LoginConfig) {
		c.Users, c.Hasher, c.Counters = storetest.FaultyRehasher{Faulty: w.faulty}, newer, w.faulty
	}, func(c *oauth.ServerConfig) { c.ClientFailures = failures })
	return w
}

// wrongPassword is a login that fails.
func wrongPassword(name, guess string) request {
	return post(form("grant_type", "password", "username", name, "password", guess, "client_id", "mobile", "client_secret", robotSecret))
}

var (
	// A new hash that cannot be kept, and failures that cannot be forgotten, are no reason to refuse a user.
	sparedByLogin = []string{"RehashPassword", "ClearCounters"}

	// A wrong secret that cannot be counted is wrong all the same.
	sparedByClients = []string{"LimitedUntil", "CountEvent"}
)

// walkedCounters are the requests that count, or keep a new hash.
var walkedCounters = map[string]walked{
	"password":         {request: walkedOpaque["password"].request, stays: true, spared: sparedByLogin},
	"revoke":           {request: walkedOpaque["revoke"].request, stays: true, ends: true, spared: sparedByLogin},
	"wrong password":   {request: func(pair) request { return wrongPassword("my_username", "guess") }, stays: true, never: "access_token"},
	"unknown user":     {request: func(pair) request { return wrongPassword("nobody", "guess") }, stays: true, never: "access_token", unknown: "UserByName"},
	"a blocked user's": {request: func(pair) request { return wrongPassword("blocked_user", "topsecret") }, stays: true, never: "access_token"},
	"wrong password at revocation": {request: func(p pair) request {
		return revoke("token="+p.Access, "Authorization", basic("my_username", "guess"))
	}, stays: true, never: "success"},
	"at the limit": {request: walkedOpaque["password"].request, prepare: func(w *walk, t *testing.T) {
		for i := range 5 {
			require.Equal(t, 401, w.do(wrongPassword("my_username", fmt.Sprint("guess", i))).status)
		}
		require.Equal(t, 429, w.do(post(mobileLogin)).status)
	}, stays: true, never: "access_token"},
	"wrong client secret": {request: func(pair) request { return post(asUser, "Authorization", basic("mobile", "guess")) },
		stays: true, never: "access_token", spared: sparedByClients},
	"unknown client at introspection": {request: func(p pair) request { return ask("nobody", p.Access) },
		stays: true, never: "active", unknown: "ClientByID", spared: sparedByClients},
}

// Whatever becomes of the calls that count failures, nobody gets in with a wrong password, or with the right one at the limit, and nobody is told that a
// password is wrong if that could not be counted; what keeps a hash up to date and forgets failures keeps nobody out.
func TestEveryCallOfAStoreGoesWrongWhereFailuresAreCounted(t *testing.T) {
	for name, c := range walkedCounters {
		t.Run(name, func(t *testing.T) { c.walk(t, newCounterWalk) })
	}
	walkedCounters["password"].onlyWhatWorks(t, "password", newCounterWalk)
}
