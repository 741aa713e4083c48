package jwt_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

var (
	_ oauth.SelfContainedRevoker = (*jwt.Verifier)(nil)
	_ oauth.SelfContainedRevoker = jwt.Revokers(nil)
)

func TestAUserRevokesHisOwnTokensOnly(t *testing.T) {
	w := newRevocable(t, nil)
	token := w.issued()
	for name, c := range map[string]struct{ user, token string }{
		"another user":         {"2", token},
		"nobody":               {"", token},
		"forged":               {"1", spoilt(token)},
		"expired":              {"1", w.token(map[string]any{"exp": 1, "jti": "j"})},
		"without iat":          {"1", w.token(map[string]any{"iat": nil, "jti": "j"})},
		"sub is nobody":        {"1", w.token(map[string]any{"sub": "", "jti": "j"})},
		"sub is in other case": {"1", w.token(map[string]any{"sub": nil, "SUB": "1", "jti": "j"})},
	} {
		require.NoError(t, w.verifier.RevokeOwn(t.Context(), c.user, c.token), name)
		if name != "expired" {
			require.Empty(t, w.tokens.ids, name)
		}
		w.tokens.ids = nil
		w.accepts(token)
	}
	require.NoError(t, w.verifier.RevokeOwn(t.Context(), "1", token))
	w.refuses(autherr.InvalidToken, token)
	require.NoError(t, w.verifier.RevokeOwn(t.Context(), "1", token), "again")

	// One that is not valid yet would be, later.
	later := w.token(map[string]any{"nbf": time.Now().Add(50 * time.Second).Unix(), "jti": "later"})
	w.tokens.ids = nil
	require.NoError(t, w.verifier.RevokeOwn(t.Context(), "1", later))
	require.Len(t, w.tokens.ids, 1)
}

func TestWhatCannotBeRevokedIsNotCalledRevoked(t *testing.T) {
	w := newRevocable(t, nil)
	noList := newWorld(t, jwt.HS256, nil)
	for name, err := range map[string]error{
		"no list":            noList.verifier.RevokeOwn(t.Context(), "1", w.issued()),
		"no jti":             w.verifier.RevokeOwn(t.Context(), "1", w.token(nil)),
		"another issuer":     w.verifier.RevokeOwn(t.Context(), "1", w.token(map[string]any{"iss": "x", "jti": "j"})),
		"another kind":       w.verifier.RevokeOwn(t.Context(), "1", w.forge(`{"alg":"HS256","kid":"k1","typ":"at+jwt"}`, claims(nil))),
		"a key that is gone": w.verifier.RevokeOwn(t.Context(), "1", strings.Replace(w.issued(), b64(w.header()), b64(`{"alg":"HS256","kid":"gone","typ":"JWT"}`), 1)),
		"another algorithm":  w.verifier.RevokeOwn(t.Context(), "1", strings.Replace(w.issued(), b64(w.header()), b64(`{"alg":"HS512","kid":"k1","typ":"JWT"}`), 1)),
		"services token":     w.verifier.RevokeOwn(t.Context(), "1", "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM"),
		"too long":           w.verifier.RevokeOwn(t.Context(), "1", strings.Repeat("a", jwt.DefaultMaxToken)+"..a"),
		"not three segments": w.verifier.RevokeOwn(t.Context(), "1", "x"),
		"nobody's":           jwt.Revokers{w.verifier, noList.verifier}.RevokeOwn(t.Context(), "1", w.token(map[string]any{"iss": "x"})),
		"no verifiers":       jwt.Revokers(nil).RevokeOwn(t.Context(), "1", w.issued()),
	} {
		require.ErrorIs(t, err, autherr.UnsupportedTokenType, name)
		require.Equal(t, autherr.MethodRevoke, autherr.From(err).Method)
	}
	require.Empty(t, w.tokens.ids)
	var none *jwt.Verifier
	require.ErrorIs(t, none.RevokeOwn(t.Context(), "1", w.issued()), autherr.InternalError)
	require.ErrorIs(t, jwt.Revokers{none}.RevokeOwn(t.Context(), "1", w.issued()), autherr.InternalError)
}

