package auth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// Times are measured by examples/attack/timing, on a quiet machine. An allocation on one of the ways is what has told users there most often, and can be
// counted anywhere.
func TestKnownAndUnknownUsersTakeAsManyAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("a sync.Pool forgets at random")
	}
	h := newHashingFor(t, password.Argon2id) // so that the dummy is a record like that of a user
	db, err := memstore.New(nil)
	require.NoError(t, err)
	for id, u := range map[string]store.User{
		"1": {Name: "my_username", PasswordHash: h.hash(t, "topsecret"), Active: true, Roles: []string{"editor"}},
		"2": {Name: "blocked_user", PasswordHash: h.hash(t, "topsecret"), Roles: []string{"editor", "author"}},
		"3": {Name: "no_password", Active: true, Roles: []string{"editor"}, Permissions: []string{"create page content"}},
		"4": {Name: "unusable", PasswordHash: "topsecret", Active: true, Roles: []string{"editor"}},
		"5": {Name: "With Blanks", PasswordHash: h.hash(t, "topsecret"), Active: true, Roles: []string{"editor"}},
	} {
		u.ID = id
		require.NoError(t, db.PutUser(t.Context(), u))
	}
	for name, cfg := range map[string]auth.LoginConfig{
		"bare":             {SkipFloodControl: true},
		"remembering":      {SkipFloodControl: true, CacheVerified: time.Minute},
		"counting":         {Flood: auth.FloodLimits{PerAddress: auth.Rate{Max: 10_000, Window: time.Hour}}},
		"limited":          {Flood: auth.FloodLimits{PerAddress: auth.Rate{Max: 1, Window: time.Hour}}},
		"limited to users": {Flood: auth.FloodLimits{PerUserAndAddress: auth.Rate{Max: 1, Window: time.Hour}}},
	} {
		cfg.Users, cfg.Hasher = db, h.Hasher
		l, err := auth.NewLogin(cfg)
		require.NoError(t, err)
		basic, err := auth.NewBasic(auth.BasicConfig{Login: l, Realm: "a"})
		require.NoError(t, err)
		told := auth.EventFunc(func(context.Context, auth.Event) error { return nil })
		gate, w := auth.Require(basic, &auth.Options{Events: told})(nothing), &sink{make(http.Header)}
		allocs := func(name string) float64 {
			r := basicRequest(name + ":wrong") // always the same, which counts once
			return testing.AllocsPerRun(50, func() {
				clear(w.header)
				gate.ServeHTTP(w, r)
			})
		}
		unknown := allocs("stranger")
		for _, user := range []string{"my_username", "blocked_user", "no_password", "unusable"} {
			require.Equal(t, unknown, allocs(user), "%s: %s", name, user)
		}
		require.Equal(t, allocs("No Capitals"), allocs("With Blanks"), name)
	}
}

func TestTheCacheOfRightPasswordsDigestsWhatNobodyHas(t *testing.T) {
	h := newHashing(t)
	users := demoAccounts(t, h)
	users.put(store.User{ID: "8a9d7d0e-2f30-4a51-9c5e-0b6a5f3f0d11", Name: "long_id", PasswordHash: h.hash(t, "topsecret"), Active: true})
	l := newLogin(t, auth.LoginConfig{Users: users, Hasher: h.Hasher, CacheVerified: time.Minute})
	var blocks []int
	auth.CountDigests(l, func(n int) { blocks = append(blocks, n) })
	for _, name := range []string{"stranger", "my_username", "long_id", "blocked_user", "no_password", "unusable", "plain"} {
		blocks = nil
		_, err := l.Check(request(), auth.Attempt{Name: name, Password: "a wrong password"})
		require.ErrorIs(t, err, autherr.InvalidCredentials)
		require.Equal(t, []int{3}, blocks, name)
	}
}

func TestAUserIsCountedInAsManyBytesAsNobodyOfALongName(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "2001:db8:aaaa:bbbb::/64"} {
		for _, who := range []string{"1", "8a9d7d0e-2f30-4a51-9c5e-0b6a5f3f0d11", strings.Repeat("long", 15)} {
			require.Len(t, auth.AppendParts(nil, []string{"user and address", "name", who, address}), 119)
		}
	}
	long := strings.Repeat("long", 100)
	require.NotEqual(t, auth.AppendParts(nil, []string{"user", "name", long + "a"}), auth.AppendParts(nil, []string{"user", "name", long + "b"}), "nothing is cut")
}
