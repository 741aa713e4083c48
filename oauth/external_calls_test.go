package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

func TestAThousandRequestsWithOneColdTokenAreOneCall(t *testing.T) {
	for name, ttl := range map[string]time.Duration{"remembered": time.Minute, "not remembered": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := new(otherServer)
				s.do(lateForeign(time.Second, sayJSON(active(`,"scope":"read"`))))
				v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = ttl })
				start := time.Now()
				var all sync.WaitGroup
				for range 1000 {
					all.Go(func() {
						id, err := send(v, foreignToken)
						if err != nil || id.UserID != "1" {
							t.Error(err)
							return
						}
						id.Scopes[0], id.UserID = "changed by its owner", "2"
					})
				}
				all.Wait()
				require.Equal(t, time.Second, time.Since(start), "all waited for the one call and no longer")
				require.Equal(t, 1, s.count())
				require.Equal(t, []string{"read"}, requireForeign(t, v, foreignToken).Scopes)
				require.Equal(t, map[time.Duration]int{0: 2, time.Minute: 1}[ttl], s.count())
			})
		})
	}
}

func TestAThousandRequestsShareARefusalAndAnOutage(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{"INVALID_ACCESS_TOKEN": sayJSON(`{"active":false}`), "SERVICE_UNAVAILABLE": statusForeign(500)} {
		synctest.Test(t, func(t *testing.T) {
			s := new(otherServer)
			s.do(lateForeign(time.Second, answer))
			v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = time.Minute })
			var all sync.WaitGroup
			for range 1000 {
				all.Go(func() {
					if _, err := send(v, foreignToken); !errors.Is(err, autherr.Code(name)) {
						t.Error(err)
					}
				})
			}
			all.Wait()
			require.Equal(t, 1, s.count())
			s.do(sayJSON(active("")))
			requireForeign(t, v, foreignToken)
		})
	}
}

func TestACallerWhoLeavesCancelsNothingForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(otherServer)
		s.do(lateForeign(3*time.Second, sayJSON(active(""))))
		v := s.introspecting(t, nil)
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() { // he causes the call
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_, err := sendIn(ctx, v, foreignToken)
			if !errors.Is(err, autherr.ServiceUnavailable) || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, oauth.ErrExternalUnavailable) {
				t.Error(err)
			}
			if got := time.Since(start); got != time.Second {
				t.Errorf("he left after %s", got)
			}
		})
		synctest.Wait()
		for range 10 {
			all.Go(func() {
				requireForeign(t, v, foreignToken)
				if got := time.Since(start); got != 3*time.Second {
					t.Errorf("the others had to wait %s", got)
				}
			})
		}
		all.Wait()
		require.Equal(t, 1, s.count())

		gone, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := sendIn(gone, v, foreignToken)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 1, s.count(), "nobody is asked for who is gone already")
	})
}

func TestNoMoreThanMaxCallsAreUnderWay(t *testing.T) {
	for most, want := range map[int]int{0: 32, 3: 3} {
		synctest.Test(t, func(t *testing.T) {
			s := new(otherServer)
			s.do(lateForeign(4*time.Second, sayJSON(active(""))))
			v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.MaxCalls, c.CacheTTL = most, time.Minute })
			s.do(sayJSON(active("")))
			requireForeign(t, v, "remembered")
			s.do(lateForeign(4*time.Second, sayJSON(active(""))))

			start := time.Now()
			var all sync.WaitGroup
			var good, busy atomic.Int32
			for i := range 500 {
				all.Go(func() {
					_, err := send(v, fmt.Sprint("invented-", i))
					switch {
					case err == nil:
						good.Add(1)
					case errors.Is(err, autherr.ServiceUnavailable) && time.Since(start) == 0:
						busy.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			synctest.Wait()
			requireForeign(t, v, "remembered")
			require.Zero(t, time.Since(start), "what is known is answered at once")
			requireForeignOutage(t, v, "one-more", "too many calls")
			all.Wait()
			require.EqualValues(t, want, good.Load())
			require.EqualValues(t, 500-want, busy.Load())
			require.Equal(t, want, s.most)
			requireForeign(t, v, "free-again")
		})
	}
}

// A flood of tokens that nobody has issued leaves nothing behind.
func TestInventedTokensAreNotRemembered(t *testing.T) {
	s := says(`{"active":false}`)
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = time.Minute })
	for i := range 2000 {
		_, err := send(v, fmt.Sprint("invented-", i))
		require.ErrorIs(t, err, autherr.InvalidAccessToken)
	}
	require.Zero(t, v.Remembered())
	require.Equal(t, 2000, s.count())
}

func TestCloseEndsTheCallUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := says(active(""))
		v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = time.Minute })
		requireForeign(t, v, "remembered")
		var ended atomic.Bool
		s.do(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			time.Sleep(time.Second)
			ended.Store(true)
		})
		start := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { requireForeignOutage(t, v, foreignToken, "closed") })
		}
		synctest.Wait()
		for range 3 {
			all.Go(func() {
				if v.Close() != nil || !ended.Load() {
					t.Error("Close did not wait")
				}
			})
		}
		all.Wait()
		require.Equal(t, time.Second, time.Since(start))
		requireForeignOutage(t, v, "remembered", "closed")
		requireForeignOutage(t, v, "another", "closed")
		require.Equal(t, 2, s.count())
		require.Zero(t, v.Remembered())
	})
}

// A call that succeeds although the verifier is closed meanwhile is not remembered.
func TestNothingIsRememberedAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(otherServer)
		v := s.introspecting(t, func(c *oauth.IntrospectionConfig) {
			c.CacheTTL = time.Minute
			c.Transport = foreignTransport(func(r *http.Request) (*http.Response, error) {
				time.Sleep(time.Second) // without a look at its context
				return s.RoundTrip(r.WithContext(context.Background()))
			})
		})
		s.do(sayJSON(active("")))
		var all sync.WaitGroup
		all.Go(func() { requireForeignOutage(t, v, foreignToken, "closed") })
		synctest.Wait()
		require.NoError(t, v.Close())
		all.Wait()
		require.Zero(t, v.Remembered())
	})
}

// foreignTransport is an http.RoundTripper.
type foreignTransport func(*http.Request) (*http.Response, error)

func (f foreignTransport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestFaultsOfTheTransportEndNothing(t *testing.T) {
	s := says(active(""))
	for name, test := range map[string]struct {
		fault func() error
		why   string
	}{
		"a panic":    {func() error { panic("in the transport") }, "panic: in the transport"},
		"Goexit":     {func() error { runtime.Goexit(); return nil }, "did not return"},
		"an error":   {func() error { return errors.New("no way") }, "no way"},
		"its secret": {func() error { return errors.New("sent " + foreignToken) }, "repeats a secret"},
	} {
		t.Run(name, func(t *testing.T) {
			broken := true
			v := s.introspecting(t, func(c *oauth.IntrospectionConfig) {
				c.MaxCalls = 1
				c.Transport = foreignTransport(func(r *http.Request) (*http.Response, error) {
					if broken {
						return nil, test.fault()
					}
					return s.RoundTrip(r)
				})
			})
			for range 2 { // the only place is free again
				requireForeignOutage(t, v, foreignToken, test.why)
			}
			broken = false
			requireForeign(t, v, foreignToken)
		})
	}
}

func TestNoGoroutineIsLeftAfterClose(t *testing.T) {
	s := says(active(""))
	url := s.loopback(t)
	before := runtime.NumGoroutine()
	var verifiers []*oauth.IntrospectionVerifier
	for range 5 {
		v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.URL, c.Transport = url, nil })
		verifiers = append(verifiers, v)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() { requireForeign(t, v, fmt.Sprint("token-", i)) })
		}
		all.Wait()
	}
	require.Greater(t, runtime.NumGoroutine(), before, "connections are kept")
	for _, v := range verifiers {
		require.NoError(t, v.Close())
	}
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 30*time.Second, 10*time.Millisecond) // the one that looks
}
