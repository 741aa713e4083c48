package main

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// gate is a way to a database server that can be closed.
type gate struct {
	t        testing.TB
	addr     string
	upstream string

	mu       sync.Mutex
	listener net.Listener
	held     bool // connections stay and nothing goes through them
	change   *sync.Cond
	conns    map[net.Conn]bool
	all      sync.WaitGroup
}

// openGate opens a gate before the server of a store's address and returns the address through it.
func openGate(t testing.TB, address string) (*gate, string) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	g := &gate{t: t, addr: freeAddr(t), upstream: u.Host, conns: make(map[net.Conn]bool)}
	g.change = sync.NewCond(&g.mu)
	g.open()
	t.Cleanup(func() {
		g.close()
		g.all.Wait()
	})
	u.Host = g.addr
	return g, u.String()
}

// open lets everything through, from now on.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = false
	g.change.Broadcast()
	if g.listener != nil {
		return
	}
	l, err := net.Listen("tcp", g.addr)
	require.NoError(g.t, err)
	g.listener, g.addr = l, l.Addr().String()
	g.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			g.all.Go(func() { g.pass(c) })
		}
	})
}

// close breaks all connections, and refuses new ones.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener != nil {
		_ = g.listener.Close()
	}
	g.listener, g.held = nil, false
	for c := range g.conns {
		_ = c.Close()
	}
	g.change.Broadcast()
}

// hold keeps all connections, old and new, and lets nothing through: a server that has lost its network, or hangs.
func (g *gate) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = true
}

func (g *gate) pass(client net.Conn) {
	server, err := net.Dial("tcp", g.upstream)
	if err != nil {
		_ = client.Close()
		return
	}
	g.mu.Lock()
	g.conns[client], g.conns[server] = true, true
	closed := g.listener == nil
	g.mu.Unlock()
	if closed {
		_ = client.Close()
		_ = server.Close()
	}
	g.all.Go(func() { g.copy(server, client) })
	g.copy(client, server)
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, client)
	delete(g.conns, server)
}

func (g *gate) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		g.mu.Lock()
		for g.held {
			g.change.Wait()
		}
		g.mu.Unlock()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// A database that cannot be reached is an outage, whatever is asked: 503, and never "wrong password" or "no such token". When it is back, everything
// is as it was.
func TestADatabaseThatIsAwayIsAnOutage(t *testing.T) {
	// While the database is there no request must be given up, on a machine on which the hash of a password takes a second or two.
	const usual, short = "15s", "8s"
	for _, test := range []struct {
		name    string
		backend backend
		profile string
		timeout string
		away    func(*gate)
	}{
		{"postgres is down", postgresBackend, "2025", usual, (*gate).close},
		{"postgres hangs", postgresBackend, "rfc", short, (*gate).hold},
		{"mysql is down", mysqlBackend, "legacy", usual, (*gate).close},
		{"mysql hangs", mysqlBackend, "2025", short, (*gate).hold},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			place := test.backend.make(t)
			g, through := openGate(t, place[1])
			flags := append(ownKeys(t), "-profile", test.profile, "-timeout", test.timeout, "-store", through)
			s := startServer(t, flags...)
			issued := s.issueAll(t)

			test.away(g)
			requireOutage(t, s, test.profile, issued)
			g.open()
			var got response
			require.Eventually(t, func() bool {
				var err error
				got, err = s.call("/user/1", nil, withToken(issued.opaque))
				return err == nil && got.status == 200
			}, patience, 20*time.Millisecond, "it comes back without a restart: %s", &got.body)
			for name, as := range issued.callers() {
				got := s.do(t, "/user/1", nil, as)
				require.Equal(t, 200, got.status, "%s: %s", name, got.body)
			}
			mustPair(t, s.do(t, routeToken, refreshForm(issued.refresh), s.client(false)))
			mustPair(t, s.do(t, routeToken, refreshForm(issued.jwtRefresh), s.client(true)))

			log := s.stderr.String()
			require.Contains(t, log, "level=ERROR", "the operator hears of it")
			for _, secret := range []string{"topsecret", issued.opaque, issued.refresh, issued.service, s.secret, s.apiKey} {
				require.NotContains(t, log, secret)
			}
		})
	}
}

// requireOutage sends every kind of request at once.
func requireOutage(t *testing.T, s *example, profile string, issued credentials) {
	t.Helper()
	me := basicAuth("my_username", "topsecret")
	type request struct {
		method string // in whose words it is refused
		path   string
		form   url.Values
		as     caller
	}
	requests := map[string]request{
		"password grant":           {"oauth", routeToken, loginForm, s.client(false)},
		"client_credentials grant": {"oauth", routeToken, issueForm, s.client(false)},
		"refresh":                  {"oauth", routeToken, refreshForm(issued.refresh), s.client(false)},
		"JWT client":               {"oauth", routeToken, form("grant_type", "client_credentials"), s.client(true)},
		"introspection":            {"oauth", routeIntrospect, form("token", issued.opaque), s.client(false)},
		"introspection of a JWT":   {"oauth", routeIntrospect, form("token", issued.jwtAccess), s.client(false)},
		"revocation by a client":   {"oauth", routeRevoke, form("token", issued.refresh), s.client(false)},
		"revocation by a user":     {"revoke", routeUserRevoke, form("token", issued.opaque), me},
		"identity token":           {"id-token", "/rest_api/id_token", form(), me},
		"generate":                 {"service-token", "/api/services_token/generate", form(), me},
		"services token alone":     {"service-token", "/api/user/1", nil, basicAuth(issued.service, "")},
		"an unknown token":         {"oauth", "/user/1", nil, withToken("aat_0123456789abcdefghijklmnopqrstuv")},
		"a wrong password":         {"basic", "/user/1", nil, basicAuth("my_username", "wrong")},
	}
	methods := map[string]string{"identity token": "jwt", "services token": "service-token", "API key": "apikey", "password": "basic"}
	for name, as := range issued.callers() {
		requests[name+" at a route"] = request{cmp.Or(methods[name], "oauth"), "/user/1", nil, as}
	}

	answers := make(map[string]response, len(requests))
	var mu sync.Mutex
	var all sync.WaitGroup
	for name, r := range requests {
		all.Go(func() {
			got, err := s.call(r.path, r.form, r.as)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			answers[name] = got
		})
	}
	all.Wait()
	for name, got := range answers {
		require.Equal(t, http.StatusServiceUnavailable, got.status, "%s: %s", name, got.body)
		require.NotEmpty(t, got.header.Get("Retry-After"), name)
		require.Empty(t, got.header.Values("Www-Authenticate"), "%s: nobody is asked for other credentials", name)
		requireRefused(t, profile, requests[name].method, "SERVICE_UNAVAILABLE", nil, got)
	}
}
