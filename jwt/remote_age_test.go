package jwt_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

func TestHowLongASetIsCurrent(t *testing.T) {
	for _, test := range []struct {
		cacheControl []string
		age          string
		want         time.Duration
	}{
		{nil, "", 5 * time.Minute},
		{[]string{"public"}, "", 5 * time.Minute},
		{[]string{"max-age=3600"}, "", time.Hour},
		{[]string{"public, max-age=600, must-revalidate"}, "", 10 * time.Minute},
		{[]string{`Public , MAX-AGE="600"`}, "", 10 * time.Minute},
		{[]string{"max-age=600, s-maxage=20"}, "", 10 * time.Minute},
		{[]string{"max-age=600, max-age=900"}, "", 10 * time.Minute},
		{[]string{"max-age=600", "max-age=60"}, "", time.Minute},
		{[]string{"max-age=0"}, "", 10 * time.Second},
		{[]string{"max-age=9"}, "", 10 * time.Second},
		{[]string{"no-store"}, "", 10 * time.Second},
		{[]string{"max-age=600, no-cache"}, "", 10 * time.Second},
		{[]string{"max-age=86401"}, "", 24 * time.Hour},
		{[]string{"max-age=99999999999999999999999999"}, "", 24 * time.Hour},
		{[]string{"max-age=9223372036854775807"}, "", 24 * time.Hour},
		{[]string{"max-age=-5"}, "", 5 * time.Minute},
		{[]string{"max-age=1e9"}, "", 5 * time.Minute},
		{[]string{"max-age="}, "", 5 * time.Minute},
		{[]string{"max-age"}, "", 5 * time.Minute},
		{[]string{"max-age=600"}, "120", 8 * time.Minute},
		{[]string{"max-age=600"}, "601", 10 * time.Second},
		{[]string{"max-age=600"}, "99999999999999999999", 10 * time.Second},
		{[]string{"max-age=600"}, "-120", 10 * time.Minute},
	} {
		t.Run(fmt.Sprint(test.cacheControl, test.age), func(t *testing.T) {
			h := http.Header{"Cache-Control": test.cacheControl}
			if test.age != "" {
				h.Set("Age", test.age)
			}
			require.Equal(t, test.want, jwt.KeySetTTL(h))
			synctest.Test(t, func(t *testing.T) {
				s := newKeyServer()
				s.do(func(w http.ResponseWriter, r *http.Request) {
					w.Header()["Cache-Control"] = test.cacheControl
					if test.age != "" {
						w.Header().Set("Age", test.age)
					}
					write(keysNamed("k1"))(w, r)
				})
				r := s.remote(t, nil)
				requireKnown(t, r, "k1")
				time.Sleep(test.want + time.Second)
				gap := s.gaps()[0]
				require.LessOrEqual(t, gap, max(test.want*9/10, jwt.DefaultMinRefresh), "it is fetched ahead of time")
				require.GreaterOrEqual(t, gap, max(test.want*3/4, jwt.DefaultMinRefresh))
			})
		})
	}
}

func TestAFleetDoesNotFetchInStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		well, ill := map[time.Duration]bool{}, map[time.Duration]bool{}
		for range 20 {
			s := newKeyServer("k1")
			r := s.remote(t, nil)
			requireKnown(t, r, "k1")
			time.Sleep(5 * time.Minute)
			well[s.gaps()[0]] = true
			s.do(fail)
			require.Error(t, r.Refresh(context.Background()))
			s.gaps()
			time.Sleep(time.Minute)
			ill[s.gaps()[0]] = true
		}
		require.Greater(t, len(well), 15)
		require.Greater(t, len(ill), 15)
	})
}

func TestFailuresSlowFetchesDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1")
		r := s.remote(t, nil)
		requireKnown(t, r, "k1")
		s.do(fail)
		require.Error(t, r.Refresh(context.Background()))
		s.gaps()
		time.Sleep(10 * time.Minute)
		gaps := s.gaps()
		for i, least := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, time.Minute, time.Minute} {
			require.GreaterOrEqual(t, gaps[i], least)
			require.LessOrEqual(t, gaps[i], least+least/4)
		}
		requireKnown(t, r, "k1")

		// An outage that ends is noticed soon, and the next failure starts from the beginning.
		s.publish("k1", "k2")
		time.Sleep(75 * time.Second)
		s.gaps()
		requireKnown(t, r, "k2")
		s.do(fail)
		require.Error(t, r.Refresh(context.Background()))
		s.gaps()
		time.Sleep(13 * time.Second)
		require.Equal(t, 2, s.count())
	})
}

