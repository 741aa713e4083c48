package oauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func newAdmin(t testing.TB, tokens store.TokenStore) *oauth.Admin {
	t.Helper()
	a, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: tokens})
	require.NoError(t, err)
	return a
}

func TestAdminNeedsAStoreThatLists(t *testing.T) {
	w := newWorld(t, "2025")
	for _, c := range []struct {
		cfg  oauth.AdminConfig
		want string
	}{
		{oauth.AdminConfig{}, "Tokens is missing"},
		{oauth.AdminConfig{Tokens: (*memstore.Store)(nil)}, "Tokens is missing"},
		{oauth.AdminConfig{Tokens: &w.stores}, "Tokens is no store.TokenLister"},
		{oauth.AdminConfig{Tokens: w.db, JWTs: (*jwt.Revocations)(nil)}, "JWTs is missing"},
	} {
		a, err := oauth.NewAdmin(c.cfg)
		require.ErrorContains(t, err, "oauth: NewAdmin: "+c.want)
		require.Nil(t, a)
	}
}

func TestAdminListsTheOldestFirst(t *testing.T) {
	w := newWorld(t, "2025")
	ctx := t.Context()
	admin := newAdmin(t, w.db)
	start := time.Now().UTC().Truncate(time.Microsecond)
	var want []store.TokenID
	for i := range 12 {
		token := putToken(t, w, func(t *store.Token) {
			t.IssuedAt = start.Add(time.Duration((i*7)%12) * time.Minute)
			t.ClientID = []string{"app", "web"}[i%2]
			if i == 3 {
				t.SpentAt = start
			}
		})
		want = append(want, oauth.TokenID(token))
	}
	putToken(t, w, func(t *store.Token) { t.UserID = "2" })
	slices.SortFunc(want, func(x, y store.TokenID) int {
		a, _ := w.db.TokenByID(ctx, x)
		b, _ := w.db.TokenByID(ctx, y)
		return a.IssuedAt.Compare(b.IssuedAt)
	})

	list, more, err := admin.UserTokens(ctx, "1", 12)
	require.NoError(t, err)
	require.False(t, more)
	var got []store.TokenID
	for _, rec := range list {
		require.Equal(t, "1", rec.UserID)
		got = append(got, rec.ID)
	}
	require.Equal(t, want, got)

	list, more, err = admin.UserTokens(ctx, "1", 11)
	require.NoError(t, err)
	require.True(t, more, "what was left out is not kept quiet")
	require.Len(t, list, 11)
	require.True(t, slices.IsSortedFunc(list, func(x, y store.Token) int { return x.IssuedAt.Compare(y.IssuedAt) }))

	list, more, err = admin.ClientTokens(ctx, "web", oauth.MaxListed)
	require.NoError(t, err)
	require.False(t, more)
	require.Len(t, list, 6)
	list, more, err = admin.UserTokens(ctx, "nobody", 1)
	require.NoError(t, err)
	require.False(t, more)
	require.Empty(t, list)
}

