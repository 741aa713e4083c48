package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
)

var leftOut = regexp.MustCompile(`left out of the audit log" count=(\d+)`)

// Whoever sends wrong passwords fills neither the log nor the audit log, nor by them the disk; each is counted.
func TestAFloodDoesNotFillTheLog(t *testing.T) {
	const requests = 600
	place := sqliteBackend.make(t)
	s, start := startServer(t, append(place, "-log-level", "INFO")...), time.Now()
	var senders sync.WaitGroup
	for sender := range 20 {
		senders.Go(func() {
			for i := range requests / 20 {
				_, err := s.call("/user/1", nil, basicAuth(fmt.Sprintf("user%d", sender), fmt.Sprintf("wrong%d", i)))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	senders.Wait()
	s.stop()
	minutes := 1 + int(time.Since(start)/time.Minute) // in each of which so much is written; on a machine with nothing else to do it is one
	lines := strings.Count(s.stderr.String(), "\n")
	require.LessOrEqual(t, lines, 40*minutes, "%s", s.stderr)
	require.Contains(t, s.stderr.String(), "outcome=invalid_credentials")
	require.Contains(t, s.stderr.String(), "outcome=too_many_requests")
	require.NotContains(t, s.stderr.String(), "records were lost")

	records, err := openRecords(t, place).ListAudit(t.Context(), store.AuditFilter{Address: "127.0.0.1"}, 2*requests)
	require.NoError(t, err)
	sum := len(records)
	require.NotEmpty(t, records)
	require.LessOrEqual(t, len(records), requests/6*minutes)
	for _, m := range leftOut.FindAllStringSubmatch(s.stderr.String(), -1) {
		n, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		sum += n
	}
	require.Equal(t, requests, sum, "kept or left out")
}

func TestTheAuditLogKnowsEveryDoor(t *testing.T) {
	place := sqliteBackend.make(t)
	s := startServer(t, place...)
	me := basicAuth("my_username", "topsecret")
	token := s.accessToken()
	s.do(t, "/user/1", nil, me)
	s.do(t, "/user/1", nil, basicAuth("blocked_user", "blocked-password"))
	s.do(t, "/node", form(), basicAuth("reader", "reader-password"))
	s.do(t, "/node", form(), me) // which is no JSON: the handler's own refusal
	s.do(t, "/rest_api/id_token", form(), me)
	s.do(t, "/api/services_token/generate", form(), me)
	s.do(t, routeIntrospect, form("token", token), s.client(false))
	s.do(t, routeRevoke, form("token", token), s.client(false))
	s.do(t, routeUserRevoke, form("token", token), me)
	s.do(t, "/console/", nil, basicAuth("operator", "operator-password"))
	s.stop()

	records, err := openRecords(t, place).ListAudit(t.Context(), store.AuditFilter{}, 100)
	require.NoError(t, err)
	var got []string
	for _, r := range records {
		got = append([]string{fmt.Sprint(r.Path, " ", r.Kind, " ", r.User, " ", r.Outcome, " ", r.Code)}, got...)
		require.Equal(t, "127.0.0.1", r.Address)
	}
	require.Equal(t, []string{
		"/rest_api/access_token token_issue my_username success ",
		"/user/1 authentication my_username success ",
		"/user/1 authentication anonymous blocked USER_BLOCKED",
		"/node authentication reader success ",
		"/node access reader access_denied ACCESS_DENIED",
		"/node authentication my_username success ",
		"/node operation my_username failure INVALID_REQUEST",
		"/rest_api/id_token token_issue my_username success ",
		"/api/services_token/generate token_generate my_username success ",
		"/oauth/introspect token_introspect anonymous success ",
		"/oauth/revoke token_revoke anonymous success ",
		"/rest_api/revoke token_revoke my_username success ",
		"/console/ authentication operator success ",
	}, got)
	require.NotContains(t, fmt.Sprint(records), token)
}

func TestWhoMayComeInFromWhere(t *testing.T) {
	me := basicAuth("my_username", "topsecret")
	from := func(address, proto string) caller {
		return func(r *http.Request) {
			me(r)
			r.Header.Set("X-Forwarded-For", address)
			r.Header.Set("X-Forwarded-Proto", proto)
		}
	}
	anonymous := func(proto string) caller { // whose credentials nobody looks at, or he would be refused for them
		return func(r *http.Request) {
			r.Header.Set("X-Forwarded-For", "192.0.2.7")
			r.Header.Set("X-Forwarded-Proto", proto)
		}
	}
	for name, test := range map[string]struct {
		flags  []string
		status map[*caller]int
		logged string
	}{
		"a blocked address": {[]string{"-block-addresses", "127.0.0.1, ::1"}, map[*caller]int{&me: 403}, ""},
		"another one":       {[]string{"-block-addresses", "192.0.2.0/24"}, map[*caller]int{&me: 200}, ""},
		"an allowed one":    {[]string{"-allow-addresses", "127.0.0.0/8"}, map[*caller]int{&me: 200}, ""},
		"not allowed":       {[]string{"-allow-addresses", "192.0.2.0/24,2001:db8::/32"}, map[*caller]int{&me: 403}, ""},
		"behind a proxy": {[]string{"-block-addresses", "192.0.2.0/24", "-trusted-proxies", "127.0.0.1"}, map[*caller]int{
			new(from("192.0.2.7", "https")): 403, new(from("198.51.100.1", "https")): 200,
		}, "kind=authentication outcome=success method=basic user_id=1 user=my_username address=198.51.100.1"},
		"a proxy that is not trusted": {[]string{"-block-addresses", "192.0.2.0/24"}, map[*caller]int{new(from("192.0.2.7", "https")): 200}, ""},
		"clear text":                  {[]string{"-require-tls", "-trusted-proxies", "127.0.0.1"}, map[*caller]int{new(anonymous("http")): 403, new(anonymous("https")): 401}, ""},
		"a role that he has":          {[]string{"-path-roles", "/user/*=administrator, editor"}, map[*caller]int{&me: 200}, ""},
		"a role that he has not":      {[]string{"-path-roles", "/user/*=administrator"}, map[*caller]int{&me: 403}, ""},
		"the first rule decides":      {[]string{"-path-roles", "/user/1=*", "-path-roles", "/user/*=administrator"}, map[*caller]int{&me: 200}, ""},
		"a path without a rule":       {[]string{"-path-roles", "/node=*"}, map[*caller]int{&me: 403}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, test.flags...)
			for as, status := range test.status {
				got := s.do(t, "/user/1", nil, *as)
				require.Equal(t, status, got.status, got.body)
			}
			require.Equal(t, 200, s.do(t, "/healthz", nil, nil).status, "health is for all")
			s.stop()
			require.Contains(t, s.stderr.String(), test.logged)
		})
	}
}