func TestTokensOfSeveralIssuersAreRevokedByTheirOwnVerifier(t *testing.T) {
	w := newRevocable(t, nil)
	const theirs = "https://other.example"
	for name, c := range map[string]struct {
		change func(*jwt.VerifierConfig)
		owner  string
	}{
		"UsernameClaim": {foreign, "1"},
		"MapUser": {func(cfg *jwt.VerifierConfig) {
			cfg.MapUser = func(context.Context, *jwt.Claims) (string, error) { return "1", nil }
		}, "1"},
		"SkipUserLookup": {func(cfg *jwt.VerifierConfig) {
			foreign(cfg)
			cfg.Users, cfg.SkipUserLookup, cfg.MaxLifetime = nil, true, time.Hour
		}, theirs + "|1"},
	} {
		list := must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: newUsers(t), Issuer: theirs, MaxLifetime: time.Hour}))
		other := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) {
			cfg.Issuer, cfg.Revocations = theirs, list
			c.change(cfg)
		})
		token := other.token(map[string]any{"iss": theirs, "jti": name})
		other.accepts(token)
		both := jwt.Revokers{w.verifier, other.verifier}
		err := both.RevokeOwn(t.Context(), "2", token)
		if name == "SkipUserLookup" { // nobody here has the owner's ID, so that another user asks is not known
			require.ErrorIs(t, err, autherr.UnsupportedTokenType)
		} else {
			require.NoError(t, err)
		}
		other.accepts(token)
		require.NoError(t, both.RevokeOwn(t.Context(), c.owner, token), name)
		other.refuses(autherr.InvalidToken, token, name)

		require.NoError(t, list.RevokeUser(t.Context(), c.owner, time.Now()))
		other.refuses(autherr.InvalidToken, other.token(map[string]any{"iss": theirs, "jti": name + "2"}), name)
		other.refuses(autherr.InvalidToken, other.token(map[string]any{"iss": theirs}), "without an ID there is the user still")
	}
}

func TestAnOutageLeavesATokenValid(t *testing.T) {
	down := errors.New("connection refused")
	w := newRevocable(t, func(cfg *jwt.VerifierConfig) { cfg.Keys = downSource{down} })
	err := w.verifier.RevokeOwn(t.Context(), "1", w.issued())
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.Equal(t, autherr.MethodRevoke, autherr.From(err).Method)

	w = newRevocable(t, func(cfg *jwt.VerifierConfig) {
		cfg.MapUser = func(context.Context, *jwt.Claims) (string, error) { return "", down }
	})
	require.ErrorIs(t, w.verifier.RevokeOwn(t.Context(), "1", w.issued()), down)

	w = newRevocable(t, func(cfg *jwt.VerifierConfig) {
		cfg.MapUser = func(context.Context, *jwt.Claims) (string, error) { return "", store.ErrNotFound }
	})
	require.NoError(t, w.verifier.RevokeOwn(t.Context(), "1", w.issued()), "nobody's")
	require.Empty(t, w.tokens.ids)
}

// One that has no key for a token does not say that it is revoked, for another may have the key.
func TestRevokersAskOnUntilOneHasTheKey(t *testing.T) {
	rs := newRevocable(t, func(cfg *jwt.VerifierConfig) {})
	other := newWorld(t, jwt.RS256, nil) // an issuer that is on its way from one algorithm to the other
	token := rs.issued()
	for _, list := range []jwt.Revokers{{other.verifier, rs.verifier}, {rs.verifier, other.verifier}} {
		rs.accepts(token)
		require.NoError(t, list.RevokeOwn(t.Context(), "1", token))
		rs.refuses(autherr.InvalidToken, token)
		token = rs.issued()
	}
	require.ErrorIs(t, jwt.Revokers{other.verifier}.RevokeOwn(t.Context(), "1", token), autherr.UnsupportedTokenType)
}

// A user who is blocked may be unblocked, and his token is to be revoked then too.
func TestABlockedUsersTokenIsRevoked(t *testing.T) {
	w := newRevocable(t, foreign)
	token := w.token(map[string]any{"jti": "j"})
	require.NoError(t, w.users.SetActive(t.Context(), "1", false))
	require.NoError(t, w.verifier.RevokeOwn(t.Context(), "1", token))
	require.NoError(t, w.users.SetActive(t.Context(), "1", true))
	w.refuses(autherr.InvalidToken, token)
}

// Marks of a list with a shorter MaxLifetime would go while tokens live that they concern, so they do not count as enough.
func TestAMarkThatEndsTooSoonIsNotTakenForARevocation(t *testing.T) {
	db := newUsers(t)
	list := func(d time.Duration) *jwt.Revocations {
		return must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: db, Issuer: issuerName, MaxLifetime: d}))
	}
	now := time.Now()
	claims := &jwt.Claims{Issuer: issuerName, ID: "j", IssuedAt: now}
	require.NoError(t, list(time.Hour).Revoke(t.Context(), claims))
	require.ErrorIs(t, list(48*time.Hour).Revoke(t.Context(), claims), autherr.InternalError, "it would not last")

	// The other way round, the shorter list's marks last as long as those before them.
	require.NoError(t, list(48*time.Hour).RevokeUser(t.Context(), "1", now.Add(-time.Minute)))
	require.NoError(t, list(time.Hour).RevokeUser(t.Context(), "1", now))
	require.NoError(t, list(48*time.Hour).RevokeUser(t.Context(), "1", now), "and so count")
}