func TestAdminListsTokensOfOneMomentInAFixedOrder(t *testing.T) {
	w := newWorld(t, "2025")
	now := time.Now()
	for range 5 {
		putToken(t, w, func(t *store.Token) { t.IssuedAt = now })
	}
	l := &listing{faults: faults{db: w.db}}
	first, _, err := newAdmin(t, l).UserTokens(t.Context(), "1", 5)
	require.NoError(t, err)
	for i := range 5 {
		l.list = func(list []store.Token) ([]store.Token, error) { return slices.Concat(list[i:], list[:i]), nil }
		again, _, err := newAdmin(t, l).UserTokens(t.Context(), "1", 5)
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
}

// Nothing that a list shows opens anything.
func TestAdminShowsNoToken(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	p := w.begin(t)
	list, _, err := newAdmin(t, w.db).UserTokens(t.Context(), "1", 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	text, err := json.Marshal(list)
	require.NoError(t, err)
	for _, token := range []string{p.Access, p.Refresh} {
		require.NotContains(t, string(text)+fmt.Sprintf("%+v%#v", list, list), token[len(auth.PrefixAccessToken):])
	}
}

func TestAdminEndsTokens(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		end   func(a *oauth.Admin, mobile, app string, rec store.Token) error
		ended []string
	}{
		"of a user":              {func(a *oauth.Admin, _, _ string, _ store.Token) error { return a.RevokeUser(ctx, "1") }, []string{"access", "refresh", "other family", "app"}},
		"of another user":        {func(a *oauth.Admin, _, _ string, _ store.Token) error { return a.RevokeUser(ctx, "2") }, []string{"reader"}},
		"of a client":            {func(a *oauth.Admin, _, _ string, _ store.Token) error { return a.RevokeClient(ctx, "app") }, []string{"app", "reader"}},
		"of a user at a client":  {func(a *oauth.Admin, _, _ string, _ store.Token) error { return a.RevokeUserAtClient(ctx, "1", "app") }, []string{"app"}},
		"of a user at no client": {func(a *oauth.Admin, _, _ string, _ store.Token) error { return a.RevokeUserAtClient(ctx, "1", "web") }, nil},
		"of a family":            {func(a *oauth.Admin, _, _ string, r store.Token) error { return a.RevokeFamily(ctx, r.Family) }, []string{"access", "refresh"}},
		"one, by its text":       {func(a *oauth.Admin, _, app string, _ store.Token) error { return second(a.RevokeToken(ctx, app)) }, []string{"app"}},
		"one, by its ID": {func(a *oauth.Admin, _, app string, _ store.Token) error {
			return second(a.Revoke(ctx, oauth.TokenID(app)))
		}, []string{"app"}},
		"a refresh token, text":   {func(a *oauth.Admin, mobile, _ string, _ store.Token) error { return second(a.RevokeToken(ctx, mobile)) }, []string{"access", "refresh"}},
		"a refresh token, its ID": {func(a *oauth.Admin, _, _ string, r store.Token) error { return second(a.Revoke(ctx, r.ID)) }, []string{"access", "refresh"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newRefreshingWorld(t, "2025")
			p, q := w.begin(t), w.begin(t)
			tokens := map[string]string{
				"access": p.Access, "refresh": p.Refresh, "other family": q.Refresh, "app": w.token(t, passwordBody),
				"reader": putToken(t, w, func(t *store.Token) { t.UserID, t.Stamp = "2", "s2" }),
			}
			require.NoError(t, c.end(newAdmin(t, w.db), p.Refresh, tokens["app"], w.record(t, p.Refresh)))
			for which, token := range tokens {
				require.Equal(t, !slices.Contains(c.ended, which), exists(t, w, token), which)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestAdminTellsWhoseTokenItWas(t *testing.T) {
	w := newWorld(t, "2025")
	admin := newAdmin(t, w.db)
	token := w.token(t, clientBody)
	want := w.record(t, token)
	rec, err := admin.RevokeToken(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, want, rec)
	require.Equal(t, 401, w.do(get(token)).status)
	rec, err = admin.RevokeToken(t.Context(), token)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Zero(t, rec)
}

// An empty ID would be everybody's tokens, or all those of the other argument.
func TestAdminRefusesEmptyIDs(t *testing.T) {
	w := newWorld(t, "2025")
	ctx := t.Context()
	a := newAdmin(t, w.db)
	token := w.token(t, passwordBody)
	for name, err := range map[string]error{
		"RevokeUser":                     a.RevokeUser(ctx, ""),
		"RevokeClient":                   a.RevokeClient(ctx, ""),
		"RevokeUserAtClient, no user":    a.RevokeUserAtClient(ctx, "", "app"),
		"RevokeUserAtClient, no client":  a.RevokeUserAtClient(ctx, "1", ""),
		"RevokeFamily":                   a.RevokeFamily(ctx, ""),
		"RevokeToken":                    second(a.RevokeToken(ctx, "")),
		"RevokeToken, a JSON Web Token":  second(a.RevokeToken(ctx, "e30.e30.e30")),
		"RevokeToken, a digest":          second(a.RevokeToken(ctx, oauth.TokenID(token).String())),
		"Revoke":                         second(a.Revoke(ctx, store.TokenID{})),
		"UserTokens":                     third(a.UserTokens(ctx, "", 10)),
		"ClientTokens":                   third(a.ClientTokens(ctx, "", 10)),
		"UserTokens, none":               third(a.UserTokens(ctx, "1", 0)),
		"UserTokens, less than none":     third(a.UserTokens(ctx, "1", -1)),
		"ClientTokens, more than a page": third(a.ClientTokens(ctx, "app", oauth.MaxListed+1)),
	} {
		require.Error(t, err, name)
		require.NotErrorIs(t, err, autherr.ServiceUnavailable, name)
		require.Equal(t, name == "Revoke", errors.Is(err, store.ErrNotFound), name)
	}
	require.True(t, exists(t, w, token))
}

func third[T, U any](_ T, _ U, err error) error { return err }

func TestAdminThatWasNotMadeDoesNothing(t *testing.T) {
	ctx := t.Context()
	for _, a := range []*oauth.Admin{nil, {}} {
		for _, err := range []error{
			a.RevokeUser(ctx, "1"), a.RevokeClient(ctx, "app"), a.RevokeUserAtClient(ctx, "1", "app"), a.RevokeFamily(ctx, "f"),
			second(a.Revoke(ctx, store.TokenID{1})), second(a.RevokeToken(ctx, auth.NewRandom(auth.PrefixAccessToken))),
			third(a.UserTokens(ctx, "1", 1)), third(a.ClientTokens(ctx, "app", 1)),
		} {
			require.ErrorContains(t, err, "NewAdmin")
		}
	}
}

// A mark says that tokens are revoked: ending it would bring them back.
func TestAdminLeavesTheMarksOfRevokedTokens(t *testing.T) {
	w := newJWTWorld(t)
	token := w.sign(t, nil)
	require.NoError(t, w.revocations.RevokeUser(t.Context(), "1", time.Now()))
	id := oauth.TokenID("a mark")
	require.NoError(t, w.db.CreateTokens(t.Context(), store.Token{ID: id, Kind: store.RevocationMark, ExpiresAt: time.Now().Add(time.Hour)}))
	admin := newAdmin(t, w.db)
	require.ErrorIs(t, second(admin.Revoke(t.Context(), id)), store.ErrNotFound)
	require.NoError(t, second(w.db.TokenByID(t.Context(), id)))
	require.NoError(t, admin.RevokeUser(t.Context(), "1"))
	require.Equal(t, 401, w.do(get(token)).status)
}

// userRevoker notes whose tokens it is to end.
type userRevoker struct {
	users []string
	at    time.Time
	err   error
}

func (u *userRevoker) RevokeUser(_ context.Context, userID string, instant time.Time) error {
	u.users, u.at = append(u.users, userID), instant
	return u.err
}

func TestAdminEndsJSONWebTokensOfAUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newJWTWorld(t)
		admin, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: w.db, JWTs: w.revocations})
		require.NoError(t, err)
		p := w.begin(t)
		require.Equal(t, 200, w.do(get(p.Access)).status)
		require.NoError(t, admin.RevokeUser(t.Context(), "1"))
		require.Equal(t, 401, w.do(get(p.Access)).status)
		require.Equal(t, inactive, w.do(ask("resource", p.Access)).body)
		require.Equal(t, invalidRefreshToken, w.refresh(p.Refresh).body)
		time.Sleep(time.Second)
		require.Equal(t, 200, w.do(get(w.begin(t).Access)).status, "he may come back")
	})

	w := newWorld(t, "2025")
	jwts := &userRevoker{err: errDown}
	admin, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: w.db, JWTs: jwts})
	require.NoError(t, err)
	require.ErrorIs(t, admin.RevokeUser(t.Context(), "1"), errDown)
	require.Equal(t, []string{"1"}, jwts.users)
	require.WithinDuration(t, time.Now(), jwts.at, time.Minute)
	require.Error(t, admin.RevokeUser(t.Context(), ""))
	require.Equal(t, []string{"1"}, jwts.users)
}

