package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The console lists who is there, in whichever place.
func TestTheConsoleKnowsEveryStore(t *testing.T) {
	inMemory := backend{"memory", func(*testing.T) []string { return nil }}
	for _, place := range []backend{inMemory, sqliteBackend, withRedis(sqliteBackend), postgresBackend, mysqlBackend} {
		t.Run(place.name, func(t *testing.T) {
			s := startServer(t, place.make(t)...)
			operator := basicAuth("operator", "operator-password")
			_ = s.accessToken()
			page := s.do(t, "/console/users", nil, operator)
			require.Equal(t, 200, page.status, page.body)
			for _, u := range demoUsers {
				require.Contains(t, page.body, u.name)
			}
			require.Contains(t, page.body, "<td>1</td>", "a token of my_username")
			page = s.do(t, "/console/users?after=2", nil, operator)
			require.NotContains(t, page.body, ">id 2<")
			require.Contains(t, page.body, ">id 3<", "a later page")
			require.NotContains(t, s.do(t, "/console/clients?after=demo_client", nil, operator).body, ">demo_client<")
			got := s.do(t, "/console/clients", form("name", "a new one", "grant", "client_credentials", "user", "reader"), operator)
			require.Equal(t, 200, got.status, got.body)
			page = s.do(t, "/console/clients", nil, operator)
			for _, name := range []string{"demo_client", "demo_jwt_client", "a new one"} {
				require.Contains(t, page.body, name)
			}
			for _, path := range []string{"/console/users/2/block", "/console/users/1/revoke", "/console/clients/demo_client/disable"} {
				got = s.do(t, path, form(), operator)
				require.Equal(t, 200, got.status, got.body) // after the redirect
			}
			page = s.do(t, "/console/users", nil, operator)
			require.NotContains(t, page.body, "<td>1</td>")
			require.Contains(t, page.body, "/console/users/2/unblock")
			require.Contains(t, s.do(t, "/console/audit?user=operator&method=basic", nil, operator).body, "/console/")
		})
	}
}
