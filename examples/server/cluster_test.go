package main

import (
	"fmt"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// cluster is two servers over one database, with the same key files and secrets.
type cluster struct {
	a, b *example
	db   records
}

// both runs f for either server as the first.
func (c cluster) both(f func(here, there *example)) {
	f(c.a, c.b)
	f(c.b, c.a)
}

// requireBoth asks both for a path that needs authentication, and wants this status of both.
func (c cluster) requireBoth(t *testing.T, status int, path, what string, as caller) {
	t.Helper()
	c.both(func(here, _ *example) {
		got := here.do(t, path, nil, as)
		require.Equal(t, status, got.status, "%s: %s", what, got.body)
	})
}

func TestServersThatShareADatabaseAreOne(t *testing.T) {
	for _, b := range []backend{withRedis(postgresBackend), postgresBackend, mysqlBackend} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			flags := append(b.make(t), ownKeys(t)...)
			var c cluster
			c.a, c.b = startServer(t, flags...), startServer(t, flags...)
			c.db = openRecords(t, flags)
			for name, test := range map[string]func(*testing.T, cluster){
				"what one issues the other accepts":      testIssuedHereAcceptedThere,
				"what one revokes the other refuses":     testRevokedHereRefusedThere,
				"a refresh token is good for one of all": testRefreshRace,
				"a changed user":                         testChangedUser,
				"a changed password":                     testChangedPassword,
				"a changed client":                       testChangedClient,
			} {
				t.Run(name, func(t *testing.T) { test(t, c) })
			}
		})
	}
}

// What fails at one counts at the other, and the same thing once: a wrong password or a wrong secret that is sent to both is one failure.
func TestServersThatShareADatabaseCountTogether(t *testing.T) {
	for _, b := range []backend{withRedis(postgresBackend), postgresBackend} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			flags := append(b.make(t), ownKeys(t)...)
			c := cluster{a: startServer(t, flags...), b: startServer(t, flags...)}

			for _, guess := range []string{"one", "two", "three", "four"} { // eight failures would be too many
				c.requireBoth(t, 401, "/user/1", guess, basicAuth("my_username", guess))
			}
			c.requireBoth(t, 200, "/user/1", "the right password", basicAuth("my_username", "topsecret"))
			for i, guess := range []string{"one", "two", "three", "four", "five"} {
				server := []*example{c.a, c.b}[i%2]
				require.Equal(t, 401, server.do(t, "/user/1", nil, basicAuth("reader", guess)).status)
			}
			c.requireBoth(t, 429, "/user/1", "the right password", basicAuth("reader", "reader-password"))

			wrongSecret := func(s *example, i int) response {
				return s.do(t, routeToken, issueForm, basicAuth(s.clientID, fmt.Sprint("wrong-secret-", i)))
			}
			for i := range 50 {
				requireRefused(t, "2025", "oauth", "INVALID_CLIENT_SECRET", []string{basic}, wrongSecret(c.a, i))
				if i < 49 { // the last one is at the limit
					require.Equal(t, 401, wrongSecret(c.b, i).status)
				}
			}
			c.both(func(here, _ *example) {
				got := wrongSecret(here, 50)
				requireRefused(t, "2025", "oauth", "TOO_MANY_REQUESTS", nil, got)
				require.NotEmpty(t, got.header.Get("Retry-After"))
				mustPair(t, here.do(t, routeToken, issueForm, here.client(false)))
			})
		})
	}
}

func testIssuedHereAcceptedThere(t *testing.T, c cluster) {
	c.both(func(here, there *example) {
		issued := here.issueAll(t)
		for name, as := range issued.callers() {
			c.requireBoth(t, 200, "/user/1", name, as)
		}
		require.Contains(t, there.do(t, routeIntrospect, form("token", issued.opaque), there.client(false)).body, `"active":true`)
		require.Contains(t, there.do(t, routeIntrospect, form("token", issued.jwtAccess), there.client(false)).body, `"active":true`)
		next := mustPair(t, there.do(t, routeToken, refreshForm(issued.refresh), there.client(false)))
		mustPair(t, here.do(t, routeToken, refreshForm(next.Refresh), here.client(false)))
		mustPair(t, there.do(t, routeToken, refreshForm(issued.jwtRefresh), there.client(true)))
		// A services token is good for another.
		mustPair(t, there.do(t, "/api/services_token/generate", url.Values{}, basicAuth(issued.service, "")))
	})
}