// listing is a store that lists, and that can go wrong.
type listing struct {
	faults
	list func([]store.Token) ([]store.Token, error)
}

func (l *listing) ListTokens(ctx context.Context, m store.TokenMatch, limit int) ([]store.Token, error) {
	list, err := l.db.ListTokens(ctx, m, limit)
	if err != nil || l.list == nil {
		return list, err
	}
	return l.list(list)
}

func TestAdminDuringAnOutage(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	ctx := t.Context()
	p := w.begin(t)
	l := &listing{faults: faults{db: w.db}}
	a := newAdmin(t, l)
	rec := w.record(t, p.Refresh)
	for call, ends := range map[string][]func() error{
		"DeleteTokens": {
			func() error { return a.RevokeUser(ctx, "1") }, func() error { return a.RevokeClient(ctx, "mobile") },
			func() error { return a.RevokeUserAtClient(ctx, "1", "mobile") }, func() error { return a.RevokeFamily(ctx, rec.Family) },
			func() error { return second(a.Revoke(ctx, rec.ID)) },
		},
		"TokenByID": {func() error { return second(a.RevokeToken(ctx, p.Access)) }, func() error { return second(a.Revoke(ctx, rec.ID)) }},
		"TakeToken": {func() error { return second(a.RevokeToken(ctx, p.Access)) }},
	} {
		l.call, l.fault = call, func(*faults, *any) error { return errDown }
		for _, end := range ends {
			err := end()
			require.ErrorIs(t, err, autherr.ServiceUnavailable)
			require.ErrorIs(t, err, errDown)
			require.Equal(t, 503, autherr.Profile2025(nil).Render(autherr.From(err)).Status)
		}
	}
	require.True(t, w.works(p.Access))
	require.True(t, exists(t, w, p.Refresh))

	l.list = func([]store.Token) ([]store.Token, error) { return nil, errDown }
	require.ErrorIs(t, third(a.UserTokens(ctx, "1", 5)), autherr.ServiceUnavailable)
	l.list = func(list []store.Token) ([]store.Token, error) { list[0].UserID = "2"; return list, nil }
	require.ErrorIs(t, third(a.UserTokens(ctx, "1", 5)), autherr.InternalError)
	l.list = func(list []store.Token) ([]store.Token, error) { return append(list, list...), nil } // more than it was asked for
	list, more, err := a.UserTokens(ctx, "1", 2)
	require.NoError(t, err)
	require.True(t, more)
	require.Len(t, list, 2)
}
