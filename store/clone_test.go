package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

func TestCloneSharesNoMemoryNeitherWithTheRecordNorBetweenItsLists(t *testing.T) {
	record := func() store.Client {
		return store.Client{SecretHashes: []string{"h"}, Grants: []string{"g", "g2"}, Scopes: []string{}, Users: []string{"u"}}
	}
	c := record()
	clone := c.Clone()
	require.Equal(t, c, clone)
	require.NotNil(t, clone.Scopes, "empty stays empty")
	require.Nil(t, clone.DefaultScopes, "nil stays nil")

	for _, list := range []*[]string{&clone.SecretHashes, &clone.Grants, &clone.Scopes, &clone.DefaultScopes, &clone.Users} {
		for i := range *list {
			(*list)[i] = "changed"
		}
		*list = append(*list, "appended")
	}
	require.Equal(t, record(), c)
	require.Equal(t, []string{"changed", "appended"}, clone.SecretHashes)
	require.Equal(t, []string{"changed", "changed", "appended"}, clone.Grants)
	require.Equal(t, []string{"appended"}, clone.Scopes)
	require.Equal(t, []string{"appended"}, clone.DefaultScopes)
	require.Equal(t, []string{"changed", "appended"}, clone.Users)

	require.Equal(t, store.Client{}, store.Client{}.Clone())
	require.Equal(t, store.User{}, store.User{}.Clone())
	u := store.User{Roles: []string{"r"}, Permissions: []string{"p"}}
	require.Equal(t, u, u.Clone())
}
