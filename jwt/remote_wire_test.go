package jwt_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

func zipped(r io.Reader) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.Copy(w, r)
	_ = w.Close()
	return b.Bytes()
}

// blanks is an endless text.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) { return copy(p, manyBlanks), nil }

var manyBlanks = bytes.Repeat([]byte(" "), 1<<15)

// What a server sends in place of a good set over a real connection is a failed fetch: within bounds, and the last good set answers on.
func TestBadAnswersOfServers(t *testing.T) {
	bomb := zipped(strings.NewReader(keysNamed("k2"))) // followed by 100 MB
	bomb = append(bomb, bytes.Repeat(zipped(io.LimitReader(blanks{}, 1<<20)), 100)...)
	other := newKeyServer("k2")
	otherURL := other.loopback(t)
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"hang":         {hang, "deadline exceeded"},
		"slow drip":    {drip(50 * time.Millisecond), "deadline exceeded"},
		"status 500":   {fail, "status 500"},
		"status 404":   {http.NotFound, "status 404"},
		"status 201":   {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201); write(keysNamed("k2"))(w, r) }, "status 201"},
		"status 204":   {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, "status 204"},
		"HTML":         {write("<!DOCTYPE html><title>Sign in</title>"), "not a JSON object"},
		"nothing":      {write(""), "not a JSON object"},
		"half a set":   {write(keysNamed("k2")[:50]), "malformed"},
		"two sets":     {write(keysNamed("k2") + keysNamed("k2")), "malformed"},
		"a key":        {write(jwkNamed("k2")), "no member keys"},
		"100 MB":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, io.LimitReader(blanks{}, 100<<20)) }, "too long"},
		"a byte more":  {write(keysNamed("k2") + strings.Repeat(" ", 1<<20+1-len(keysNamed("k2")))), "too long"},
		"gzip bomb":    {withHeader("Content-Encoding", "gzip", write(string(bomb))), "too long"},
		"not gzip":     {withHeader("Content-Encoding", "gzip", write(keysNamed("k2"))), "gzip"},
		"half a gzip":  {withHeader("Content-Encoding", "gzip", write(string(zipped(strings.NewReader(keysNamed("k2")))[:60]))), "unexpected EOF"},
		"br":           {withHeader("Content-Encoding", "br", write("?")), "encoding"},
		"cut off":      {withHeader("Content-Length", "1000", write(keysNamed("k2"))), "unexpected EOF"},
		"huge header":  {withHeader("X", strings.Repeat("x", 1<<20), write(keysNamed("k2"))), "headers"},
		"other origin": {http.RedirectHandler(otherURL, http.StatusFound).ServeHTTP, "another origin"},
		"other scheme": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://"+r.Host+"/", http.StatusTemporaryRedirect)
		}, "another origin"},
		"user info": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://u:p@"+r.Host+"/", http.StatusMovedPermanently)
		}, "another origin"},
		"redirect loop":  {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, "too many redirects"},
		"hang up":        {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"257 keys":       {write(string(setOf(strings.Split(strings.Repeat(`{"kty":"x"} `, 257), " ")[:257]...))), "more than 256"},
		"9,000 levels":   {write(`{"keys":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`), "nested too deeply"},
		"keys are twice": {write(`{"keys":[],"keys":[` + jwkNamed("k2") + `]}`), "occurs twice"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newKeyServer("k1")
			r := newRemote(t, func(cfg *jwt.RemoteConfig) {
				cfg.URL = s.loopback(t)
				if test.want == "deadline exceeded" { // this is waited for
					cfg.Timeout = 300 * time.Millisecond
				}
			})
			err := r.Refresh(context.Background())
			for begun := time.Now(); err != nil && test.want == "deadline exceeded" && time.Since(begun) < 30*time.Second; {
				err = r.Refresh(context.Background()) // a busy machine may take that long for a good set
			}
			require.NoError(t, err)
			s.do(test.answer)

			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err = r.Refresh(context.Background())
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, jwt.ErrKeysUnavailable)
			require.ErrorContains(t, err, test.want)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20), "the server's side included")
			requireKnown(t, r, "k1")
		})
	}
	require.Zero(t, other.count(), "no other origin was asked")
}

func TestGoodAnswersOfServers(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"plain":         write(keysNamed("k1")),
		"text/html":     withHeader("Content-Type", "text/html", write(keysNamed("k1"))),
		"gzip":          withHeader("Content-Encoding", "gzip", write(string(zipped(strings.NewReader(keysNamed("k1")))))),
		"just 1 MiB":    write(keysNamed("k1") + strings.Repeat(" ", 1<<20-len(keysNamed("k1")))),
		"broken others": write(string(setOf(`{"kty":"AKP"}`, `5`, jwkNamed("k1"), `{"kty":"OKP","crv":"X25519","x":"AA"}`))),
		"without alg":   write(string(setOf(publicJWK(t, jwt.EdDSA, map[string]any{"alg": nil})))),
		"three redirects": func(w http.ResponseWriter, r *http.Request) {
			if n := len(r.URL.Path); n < len("/jwks.json")+3 {
				http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
				return
			}
			write(keysNamed("k1"))(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newKeyServer()
			s.do(answer)
			r := newRemote(t, func(cfg *jwt.RemoteConfig) { cfg.URL = s.loopback(t) })
			require.NoError(t, r.Refresh(context.Background()))
			requireKnown(t, r, "k1")
		})
	}
}

