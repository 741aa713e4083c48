package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// traffic is several clients that log in, refresh and ask for tokens, and remember what they were given and what they do not know.
type traffic struct {
	server   atomic.Pointer[example]
	answered atomic.Int64 // with 200
	refused  atomic.Int64 // with 503, in the documented shape
	clients  []*trafficClient
}

// trafficClient is one of them. It waits for the answer to a request before it sends the next, as clients with refresh tokens must.
type trafficClient struct {
	jwts       bool // its access tokens have no record
	families   []*family
	loose      []string // access tokens without a family
	lostLogins int      // requests whose answer it did not get
	lostIssues int
}

// family is what descends from one login.
type family struct {
	access  []string
	spent   []string
	refresh string // the last one
	lost    bool   // the answer to its use: it may be spent or not
}

const trafficClients = 8

func newTraffic(s *example) *traffic {
	f := new(traffic)
	f.server.Store(s)
	for i := range trafficClients {
		f.clients = append(f.clients, &trafficClient{jwts: i%4 == 3})
	}
	return f
}

// run lets all clients work until so many requests were answered in all. A client whose connection breaks ends, for its server is gone,
// unless goOn: then it goes on with a new login once there are answers again, and so it does after a 503. at is called when half of the requests
// were answered, once.
func (f *traffic) run(t *testing.T, until int64, goOn bool, at func()) {
	half := (f.answered.Load() + until) / 2
	var once sync.Once
	var all sync.WaitGroup
	for _, c := range f.clients {
		all.Go(func() {
			for step := 0; f.answered.Load() < until; step++ {
				got, err := c.step(f.server.Load(), step)
				switch {
				case err != nil && !goOn:
					return
				case err != nil:
					t.Error(err)
					return
				case got.status == http.StatusOK:
					if f.answered.Add(1) >= half {
						once.Do(at)
					}
				case got.status == http.StatusServiceUnavailable && goOn:
					f.refused.Add(1)
					if got.header.Get("Retry-After") == "" || got.body != unavailable {
						t.Errorf("not the documented answer: %v %s", got.header, got.body)
					}
					time.Sleep(10 * time.Millisecond) // Retry-After would be longer
				default:
					t.Errorf("%d %s", got.status, got.body)
					return
				}
			}
		})
	}
	all.Wait()
}

// unavailable is the documented body of a 503 of the token endpoint.
var unavailable = func() string {
	rec := httptest.NewRecorder()
	autherr.Respond(rec, httptest.NewRequest(http.MethodPost, routeToken, nil), autherr.Profile2025(nil), autherr.Unavailable(autherr.MethodOAuth, errors.New("away")))
	return rec.Body.String()
}()

// step sends one request: a login if there is no family to go on with, and else a refreshing and an issue by turns.
func (c *trafficClient) step(s *example, step int) (got response, err error) {
	current := &family{lost: true}
	if n := len(c.families); n > 0 {
		current = c.families[n-1]
	}
	var p pair
	send := func(form url.Values) bool {
		if got, err = s.call(routeToken, form, s.client(c.jwts)); err == nil && got.status == http.StatusOK {
			p, err = parsePair(got)
		}
		return err == nil && got.status == http.StatusOK
	}
	switch {
	case current.lost:
		if !send(loginForm) {
			c.lostLogins++
			break
		}
		c.families = append(c.families, &family{access: []string{p.Access}, refresh: p.Refresh})
	case step%2 == 0:
		if !send(refreshForm(current.refresh)) {
			current.lost = true
			break
		}
		current.spent, current.refresh = append(current.spent, current.refresh), p.Refresh
		current.access = append(current.access, p.Access)
	default:
		form := issueForm
		if c.jwts { // acts for its own user
			form = url.Values{"grant_type": issueForm["grant_type"]}
		}
		if !send(form) {
			c.lostIssues++
			break
		}
		c.loose = append(c.loose, p.Access)
	}
	return got, err
}
