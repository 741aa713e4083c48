package jwt_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// flood asks for invented key IDs from many goroutines for d. The known key must be there at once each time, whatever happens to the others.
func flood(t *testing.T, r *jwt.RemoteKeySet, d time.Duration) {
	end := time.Now().Add(d)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for time.Now().Before(end) {
				keys, err := r.Keys(context.Background(), rand.Text(), jwt.EdDSA)
				if len(keys) > 0 || err != nil && !errors.Is(err, jwt.ErrKeysUnavailable) {
					t.Errorf("%v, %v", keys, err)
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	all.Go(func() {
		for time.Now().Before(end) {
			start := time.Now()
			if keys, err := r.Keys(context.Background(), "k1", jwt.EdDSA); err != nil || len(keys) != 1 || time.Since(start) != 0 {
				t.Errorf("the known key: %v, %v after %s", keys, err, time.Since(start))
			}
			time.Sleep(7 * time.Millisecond)
		}
	})
	all.Wait()
}

// For T seconds and an interval of I: at most 1 + T/I fetches, whether the server is well, fails or hangs.
func TestAFloodOfUnknownKeysIsBounded(t *testing.T) {
	for name, test := range map[string]struct {
		interval, length time.Duration
		sick             func(*keyServer)
		want             int
	}{
		"well":            {0, time.Minute, func(*keyServer) {}, 7},
		"well, 1 s":       {time.Second, time.Minute, func(*keyServer) {}, 61},
		"short-lived set": {0, time.Minute, func(s *keyServer) { s.do(withHeader("Cache-Control", "no-store", write(keysNamed("k1")))) }, 7},
		"failing":         {0, time.Minute, func(s *keyServer) { s.do(fail) }, 7},
		"hanging":         {0, time.Minute, func(s *keyServer) { s.do(hang) }, 7},
		"hanging, 1 s":    {time.Second, time.Minute, func(s *keyServer) { s.do(hang) }, 61},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newKeyServer("k1")
				r := s.remote(t, func(cfg *jwt.RemoteConfig) { cfg.MinRefreshInterval = test.interval })
				requireKnown(t, r, "k1")
				test.sick(s)
				flood(t, r, test.length)
				require.LessOrEqual(t, s.count(), test.want)
				require.GreaterOrEqual(t, s.count(), 2, "unknown keys are looked for")
				require.Equal(t, 1, s.most, "one at a time")
			})
		})
	}
}

// A new key works at the latest an interval and a second after it was published, even if it was asked for before.
func TestANewKeyWorksDuringAFlood(t *testing.T) {
	for _, published := range []time.Duration{100 * time.Millisecond, 9900 * time.Millisecond, 23 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := newKeyServer("k1")
			s.do(after(time.Second, write(keysNamed("k1"))))
			r := s.remote(t, nil)
			requireKnown(t, r, "k1")
			var all sync.WaitGroup
			all.Go(func() { flood(t, r, 40*time.Second) })
			requireUnknown(t, r, "new")
			time.Sleep(published)
			s.do(after(time.Second, write(keysNamed("k1", "new"))))
			start := time.Now()
			for {
				keys, err := r.Keys(context.Background(), "new", jwt.EdDSA)
				if err == nil && len(keys) == 1 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			require.LessOrEqual(t, time.Since(start), jwt.DefaultMinRefresh+time.Second)
			all.Wait()
		})
	}
}

func TestHowManyMayWaitForUnknownKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1")
		r := s.remote(t, nil)
		requireKnown(t, r, "k1")
		s.do(hang)
		time.Sleep(jwt.DefaultMinRefresh)
		start := time.Now()
		var turnedAway, waited atomic.Int64
		var all sync.WaitGroup
		for range 3000 {
			all.Go(func() {
				if _, err := r.Keys(context.Background(), rand.Text(), jwt.EdDSA); !errors.Is(err, jwt.ErrKeysUnavailable) {
					t.Error(err)
				}
				switch time.Since(start) {
				case 0:
					turnedAway.Add(1)
				case jwt.MaxFetchTime:
					waited.Add(1)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1024, waited.Load())
		require.EqualValues(t, 3000-1024, turnedAway.Load())

		// Their places are free again.
		time.Sleep(time.Until(start.Add(13 * time.Second))) // the next fetch has begun
		start = time.Now()
		requireOutage(t, r, "k2")
		require.Positive(t, time.Since(start), "it was waited for")
	})
}

// What a set of a moment ago does not have is not waited for, even if a fetch is under way.
func TestAFreshSetIsItsOwnNegativeCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1")
		r := s.remote(t, nil)
		requireKnown(t, r, "k1")
		s.do(hang)
		go func() { _ = r.Refresh(context.Background()) }()
		synctest.Wait()
		start := time.Now()
		requireUnknown(t, r, "k2")
		require.Zero(t, time.Since(start))
		require.Equal(t, 2, s.count())
	})
}

// An algorithm that is not configured is not worth a fetch.
func TestOtherAlgorithmsCauseNoFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1")
		r := s.remote(t, nil)
		for _, alg := range []jwt.Algorithm{jwt.RS256, jwt.HS256, "none", ""} {
			keys, err := r.Keys(context.Background(), "k1", alg)
			require.NoError(t, err)
			require.Empty(t, keys)
		}
		require.Zero(t, s.count())
	})
}

// While the last fetch has failed, nobody knows whether a key exists: that is an outage, not a bad token.
func TestAnUnknownKeyDuringAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1")
		r := s.remote(t, nil)
		requireUnknown(t, r, "k2")
		s.do(fail)
		requireUnknown(t, r, "k2") // the set is a moment old
		time.Sleep(jwt.DefaultMinRefresh)
		requireOutage(t, r, "k2")
		requireOutage(t, r, "k2")
		require.Equal(t, 2, s.count(), "the second was told what the first had found")
		requireKnown(t, r, "k1")
	})
}

// Tokens without a kid get all keys of the algorithm, and look for new ones if there are none.
func TestWithoutAKeyID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1", "k2")
		r := s.remote(t, nil)
		keys, err := r.Keys(context.Background(), "", jwt.EdDSA)
		require.NoError(t, err)
		require.Len(t, keys, 2)
	})
}
