package oauth_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

func TestRFC9700_4_14_2_SecondUseEndsTheFamily(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	other := w.begin(t)
	first := w.begin(t)
	second := parsePair(t, w.refresh(first.Refresh))
	third := parsePair(t, w.refresh(second.Refresh))
	require.Equal(t, invalidRefreshToken, w.refresh(first.Refresh).body)
	for _, access := range []string{first.Access, second.Access, third.Access} {
		require.Equal(t, "INVALID_ACCESS_TOKEN", w.do(get(access)).code(t))
	}
	for _, refresh := range []string{first.Refresh, second.Refresh, third.Refresh} {
		require.Equal(t, invalidRefreshToken, w.refresh(refresh).body)
	}
	require.True(t, w.works(other.Access), "another login is another family")
	parsePair(t, w.refresh(other.Refresh))
}

func TestRefreshGraceRefusesARepeatAndSparesTheFamily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRefreshingWorld(t, "2025")
		w.serve(t, func(cfg *oauth.ServerConfig) { cfg.RefreshGrace = 10 * time.Second })
		first := w.begin(t)
		second := parsePair(t, w.refresh(first.Refresh))
		time.Sleep(10*time.Second - time.Nanosecond)
		require.Equal(t, invalidRefreshToken, w.refresh(first.Refresh).body, "no spent token is handed out again, nor its successor")
		require.True(t, w.works(second.Access))
		time.Sleep(time.Nanosecond)
		require.Equal(t, invalidRefreshToken, w.refresh(first.Refresh).body)
		require.False(t, w.works(second.Access), "the grace is over")
		require.Equal(t, invalidRefreshToken, w.refresh(second.Refresh).body)
	})
}

func TestFamilyEndsWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRefreshingWorld(t, "2025") // 100 hours, with access tokens for one
		p := w.begin(t)
		for range 49 {
			time.Sleep(2 * time.Hour)
			p = parsePair(t, w.refresh(p.Refresh))
			require.EqualValues(t, 3600, p.ExpiresIn)
		}
		time.Sleep(2*time.Hour - 90*time.Second - time.Nanosecond)
		last := parsePair(t, w.refresh(p.Refresh))
		require.EqualValues(t, 90, last.ExpiresIn, "nothing of a family outlives it")
		time.Sleep(90 * time.Second)
		require.True(t, w.works(last.Access))
		time.Sleep(time.Nanosecond)
		require.Equal(t, "TOKEN_EXPIRED", w.do(get(last.Access)).code(t))
		require.Equal(t, invalidRefreshToken, w.refresh(last.Refresh).body)
	})
}

func TestRefreshTokenLifetimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRefreshingWorld(t, "2025", func(c *store.Client) { c.RefreshTokenLifetime = 0 })
		end := func(p pair) time.Duration {
			rec, err := w.db.TokenByID(t.Context(), oauth.TokenID(p.Refresh))
			require.NoError(t, err)
			return time.Until(rec.ExpiresAt)
		}
		require.Equal(t, oauth.DefaultRefreshTokenLifetime, end(w.begin(t)))
		w.serve(t, func(cfg *oauth.ServerConfig) { cfg.RefreshTokenLifetime = time.Minute })
		require.Equal(t, time.Minute, end(w.begin(t)))
		w.changeClient(t, "mobile", func(c *store.Client) { c.RefreshTokenLifetime = time.Second })
		require.Equal(t, time.Second, end(w.begin(t)))
	})
}

func TestRevokedRefreshTokenEndsItsFamily(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	first := w.begin(t)
	second := parsePair(t, w.refresh(first.Refresh))
	require.Equal(t, revoked, w.do(revokeAs("reader", formType, "token="+second.Refresh)).body)
	require.True(t, w.works(second.Access), "another user's")
	require.Equal(t, revoked, w.do(revokeAs("my_username", formType, "token="+first.Refresh)).body, "spent, and of the family all the same")
	require.False(t, w.works(first.Access))
	require.False(t, w.works(second.Access))
	require.Equal(t, invalidRefreshToken, w.refresh(second.Refresh).body)
}
