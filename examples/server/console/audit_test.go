package console_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/examples/server/console"
	"github.com/apiauth-go/apiauth/store"
)

var shownPath = regexp.MustCompile(`<code>GET (/[^<]*)</code>`)

// shown returns the paths of the records on a page.
func shown(page string) []string {
	list := []string{}
	for _, m := range shownPath.FindAllStringSubmatch(page, -1) {
		list = append(list, m[1])
	}
	return list
}

func TestEachFilterSelects(t *testing.T) {
	w := newWorld(t)
	at := time.Now().UTC().Truncate(time.Minute).Add(-time.Hour) // which is within 24 hours
	after := func(d time.Duration) string { return at.Add(d).Format("2006-01-02T15:04:05") }
	for i, r := range []store.AuditRecord{
		{Path: "/a", User: "anonymous", Address: "192.0.2.1", Method: "basic", Outcome: "invalid_credentials", Code: "INVALID_CREDENTIALS", Status: 401},
		{Path: "/b", User: "my_username", Address: "192.0.2.1", Method: "jwt", Outcome: "success"},
		{Path: "/c", User: "my_username", Address: "2001:db8::1", Method: "oauth", Outcome: "success", ClientID: "app", UserAgent: "Curl/8"},
		{Path: "/d", User: "reader", Address: "2001:db8::1", Method: "basic", Outcome: "blocked", Application: "basic001"},
	} {
		r.Time, r.HTTPMethod = at.Add(time.Duration(i)*time.Minute), "GET"
		require.NoError(t, w.db.AppendAudit(t.Context(), r))
	}
	for query, want := range map[string][]string{
		"":                                     {"/d", "/c", "/b", "/a"},
		"outcome=success":                      {"/c", "/b"},
		"method=basic":                         {"/d", "/a"},
		"user=my_username":                     {"/c", "/b"},
		"user=+my_username+":                   {"/c", "/b"},
		"address=192.0.2.1":                    {"/b", "/a"},
		"from=" + after(time.Minute)[:16]:      {"/d", "/c", "/b"},
		"until=" + after(time.Minute)[:16]:     {"/a"},
		"from=" + after(90*time.Second):        {"/d", "/c"},
		"text=CURL":                            {"/c"},
		"text=basic001":                        {"/d"},
		"text=invalid_cred":                    {"/a"},
		"text=app&outcome=success":             {"/c"},
		"text=nothing+of+this":                 {},
		"outcome=success&method=oauth":         {"/c"},
		"user=nobody":                          {},
		"user=my_username&address=2001:db8::1": {"/c"},
	} {
		for _, path := range []string{"audit", "audit/rows"} {
			page := w.get(console.Path + path + "?" + query)
			require.Equal(t, want, shown(page), "%s?%s", path, query)
		}
	}
	page := w.get(console.Path + "audit?outcome=success&method=jwt&user=x&address=y&from=2026-01-31T12:01&until=2026-01-31T12:02&text=%22z%22")
	for _, kept := range []string{
		`<option selected>success</option>`, `<option selected>jwt</option>`, `name="user" value="x"`, `name="address" value="y"`, `value="2026-01-31T12:01"`, `value="2026-01-31T12:02"`,
		`value="&#34;z&#34;"`, `data-rows="/console/audit/rows?address=y&amp;from=2026-01-31T12%3A01&amp;method=jwt&amp;outcome=success&amp;text=%22z%22&amp;until=2026-01-31T12%3A02&amp;user=x"`,
	} {
		require.Contains(t, page, kept, "the form, and the script, go on asking for the same")
	}
	for _, wrong := range []string{"from=yesterday", "until=2026-13-01T00:00", "from=0000-01-01T00:00"} {
		require.Equal(t, 422, w.send("operator", console.Path+"audit?"+wrong, nil).status, wrong)
	}
}

func TestAPageShowsTheNewestAndSaysHowFarItLooked(t *testing.T) {
	w := newWorld(t)
	at := time.Now().Add(-time.Hour)
	for i := range 250 {
		require.NoError(t, w.db.AppendAudit(t.Context(), store.AuditRecord{Time: at.Add(time.Duration(i) * time.Second), HTTPMethod: "GET", Path: fmt.Sprint("/", i), Outcome: "success"}))
	}
	page := w.get(console.Path + "audit")
	require.Len(t, shown(page), 100)
	require.Equal(t, "/249", shown(page)[0])
	page = w.get(console.Path + "audit?" + url.Values{"text": {"/3"}}.Encode())
	require.Len(t, shown(page), 11)
	require.Contains(t, words(page), "The newest 11, times in UTC, within 24 hours; 250 were looked at")
}

