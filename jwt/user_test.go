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
	"github.com/apiauth-go/apiauth/store"
)

func TestTheUserIsAsHeIsNow(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	issued, err := w.issuer.Issue(t.Context(), editor())
	require.NoError(t, err)

	change := func(f func(*store.User)) {
		u := editor()
		f(&u)
		require.NoError(t, w.users.PutUser(t.Context(), u))
	}
	change(func(u *store.User) { u.Name, u.Roles, u.Permissions = "renamed", []string{"reader"}, []string{"read"} })
	id, err := w.verifier.Verify(t.Context(), issued.Compact)
	require.NoError(t, err)
	require.Equal(t, "1", id.UserID)
	require.Equal(t, "renamed", id.Name)
	require.Equal(t, []string{"reader"}, id.Roles)
	require.Equal(t, []string{"read"}, id.Permissions)
	require.Equal(t, autherr.MethodJWT, id.Method)
	require.Equal(t, issued.ExpiresAt, id.ExpiresAt)

	change(func(u *store.User) { u.Active = false })
	w.refuses(autherr.UserInformationNotFound, issued.Compact, "blocked")
	change(func(u *store.User) { u.Stamp = "s2" })
	w.refuses(autherr.UserInformationNotFound, issued.Compact, "password changed")
	change(func(*store.User) {})
	w.accepts(issued.Compact)
	require.NoError(t, w.users.DeleteUser(t.Context(), "1"))
	w.refuses(autherr.UserInformationNotFound, issued.Compact, "deleted")
}

func TestOurTokensAreFoundByIDAndNeverByName(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	w.accepts(w.token(map[string]any{"name": "whatever"}))
	w.refuses(autherr.UserInformationNotFound, w.token(map[string]any{"sub": "my_username"}))
}

// brokenUsers is a store that is out of order or lies.
type brokenUsers struct {
	user store.User
	err  error
}

func (b brokenUsers) UserByID(context.Context, string) (store.User, error)   { return b.user, b.err }
func (b brokenUsers) UserByName(context.Context, string) (store.User, error) { return b.user, b.err }

func TestAnOutageOfTheStoreIs503(t *testing.T) {
	cause := errors.New("connection refused")
	for _, change := range []func(*jwt.VerifierConfig){
		func(*jwt.VerifierConfig) {},
		foreign,
		func(cfg *jwt.VerifierConfig) {
			cfg.MapUser = func(context.Context, *jwt.Claims) (string, error) { return "1", nil }
		},
		func(cfg *jwt.VerifierConfig) {
			cfg.MapUser = func(context.Context, *jwt.Claims) (string, error) { return "", cause }
		},
	} {
		w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Users = brokenUsers{err: cause}; change(cfg) })
		id, err := w.verifier.Verify(t.Context(), w.token(nil))
		require.Nil(t, id)
		require.ErrorIs(t, err, autherr.ServiceUnavailable)
		require.ErrorIs(t, err, cause)
	}
	for _, change := range []func(*jwt.VerifierConfig){func(*jwt.VerifierConfig) {}, foreign} {
		w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Users = brokenUsers{}; change(cfg) })
		w.refuses(autherr.InternalError, w.token(nil), "a record without an ID")
	}
}

func TestUsersOfOthersAreFoundByTheUsernameClaim(t *testing.T) {
	for _, claim := range []string{"preferred_username", "sub", "name", "https://example.com/claims/user"} {
		w := newWorld(t, jwt.RS256, func(cfg *jwt.VerifierConfig) { cfg.UsernameClaim = claim })
		token := func(name any) string { return w.token(map[string]any{"stamp": nil, "sub": "x", claim: name}) }
		id, err := w.verifier.Verify(t.Context(), token("my_username"))
		require.NoError(t, err, claim)
		require.Equal(t, "1", id.UserID)
		require.Equal(t, []string{"editor"}, id.Roles)

		w.refuses(autherr.UserInformationNotFound, token("stranger"))
		for _, bad := range []any{nil, "", 1, []string{"my_username"}, "my_username\x00", strings.Repeat("x", 2000)} {
			w.refuses(autherr.InvalidToken, token(bad), claim)
		}
		u := editor()
		u.Active = false
		require.NoError(t, w.users.PutUser(t.Context(), u))
		w.refuses(autherr.UserInformationNotFound, token("my_username"), "blocked")
	}
}

