package memstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func TestToFindNobodyTakesAsManyAllocationsAsToFindSomebody(t *testing.T) {
	s, err := memstore.New(nil)
	require.NoError(t, err)
	ctx := t.Context()
	require.NoError(t, s.PutUser(ctx, store.User{ID: "1", Name: "known", Roles: []string{"editor", "author"}, Permissions: []string{"create page content"}}))
	require.NoError(t, s.PutClient(ctx, store.Client{ID: "known", SecretHashes: []string{"x", "y"}, Grants: []string{"password"}, Scopes: []string{"read"}}))
	allocs := func(find func() error, want error) float64 {
		t.Helper()
		require.ErrorIs(t, find(), want)
		return testing.AllocsPerRun(100, func() { _ = find() })
	}
	byName := func(name string) func() error { return func() error { _, err := s.UserByName(ctx, name); return err } }
	byID := func(id string) func() error { return func() error { _, err := s.UserByID(ctx, id); return err } }
	client := func(id string) func() error { return func() error { _, err := s.ClientByID(ctx, id); return err } }
	require.Equal(t, allocs(byName("known"), nil), allocs(byName("other"), store.ErrNotFound))
	require.Equal(t, allocs(byID("1"), nil), allocs(byID("2"), store.ErrNotFound))
	require.Equal(t, allocs(client("known"), nil), allocs(client("other"), store.ErrNotFound))
}
