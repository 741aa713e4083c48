package storetest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
	"github.com/apiauth-go/apiauth/store/storetest"
)

var errLost = errors.New("connection reset")

// newFaulty returns a Faulty over a store with one user, one client and one token.
func newFaulty(t *testing.T) (*storetest.Faulty, *memstore.Store, store.Token) {
	t.Helper()
	db, err := memstore.New(nil)
	require.NoError(t, err)
	require.NoError(t, db.PutUser(t.Context(), store.User{ID: "1", Name: "one", PasswordHash: "a", Active: true}))
	require.NoError(t, db.PutClient(t.Context(), store.Client{ID: "c", Active: true}))
	require.NoError(t, db.PutAPIKey(t.Context(), store.APIKey{ID: store.KeyID{1}, UserID: "1"}))
	token := store.Token{ID: store.TokenID{1}, Kind: store.AccessToken, UserID: "1", ExpiresAt: time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)}
	require.NoError(t, db.CreateTokens(t.Context(), token))
	return storetest.NewFaulty(storetest.Stores{Users: db, Clients: db, Tokens: db, APIKeys: db, Counters: auth.NewCounters(0)}), db, token
}

// everyCall makes each call once and returns its errors.
func everyCall(ctx context.Context, f *storetest.Faulty) map[string]error {
	errs := map[string]error{}
	_, errs["UserByID"] = f.UserByID(ctx, "1")
	_, errs["UserByName"] = f.UserByName(ctx, "one")
	_, errs["ClientByID"] = f.ClientByID(ctx, "c")
	_, errs["APIKeyByID"] = f.APIKeyByID(ctx, store.KeyID{1})
	_, errs["TokenByID"] = f.TokenByID(ctx, store.TokenID{1})
	errs["CreateTokens"] = f.CreateTokens(ctx, store.Token{ID: store.TokenID{2}, ExpiresAt: time.Now().Add(time.Hour)})
	_, errs["RotateToken"] = f.RotateToken(ctx, store.TokenID{2})
	_, errs["TakeToken"] = f.TakeToken(ctx, store.TokenID{2})
	errs["DeleteTokens"] = f.DeleteTokens(ctx, store.TokenMatch{UserID: "nobody"})
	limit := store.Limit{Max: 1, Window: time.Minute}
	errs["CountEvent"] = f.CountEvent(ctx, time.Now(), store.EventID{}, limit)
	_, errs["LimitedUntil"] = f.LimitedUntil(ctx, time.Now(), limit)
	errs["ClearCounters"] = f.ClearCounters(ctx, limit.Counter)
	errs["RehashPassword"] = storetest.FaultyRehasher{Faulty: f}.RehashPassword(ctx, "1", "a", "a")
	return errs
}

func TestFaultyBreaksTheCallThatIsNamed(t *testing.T) {
	f, _, _ := newFaulty(t)
	for name, err := range everyCall(t.Context(), f) {
		require.NoError(t, err, name)
	}
	calls := f.Calls()
	require.Len(t, calls, 13)
	for i, broken := range calls {
		f.Break(i, storetest.Failing(errLost))
		errs := everyCall(t.Context(), f)
		require.Equal(t, calls, f.Calls())
		require.ErrorIs(t, errs[broken], errLost)
		delete(errs, broken)
		if broken == "CreateTokens" { // so that there is none to be rotated and taken
			delete(errs, "RotateToken")
			delete(errs, "TakeToken")
		}
		for name, err := range errs {
			require.NoError(t, err, "%s while %s fails", name, broken)
		}
		_, _ = f.TakeToken(t.Context(), store.TokenID{2})
	}
}

func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, db, token := newFaulty(t)
		ctx := t.Context()

		f.Break(0, storetest.FailingLate(errLost))
		_, err := f.TakeToken(ctx, token.ID)
		require.ErrorIs(t, err, errLost)
		_, err = db.TokenByID(ctx, token.ID)
		require.ErrorIs(t, err, store.ErrNotFound, "the effect is there")
		require.NoError(t, db.CreateTokens(ctx, token))

		f.Break(0, storetest.Panicking("boo"))
		require.PanicsWithValue(t, "boo", func() { _, _ = f.UserByID(ctx, "1") })

		f.Break(0, storetest.Empty())
		u, err := f.UserByID(ctx, "1")
		require.NoError(t, err)
		require.Zero(t, u)

		f.Break(0, storetest.Hanging())
		short, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		_, err = f.UserByID(short, "1")
		require.ErrorIs(t, err, context.DeadlineExceeded)

		f.Break(0, storetest.Delayed(time.Second))
		_, err = f.UserByID(short, "1")
		require.ErrorIs(t, err, context.DeadlineExceeded, "the context has ended")
		f.Break(0, storetest.Delayed(time.Second))
		start := time.Now()
		_, err = f.UserByID(ctx, "1")
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(start))

		f.Break(0, storetest.Changed(func(r any) { r.(*store.User).ID = "2" }))
		u, err = f.UserByID(ctx, "1")
		require.NoError(t, err)
		require.Equal(t, "2", u.ID)
		f.Break(0, storetest.Changed(func(r any) { r.(*store.Client).ID = "2" }))
		c, err := f.ClientByID(ctx, "c")
		require.NoError(t, err)
		require.Equal(t, "2", c.ID)
		f.Break(0, storetest.Changed(func(r any) { r.(*store.Token).UserID = "2" }))
		tok, err := f.TokenByID(ctx, token.ID)
		require.NoError(t, err)
		require.Equal(t, "2", tok.UserID)
		f.Break(0, storetest.Changed(func(r any) { r.(*store.APIKey).UserID = "2" }))
		key, err := f.APIKeyByID(ctx, store.KeyID{1})
		require.NoError(t, err)
		require.Equal(t, "2", key.UserID)
		limit := store.Limit{Max: 1, Window: time.Minute}
		require.NoError(t, f.CountEvent(ctx, time.Now(), store.EventID{}, limit))
		until, err := f.LimitedUntil(ctx, time.Now(), limit)
		require.NoError(t, err)
		require.False(t, until.IsZero())
		f.Break(0, storetest.Empty())
		until, err = f.LimitedUntil(ctx, time.Now(), limit)
		require.NoError(t, err)
		require.True(t, until.IsZero())
		f.Break(0, storetest.Changed(func(any) { t.Error("there is no record") }))
		_, err = f.UserByID(ctx, "nobody")
		require.ErrorIs(t, err, store.ErrNotFound)
		f.Break(0, storetest.Changed(func(any) { t.Error("there is no record") }))
		require.NoError(t, f.DeleteTokens(ctx, store.TokenMatch{UserID: "nobody"}))
	})
}
