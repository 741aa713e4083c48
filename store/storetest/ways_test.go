package storetest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// Each way makes each call go wrong, and does what it says.
func TestWays(t *testing.T) {
	ways := storetest.Ways(errLost)
	require.Len(t, ways, 12)
	seen := map[string]bool{}
	for _, way := range ways {
		require.False(t, seen[way.Name])
		seen[way.Name] = true
		synctest.Test(t, func(t *testing.T) {
			f, db, token := newFaulty(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			f.Break(0, way.Fault)
			if way.Name == "panic" {
				require.PanicsWithValue(t, errLost, func() { _, _ = f.TakeToken(ctx, token.ID) })
				return
			}
			got, err := f.TakeToken(ctx, token.ID)
			require.Equal(t, way.Lies, err == nil, "%s: %v", way.Name, err)
			require.NotErrorIs(t, err, store.ErrNotFound)
			require.NotEqual(t, token.ID, got.ID, way.Name)
			_, err = db.TokenByID(t.Context(), token.ID)
			require.Equal(t, way.Done, err != nil, way.Name)
			if !way.Lies {
				return
			}
			f.Break(0, way.Fault)
			got, err = f.TokenByID(ctx, token.ID)
			require.NoError(t, err)
			require.Equal(t, way.Done, got.Kind == store.RevocationMark, "where there is no token is a mark")
			require.NotEqual(t, token.ID, got.ID)
			f.Break(0, way.Fault)
			user, err := f.UserByID(ctx, "1")
			require.NoError(t, err)
			require.NotEqual(t, "1", user.ID, way.Name)
			f.Break(0, way.Fault)
			client, err := f.ClientByID(ctx, "c")
			require.NoError(t, err)
			require.NotEqual(t, "c", client.ID, way.Name)
			f.Break(0, way.Fault)
			key, err := f.APIKeyByID(ctx, store.KeyID{1})
			require.NoError(t, err)
			require.NotEqual(t, store.KeyID{1}, key.ID, way.Name)
		})
	}
}
