package servicetoken_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/servicetoken"
)

func TestMintMakesTheDocumentedToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, servicetoken.Config{})
		time.Sleep(time.Until(time.Unix(vectorEnd, 0).Add(-servicetoken.DefaultLifetime)))
		token, expires, err := s.Mint(t.Context(), "1")
		require.NoError(t, err)
		require.Equal(t, vectorToken, token)
		require.EqualValues(t, vectorEnd, expires.Unix())
	})
}

func TestMintRefusesUsersWhoCannotPass(t *testing.T) {
	blocked := vectorUser()
	blocked.ID, blocked.Name, blocked.Active = "2", "blocked_user", false
	s := newService(t, servicetoken.Config{Users: newStore(t, vectorUser(), blocked)})
	for _, id := range []string{"", "2", "3", "01"} {
		token, expires, err := s.Mint(t.Context(), id)
		require.ErrorIs(t, hasCode(t, err, autherr.InvalidCredentials), auth.ErrNoUser)
		require.Empty(t, token)
		require.Zero(t, expires)
	}
}

func TestMintRefusesIDsThatCannotBeSigned(t *testing.T) {
	for _, id := range []string{"1a:4:{", strings.Repeat("1", servicetoken.MaxUserID+1)} {
		u := vectorUser()
		u.ID = id
		_, _, err := newService(t, servicetoken.Config{Users: newStore(t, u)}).Mint(t.Context(), id)
		hasCode(t, err, autherr.InternalError)
	}
}

func TestMintEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := newService(t, servicetoken.Config{}).Mint(ctx, "1")
	require.ErrorIs(t, hasCode(t, err, autherr.ServiceUnavailable), context.Canceled)
}

// TestTokensOfManyUsersDoNotMix runs users of different sizes through the shared buffers at the same time.
func TestTokensOfManyUsersDoNotMix(t *testing.T) {
	users := newStore(t)
	s := newService(t, servicetoken.Config{Users: users, Keys: []servicetoken.Key{servicetoken.Key(strings.Repeat("n", 32)), vectorKey()}})
	var wg sync.WaitGroup
	for i := range 16 {
		u := vectorUser()
		u.ID = strings.Repeat("x", i*60+1)
		u.Name = strings.Repeat("n", 1<<i+i)
		require.NoError(t, users.PutUser(t.Context(), u))
		wg.Go(func() {
			for range 50 {
				token, _, err := s.Mint(context.Background(), u.ID)
				if err != nil {
					t.Error(err)
					return
				}
				id, err := s.Authenticate(request(token, ""))
				if err != nil || id.UserID != u.ID {
					t.Errorf("user %d: %v", i, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