// Without any keys every request fails, so the server is asked again each interval.
func TestWithoutASetTheIntervalStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer()
		s.do(fail)
		r := s.remote(t, nil)
		requireOutage(t, r, "k1")
		time.Sleep(10 * time.Minute)
		gaps := s.gaps()
		require.GreaterOrEqual(t, len(gaps), 47)
		for _, gap := range gaps {
			require.GreaterOrEqual(t, gap, 10*time.Second)
			require.LessOrEqual(t, gap, 12500*time.Millisecond)
		}
		s.publish("k1")
		time.Sleep(12500 * time.Millisecond)
		n := s.count()
		requireKnown(t, r, "k1")
		require.Equal(t, n, s.count(), "nobody had to wait for it")
	})
}

func TestTheLastGoodSetIsKeptForALimitedTime(t *testing.T) {
	for maxStale, want := range map[time.Duration]time.Duration{0: 24 * time.Hour, time.Hour: time.Hour, time.Minute: time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s := newKeyServer()
			s.do(withHeader("Cache-Control", "max-age=31536000", write(keysNamed("k1"))))
			r := s.remote(t, func(cfg *jwt.RemoteConfig) { cfg.MaxStale = maxStale })
			requireKnown(t, r, "k1")
			s.do(fail)
			time.Sleep(want - 1)
			requireKnown(t, r, "k1")
			require.GreaterOrEqual(t, s.count(), 2, "there were attempts to renew it")
			time.Sleep(time.Nanosecond)
			requireOutage(t, r, "k1")

			s.publish("k1")
			time.Sleep(75 * time.Second)
			requireKnown(t, r, "k1")
		})
	}
}

func TestASetReplacesTheLastOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("k1", "k2")
		r := s.remote(t, nil)
		requireKnown(t, r, "k1")
		s.publish("k2", "k3")
		requireKnown(t, r, "k1")
		time.Sleep(5 * time.Minute) // without anybody asking for anything
		requireUnknown(t, r, "k1")
		requireKnown(t, r, "k2")
		requireKnown(t, r, "k3")
	})
}

// An issuer that publishes no key any more, or none that we can use, has withdrawn those it had.
func TestASetWithoutAUsableKeyEndsTheLastOne(t *testing.T) {
	for _, set := range []string{`{"keys":[]}`, `{"keys":[{"kty":"AKP"}]}`, string(setOf(publicJWK(t, jwt.EdDSA, map[string]any{"use": "enc"})))} {
		synctest.Test(t, func(t *testing.T) {
			s := newKeyServer("k1")
			r := s.remote(t, nil)
			requireKnown(t, r, "k1")
			s.do(write(set))
			for range 2 {
				require.ErrorContains(t, r.Refresh(context.Background()), "no usable key", set)
				requireOutage(t, r, "k1")
			}
			s.publish("k1")
			time.Sleep(12500 * time.Millisecond)
			requireKnown(t, r, "k1")
		})
	}
}

// One key of the issuer's is everybody's now, and it may well be the one that is in use.
func TestASetWithASecretEndsTheLastOne(t *testing.T) {
	private := string(must(signingKey(t, jwt.EdDSA, nil).MarshalJWK()))
	for _, member := range []string{private, `{"kty":"oct","k":"AAAA"}`} {
		synctest.Test(t, func(t *testing.T) {
			s := newKeyServer("k1")
			r := s.remote(t, nil)
			requireKnown(t, r, "k1")
			s.do(write(string(setOf(jwkNamed("k1"), member))))
			err := r.Refresh(context.Background())
			require.ErrorContains(t, err, "private or symmetric")
			require.ErrorIs(t, err, jwt.ErrKeysUnavailable)
			requireOutage(t, r, "k1")
			s.publish("k2")
			time.Sleep(12500 * time.Millisecond)
			requireKnown(t, r, "k2")
		})
	}
}

// What others worked out with a key stays good as long as the set is the same.
func TestAnUnchangedSetKeepsItsKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newKeyServer("k1").remote(t, nil)
		first := must(r.Keys(context.Background(), "k1", jwt.EdDSA))
		require.NoError(t, r.Refresh(context.Background()))
		require.Same(t, first[0], must(r.Keys(context.Background(), "k1", jwt.EdDSA))[0])
	})
}
