package jwt_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

func TestAnAccessTokenOfOursTellsAllThatItsRecordWould(t *testing.T) {
	for _, places := range []int{0, 100} {
		synctest.Test(t, func(t *testing.T) {
			w := newAccessWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.CacheTokens = places })
			token := w.granted()
			renamed := editor()
			renamed.Name, renamed.Roles = "renamed", []string{"reader"}
			require.NoError(t, w.users.PutUser(t.Context(), renamed))
			for range 3 { // the second and the third time from the cache
				id, err := w.verifier.Verify(t.Context(), token)
				require.NoError(t, err)
				require.Equal(t, "1", id.UserID)
				require.Equal(t, "renamed", id.Name, "as he is now")
				require.Equal(t, []string{"reader"}, id.Roles)
				require.Equal(t, []string{"create page content"}, id.Permissions)
				require.Equal(t, []string{"read", "write"}, id.Scopes)
				require.Equal(t, "c1", id.ClientID)
				require.Equal(t, "oauth001", id.Application)
				require.Equal(t, autherr.MethodJWT, id.Method)
				require.True(t, grant().ExpiresAt.Equal(id.ExpiresAt))
				c := id.Claims.(*jwt.Claims)
				require.Equal(t, issuerName, c.Issuer)
				require.Equal(t, "1", c.Subject)
				require.Len(t, c.ID, 32)
				require.True(t, grant().IssuedAt.Equal(c.IssuedAt))
				id.Scopes[0], id.Roles[0] = "admin", "admin" // it belongs to the caller
			}
			require.Equal(t, places > 0, w.verifier.Remembers(token))

			renamed.Stamp = "s2"
			require.NoError(t, w.users.PutUser(t.Context(), renamed))
			w.refuses(autherr.UserInformationNotFound, token, "password changed")
			renamed.Stamp, renamed.Active = "s1", false
			require.NoError(t, w.users.PutUser(t.Context(), renamed))
			w.refuses(autherr.UserInformationNotFound, token, "blocked")
		})
	}
}