// Without a mapping, the tokens of another issuer are nobody's: they lack the stamp.
func TestAForeignNameDoesNotBecomeALocalUserByAccident(t *testing.T) {
	w := newWorld(t, jwt.RS256, nil)
	w.refuses(autherr.InvalidToken, w.token(map[string]any{"stamp": nil}))
	w.refuses(autherr.UserInformationNotFound, w.token(map[string]any{"stamp": "guess"}))
}

func TestMapUserDecidesForWhomAForeignTokenActs(t *testing.T) {
	var seen jwt.Claims
	answer, failure := "1", error(nil)
	w := newWorld(t, jwt.RS256, func(cfg *jwt.VerifierConfig) {
		cfg.MapUser = func(_ context.Context, c *jwt.Claims) (string, error) {
			seen = *c
			return answer, failure
		}
	})
	token := w.token(map[string]any{"stamp": nil, "sub": "employee 5", "name": nil, "jti": "j"})
	id, err := w.verifier.Verify(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, "my_username", id.Name)
	require.Equal(t, "employee 5", seen.Subject)
	require.Equal(t, "j", seen.ID)

	answer = "2"
	w.refuses(autherr.UserInformationNotFound, token)
	answer = ""
	w.refuses(autherr.UserInformationNotFound, token)
	answer, failure = "1", store.ErrNotFound
	w.refuses(autherr.UserInformationNotFound, token)

	seen = jwt.Claims{}
	w.refuses(autherr.InvalidSignature, spoilt(token))
	require.Zero(t, seen, "asked only about verified tokens")
}

func TestSkipUserLookupBelievesTheTokenForALimitedTime(t *testing.T) {
	skip := func(change func(*jwt.VerifierConfig)) *world {
		return newWorld(t, jwt.RS256, func(cfg *jwt.VerifierConfig) {
			cfg.Users, cfg.SkipUserLookup, cfg.MaxLifetime = nil, true, time.Hour
			change(cfg)
		})
	}
	own := skip(func(*jwt.VerifierConfig) {})
	issued, err := own.issuer.Issue(t.Context(), editor())
	require.NoError(t, err)
	id, err := own.verifier.Verify(t.Context(), issued.Compact)
	require.NoError(t, err)
	require.Equal(t, "1", id.UserID)
	require.Equal(t, "my_username", id.Name)
	require.Equal(t, []string{"editor"}, id.Roles)
	require.Empty(t, id.Permissions)
	own.refuses(autherr.InvalidToken, own.token(map[string]any{"stamp": nil}))
	own.refuses(autherr.InvalidToken, own.token(map[string]any{"roles": "editor"}))
	own.refuses(autherr.InvalidToken, own.token(map[string]any{"roles": []any{"editor", 1}}))
	own.refuses(autherr.TokenExpired, own.token(map[string]any{"iat": time.Now().Add(-2 * time.Hour).Unix()}))

	other := skip(foreign)
	id, err = other.verifier.Verify(t.Context(), other.token(map[string]any{"roles": []string{"administrator"}}))
	require.NoError(t, err)
	require.Equal(t, issuerName+"|1", id.UserID, "not user 1 of ours")
	require.Equal(t, "my_username", id.Name)
	require.Empty(t, id.Roles, "another issuer's roles are not ours")
	other.refuses(autherr.InvalidToken, other.token(map[string]any{"sub": nil}))
	other.refuses(autherr.InvalidToken, other.token(map[string]any{"name": nil}))

	mapped := skip(func(cfg *jwt.VerifierConfig) {
		cfg.MapUser = func(_ context.Context, c *jwt.Claims) (string, error) {
			if c.Subject != "1" {
				return "", store.ErrNotFound
			}
			return "mapped", nil
		}
	})
	id, err = mapped.verifier.Verify(t.Context(), mapped.token(map[string]any{"roles": []string{"administrator"}}))
	require.NoError(t, err)
	require.Equal(t, "mapped", id.UserID)
	require.Empty(t, id.Roles)
	mapped.refuses(autherr.UserInformationNotFound, mapped.token(map[string]any{"sub": "2"}))
}
