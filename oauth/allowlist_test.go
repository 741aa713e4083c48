package oauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

// The list of users of a client holds for every grant: also for users who show their passwords, and for what was begun before the list became shorter.
func TestEveryGrantEnforcesTheListOfUsers(t *testing.T) {
	w := newRefreshingWorld(t, "2025") // mobile acts for anybody
	login := func(name string) answer {
		return w.do(post(form("grant_type", "password", "username", name, "password", "topsecret", "client_id", "mobile", "client_secret", robotSecret)))
	}
	actFor := func(name string) answer {
		return w.do(post(form("grant_type", "client_credentials", "username", name, "client_id", "mobile", "client_secret", robotSecret)))
	}
	begun := parsePair(t, login("reader"))

	list := func(users []string, own string, any bool) {
		w.changeClient(t, "mobile", func(c *store.Client) { c.Users, c.DefaultUser, c.AnyUser = users, own, any })
	}
	list([]string{"1"}, "", false)
	require.Equal(t, 200, login("my_username").status)
	require.Equal(t, 200, actFor("my_username").status)
	require.Equal(t, "UNAUTHORIZED_CLIENT", login("reader").code(t))
	require.Equal(t, "UNAUTHORIZED_CLIENT", actFor("reader").code(t))
	require.Equal(t, "UNAUTHORIZED_CLIENT", w.refresh(begun.Refresh).code(t))
	require.Equal(t, "INVALID_CREDENTIALS", w.do(post(form("grant_type", "password", "username", "reader", "password", "wrong", "client_id", "mobile",
		"client_secret", robotSecret))).code(t), "who is on the list is told to those with a password only")

	list([]string{"1"}, "2", false) // its own user need not be on the list
	require.Equal(t, 200, login("reader").status)
	require.Equal(t, 200, actFor("reader").status)

	list(nil, "", false) // without a list a password decides
	require.Equal(t, 200, login("reader").status)
	require.Equal(t, "UNAUTHORIZED_CLIENT", actFor("reader").code(t))
	require.Equal(t, 200, w.refresh(begun.Refresh).status, "a refusal spends nothing")

	list([]string{"1"}, "", true)
	require.Equal(t, 200, login("reader").status)
	require.Equal(t, 200, actFor("reader").status)
}
