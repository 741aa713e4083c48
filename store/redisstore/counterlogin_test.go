package redisstore_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// told is a Store that remembers until when it last said that somebody is limited.
type told struct {
	*redisstore.Store
	mu    sync.Mutex
	until time.Time
}

func (s *told) LimitedUntil(ctx context.Context, now time.Time, limits ...store.Limit) (time.Time, error) {
	until, err := s.Store.LimitedUntil(ctx, now, limits...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = until
	return until, err
}

func (s *told) last() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.until
}

// startLogin starts a server of its own that lets users in by name and password.
func startLogin(t *testing.T, users store.UserStore, s *told, limits auth.FloodLimits) string {
	t.Helper()
	login := authtest.Login(t, auth.LoginConfig{Users: users, Counters: s, Flood: limits})
	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
	require.NoError(t, err)
	server := httptest.NewServer(auth.Require(basic, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	t.Cleanup(server.Close)
	return server.URL
}

// attempt tries to log in and returns the status and in how many seconds to come again.
func attempt(t *testing.T, url, name, password string) (status, retryAfter int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	req.SetBasicAuth(name, password)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	if header := resp.Header.Get("Retry-After"); header != "" {
		retryAfter, err = strconv.Atoi(header)
		require.NoError(t, err)
	}
	return resp.StatusCode, retryAfter
}

// TestTwoServersCountTogether: the failures at one server count at the other, a success at one clears them at the other, and both say the
// same about when to come again.
func TestTwoServersCountTogether(t *testing.T) {
	users := authtest.Users(t, authtest.User{Name: "alan", Password: "right"}, authtest.User{Name: "grace", Password: "right"})
	prefix := newPrefix(t, testClient(t))
	stores := []*told{{Store: newStore(t, testClient(t), prefix)}, {Store: newStore(t, testClient(t), prefix)}}
	const max, window = 6, time.Hour
	limits := auth.FloodLimits{PerUserAndAddress: auth.Rate{Max: max, Window: window}}
	servers := []string{startLogin(t, users, stores[0], limits), startLogin(t, users, stores[1], limits)}

	for i := range max - 1 {
		status, _ := attempt(t, servers[i%2], "alan", fmt.Sprint("guess ", i))
		require.Equal(t, http.StatusUnauthorized, status)
	}
	status, _ := attempt(t, servers[0], "alan", "right")
	require.Equal(t, http.StatusOK, status, "one less than the limit")

	start := time.Now()
	for i := range max {
		status, _ := attempt(t, servers[i%2], "alan", fmt.Sprint("new guess ", i))
		require.Equal(t, http.StatusUnauthorized, status, "the success cleared what both had counted")
	}
	for i, server := range servers {
		for _, password := range []string{"another guess", "right"} {
			asked := time.Now()
			status, retryAfter := attempt(t, server, "alan", password)
			require.Equal(t, http.StatusTooManyRequests, status)
			until := stores[i].last()
			require.GreaterOrEqual(t, time.Duration(retryAfter)*time.Second, time.Until(until), "not too early")
			require.LessOrEqual(t, time.Duration(retryAfter-1)*time.Second, until.Sub(asked), "nor a second later than need be")
		}
		status, _ = attempt(t, server, "grace", "right")
		require.Equal(t, http.StatusOK, status, "others are not limited")
	}
	attempt(t, servers[0], "alan", "right")
	until := stores[0].last()
	attempt(t, servers[1], "alan", "right")
	require.Equal(t, until, stores[1].last(), "both say the same")
	require.WithinRange(t, until, start.Truncate(time.Microsecond).Add(window), time.Now().Add(window))
}
