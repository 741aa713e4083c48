package oauth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// A second use of a refresh token is an event of its own, which says whose tokens were ended, at which client, and whether they were.
func TestASecondUseOfARefreshTokenIsToldAsThat(t *testing.T) {
	ctx := context.Background()
	const reuse, refresh = auth.EventTokenReuse, auth.EventTokenRefresh
	const ended, outage = auth.OutcomeInvalidCredentials, auth.OutcomeOutage
	broken := func(call string, fault func(*faults, *any) error) func(*world, string) {
		return func(w *world, _ string) { w.stores.call, w.stores.fault = call, fault }
	}
	down := func(*faults, *any) error { return errDown }
	for name, c := range map[string]struct {
		prepare func(w *world, token string) // before the token is sent
		token   func(old, next pair) string  // which is sent; the old one unless it says otherwise
		grace   time.Duration
		want    auth.Event
		cause   string
		stays   bool // the family
	}{
		"one after the other": {want: auth.Event{Kind: reuse, Outcome: ended, UserID: "1", User: "my_username"}, cause: "its family is revoked"},
		"at the same time": {
			prepare: func(w *world, token string) {
				w.stores.call, w.stores.fault = "UserByID", func(f *faults, _ *any) error {
					f.fault = nil
					w.refresh(token)
					return nil
				}
			},
			token: func(_, next pair) string { return next.Refresh },
			want:  auth.Event{Kind: reuse, Outcome: ended, UserID: "1", User: "my_username"}, cause: "its family is revoked",
		},
		"user blocked": {
			prepare: func(w *world, _ string) { require.NoError(t, w.db.SetActive(ctx, "1", false)) },
			want:    auth.Event{Kind: reuse, Outcome: ended, UserID: "1", User: "my_username"}, cause: "its family is revoked",
		},
		"user gone": {
			prepare: broken("UserByID", func(*faults, *any) error { return store.ErrNotFound }),
			want:    auth.Event{Kind: reuse, Outcome: ended, UserID: "1", User: "1"}, cause: "its family is revoked",
		},
		"users out of order": {
			prepare: broken("UserByID", down),
			want:    auth.Event{Kind: reuse, Outcome: ended, UserID: "1", User: "1"}, cause: "its family is revoked",
		},
		"another user's record": {
			prepare: broken("UserByID", func(_ *faults, v *any) error { *v = store.User{ID: "2", Name: "reader"}; return nil }),
			want:    auth.Event{Kind: reuse, Outcome: ended, UserID: "1", User: "1"}, cause: "its family is revoked",
		},
		"family cannot be revoked": {
			prepare: broken("DeleteTokens", down),
			want:    auth.Event{Kind: reuse, Outcome: outage, UserID: "1", User: "my_username"}, cause: "its family could not be revoked", stays: true,
		},
		"tokens panic": {
			prepare: broken("DeleteTokens", func(*faults, *any) error { panic(errDown) }),
			want:    auth.Event{Kind: reuse, Outcome: auth.OutcomeError, User: auth.Anonymous}, cause: errDown.Error(), stays: true,
		},
		"within the grace": {
			grace: time.Minute, want: auth.Event{Kind: refresh, Outcome: ended, User: auth.Anonymous}, cause: "within the grace", stays: true,
		},
		"unknown": {
			token: func(pair, pair) string { return auth.NewRandom(auth.PrefixRefreshToken) },
			want:  auth.Event{Kind: refresh, Outcome: ended, User: auth.Anonymous}, cause: "unknown", stays: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, told := newRefreshingWorld(t, "2025"), authtest.RecordEvents(t)
			w.serve(t, func(cfg *oauth.ServerConfig) { cfg.Events, cfg.RefreshGrace = told, c.grace })
			old := w.begin(t)
			next := parsePair(t, w.refresh(old.Refresh))
			token := old.Refresh
			if c.token != nil {
				token = c.token(old, next)
			}
			if c.prepare != nil {
				c.prepare(w, token)
			}
			w.refresh(token)
			w.stores.fault = nil
			_, err := w.db.TokenByID(ctx, oauth.TokenID(next.Refresh))
			require.Equal(t, c.stays, err == nil)
			require.Equal(t, !c.stays, errors.Is(err, store.ErrNotFound))

			events := told.Events()
			e := events[len(events)-1]
			require.Equal(t, c.want, auth.Event{Kind: e.Kind, Outcome: e.Outcome, UserID: e.UserID, User: e.User})
			require.Equal(t, []string{"mobile", application}, []string{e.ClientID, e.Application})
			require.ErrorContains(t, e.Cause, c.cause)
			for _, secret := range []string{old.Refresh, old.Access, next.Refresh, next.Access, robotSecret, token} {
				require.NotContains(t, e.String(), secret[len(auth.PrefixAccessToken):])
			}
			for _, before := range events[:len(events)-1] {
				require.NotEqual(t, reuse, before.Kind)
			}
		})
	}
}

// Whom nobody is told of is not looked up: the answer to a thief costs what it did.
func TestASecondUseLooksNobodyUpUnlessItIsTold(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	old := w.begin(t)
	parsePair(t, w.refresh(old.Refresh))
	w.stores.record, w.stores.calls = true, nil
	require.Equal(t, invalidRefreshToken, w.refresh(old.Refresh).body)
	require.Equal(t, []string{"ClientByID", "TokenByID", "DeleteTokens"}, w.stores.calls)
}
