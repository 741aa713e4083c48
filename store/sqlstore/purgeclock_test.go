package sqlstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// zones are settings of sessions as far east and west as there are. SQLite has none.
var zones = map[sqlstore.Dialect][]string{
	sqlstore.SQLite:     {""},
	sqlstore.PostgreSQL: {"", "timezone=Pacific/Kiritimati", "timezone=Etc/GMT%2B12"},
	sqlstore.MySQL:      {"", "time_zone=%27%2B13:00%27", "time_zone=%27-12:00%27"},
}

// TestAFastClockPurgesNothingThatLives: a machine whose clock is three hours ahead shares the tables with others. What it purges is over by the
// database's clock, whatever the time zone of its session.
func TestAFastClockPurgesNothingThatLives(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		for _, zone := range zones[b.dialect] {
			t.Run(zone, func(t *testing.T) {
				b := b
				if dsn := b.dsn(t); zone != "" {
					separator := "?"
					if strings.Contains(dsn, "?") {
						separator = "&"
					}
					b.dsn = func(testing.TB) string { return dsn + separator + zone }
				}
				testFastClock(t, b.empty(t))
			})
		}
	})
}

func testFastClock(t *testing.T, s *sqlstore.Store) {
	ctx, now := t.Context(), time.Now()
	token := func(kind store.TokenKind, ends time.Duration) store.Token {
		tok := benchToken(kind, "")
		tok.ExpiresAt = now.Add(ends)
		return tok
	}
	mark := token(store.RevocationMark, 2*time.Hour)
	mark.UserID, mark.ClientID = "", ""
	kept := []store.Token{
		token(store.AccessToken, time.Minute), token(store.RefreshToken, time.Hour), mark, token(store.AccessToken, time.Minute-store.ExpiredGrace),
	}
	over := token(store.AccessToken, -time.Minute-store.ExpiredGrace)
	require.NoError(t, s.CreateTokens(ctx, append(kept, over)...))

	counts, justOver, longOver := randomLimit(1, time.Hour), randomLimit(1, time.Minute), randomLimit(1, time.Minute)
	require.NoError(t, s.CountEvent(ctx, now, randomEvent(), counts))
	require.NoError(t, s.CountEvent(ctx, now.Add(-time.Minute), randomEvent(), justOver))
	require.NoError(t, s.CountEvent(ctx, now.Add(-3*time.Minute), randomEvent(), longOver))

	ahead := now.Add(3 * time.Hour)
	n, err := s.PurgeTokens(ctx, ahead.Add(-store.ExpiredGrace), 100)
	require.NoError(t, err)
	require.Equal(t, 1, n, "the one that is over, and none that lives or is readable still")
	n, err = s.PurgeTokens(ctx, ahead.AddDate(100, 0, 0), 100)
	require.NoError(t, err)
	require.Zero(t, n)
	for _, tok := range kept {
		_, err := s.TokenByID(ctx, tok.ID)
		require.NoError(t, err, tok.Kind)
	}
	_, err = s.TokenByID(ctx, over.ID)
	require.ErrorIs(t, err, store.ErrNotFound)

	n, err = s.PurgeCounters(ctx, ahead.Add(-time.Minute), 100)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	for _, c := range []struct {
		limit  store.Limit
		at     time.Time
		counts bool
	}{
		{counts, now, true}, {justOver, now.Add(-time.Second), true}, {longOver, now.Add(-150 * time.Second), false},
	} {
		until, err := s.LimitedUntil(ctx, c.at, c.limit)
		require.NoError(t, err)
		require.Equal(t, c.counts, !until.IsZero())
	}
}