// The same origin may be spelled differently.
func TestRedirectsToTheSameOrigin(t *testing.T) {
	for from, tests := range map[string]map[string]bool{
		"https://keys.example.com/jwks.json": {
			"/x": true, "//keys.example.com/x": true, "https://KEYS.example.com:443/x": true,
			"https://keys.example.com:80/x": false, "https://keys.example.com.example.org/x": false, "https://example.com/x": false, "http://keys.example.com:443/x": false,
		},
		"http://keys.example.com:80/jwks.json": {
			"/x": true, "http://keys.example.com/x": true, "https://keys.example.com/x": false, "http://keys.example.com:443/x": false,
		},
	} {
		for to, same := range tests {
			synctest.Test(t, func(t *testing.T) {
				s := newKeyServer()
				s.do(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/jwks.json" {
						w.Header().Set("Location", to)
						w.WriteHeader(http.StatusFound)
						return
					}
					write(keysNamed("k1"))(w, r)
				})
				r := s.remote(t, func(cfg *jwt.RemoteConfig) { cfg.URL, cfg.InsecureAllowHTTP = from, true })
				err := r.Refresh(context.Background())
				if same {
					require.NoError(t, err, to)
					requireKnown(t, r, "k1")
				} else {
					require.ErrorContains(t, err, "another origin", to)
					require.Equal(t, 1, s.count(), to)
				}
			})
		}
	}
}

// The time for a fetch is that for all of it, however the server spends it.
func TestAFetchTakesFiveSecondsAtTheMost(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"hang": hang,
		"drip": drip(time.Second),
		"redirects": func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(2 * time.Second)
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newKeyServer()
				s.do(answer)
				r := s.remote(t, nil)
				start := time.Now()
				require.ErrorIs(t, r.Refresh(context.Background()), context.DeadlineExceeded)
				require.Equal(t, 5*time.Second, time.Since(start))
				time.Sleep(5 * time.Second) // for the server
			})
		})
	}
}

// Of 100 MB, little more than a set may have is taken off the wire.
func TestAnEndlessAnswerIsNotRead(t *testing.T) {
	var sent atomic.Int64
	s := newKeyServer()
	s.do(func(w http.ResponseWriter, _ *http.Request) {
		n, _ := io.Copy(w, io.LimitReader(blanks{}, 100<<20))
		sent.Store(n)
	})
	url := s.loopback(t)
	ended := make(chan struct{})
	s.do(func(answer http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			answer(w, r)
		}
	}(s.answer))
	r := newRemote(t, func(cfg *jwt.RemoteConfig) { cfg.URL = url })
	require.ErrorContains(t, r.Refresh(context.Background()), "too long")
	<-ended
	require.Less(t, sent.Load(), int64(32<<20), "the rest is what the kernel's buffers took")
}

// Keys are not sent for through a proxy that the environment names: http.ProxyFromEnvironment is what would do so.
func TestTheEnvironmentNamesNoProxy(t *testing.T) {
	require.Nil(t, jwt.NewTransport().Proxy)
}

func TestOverTLS(t *testing.T) {
	s := newKeyServer("k1")
	server := httptest.NewTLSServer(s)
	defer server.Close()
	r := newRemote(t, func(cfg *jwt.RemoteConfig) { cfg.URL = server.URL })
	require.ErrorContains(t, r.Refresh(context.Background()), "certificate")
	r = newRemote(t, func(cfg *jwt.RemoteConfig) { cfg.URL, cfg.Transport = server.URL, server.Client().Transport })
	require.NoError(t, r.Refresh(context.Background()))
	requireKnown(t, r, "k1")
}

// Readers see one set or the other while it is replaced ten thousand times.
func TestTenThousandRotations(t *testing.T) {
	rotations := 10_000
	if testing.Short() {
		rotations = 500
	}
	set := strings.Replace(keysNamed("k"), `"kid":"k"`, `"kid":"k%d"`, 1)
	var now atomic.Int64
	r := newRemote(t, func(cfg *jwt.RemoteConfig) {
		cfg.URL = "https://keys.example.com/"
		cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
			body := fmt.Sprintf(set, now.Load())
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
	})
	require.NoError(t, r.Refresh(context.Background()))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				n := now.Load()
				kid := fmt.Sprint("k", n)
				keys, err := r.Keys(context.Background(), kid, jwt.EdDSA)
				switch {
				case err != nil:
					t.Error(err)
				case len(keys) == 1 && keys[0].ID() != kid:
					t.Errorf("asked for %s, got %s", kid, keys[0].ID())
				}
				if all, _ := r.Keys(context.Background(), "", jwt.EdDSA); len(all) != 1 {
					t.Errorf("%d keys at a time", len(all))
				}
				time.Sleep(50 * time.Microsecond)
			}
		})
	}
	for n := range rotations {
		now.Store(int64(n))
		require.NoError(t, r.Refresh(context.Background()))
		requireKnown(t, r, fmt.Sprint("k", n))
		if n > 0 {
			requireUnknown(t, r, fmt.Sprint("k", n-1))
		}
	}
	close(done)
	readers.Wait()
}
