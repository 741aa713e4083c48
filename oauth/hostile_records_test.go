package oauth_test

import (
	"context"
	"encoding/base64"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// Whatever a grant decides, no token is made for somebody who is not active, nor with scopes that its client has not, nor one that a changed password
// would not end.
func TestNoGrantCanDecideMoreThanItsClientMay(t *testing.T) {
	client := store.Client{Scopes: []string{"read", "a b"}}
	user := store.User{ID: "1", Active: true, Stamp: "s"}
	require.NoError(t, oauth.CheckDecision(client, user, "read"))
	require.NoError(t, oauth.CheckDecision(client, user))
	for name, err := range map[string]error{
		"blocked":         oauth.CheckDecision(client, store.User{ID: "1", Stamp: "s"}),
		"nobody":          oauth.CheckDecision(client, store.User{Active: true, Stamp: "s"}),
		"no stamp":        oauth.CheckDecision(client, store.User{ID: "1", Active: true}),
		"another's scope": oauth.CheckDecision(client, user, "read", "write"),
		"not a scope":     oauth.CheckDecision(client, user, "a b"),
	} {
		require.Error(t, err, name)
	}
}

// A refresh token belongs to the application under which it was issued, although its client has been moved to another since.
func TestRefreshTokenOfTheTimeBeforeItsClientWasMoved(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	token := putToken(t, w, func(t *store.Token) {
		t.Kind, t.ClientID, t.Family, t.Application = store.RefreshToken, "mobile", "f", "other001"
	})
	require.Equal(t, invalidRefreshToken, w.refresh(token).body)
	require.Equal(t, inactive, w.do(ask("mobile", token)).body)
	require.Zero(t, w.record(t, token).SpentAt)
}

// Two empty stamps are not the same stamp.
func TestRefreshTokenWithoutAStamp(t *testing.T) {
	w := newRefreshingWorld(t, "2025")
	user, err := w.db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	user.Stamp = ""
	w.stores.call, w.stores.fault = "UserByID", func(_ *faults, v *any) error { *v = user; return nil }
	token := putToken(t, w, func(t *store.Token) { t.Kind, t.ClientID, t.Family, t.Stamp = store.RefreshToken, "mobile", "f", "" })
	require.Equal(t, inactive, w.do(ask("mobile", token)).body)
	require.Equal(t, invalidRefreshToken, w.refresh(token).body)
	require.Zero(t, w.record(t, token).SpentAt)
}

// rotating is a store that says of every rotation that another was faster, and shows a record of its own.
type rotating struct {
	store.TokenStore
	show    func(store.Token) store.Token
	deleted []store.TokenMatch
}

func (r *rotating) RotateToken(ctx context.Context, old store.TokenID, _ ...store.Token) (store.Token, error) {
	t, err := r.TokenByID(ctx, old)
	if err != nil {
		return t, err
	}
	return r.show(t), store.ErrSpent
}

func (r *rotating) DeleteTokens(ctx context.Context, m store.TokenMatch) error {
	r.deleted = append(r.deleted, m)
	return r.TokenStore.DeleteTokens(ctx, m)
}

// A store that shows somebody else's record, or one that is not spent, ends nobody's family.
func TestWrongRecordOfARotationEndsNoFamily(t *testing.T) {
	for name, c := range map[string]struct {
		show func(store.Token) store.Token
		want string
		ends bool
	}{
		"the right one":    {func(t store.Token) store.Token { t.SpentAt = time.Now().Add(-time.Minute); return t }, invalidRefreshToken, true},
		"another family":   {func(t store.Token) store.Token { t.SpentAt, t.Family = time.Now(), "another"; return t }, internal, false},
		"no family":        {func(t store.Token) store.Token { t.SpentAt, t.Family = time.Now(), ""; return t }, internal, false},
		"another token":    {func(t store.Token) store.Token { t.SpentAt = time.Now(); t.ID[0]++; return t }, internal, false},
		"one not spent":    {func(t store.Token) store.Token { return t }, internal, false},
		"nothing at all":   {func(store.Token) store.Token { return store.Token{} }, internal, false},
		"a spent nothing":  {func(store.Token) store.Token { return store.Token{SpentAt: time.Now()} }, internal, false},
		"spent in advance": {func(t store.Token) store.Token { t.SpentAt = time.Now().Add(time.Hour); return t }, invalidRefreshToken, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newRefreshingWorld(t, "2025")
			tokens := &rotating{TokenStore: w.db, show: c.show}
			p := w.begin(t)
			w.serve(t, func(cfg *oauth.ServerConfig) { cfg.Tokens = tokens })
			require.Equal(t, c.want, w.refresh(p.Refresh).body)
			require.Equal(t, c.ends, len(tokens.deleted) == 1)
			require.Equal(t, !c.ends, w.works(p.Access))
		})
	}
}

