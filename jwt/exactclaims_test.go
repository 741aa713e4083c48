package jwt_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// Names that differ only in case are all there for whoever takes them exactly, and an error for whoever would take one for the other.
func TestClaimsWithNamesInTwoCases(t *testing.T) {
	db, err := memstore.New(nil)
	require.NoError(t, err)
	user := store.User{ID: "1", Name: "my_username", Active: true, Stamp: "s"}
	require.NoError(t, db.PutUser(t.Context(), user))
	key, err := jwt.GenerateKey(jwt.HS256, nil)
	require.NoError(t, err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{
		Issuer: "https://a.example", Audience: []string{"b"}, Key: key,
		Claims: func(context.Context, store.User) (map[string]any, error) {
			return map[string]any{"plan": "a", "Plan": "b", "x": map[string]int{"y": 1, "Y": 2}}, nil
		},
	})
	require.NoError(t, err)
	cfg := jwt.VerifierConfig{
		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: "https://a.example", Audience: []string{"b"}, Users: db, Realm: "a",
	}
	v, err := jwt.NewVerifier(cfg)
	require.NoError(t, err)
	token, err := issuer.Issue(t.Context(), user)
	require.NoError(t, err)
	id, err := v.Verify(t.Context(), token.Compact)
	require.NoError(t, err)

	var exact map[string]json.RawMessage
	require.NoError(t, id.DecodeClaims(&exact))
	require.Equal(t, `"a"`, string(exact["plan"]))
	require.Equal(t, `"b"`, string(exact["Plan"]))
	for _, other := range []any{new(map[string]any), new(struct{ Plan string }), exact} {
		require.ErrorContains(t, id.DecodeClaims(other), "differ only in case")
	}

	require.True(t, v.LooksUsersUp())
	cfg.Users, cfg.SkipUserLookup, cfg.MaxLifetime = nil, true, time.Hour
	blind, err := jwt.NewVerifier(cfg)
	require.NoError(t, err)
	require.False(t, blind.LooksUsersUp())
	require.False(t, v.TakesAccessTokens())
	require.True(t, newAccessWorld(t, jwt.HS256).verifier.TakesAccessTokens())
	require.False(t, (*jwt.Verifier)(nil).TakesAccessTokens())
	require.False(t, (*jwt.Verifier)(nil).LooksUsersUp())
	require.False(t, new(jwt.Verifier).LooksUsersUp())
	require.Zero(t, (*jwt.Verifier)(nil).MaxLifetime())
}