func TestWhatNoAccessTokenIsIssuedFor(t *testing.T) {
	w := newAccessWorld(t, jwt.HS256)
	now := time.Now()
	for name, change := range map[string]func(*store.User, *store.Token){
		"no ID":               func(u *store.User, g *store.Token) { u.ID, g.UserID = "", "" },
		"ID no text":          func(u *store.User, g *store.Token) { u.ID, g.UserID = "\xff", "" },
		"name no text":        func(u *store.User, _ *store.Token) { u.Name = "\xff" },
		"blocked":             func(u *store.User, _ *store.Token) { u.Active = false },
		"no stamp":            func(u *store.User, g *store.Token) { u.Stamp, g.Stamp = "", "" },
		"long stamp":          func(u *store.User, g *store.Token) { u.Stamp, g.Stamp = strings.Repeat("x", 65), "" },
		"role no text":        func(u *store.User, _ *store.Token) { u.Roles = []string{"\xff"} },
		"another user":        func(_ *store.User, g *store.Token) { g.UserID = "2" },
		"an older stamp":      func(_ *store.User, g *store.Token) { g.Stamp = "s0" },
		"no client":           func(_ *store.User, g *store.Token) { g.ClientID = "" },
		"client no text":      func(_ *store.User, g *store.Token) { g.ClientID = "\xff" },
		"application no text": func(_ *store.User, g *store.Token) { g.Application = "\xff" },
		"empty scope":         func(_ *store.User, g *store.Token) { g.Scopes = []string{"read", ""} },
		"two in one":          func(_ *store.User, g *store.Token) { g.Scopes = []string{"read admin"} },
		"quote in scope":      func(_ *store.User, g *store.Token) { g.Scopes = []string{`read","roles":["admin`} },
		"backslash in scope":  func(_ *store.User, g *store.Token) { g.Scopes = []string{`a\`} },
		"scope not ASCII":     func(_ *store.User, g *store.Token) { g.Scopes = []string{"é"} },
		"no times":            func(_ *store.User, g *store.Token) { g.IssuedAt, g.ExpiresAt = time.Time{}, time.Time{} },
		"no issue":            func(_ *store.User, g *store.Token) { g.IssuedAt = time.Time{} },
		"no end":              func(_ *store.User, g *store.Token) { g.ExpiresAt = time.Time{} },
		"ends at once":        func(_ *store.User, g *store.Token) { g.ExpiresAt = g.IssuedAt },
		"ends before":         func(_ *store.User, g *store.Token) { g.ExpiresAt = g.IssuedAt.Add(-time.Hour) },
		"ends in this second": func(_ *store.User, g *store.Token) {
			g.IssuedAt = now.Truncate(time.Second)
			g.ExpiresAt = g.IssuedAt.Add(time.Second - 1)
		},
		"ends never": func(_ *store.User, g *store.Token) { g.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"too long":   func(_ *store.User, g *store.Token) { g.Scopes = []string{strings.Repeat("x", jwt.DefaultMaxToken)} },
	} {
		u, g := editor(), grant()
		change(&u, &g)
		token, err := w.issuer.IssueAccessToken(t.Context(), u, g)
		require.Empty(t, token, name)
		require.ErrorIs(t, err, autherr.InternalError, name)
		require.Equal(t, autherr.MethodOAuth, autherr.From(err).Method, name)
		require.ErrorContains(t, err, "no token is issued", name)
	}
}

func TestClaimsOfTheApplicationAreInAccessTokensToo(t *testing.T) {
	w := newAccessWorld(t, jwt.HS256)
	token, err := withClaims(t, w.key, map[string]any{"tenant": 5}, nil).IssueAccessToken(t.Context(), editor(), grant())
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(segment(t, token, 1), `,"roles":["editor"],"stamp":"s1","tenant":5}`))
	w.accepts(token)

	for _, name := range []string{"client_id", "scope", "Scope", "ſcope", "application", "APPLICATION", "jti", "cnf", "nbf"} {
		token, err = withClaims(t, w.key, map[string]any{name: "x"}, nil).IssueAccessToken(t.Context(), editor(), grant())
		require.Empty(t, token)
		require.ErrorIs(t, err, autherr.InternalError, name)
		require.ErrorContains(t, err, "issuer alone", name)
	}
	down := errors.New("database is down")
	token, err = withClaims(t, w.key, nil, down).IssueAccessToken(t.Context(), editor(), grant())
	require.Empty(t, token)
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.ErrorIs(t, err, down)
	require.Equal(t, autherr.MethodOAuth, autherr.From(err).Method)

	d := &device{Signer: edKey, public: edKey.Public()}
	i := must(jwt.NewIssuer(jwt.IssuerConfig{Issuer: "i", Audience: []string{"a"}, Key: must(jwt.NewSigningKey(jwt.EdDSA, d, nil))}))
	d.err = errors.New("no answer")
	token, err = i.IssueAccessToken(t.Context(), editor(), grant())
	require.Empty(t, token)
	require.ErrorIs(t, err, autherr.ServiceUnavailable)
	require.ErrorIs(t, err, d.err)
	require.Equal(t, autherr.MethodOAuth, autherr.From(err).Method)
}

func TestAUserWithoutANameHasAccessTokens(t *testing.T) {
	w := newAccessWorld(t, jwt.EdDSA)
	u, g := editor(), grant()
	u.Name, g.Application, g.UserID, g.Stamp = "", "", "", ""
	token, err := w.issuer.IssueAccessToken(t.Context(), u, g)
	require.NoError(t, err)
	require.NotContains(t, segment(t, token, 1), `"name"`) // with its quotes: the ID of a token is random text
	require.NotContains(t, segment(t, token, 1), `"application"`)
	w.accepts(token)
}

func TestAfterARotationBothKindsAreSignedByTheNewKey(t *testing.T) {
	w := newAccessWorld(t, jwt.EdDSA)
	next := must(jwt.GenerateKey(jwt.EdDSA, &jwt.KeyOptions{ID: "k2"}))
	first := w.granted()
	require.NoError(t, w.issuer.Rotate(next, w.key.VerificationKey()))
	second := w.granted()
	require.Equal(t, `{"alg":"EdDSA","kid":"k2","typ":"at+jwt"}`, segment(t, second, 0))
	require.Equal(t, `{"alg":"EdDSA","kid":"k2","typ":"JWT"}`, segment(t, w.issued(), 0))
	w.accepts(first)
	w.accepts(second)
}

func TestAnAccessTokenOfAnotherApplicationIsRefused(t *testing.T) {
	of := func(application string) func(*jwt.VerifierConfig) {
		return func(cfg *jwt.VerifierConfig) { cfg.Application = application }
	}
	for _, cache := range []func(*jwt.VerifierConfig){func(*jwt.VerifierConfig) {}, remember} {
		one, other := newAccessWorld(t, jwt.HS256, cache, of("oauth001")), newAccessWorld(t, jwt.HS256, cache, of("oauth002"))
		every := newAccessWorld(t, jwt.HS256, cache)
		for range 2 {
			one.accepts(one.granted())
			every.accepts(one.granted())
			other.refuses(autherr.InvalidToken, one.granted())
			other.refuses(autherr.InvalidToken, one.accessToken(nil), "of none")
			other.refuses(autherr.InvalidToken, one.accessToken(map[string]any{"application": []string{"oauth002"}}))
			other.refuses(autherr.InvalidToken, one.accessToken(map[string]any{"application": "OAuth002"}))
		}
	}
	w := newWorld(t, jwt.HS256, nil)
	id, err := w.verifier.Verify(t.Context(), w.token(map[string]any{"application": "oauth001"}))
	require.NoError(t, err)
	require.Empty(t, id.Application, "identity tokens are of none")
	w = newAccessWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.UsernameClaim = "user" })
	id, err = w.verifier.Verify(t.Context(), w.accessToken(map[string]any{"application": "oauth001", "user": "my_username"}))
	require.NoError(t, err)
	require.Empty(t, id.Application, "another issuer's application is none of ours")
}

// Another issuer's scopes count only where they are named.
func TestTrustScopes(t *testing.T) {
	trust := func(scopes ...string) func(*jwt.VerifierConfig) {
		return func(cfg *jwt.VerifierConfig) { cfg.UsernameClaim, cfg.TrustScopes = "user", scopes }
	}
	for _, c := range []struct {
		name    string
		trusted []string
		scope   any
		want    []string
		refused bool
	}{
		{name: "none trusted", scope: "read write"},
		{name: "none trusted, malformed", scope: "read  write"},
		{name: "none trusted, no string", scope: []string{"read"}},
		{name: "all", trusted: []string{"write", "read"}, scope: "read write", want: []string{"read", "write"}},
		{name: "some", trusted: []string{"read"}, scope: "admin read write", want: []string{"read"}},
		{name: "other case", trusted: []string{"read"}, scope: "Read READ reader"},
		{name: "a part", trusted: []string{"read"}, scope: "rea ead readread"},
		{name: "absent", trusted: []string{"read"}},
		{name: "empty", trusted: []string{"read"}, scope: ""},
		{name: "malformed", trusted: []string{"read"}, scope: "read  write", refused: true},
		{name: "blank at the end", trusted: []string{"read"}, scope: "read ", refused: true},
		{name: "tab", trusted: []string{"read"}, scope: "read\twrite", refused: true},
		{name: "no string", trusted: []string{"read"}, scope: []string{"read"}, refused: true},
		{name: "a number", trusted: []string{"1"}, scope: 1, refused: true},
	} {
		for _, cache := range []func(*jwt.VerifierConfig){func(*jwt.VerifierConfig) {}, remember} {
			w := newAccessWorld(t, jwt.RS256, trust(c.trusted...), cache)
			token := w.accessToken(map[string]any{"user": "my_username", "stamp": nil, "scope": c.scope})
			for range 2 {
				if c.refused {
					w.refuses(autherr.InvalidToken, token, c.name)
					continue
				}
				id, err := w.verifier.Verify(t.Context(), token)
				require.NoError(t, err, c.name)
				require.ElementsMatch(t, c.want, id.Scopes, c.name)
				require.Empty(t, id.ClientID, "another issuer's client")
				var claims struct {
					ClientID string `json:"client_id"`
				}
				require.NoError(t, id.DecodeClaims(&claims))
				require.Equal(t, "c1", claims.ClientID, "for whom it means something")
			}
		}
	}

	// Issuers that do not follow RFC 9068 call their access tokens JWT.
	scopes := []string{"read"}
	w := newWorld(t, jwt.RS256, func(cfg *jwt.VerifierConfig) {
		cfg.MapUser = func(context.Context, *jwt.Claims) (string, error) { return "1", nil }
		cfg.TrustScopes = scopes
	})
	scopes[0] = "admin"
	id, err := w.verifier.Verify(t.Context(), w.token(map[string]any{"scope": "admin read", "stamp": nil}))
	require.NoError(t, err)
	require.Equal(t, []string{"read"}, id.Scopes)
}

func TestAccessTokensAreRevoked(t *testing.T) {
	withAndWithoutCache(t, func(t *testing.T, cache func(*jwt.VerifierConfig)) {
		w := newRevocable(t, func(cfg *jwt.VerifierConfig) {
			cache(cfg)
			cfg.Type = jwt.AccessToken
		})
		first, second, third := w.granted(), w.granted(), w.granted()
		for _, token := range []string{first, second, third} {
			w.accepts(token)
		}
		id, err := w.verifier.Verify(t.Context(), first)
		require.NoError(t, err)
		require.NoError(t, w.list.Revoke(t.Context(), id.Claims.(*jwt.Claims)))
		w.refuses(autherr.InvalidToken, first)
		w.accepts(second)

		require.NoError(t, w.verifier.RevokeOwn(t.Context(), "2", second), "another user's is left alone")
		w.accepts(second)
		require.NoError(t, w.verifier.RevokeOwn(t.Context(), "1", second))
		w.refuses(autherr.InvalidToken, second)

		require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now()))
		w.refuses(autherr.InvalidToken, third)
		time.Sleep(time.Second)
		later := w.granted()
		w.accepts(later)

		identities := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Revocations = w.list })
		require.ErrorIs(t, identities.verifier.RevokeOwn(t.Context(), "1", later), autherr.UnsupportedTokenType)
		require.NoError(t, jwt.Revokers{identities.verifier, w.verifier}.RevokeOwn(t.Context(), "1", later), "each kind has its verifier")
		w.refuses(autherr.InvalidToken, later)
	})
}

// A service without the user database knows the users by their tokens.
func TestAccessTokensWithoutUserLookup(t *testing.T) {
	w := newAccessWorld(t, jwt.ES256, func(cfg *jwt.VerifierConfig) { cfg.Users, cfg.SkipUserLookup, cfg.MaxLifetime = nil, true, time.Hour })
	id, err := w.verifier.Verify(t.Context(), w.granted())
	require.NoError(t, err)
	require.Equal(t, "1", id.UserID)
	require.Equal(t, "my_username", id.Name)
	require.Equal(t, []string{"editor"}, id.Roles)
	require.Empty(t, id.Permissions)
	require.Equal(t, []string{"read", "write"}, id.Scopes)
	require.Equal(t, "c1", id.ClientID)
	w.refuses(autherr.InvalidToken, w.accessToken(map[string]any{"stamp": nil}))
}