func testRevokedHereRefusedThere(t *testing.T, c cluster) {
	c.both(func(here, there *example) {
		issued := here.issueAll(t)
		me := basicAuth("my_username", "topsecret")
		c.requireBoth(t, 200, "/user/1", "access token", withToken(issued.opaque))
		require.Equal(t, 200, here.do(t, routeUserRevoke, form("token", issued.opaque), me).status)
		requireRefused(t, "2025", "oauth", "INVALID_ACCESS_TOKEN", invalidToken, there.do(t, "/user/1", nil, withToken(issued.opaque)))

		require.Equal(t, 200, here.do(t, routeRevoke, form("token", issued.jwtAccess), here.client(true)).status)
		requireRefused(t, "2025", "oauth", "INVALID_ACCESS_TOKEN", invalidToken, there.do(t, "/user/1", nil, withToken(issued.jwtAccess)))

		require.Equal(t, 200, here.do(t, routeUserRevoke, form("token", issued.identity), me).status)
		requireRefused(t, "2025", "jwt", "INVALID_TOKEN", invalidToken, there.do(t, "/user/1", nil, withToken(issued.identity)))

		// A refresh token with all that descends from it.
		second := mustPair(t, there.do(t, routeToken, refreshForm(issued.refresh), there.client(false)))
		require.Equal(t, 200, here.do(t, routeRevoke, form("token", second.Refresh), here.client(false)).status)
		requireRefused(t, "2025", "oauth", "INVALID_ACCESS_TOKEN", invalidToken, there.do(t, "/user/1", nil, withToken(second.Access)))
		requireRefused(t, "2025", "oauth", "INVALID_REFRESH_TOKEN", nil, there.do(t, routeToken, refreshForm(second.Refresh), there.client(false)))
	})
}

// Of all who use a refresh token at the same time, at both servers, one gets a pair. The others show that two have it: the family ends, that
// pair included.
func testRefreshRace(t *testing.T, c cluster) {
	const rounds, eachServer = 15, 3
	for range rounds {
		first := mustPair(t, c.a.do(t, routeToken, loginForm, c.a.client(false)))
		before, err := c.db.tokens.TokenByID(t.Context(), oauth.TokenID(first.Refresh))
		require.NoError(t, err)

		var mu sync.Mutex
		var answers []response
		var users sync.WaitGroup
		gate := make(chan struct{})
		for range eachServer {
			c.both(func(here, _ *example) {
				users.Go(func() {
					<-gate
					got, err := here.call(routeToken, refreshForm(first.Refresh), here.client(false))
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Error(err)
					}
					answers = append(answers, got)
				})
			})
		}
		close(gate)
		users.Wait()

		var winners []pair
		for _, got := range answers {
			if got.status == 200 {
				winners = append(winners, mustPair(t, got))
			} else {
				requireRefused(t, "2025", "oauth", "INVALID_REFRESH_TOKEN", nil, got)
			}
		}
		require.Len(t, answers, 2*eachServer)
		require.Len(t, winners, 1)
		left, err := c.db.tokens.ListTokens(t.Context(), store.TokenMatch{Family: before.Family}, 100)
		require.NoError(t, err)
		require.Empty(t, left)
		for _, token := range []string{first.Access, winners[0].Access} {
			c.requireBoth(t, 401, "/user/1", "a token of the family", withToken(token))
		}
		requireRefused(t, "2025", "oauth", "INVALID_REFRESH_TOKEN", nil, c.b.do(t, routeToken, refreshForm(winners[0].Refresh), c.b.client(false)))
	}
}