// The script asks every two seconds: what the store is asked for is in an index, and ends.
func TestTheLiveLogAsksForLittle(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	for i := range 2100 {
		r := store.AuditRecord{Time: now.Add(-time.Duration(i) * time.Second), HTTPMethod: "GET", Path: "/new", Method: "jwt", Outcome: "success", User: "a", Address: "192.0.2.1"}
		if i == 2050 {
			r.Outcome = "blocked"
		}
		require.NoError(t, w.db.AppendAudit(t.Context(), r))
	}
	require.NoError(t, w.db.AppendAudit(t.Context(), store.AuditRecord{Time: now.Add(-25 * time.Hour), HTTPMethod: "GET", Path: "/old", Outcome: "success"}))
	for query, want := range map[string]struct {
		store.AuditFilter
		limit int
	}{
		"":                         {store.AuditFilter{}, 100},
		"user=a":                   {store.AuditFilter{User: "a"}, 100},
		"address=b":                {store.AuditFilter{Address: "b"}, 100},
		"user=a&address=b":         {store.AuditFilter{User: "a"}, 2000},
		"outcome=blocked":          {store.AuditFilter{}, 2000},
		"method=jwt&user=a&text=x": {store.AuditFilter{User: "a"}, 2000},
	} {
		page := w.get(console.Path + "audit/rows?" + query)
		require.NotContains(t, shown(page), "/old", query)
		require.WithinDuration(t, now.Add(-24*time.Hour), w.db.filter.From, time.Minute, query)
		w.db.filter.From = time.Time{}
		require.Equal(t, want.AuditFilter, w.db.filter, query)
		require.Equal(t, want.limit, w.db.limit, query)
	}
	page := w.get(console.Path + "audit?outcome=blocked")
	require.Empty(t, shown(page))
	require.Contains(t, words(page), "Nothing is on record, within 24 hours; 2000 were looked at, and there are older ones")
	until := now.Add(-40*time.Minute - 10*time.Hour).UTC()
	w.get(console.Path + "audit?until=" + until.Format("2006-01-02T15:04"))
	require.Equal(t, 24*time.Hour, w.db.filter.Until.Sub(w.db.filter.From))
	require.Equal(t, []string{"/old"}, shown(w.get(console.Path+"audit?until="+now.Add(-24*time.Hour).UTC().Format("2006-01-02T15:04"))))
}

// The script compares the times as texts.
func TestTimesOfRecordsAreOfOneWidth(t *testing.T) {
	w := newWorld(t)
	at := time.Now().UTC().Truncate(time.Second).Add(-time.Minute)
	for _, d := range []time.Duration{0, 100 * time.Millisecond, 123456 * time.Microsecond, time.Second} {
		require.NoError(t, w.db.AppendAudit(t.Context(), store.AuditRecord{Time: at.Add(d), HTTPMethod: "GET", Path: "/", Outcome: "success"}))
	}
	var times []string
	for _, m := range regexp.MustCompile(`<tr data-time="([^"]+)">`).FindAllStringSubmatch(w.get(console.Path+"audit"), -1) {
		times = append(times, m[1])
	}
	require.Len(t, times, 4)
	require.True(t, slices.IsSortedFunc(times, func(a, b string) int { return strings.Compare(b, a) }), "%q", times)
}

// The console is in the audit log itself, but not with each time that its script looks there.
func TestLookingAgainIsNoEvent(t *testing.T) {
	w := newWorld(t)
	w.get(console.Path + "audit/rows")
	require.Empty(t, w.events)
	require.Equal(t, 401, w.send("", console.Path+"audit/rows", nil).status)
	require.Equal(t, 403, w.send("editor", console.Path+"audit/rows", nil).status)
	w.get(console.Path + "audit")
	w.post(console.Path+"users/1/block", url.Values{})
	require.Equal(t, []string{"/console/audit/rows failure", "/console/audit/rows access_denied", "/console/audit success", "/console/users/1/block success", "/console/users success"}, list(w.events))
}

func list(events []auth.Event) (all []string) {
	for _, e := range events {
		all = append(all, e.Path+" "+string(e.Outcome))
	}
	return all
}
