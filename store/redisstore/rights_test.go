package redisstore_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// TestRights: the rights that README.md names are enough, and none is too many.
func TestRights(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	found := regexp.MustCompile("`((?:\\+[a-z]+ ?)+)` for the scripts").FindStringSubmatch(string(readme))
	require.NotNil(t, found)
	rights := strings.Fields(found[1])
	server := startServer(t)
	admin := server.client()
	complete := func(rights []string) bool {
		ctx := t.Context()
		require.NoError(t, admin.FlushAll(ctx).Err())
		require.NoError(t, admin.ScriptFlush(ctx).Err())
		require.NoError(t, admin.ACLSetUser(ctx, "tokens", append([]string{"reset", "on", ">password", "~{apiauth:}*"}, rights...)...).Err())
		c := newClient(t, &redis.Options{Addr: server.addr, Username: "tokens", Password: "password"})
		s, tok := newStore(t, c, ""), newToken()
		// What has expired is cleared away too.
		require.NoError(t, admin.ZAdd(ctx, "{apiauth:}uuser-1", redis.Z{Score: 1, Member: "gone"}).Err())
		all := s.CreateTokens(ctx, tok) == nil
		for _, method := range methods(s, tok) {
			if method.name == "RotateToken" { // has been taken just before
				all = s.CreateTokens(ctx, tok) == nil && all
			}
			all = method.call(ctx) == nil && all
		}
		return all
	}
	require.True(t, complete(rights))
	for i, right := range rights {
		fewer := append(append([]string{}, rights[:i]...), rights[i+1:]...)
		require.False(t, complete(fewer), "%s is not needed", right)
	}
}
