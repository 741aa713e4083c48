package redisstore_test

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// proxy stands on the loopback interface between a client and the server for tests. What it does to the answers can be changed while
// connections are open.
type proxy struct {
	t        testing.TB
	addr     string
	upstream string

	mu      sync.Mutex
	meddle  func(request, answer string) (string, verdict)
	conns   map[net.Conn]bool
	pending sync.WaitGroup
}

type verdict int

const (
	deliver verdict = iota
	cut             // the server has done it, and the connection ends before the answer
	hang            // the answer never comes
)

func startProxy(t testing.TB, upstream string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{t: t, addr: l.Addr().String(), upstream: upstream, conns: make(map[net.Conn]bool)}
	p.pending.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.pending.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		p.pending.Wait()
	})
	return p
}

// serve passes on what the client sends, and of each answer asks with its beginning what to do. Clients do not pipeline here.
func (p *proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.upstream)
	if err != nil {
		_ = client.Close()
		return
	}
	defer p.forget(client)
	defer p.forget(server)
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	var request atomic.Pointer[string]
	p.pending.Go(func() {
		defer server.Close()
		buffer := make([]byte, 1<<20)
		for {
			n, err := client.Read(buffer)
			if err != nil {
				return
			}
			sent := string(buffer[:n])
			request.Store(&sent)
			if _, err := server.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
	buffer := make([]byte, 1<<20)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		answer, verdict := string(buffer[:n]), deliver
		if r := request.Swap(nil); r != nil { // it begins here
			answer, verdict = p.judge(*r, answer)
		}
		switch verdict {
		case cut:
			return
		case hang:
			_, _ = server.Read(buffer) // until the client gives up
			return
		}
		if _, err := client.Write([]byte(answer)); err != nil {
			return
		}
	}
}

func (p *proxy) forget(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *proxy) judge(request, answer string) (string, verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.meddle == nil {
		return answer, deliver
	}
	return p.meddle(request, answer)
}

// set changes what is done to the answers.
func (p *proxy) set(meddle func(request, answer string) (string, verdict)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.meddle = meddle
}

// clients returns clients that go through the proxy: of a single server, of a cluster, and one that sends what it has to send together.
func (p *proxy) clients(t testing.TB) map[string]redis.UniversalClient {
	t.Helper()
	o := serverOptions(t)
	o.Addr = p.addr
	cluster := redis.NewClusterClient(&redis.ClusterOptions{
		Username: o.Username, Password: o.Password,
		ClusterSlots: manualSlots(p.addr),
	})
	t.Cleanup(func() { _ = cluster.Close() })
	auto, err := newClient(t, o).AutoPipeline()
	require.NoError(t, err)
	t.Cleanup(func() { _ = auto.Close() })
	return map[string]redis.UniversalClient{"single": newClient(t, o), "cluster": cluster, "pipelining": auto}
}
