package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

// lasting are the backends whose records outlive the server.
var lastingBackends = []backend{sqliteBackend, postgresBackend, mysqlBackend, withRedis(sqliteBackend)}

// What was issued before a restart works after it, and what was ended stays ended.
func TestEverythingSurvivesARestart(t *testing.T) {
	for _, b := range lastingBackends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			flags := append(b.make(t), ownKeys(t)...)
			before := startServer(t, flags...)
			issued, revoked := before.issueAll(t), before.issueAll(t)
			me := basicAuth("my_username", "topsecret")
			for _, token := range []string{revoked.opaque, revoked.jwtAccess, revoked.identity} {
				require.Equal(t, 200, before.do(t, routeUserRevoke, form("token", token), me).status)
			}
			next := mustPair(t, before.do(t, routeToken, refreshForm(issued.refresh), before.client(false)))
			before.stop()

			after := startServer(t, flags...)
			require.Equal(t, []string{before.clientID, before.secret, before.jwtClient, before.jwtSecret, before.apiKey},
				[]string{after.clientID, after.secret, after.jwtClient, after.jwtSecret, after.apiKey})
			for name, as := range issued.callers() {
				got := after.do(t, "/user/1", nil, as)
				require.Equal(t, 200, got.status, "%s: %s", name, got.body)
			}
			requireRefused(t, "2025", "oauth", "INVALID_ACCESS_TOKEN", invalidToken, after.do(t, "/user/1", nil, withToken(revoked.opaque)))
			requireRefused(t, "2025", "oauth", "INVALID_ACCESS_TOKEN", invalidToken, after.do(t, "/user/1", nil, withToken(revoked.jwtAccess)))
			requireRefused(t, "2025", "jwt", "INVALID_TOKEN", invalidToken, after.do(t, "/user/1", nil, withToken(revoked.identity)))

			mustPair(t, after.do(t, routeToken, refreshForm(issued.jwtRefresh), after.client(true)))
			mustPair(t, after.do(t, routeToken, refreshForm(next.Refresh), after.client(false)))
			requireRefused(t, "2025", "oauth", "INVALID_REFRESH_TOKEN", nil, after.do(t, routeToken, refreshForm(issued.refresh), after.client(false)))
			requireRefused(t, "2025", "oauth", "INVALID_ACCESS_TOKEN", invalidToken, after.do(t, "/user/1", nil, withToken(next.Access)))
		})
	}
}

// With the store in memory, what needs no record survives if the keys do: its users are the same at each start, but for the salts of
// their passwords, by which services tokens are signed.
func TestInMemoryKeysSurviveARestart(t *testing.T) {
	t.Parallel()
	flags := ownKeys(t)
	before := startServer(t, flags...)
	issued := before.issueAll(t)
	before.stop()
	after := startServer(t, flags...)
	for name, as := range issued.callers() {
		want := 200
		if name == "access token" || name == "services token" {
			want = 401
		}
		require.Equal(t, want, after.do(t, "/user/1", nil, as).status, name)
	}
}

// The default, with no flag about keys or secrets: everything is beside the file of SQLite.
func TestTheDefaultSurvivesARestart(t *testing.T) {
	t.Parallel()
	flags := []string{"-store", "sqlite:" + filepath.Join(t.TempDir(), "demo.db"), "-issuer", "https://api.example.com"}
	first := startServer(t, flags...)
	require.Contains(t, first.stderr.String(), "creating the tables", "a server that is no demo would not do that itself")
	issued := first.issueAll(t)
	repeat := func(s *example) { // a program that goes on with an old password
		for _, guess := range []string{"one", "two", "three", "four"} {
			require.Equal(t, 401, s.do(t, "/user/1", nil, basicAuth("reader", guess)).status)
		}
	}
	repeat(first)
	first.stop()

	// A generated secret works until the second start after it.
	second := startServer(t, flags...)
	require.NotEqual(t, first.secret, second.secret)
	for name, as := range issued.callers() {
		got := second.do(t, "/user/1", nil, as)
		require.Equal(t, 200, got.status, "%s: %s", name, got.body)
	}
	repeat(second)
	require.Equal(t, 403, second.do(t, "/user/1", nil, basicAuth("reader", "reader-password")).status, "each counted once: he may come in, and not here")
	for _, as := range []caller{first.client(false), second.client(false)} {
		mustPair(t, second.do(t, routeToken, issueForm, as))
	}
	second.stop()
	third := startServer(t, flags...)
	for _, as := range []caller{second.client(false), third.client(false)} {
		mustPair(t, third.do(t, routeToken, issueForm, as))
	}
	requireRefused(t, "2025", "oauth", "INVALID_CLIENT_SECRET", []string{basic}, third.do(t, routeToken, issueForm, first.client(false)))
	requireRefused(t, "2025", "apikey", "INVALID_API_KEY", anyMethod, third.do(t, "/user/1", nil, issued.callers()["API key"]))
	issued.apiKey = second.apiKey
	require.Equal(t, 200, third.do(t, "/user/1", nil, issued.callers()["API key"]).status)
}

// What somebody has changed since stays changed: the demo's records are created when they are missing, and not put back.
func TestAStartChangesNothingThatIsThere(t *testing.T) {
	for _, b := range lastingBackends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			flags := append(b.make(t), ownKeys(t)...)
			startServer(t, flags...).stop()
			db := openRecords(t, flags)
			require.NoError(t, db.SetActive(ctx, "2", false))
			require.NoError(t, db.PutRole(ctx, "editor", []string{viewUsers}))
			require.NoError(t, db.DeleteUser(ctx, "3"))
			c, err := db.ClientByID(ctx, "demo_client")
			require.NoError(t, err)
			c.AnyUser, c.Users = false, []string{"1"}
			require.NoError(t, db.PutClient(ctx, c))
			user, err := db.UserByID(ctx, "1")
			require.NoError(t, err)

			startServer(t, flags...).stop()
			reader, err := db.UserByID(ctx, "2")
			require.NoError(t, err)
			require.False(t, reader.Active)
			same, err := db.UserByID(ctx, "1")
			require.NoError(t, err)
			require.Equal(t, user, same)
			require.Equal(t, []string{viewUsers}, same.Permissions)
			there, err := db.ClientByID(ctx, "demo_client")
			require.NoError(t, err)
			require.Equal(t, c, there)
			blocked, err := db.UserByID(ctx, "3")
			require.NoError(t, err, "what is missing is created again")
			require.False(t, blocked.Active)

			// Another secret on the command line is added, and the newest of those before stays.
			startServer(t, append(flags, "-client-secret", "the-second-secret")...).stop()
			startServer(t, append(flags, "-client-secret", "the-third-secret")...).stop()
			there, err = db.ClientByID(ctx, "demo_client")
			require.NoError(t, err)
			require.Len(t, there.SecretHashes, 2)
			require.NotContains(t, there.SecretHashes, c.SecretHashes[0])
			require.NoError(t, db.PutUser(ctx, store.User{ID: "4", Name: "somebody", Active: true}))
			keys, err := db.ListAPIKeys(ctx, "1", 10)
			require.NoError(t, err)
			require.Len(t, keys, 1, "the key of the flag is there once")
			keys[0].UserID = "4"
			require.NoError(t, db.PutAPIKey(ctx, keys[0]))
			require.ErrorContains(t, run(ctx, append([]string{"-addr", "127.0.0.1:0"}, flags...), new(syncBuffer), new(syncBuffer)), "another user")
		})
	}
}
