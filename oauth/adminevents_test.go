package oauth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// Each call that ends tokens is one event, with what is known of whose they are.
func TestAdminTellsOfEveryOperation(t *testing.T) {
	ctx := context.Background()
	const success, failure, outage = auth.OutcomeSuccess, auth.OutcomeFailure, auth.OutcomeOutage
	mine := func(outcome auth.Outcome) auth.Event {
		return auth.Event{Outcome: outcome, UserID: "1", User: "1", ClientID: "mobile", Application: application}
	}
	nobodys := auth.Event{Outcome: failure, User: auth.Anonymous}
	down := func(*faults, *any) error { return errDown }
	for name, c := range map[string]struct {
		call string // of the store, which fails
		end  func(a *oauth.Admin, p pair, rec store.Token) error
		want auth.Event
	}{
		"user": {"", func(a *oauth.Admin, _ pair, _ store.Token) error { return a.RevokeUser(ctx, "1") }, auth.Event{Outcome: success, UserID: "1", User: "1"}},
		"user, down": {
			"DeleteTokens", func(a *oauth.Admin, _ pair, _ store.Token) error { return a.RevokeUser(ctx, "1") },
			auth.Event{Outcome: outage, UserID: "1", User: "1"},
		},
		"no user": {"", func(a *oauth.Admin, _ pair, _ store.Token) error { return a.RevokeUser(ctx, "") }, nobodys},
		"client": {
			"", func(a *oauth.Admin, _ pair, _ store.Token) error { return a.RevokeClient(ctx, "mobile") },
			auth.Event{Outcome: success, User: auth.Anonymous, ClientID: "mobile"},
		},
		"user at a client": {
			"", func(a *oauth.Admin, _ pair, _ store.Token) error { return a.RevokeUserAtClient(ctx, "1", "mobile") },
			auth.Event{Outcome: success, UserID: "1", User: "1", ClientID: "mobile"},
		},
		"family":         {"", func(a *oauth.Admin, _ pair, rec store.Token) error { return a.RevokeFamily(ctx, rec.Family) }, mine(success)},
		"family, down":   {"DeleteTokens", func(a *oauth.Admin, _ pair, rec store.Token) error { return a.RevokeFamily(ctx, rec.Family) }, mine(outage)},
		"unknown family": {"", func(a *oauth.Admin, _ pair, _ store.Token) error { return a.RevokeFamily(ctx, "x") }, auth.Event{Outcome: success, User: auth.Anonymous}},
		"no family":      {"", func(a *oauth.Admin, _ pair, _ store.Token) error { return a.RevokeFamily(ctx, "") }, nobodys},
		"record":         {"", func(a *oauth.Admin, _ pair, rec store.Token) error { return second(a.Revoke(ctx, rec.ID)) }, mine(success)},
		"record, down":   {"DeleteTokens", func(a *oauth.Admin, _ pair, rec store.Token) error { return second(a.Revoke(ctx, rec.ID)) }, mine(outage)},
		"no record":      {"", func(a *oauth.Admin, _ pair, _ store.Token) error { return second(a.Revoke(ctx, store.TokenID{1})) }, nobodys},
		"token":          {"", func(a *oauth.Admin, p pair, _ store.Token) error { return second(a.RevokeToken(ctx, p.Access)) }, mine(success)},
		"token, down":    {"TakeToken", func(a *oauth.Admin, p pair, _ store.Token) error { return second(a.RevokeToken(ctx, p.Access)) }, mine(outage)},
		"what is no token": {
			"", func(a *oauth.Admin, _ pair, _ store.Token) error { return second(a.RevokeToken(ctx, "e30.e30.e30")) }, nobodys,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, told := newRefreshingWorld(t, "2025"), authtest.RecordEvents(t)
			p := w.begin(t)
			l := &listing{faults: faults{db: w.db, call: c.call, fault: down}}
			admin, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: l, Events: told})
			require.NoError(t, err)
			err = c.end(admin, p, w.record(t, p.Refresh))
			require.Equal(t, c.want.Outcome == success, err == nil)

			events := told.Events()
			require.Len(t, events, 1)
			e := events[0]
			require.WithinDuration(t, time.Now(), e.Time, time.Minute)
			if c.want.Outcome == outage {
				c.want.Code = autherr.ServiceUnavailable
				require.ErrorIs(t, e.Cause, errDown)
			} else {
				require.Equal(t, err, e.Cause)
			}
			for _, token := range []string{p.Access, p.Refresh} {
				require.NotContains(t, e.String(), token[len(auth.PrefixAccessToken):])
			}
			c.want.Kind = auth.EventTokenRevoke
			e.Time, e.Duration, e.Cause = time.Time{}, 0, nil
			require.Equal(t, c.want, e)
		})
	}
}

// That it cannot be found out whose tokens they are keeps none of them alive, and nobody is looked up for those who are told of nothing.
func TestAdminEndsAFamilyOfWhichItCanTellNothing(t *testing.T) {
	for name, list := range map[string]func([]store.Token) ([]store.Token, error){
		"down":      func([]store.Token) ([]store.Token, error) { return nil, errDown },
		"another's": func([]store.Token) ([]store.Token, error) { return []store.Token{{UserID: "2", Family: "x"}}, nil },
		"nothing":   func([]store.Token) ([]store.Token, error) { return nil, nil },
	} {
		w, told := newRefreshingWorld(t, "2025"), authtest.RecordEvents(t)
		p := w.begin(t)
		admin, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: &listing{faults: faults{db: w.db}, list: list}, Events: told})
		require.NoError(t, err)
		require.NoError(t, admin.RevokeFamily(t.Context(), w.record(t, p.Refresh).Family))
		require.False(t, exists(t, w, p.Refresh), name)
		require.Equal(t, auth.Anonymous, told.Events()[0].User, name)

		p = w.begin(t)
		unheard := newAdmin(t, &listing{faults: faults{db: w.db}, list: func([]store.Token) ([]store.Token, error) { panic("nobody wants to know") }})
		require.NoError(t, unheard.RevokeFamily(t.Context(), w.record(t, p.Refresh).Family))
		require.False(t, exists(t, w, p.Refresh), name)
	}
}

// However many parts an operation has, it is one event: of the Admin, or of the list of revocations, if nobody is told of the whole.
func TestTheEndOfAJSONWebTokenIsToldOnce(t *testing.T) {
	w, told, own := newJWTWorld(t), authtest.RecordEvents(t), authtest.RecordEvents(t)
	list, err := jwt.NewRevocations(jwt.RevocationsConfig{Tokens: w.db, Issuer: issuerName, MaxLifetime: 200 * time.Hour, Events: own})
	require.NoError(t, err)
	for i, sink := range []auth.EventSink{told, nil} {
		admin, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: w.db, JWTs: list, Events: sink})
		require.NoError(t, err)
		require.NoError(t, admin.RevokeUser(t.Context(), "1"))
		require.Len(t, told.Events(), 1)
		require.Len(t, own.Events(), i)
	}
}