// A user who is blocked is refused by both at the next request, whatever he shows; and so is one who has lost a permission.
func testChangedUser(t *testing.T, c cluster) {
	ctx := t.Context()
	issued := c.a.issueAll(t)
	callers := issued.callers()
	defer func() { require.NoError(t, c.db.SetActive(ctx, "1", true)) }()
	require.NoError(t, c.db.SetActive(ctx, "1", false))
	for name, as := range callers {
		c.both(func(here, _ *example) {
			got := here.do(t, "/user/1", nil, as)
			require.Contains(t, []int{401, 403}, got.status, "%s: %s", name, got.body) // the right password is told that its user is blocked
		})
	}
	c.both(func(here, _ *example) {
		requireRefused(t, "2025", "oauth", "INVALID_CREDENTIALS", []string{basic}, here.do(t, routeToken, loginForm, here.client(false)))
		requireRefused(t, "2025", "oauth", "UNAUTHORIZED_CLIENT", nil, here.do(t, routeToken, issueForm, here.client(false)))
		requireRefused(t, "2025", "oauth", "INVALID_REFRESH_TOKEN", nil, here.do(t, routeToken, refreshForm(issued.refresh), here.client(false)))
	})
	require.NoError(t, c.db.SetActive(ctx, "1", true))
	for name, as := range callers {
		c.requireBoth(t, 200, "/user/1", name, as)
	}

	require.NoError(t, c.db.RevokeRole(ctx, "1", "editor"))
	for name, as := range callers {
		c.requireBoth(t, 403, "/user/1", name, as)
	}
	require.NoError(t, c.db.GrantRole(ctx, "1", "editor"))
	for name, as := range callers {
		c.requireBoth(t, 200, "/user/1", name, as)
	}
}

// A new password ends at both what was issued under the old one.
func testChangedPassword(t *testing.T, c cluster) {
	ctx := t.Context()
	issued := c.b.issueAll(t)
	user, err := c.db.UserByID(ctx, "1")
	require.NoError(t, err)
	reader, err := c.db.UserByID(ctx, "2") // whose password is known
	require.NoError(t, err)
	require.NoError(t, c.db.SetPasswordHash(ctx, "1", reader.PasswordHash))
	defer func() { require.NoError(t, c.db.PutUser(ctx, user)) }() // with the old password and its stamp

	callers := issued.callers()
	c.requireBoth(t, 200, "/user/1", "an API key is no password", callers["API key"])
	delete(callers, "API key")
	for name, as := range callers {
		c.requireBoth(t, 401, "/user/1", name, as)
	}
	c.requireBoth(t, 200, "/user/1", "the new password", basicAuth("my_username", "reader-password"))
	requireRefused(t, "2025", "oauth", "INVALID_REFRESH_TOKEN", nil, c.a.do(t, routeToken, refreshForm(issued.refresh), c.a.client(false)))
}

// So it is with clients: one that is switched off is refused, and so are its tokens; a new secret counts at once, and so does a grant
// that is taken away.
func testChangedClient(t *testing.T, c cluster) {
	ctx := t.Context()
	issued := c.a.issueAll(t)
	original, err := c.db.ClientByID(ctx, c.a.clientID)
	require.NoError(t, err)
	defer func() { require.NoError(t, c.db.PutClient(ctx, original)) }()

	off := original.Clone()
	off.Active = false
	require.NoError(t, c.db.PutClient(ctx, off))
	c.requireBoth(t, 401, "/user/1", "a token of a client that is off", withToken(issued.opaque))
	c.requireBoth(t, 200, "/user/1", "a token of another client", withToken(issued.jwtAccess))
	c.both(func(here, _ *example) {
		requireRefused(t, "2025", "oauth", "INVALID_CLIENT_ID", []string{basic}, here.do(t, routeToken, issueForm, here.client(false)))
	})

	rotated, secret, err := oauth.RotateSecret(original)
	require.NoError(t, err)
	require.NoError(t, c.db.PutClient(ctx, oauth.DropOldSecrets(rotated)))
	c.requireBoth(t, 200, "/user/1", "on again", withToken(issued.opaque))
	c.both(func(here, _ *example) {
		requireRefused(t, "2025", "oauth", "INVALID_CLIENT_SECRET", []string{basic}, here.do(t, routeToken, issueForm, here.client(false)))
		mustPair(t, here.do(t, routeToken, issueForm, basicAuth(here.clientID, secret)))
	})

	less := original.Clone()
	less.Grants = []string{oauth.GrantPassword}
	require.NoError(t, c.db.PutClient(ctx, less))
	c.both(func(here, _ *example) {
		requireRefused(t, "2025", "oauth", "UNAUTHORIZED_CLIENT", nil, here.do(t, routeToken, issueForm, here.client(false)))
		requireRefused(t, "2025", "oauth", "UNAUTHORIZED_CLIENT", nil, here.do(t, routeToken, refreshForm(issued.refresh), here.client(false)))
	})
}
