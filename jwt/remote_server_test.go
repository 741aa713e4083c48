package jwt_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// keyServer is the server of an issuer's keys, which can be told to misbehave. It serves over loopback or, in the bubbles of testing/synctest, over
// pipes: HTTP is spoken in both.
type keyServer struct {
	mu      sync.Mutex
	answer  http.HandlerFunc
	fetches []time.Time // when each was asked for

	// How many are under way at a time over pipes, as those who ask see it: the server notices a little later that somebody has hung up.
	running, most int
}

// newKeyServer returns a server that publishes keys with these IDs.
func newKeyServer(kids ...string) *keyServer {
	s := new(keyServer)
	s.publish(kids...)
	return s
}

func (s *keyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.fetches = append(s.fetches, time.Now())
	answer := s.answer
	s.mu.Unlock()
	answer(w, r)
}

// do changes what the server does.
func (s *keyServer) do(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

// publish makes the server answer with keys of these IDs.
func (s *keyServer) publish(kids ...string) { s.do(write(keysNamed(kids...))) }

// count returns how many fetches there were.
func (s *keyServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.fetches)
}

// gaps returns the times between the fetches so far, and forgets all but the last.
func (s *keyServer) gaps() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []time.Duration
	for i := 1; i < len(s.fetches); i++ {
		list = append(list, s.fetches[i].Sub(s.fetches[i-1]))
	}
	s.fetches = s.fetches[max(0, len(s.fetches)-1):]
	return list
}

// loopback starts the server on a port of this machine and returns the address of its keys.
func (s *keyServer) loopback(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL + "/jwks.json"
}

// piped starts the server and returns a transport on which every host is this server.
func (s *keyServer) piped(t testing.TB) http.RoundTripper {
	t.Helper()
	conns, ended := make(chan net.Conn), make(chan struct{})
	server := &http.Server{Handler: s}
	go func() { _ = server.Serve(pipes{conns, ended}) }()
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return &counting{s, &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			select {
			case conns <- theirs:
				return ours, nil
			case <-ended:
				return nil, net.ErrClosed
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	}}
}

// counting counts the requests that are under way: until they have failed, or their answer's body is closed.
type counting struct {
	s *keyServer
	http.RoundTripper
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.add(1)
	resp, err := c.RoundTripper.RoundTrip(r)
	if err != nil {
		c.add(-1)
		return nil, err
	}
	resp.Body = &countedBody{resp.Body, sync.OnceFunc(func() { c.add(-1) })}
	return resp, nil
}

func (c *counting) add(n int) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.running += n
	c.s.most = max(c.s.most, c.s.running)
}

type countedBody struct {
	io.ReadCloser
	ended func()
}

func (b *countedBody) Close() error {
	defer b.ended()
	return b.ReadCloser.Close()
}

// pipes is a net.Listener.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	close(p.ended)
	return nil
}

func (p pipes) Addr() net.Addr { return &net.IPAddr{} }

// remote returns a key set from s over pipes; change may be nil.
func (s *keyServer) remote(t testing.TB, change func(*jwt.RemoteConfig)) *jwt.RemoteKeySet {
	t.Helper()
	return newRemote(t, func(cfg *jwt.RemoteConfig) {
		cfg.URL, cfg.Transport = "https://keys.example.com/jwks.json", overHTTP{s.piped(t)}
		if change != nil {
			change(cfg)
		}
	})
}

// overHTTP lets an https address be served without TLS.
type overHTTP struct{ http.RoundTripper }

func (o overHTTP) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	return o.RoundTripper.RoundTrip(r)
}

// newRemote returns a key set that is closed when the test ends.
func newRemote(t testing.TB, change func(*jwt.RemoteConfig)) *jwt.RemoteKeySet {
	t.Helper()
	cfg := jwt.RemoteConfig{Algorithms: []jwt.Algorithm{jwt.EdDSA}}
	change(&cfg)
	r, err := jwt.NewRemoteKeySet(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// edNamed is the private key that the tests' servers publish under a key ID, unless told otherwise.
func edNamed(kid string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(kid))
	return ed25519.NewKeyFromSeed(seed[:])
}

func jwkNamed(kid string) string {
	return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":%q,"x":%q}`, kid, b64(string(edNamed(kid).Public().(ed25519.PublicKey))))
}

func keysNamed(kids ...string) string {
	var keys []string
	for _, kid := range kids {
		keys = append(keys, jwkNamed(kid))
	}
	return string(setOf(keys...))
}

// Things that a server may do.

func write(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func fail(w http.ResponseWriter, _ *http.Request) { http.Error(w, "out of order", 500) }

func after(d time.Duration, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(d)
		then(w, r)
	}
}

func withHeader(name, value string, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		then(w, r)
	}
}

// drip sends a set one byte at a time.
func drip(pause time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, c := range []byte(keysNamed("k1")) {
			if _, err := w.Write([]byte{c}); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(pause):
			case <-r.Context().Done():
				return
			}
		}
	}
}

// Three answers to a key ID.

func requireKnown(t testing.TB, r *jwt.RemoteKeySet, kid string) {
	t.Helper()
	keys, err := r.Keys(context.Background(), kid, jwt.EdDSA)
	require.NoError(t, err)
	require.Len(t, keys, 1, "kid %s", kid)
	require.Equal(t, kid, keys[0].ID())
}

func requireUnknown(t testing.TB, r *jwt.RemoteKeySet, kid string) {
	t.Helper()
	keys, err := r.Keys(context.Background(), kid, jwt.EdDSA)
	require.NoError(t, err)
	require.Empty(t, keys, "kid %s", kid)
}

func requireOutage(t testing.TB, r *jwt.RemoteKeySet, kid string) {
	t.Helper()
	keys, err := r.Keys(context.Background(), kid, jwt.EdDSA)
	require.ErrorIs(t, err, jwt.ErrKeysUnavailable)
	require.Nil(t, keys)
}
