package sqlstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// TestAWaitEndsWithItsContext: who waits for another's transaction gives up when his request does. (Whether the server
// had the work done all the same, as a whole, is open then, as the contract has it.)
func TestAWaitEndsWithItsContext(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		db := b.open(t)
		p := prefix(t, db)
		s := b.attach(t, db, p)
		require.NoError(t, s.Migrate(t.Context()))
		require.NoError(t, furnish(t.Context(), s))
		other, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = other.Exec("UPDATE " + p + "tokens SET kind = 'held'")
		require.NoError(t, err)

		cause := errors.New("client gone")
		for name, wait := range map[string]func(ctx context.Context) error{
			"RotateToken":  func(ctx context.Context) error { _, err := s.RotateToken(ctx, oldToken.ID, nextToken); return err },
			"TakeToken":    func(ctx context.Context) error { _, err := s.TakeToken(ctx, oldToken.ID); return err },
			"DeleteTokens": func(ctx context.Context) error { return s.DeleteTokens(ctx, store.TokenMatch{Family: "f"}) },
			"DeleteUser":   func(ctx context.Context) error { return s.DeleteUser(ctx, "1") },
		} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
			err := wait(ctx)
			require.ErrorIs(t, err, cause, name)
			require.NotErrorIs(t, err, store.ErrNotFound, name)
		}
		require.NoError(t, other.Rollback())
		require.NoError(t, s.CreateTokens(t.Context(), benchToken(store.AccessToken, "")), "and the connections are fit for others")
	})
}

// TestTheClockIsTheProcesss: what a token says of its rotation does not come from the database, whose clock may be another.
func TestTheClockIsTheProcesss(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		require.NoError(t, furnish(t.Context(), s))
		before := time.Now().Truncate(time.Microsecond)
		_, err := s.RotateToken(t.Context(), oldToken.ID)
		require.NoError(t, err)
		spent, err := s.RotateToken(t.Context(), oldToken.ID)
		require.ErrorIs(t, err, store.ErrSpent)
		require.False(t, spent.SpentAt.Before(before))
		require.False(t, spent.SpentAt.After(time.Now()))
	})
}
