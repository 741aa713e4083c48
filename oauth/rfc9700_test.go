package oauth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// The password grant shows the user's password to the client. It is there for the documented clients; nobody gets it unasked.
func TestRFC9700_2_4_PasswordGrantIsOnlyForClientsThatAreAllowedIt(t *testing.T) {
	w := newWorld(t, "rfc")
	c, secret, err := oauth.NewClient(store.Client{ID: "new", Application: application, Grants: []string{"client_credentials"}, AnyUser: true})
	require.NoError(t, err)
	require.NoError(t, w.db.PutClient(t.Context(), c))
	body := form("grant_type", "password", "username", "my_username", "password", "topsecret", "client_id", "new", "client_secret", secret)
	require.Equal(t, `{"error":"unauthorized_client","error_description":"The client is not allowed to do this."}`, w.do(post(body)).body)
	require.Zero(t, w.hashes.Load(), "and the password is not looked at")
}

// A user may choose the name of a client, and even its ID as his. Whatever a client does for itself is done for a user who was assigned to it, and is
// never taken for that other one's.
func TestRFC9700_4_15_UserNamedLikeAClientStaysApart(t *testing.T) {
	w := newWorld(t, "2025")
	ctx := context.Background()
	require.NoError(t, w.db.PutUser(ctx, store.User{ID: "machine", Name: "account of the robot", Active: true, Stamp: "m"}))
	require.NoError(t, w.db.PutUser(ctx, store.User{ID: "robot", Name: "robot", PasswordHash: userHash(), Active: true, Roles: []string{"administrator"}, Stamp: "r"}))
	w.changeClient(t, "robot", func(c *store.Client) { c.DefaultUser = "machine" })

	own := w.do(post(form("grant_type", "client_credentials", "client_id", "robot", "client_secret", robotSecret)))
	require.Equal(t, 200, own.status, own.body)
	who := w.do(get(parseToken(t, own).AccessToken)).body
	require.Contains(t, who, `"UserID":"machine"`)
	require.Contains(t, who, `"ClientID":"robot"`)
	require.NotContains(t, who, "administrator")

	// Nor does the client's ID reach the user of that name, who has not been assigned to it.
	named := w.do(post(form("grant_type", "client_credentials", "client_id", "robot", "client_secret", robotSecret, "username", "robot")))
	require.Equal(t, "UNAUTHORIZED_CLIENT", named.code(t))
	// And the user's token says which client it came through.
	login := w.do(post(form("grant_type", "password", "username", "robot", "password", "topsecret", "client_id", "app")))
	who = w.do(get(parseToken(t, login).AccessToken)).body
	require.Contains(t, who, `"UserID":"robot"`)
	require.Contains(t, who, `"ClientID":"app"`)
	// A token of his does not end when the client is deleted, nor the client's when he is.
	token := parseToken(t, login).AccessToken
	machine := parseToken(t, own).AccessToken
	require.NoError(t, w.db.DeleteClient(ctx, "robot"))
	require.True(t, w.works(token))
	require.False(t, w.works(machine))
}

func TestClientCredentialsWithoutAUserNameActForTheClientsOwnUser(t *testing.T) {
	w := newWorld(t, "rfc")
	body := form("grant_type", "client_credentials", "client_id", "robot", "client_secret", robotSecret)
	missing := `{"error":"invalid_request","error_description":"No Username found in request."}`
	require.Equal(t, missing, w.do(post(body)).body, "a client without one must name the user")
	for id, status := range map[string]int{"1": 200, "2": 200, "3": 400, "gone": 400} { // 3 is blocked; 2 is not on the list and need not be
		w.changeClient(t, "robot", func(c *store.Client) { c.DefaultUser = id })
		a := w.do(post(body))
		require.Equal(t, status, a.status, id)
		if status == 200 {
			require.Contains(t, w.do(get(parseToken(t, a).AccessToken)).body, `"UserID":"`+id+`"`)
		} else {
			require.Equal(t, `{"error":"unauthorized_client","error_description":"The client is not allowed to do this."}`, a.body)
		}
	}
	w.changeClient(t, "robot", func(c *store.Client) { c.DefaultUser = "2" })
	require.Equal(t, 200, w.do(post(body+"&username=reader")).status, "by his name, too")
	require.Equal(t, 200, w.do(post(body+"&username=my_username")).status)
	require.Equal(t, 401, w.do(post(form("grant_type", "client_credentials", "client_id", "robot", "client_secret", "wrong"))).status, "the client comes first")
}
