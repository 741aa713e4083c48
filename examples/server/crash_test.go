package main

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// trafficRequests are answered in each of these tests.
const trafficRequests = 1000

// A server that is killed in the middle of its work has kept what it has answered, and nothing half-done.
func TestAKilledServerLosesNothing(t *testing.T) {
	for _, b := range []backend{sqliteBackend, postgresBackend, mysqlBackend} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			flags := append(b.make(t), ownKeys(t)...)
			s := startServer(t, flags...)
			f := newTraffic(s)
			f.run(t, trafficRequests, false, s.kill)
			require.Less(t, f.answered.Load(), int64(trafficRequests), "it was killed before the end")
			require.Positive(t, f.lost(), "somebody was waiting for an answer")

			s = startServer(t, flags...)
			f.server.Store(s)
			f.check(t, s, openRecords(t, flags))
			f.run(t, trafficRequests, false, func() {}) // and it goes on
			require.GreaterOrEqual(t, f.answered.Load(), int64(trafficRequests))
		})
	}
}

// A Redis server that is killed is an outage. It comes back with what was answered, and nothing half-done.
func TestAKilledRedisLosesNothing(t *testing.T) {
	t.Parallel()
	tokens := startRedis(t)
	flags := append(append(sqliteBackend.make(t), "-redis", "redis://"+tokens.addr), ownKeys(t)...)
	s := startServer(t, flags...)
	issued := s.issueAll(t) // is no part of the traffic

	f := newTraffic(s)
	var outage sync.WaitGroup
	f.run(t, trafficRequests, true, func() {
		outage.Go(func() {
			tokens.kill()
			for f.refused.Load() < 3*trafficClients && !t.Failed() {
				time.Sleep(5 * time.Millisecond)
			}
			for name, as := range issued.callers() {
				want := http.StatusServiceUnavailable
				if name == "API key" || name == "services token" { // are not on that server, nor revoked there; failed logins are counted there
					want = http.StatusOK
				}
				if got, err := s.call("/user/1", nil, as); err != nil || got.status != want {
					t.Errorf("%s: %d %v", name, got.status, err)
				}
			}
			tokens.start()
		})
	})
	outage.Wait()
	require.GreaterOrEqual(t, f.refused.Load(), int64(3*trafficClients))
	for name, as := range issued.callers() {
		require.Equal(t, 200, s.do(t, "/user/1", nil, as).status, "%s, without a restart", name)
	}
	s.revokeAll(t, issued)
	f.check(t, s, openRecords(t, flags))
}

// revokeAll ends the tokens that are on record.
func (s *example) revokeAll(t *testing.T, c credentials) {
	t.Helper()
	for _, token := range []string{c.opaque, c.refresh, c.jwtRefresh} {
		require.Equal(t, 200, s.do(t, routeUserRevoke, form("token", token), basicAuth("my_username", "topsecret")).status)
	}
}

// lost is how many requests were sent whose answer nobody got.
func (f *traffic) lost() (n int) {
	for _, c := range f.clients {
		n += c.lostLogins + c.lostIssues
		for _, fam := range c.families {
			if fam.lost {
				n++
			}
		}
	}
	return n
}