// signing is an issuer that gives out this text.
type signing string

func (s signing) IssueAccessToken(context.Context, store.User, store.Token) (string, error) {
	return string(s), nil
}

// What no verifier claims is not given out, and least of all what looks like a token of another kind.
func TestAnIssuerThatIssuesNoJSONWebToken(t *testing.T) {
	for _, text := range []string{"", "x", "a.b", "a.b.c.d", auth.NewRandom(auth.PrefixAccessToken), auth.NewRandom(auth.PrefixRefreshToken)} {
		w := newJWTWorld(t)
		w.mount(t, func(cfg *oauth.ServerConfig) { cfg.JWTIssuer, cfg.JWTVerifier = signing(text), w.access })
		require.Equal(t, internal, w.do(post(mobileLogin)).body, text)
		left, err := w.db.ListTokens(t.Context(), store.TokenMatch{ClientID: "mobile"}, 10)
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

// A token has one spelling. What is read of one that has another is not what a verifier would read, which refuses it.
func TestClaimedAccessHasOneSpelling(t *testing.T) {
	text := `{"sub":"1","client_id":"robot"}`
	payload := base64.RawURLEncoding.EncodeToString([]byte(text))
	_, _, ok := oauth.ReadClaimed("e30." + payload + ".e30")
	require.True(t, ok)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last, others := payload[len(payload)-1], 0
	for i := range len(alphabet) {
		other := payload[:len(payload)-1] + alphabet[i:i+1]
		if got, err := base64.RawURLEncoding.DecodeString(other); alphabet[i] == last || err != nil || string(got) != text {
			continue
		}
		others++
		_, _, ok := oauth.ReadClaimed("e30." + other + ".e30")
		require.False(t, ok, other)
	}
	require.Positive(t, others)
}

// Callers who wait for an answer are bounded, those who share a call included.
func TestTheLineForAnswersIsBounded(t *testing.T) {
	s := says(active(""))
	v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL = time.Minute })
	requireForeign(t, v, "remembered")
	v.FillLine(true)
	requireForeignOutage(t, v, "a-token", "too many calls")
	requireForeign(t, v, "remembered")
	require.Equal(t, 1, s.count())
	v.FillLine(false)
	requireForeign(t, v, "a-token")
}

// Whoever waits is counted, and whoever has left is not.
func TestCallersInLineAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := says(active(""))
		s.do(lateForeign(time.Second, sayJSON(active(""))))
		v := s.introspecting(t, nil)
		ctx, leave := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		for i := range 5 {
			callers.Go(func() {
				in := t.Context()
				if i < 2 {
					in = ctx
				}
				_, _ = sendIn(in, v, "a-token")
			})
		}
		synctest.Wait()
		require.Equal(t, 5, v.InLine())
		leave()
		synctest.Wait()
		require.Equal(t, 3, v.InLine())
		callers.Wait()
		require.Zero(t, v.InLine())
	})
}

// Only what is an access token is one: another word for its use than that of access tokens is not taken for one.
func TestForeignTokensOfAnotherUse(t *testing.T) {
	for _, use := range []string{"refresh_token", "id_token", "access", "Access_Token", ""} {
		s := says(active(`,"token_use":"` + use + `"`))
		requireRefused(t, s.introspecting(t, nil), "a-token", autherr.InvalidAccessToken, "not an access token")
	}
	requireForeign(t, says(active(`,"token_use":"access_token"`)).introspecting(t, nil), "a-token")
}
