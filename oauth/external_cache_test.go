package oauth_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestWithoutACacheTTLEachRequestIsACall(t *testing.T) {
	s := says(active(""))
	v := s.introspecting(t, nil)
	for i := range 5 {
		requireForeign(t, v, foreignToken)
		require.Equal(t, i+1, s.count())
	}
	s.do(sayJSON(`{"active":false}`))
	requireRefused(t, v, foreignToken, autherr.InvalidAccessToken, "not active")
}

func TestAnAnswerIsUsedAgainForTheCacheTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(otherServer)
		s.do(lateForeign(2*time.Second, sayJSON(active(""))))
		v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = 10 * time.Second })
		requireForeign(t, v, foreignToken)
		s.do(sayJSON(`{"active":false}`)) // it is revoked
		time.Sleep(8*time.Second - 1)     // counted from the question
		requireForeign(t, v, foreignToken)
		require.Equal(t, 1, s.count())
		time.Sleep(time.Nanosecond)
		requireRefused(t, v, foreignToken, autherr.InvalidAccessToken, "not active")
		require.Equal(t, 2, s.count())
		require.Zero(t, v.Remembered())
	})
}

// What decides besides the token is looked at with each request.
func TestTheUserIsLookedUpWhateverIsRemembered(t *testing.T) {
	ctx := context.Background()
	s := says(active(""))
	db := foreignUsers(t)
	stores := &faults{db: db}
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL, c.Users = time.Minute, stores })
	requireForeign(t, v, foreignToken)

	user := store.User{ID: "1", Name: "my_username", Active: true, Roles: []string{"reader"}}
	require.NoError(t, db.PutUser(ctx, user))
	require.Equal(t, []string{"reader"}, requireForeign(t, v, foreignToken).Roles)

	user.Active = false
	require.NoError(t, db.PutUser(ctx, user))
	requireRefused(t, v, foreignToken, autherr.InvalidAccessToken, "blocked")

	stores.call, stores.fault = "UserByName", func(*faults, *any) error { return context.DeadlineExceeded }
	_, err := send(v, foreignToken)
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	stores.fault = func(_ *faults, v *any) error { *v = store.User{Active: true}; return nil }
	_, err = send(v, foreignToken)
	require.ErrorIs(t, err, autherr.InternalError)

	stores.fault = nil
	user.Active = true
	require.NoError(t, db.PutUser(ctx, user))
	requireForeign(t, v, foreignToken)
	require.Equal(t, 1, s.count())
}

// A token's answer is that of the very token, and of the very verifier.
func TestAnswersAreNotMixedUp(t *testing.T) {
	s := new(otherServer)
	s.do(sayJSON(active("")))
	remembering := func(c *oauth.IntrospectionConfig) { c.CacheTTL = time.Minute }
	v := s.introspecting(t, remembering)
	requireForeign(t, v, foreignToken)
	s.do(sayJSON(`{"active":false}`))
	requireForeign(t, v, foreignToken)
	for _, other := range []string{foreignToken + "=", foreignToken[1:], foreignToken[:len(foreignToken)-1], strings.ToLower(foreignToken), "x"} {
		requireRefused(t, v, other, autherr.InvalidAccessToken, "not active")
	}
	requireRefused(t, s.introspecting(t, remembering), foreignToken, autherr.InvalidAccessToken, "not active")
}

func TestHowManyAnswersAreRemembered(t *testing.T) {
	for _, n := range []int{1, 7, 8, 100, 0} {
		s := says(active(""))
		v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL, c.CacheTokens = time.Minute, n })
		if n == 0 {
			n = oauth.DefaultCacheTokens
		}
		for i := range min(3*n, 1000) {
			requireForeign(t, v, fmt.Sprint("token-", i))
			requireForeign(t, v, fmt.Sprint("token-", i))
			require.LessOrEqual(t, v.Remembered(), n)
		}
		require.Equal(t, min(3*n, 1000), s.count(), "the last one is always there")
		require.GreaterOrEqual(t, v.Remembered(), min(n, 1000)*9/10-1)
	}
}

// One that is in use stays while others pass by.
func TestWhatIsNotUsedMakesRoom(t *testing.T) {
	s := says(active(""))
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL, c.CacheTokens = time.Minute, 8 })
	for i := range 500 {
		requireForeign(t, v, "busy")
		requireForeign(t, v, fmt.Sprint("passing-", i))
	}
	require.Equal(t, 501, s.count())
}

func TestWhatHasEndedMakesRoomFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := says(active(""))
		v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL, c.CacheTokens = time.Minute, 4 })
		requireForeign(t, v, "old")
		time.Sleep(50 * time.Second)
		for i := range 3 {
			requireForeign(t, v, fmt.Sprint("token-", i))
		}
		time.Sleep(10 * time.Second)
		requireForeign(t, v, "new")
		require.Equal(t, 4, v.Remembered())
		n := s.count()
		for i := range 3 {
			requireForeign(t, v, fmt.Sprint("token-", i))
		}
		requireForeign(t, v, "new")
		require.Equal(t, n, s.count())
	})
}

func TestLongAnswersAreNotRemembered(t *testing.T) {
	for length, calls := range map[int]int{100: 1, 5000: 2} {
		s := says(active(`,"x":"` + strings.Repeat("x", length) + `"`))
		mapped := s.introspecting(t, func(c *oauth.IntrospectionConfig) {
			c.CacheTTL, c.UsernameClaim = time.Minute, ""
			c.MapUser = func(context.Context, *oauth.ExternalAnswer) (string, error) { return "1", nil }
		})
		requireForeign(t, mapped, foreignToken)
		requireForeign(t, mapped, foreignToken)
		require.Equal(t, calls, s.count())

		named := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = time.Minute })
		requireForeign(t, named, foreignToken)
		requireForeign(t, named, foreignToken)
		require.Equal(t, calls+1, s.count(), "of which only the name is kept")
	}
}

func TestTheCacheUnderConcurrentUse(t *testing.T) {
	s := says(active(""))
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL, c.CacheTokens, c.MaxCalls = time.Minute, 16, 100 })
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 300 {
				if _, err := send(v, fmt.Sprint("token-", (i*7+g)%40)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, v.Remembered(), 16)
}
