package jwt_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

func TestAColdStartOfAThousandIsOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer()
		s.do(after(time.Second, write(keysNamed("k1"))))
		r := s.remote(t, nil)
		start := time.Now()
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				keys, err := r.Keys(context.Background(), "k1", jwt.EdDSA)
				if err != nil || len(keys) != 1 {
					t.Errorf("%v, %v", keys, err)
				}
			})
		}
		all.Wait()
		require.Equal(t, time.Second, time.Since(start), "all waited for the one fetch and no longer")
		require.Equal(t, 1, s.count())
	})
}

func TestACallerWhoLeavesDisturbsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer()
		s.do(after(3*time.Second, write(keysNamed("k1"))))
		r := s.remote(t, nil)
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() { // he causes the fetch
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_, err := r.Keys(ctx, "k1", jwt.EdDSA)
			if !errors.Is(err, jwt.ErrKeysUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if got := time.Since(start); got != time.Second {
				t.Errorf("he left after %s", got)
			}
		})
		synctest.Wait()
		for range 10 {
			all.Go(func() {
				requireKnown(t, r, "k1")
				if got := time.Since(start); got != 3*time.Second {
					t.Errorf("the others had to wait %s", got)
				}
			})
		}
		all.Wait()
		require.Equal(t, 1, s.count())

		gone, cancel := context.WithCancel(context.Background())
		cancel()
		require.ErrorIs(t, r.Refresh(gone), context.Canceled)
		synctest.Wait()
		require.ErrorIs(t, r.Refresh(gone), context.Canceled, "while another is under way")
		time.Sleep(4 * time.Second)
		require.Equal(t, 2, s.count(), "the fetch of the first was made nevertheless, the second never began one")
	})
}

// Who calls Refresh because of a rotation must not get what was published before it.
func TestRefreshBeginsAfterTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer()
		s.do(after(2*time.Second, write(keysNamed("old"))))
		r := s.remote(t, nil)
		var all sync.WaitGroup
		all.Go(func() { requireKnown(t, r, "old") })
		synctest.Wait()
		s.do(after(2*time.Second, write(keysNamed("new"))))
		for range 5 {
			all.Go(func() {
				if err := r.Refresh(context.Background()); err != nil {
					t.Error(err)
				}
				requireKnown(t, r, "new")
			})
		}
		all.Wait()
		requireUnknown(t, r, "old")
		require.Equal(t, 2, s.count(), "those who called together shared a fetch")
		require.Equal(t, 1, s.most, "one at a time")
	})
}

func TestNothingGoesOnAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1")
		var told []error
		r := s.remote(t, func(cfg *jwt.RemoteConfig) { cfg.OnFetch = func(_ *jwt.KeySet, err error) { told = append(told, err) } })
		requireKnown(t, r, "k1")
		require.NoError(t, r.Close())
		require.NoError(t, r.Close())
		requireOutage(t, r, "k1")
		requireOutage(t, r, "k2")
		require.ErrorIs(t, r.Refresh(context.Background()), jwt.ErrKeysUnavailable)
		time.Sleep(48 * time.Hour)
		require.Equal(t, 1, s.count())
		require.Equal(t, []error{nil}, told)
	})
}

// roundTrip is an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestCloseEndsTheFetchUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		r := newRemote(t, func(cfg *jwt.RemoteConfig) {
			cfg.URL = "https://keys.example.com/"
			cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				time.Sleep(time.Second)
				ended.Store(true)
				return nil, r.Context().Err()
			})
		})
		start := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { requireOutage(t, r, "k1") })
		}
		all.Go(func() {
			if err := r.Refresh(context.Background()); !errors.Is(err, jwt.ErrKeysUnavailable) {
				t.Error(err)
			}
		})
		synctest.Wait()
		for range 3 {
			all.Go(func() {
				if r.Close() != nil || !ended.Load() {
					t.Error("Close did not wait")
				}
			})
		}
		all.Wait()
		require.Equal(t, time.Second, time.Since(start))
	})
}

func TestFaultsOfTheApplicationsPartsEndNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		s := newKeyServer("k1")
		pipe := overHTTP{s.piped(t)}
		r := newRemote(t, func(cfg *jwt.RemoteConfig) {
			cfg.URL = "https://keys.example.com/"
			cfg.OnFetch = func(*jwt.KeySet, error) { panic("in the log") }
			cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				if broken {
					panic("in the transport")
				}
				return pipe.RoundTrip(r)
			})
		})
		require.ErrorContains(t, r.Refresh(context.Background()), "panic: in the transport")
		requireOutage(t, r, "k1")
		broken = false
		require.NoError(t, r.Refresh(context.Background()))
		requireKnown(t, r, "k1")
	})
}

func TestOnFetchIsToldEveryOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1")
		s.do(write(string(setOf(jwkNamed("k1"), `{"kty":"AKP"}`))))
		var sets []*jwt.KeySet
		var errs []error
		r := s.remote(t, func(cfg *jwt.RemoteConfig) {
			cfg.URL += "?key=topsecret"
			cfg.OnFetch = func(set *jwt.KeySet, err error) { sets, errs = append(sets, set), append(errs, err) }
		})
		require.NoError(t, r.Refresh(context.Background()))
		s.do(fail)
		require.Error(t, r.Refresh(context.Background()))
		synctest.Wait()
		require.Len(t, sets, 2)
		require.Equal(t, 1, sets[0].Len())
		require.Len(t, sets[0].Skipped(), 1)
		require.NoError(t, errs[0])
		require.Nil(t, sets[1])
		require.EqualError(t, errs[1], "jwt: keys unavailable: https://keys.example.com/jwks.json: status 500")
	})
}
