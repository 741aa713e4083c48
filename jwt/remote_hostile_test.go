package jwt_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// What a server that means harm, or is broken in an unusual way, can do to those who fetch its keys.

func TestAServerThatIsSilentInTheHandshakeKeepsNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var accepted []net.Conn
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted = append(accepted, c)
		}
	}()
	before := runtime.NumGoroutine()
	r, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{
		URL: "https://" + l.Addr().String() + "/", Algorithms: []jwt.Algorithm{jwt.EdDSA}, Timeout: 50 * time.Millisecond,
	})
	require.NoError(t, err)
	for range 10 {
		require.ErrorIs(t, r.Refresh(context.Background()), jwt.ErrKeysUnavailable)
	}
	require.NoError(t, r.Close())
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 30*time.Second, 10*time.Millisecond, // the one that looks
		"the connections end with the fetch")
	require.NoError(t, l.Close())
	<-stopped
	require.NotEmpty(t, accepted, "the server did keep silent, and was not just unreachable")
	for _, c := range accepted {
		_ = c.Close()
	}
}

// A key that its issuer publishes without a name answers to every name, a new key's too, until the new key is fetched.
func TestAKeyWithoutANameDoesNotHideANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const day = "max-age=86400"
		s := newKeyServer()
		s.do(withHeader("Cache-Control", day, write(string(setOf(publicJWK(t, jwt.EdDSA, map[string]any{"kid": nil}))))))
		r := s.remote(t, nil)
		_, err := r.Keys(context.Background(), "old", jwt.EdDSA)
		require.NoError(t, err)
		s.do(withHeader("Cache-Control", day, write(keysNamed("new"))))
		for range 11 {
			time.Sleep(time.Second)
			_, err := r.Keys(context.Background(), "new", jwt.EdDSA)
			require.NoError(t, err)
			synctest.Wait()
		}
		keys, err := r.Keys(context.Background(), "new", jwt.EdDSA)
		require.NoError(t, err)
		require.Len(t, keys, 1)
		require.Equal(t, "new", keys[0].ID())
		require.Equal(t, 2, s.count())
	})
	synctest.Test(t, func(t *testing.T) { // and the names of such keys cause no more fetches than unknown ones
		s := newKeyServer()
		s.do(write(string(setOf(publicJWK(t, jwt.EdDSA, map[string]any{"kid": nil})))))
		r := s.remote(t, nil)
		for i := range 600 {
			keys, err := r.Keys(context.Background(), fmt.Sprint("k", i), jwt.EdDSA)
			require.NoError(t, err)
			require.Len(t, keys, 1)
			time.Sleep(100 * time.Millisecond)
		}
		require.LessOrEqual(t, s.count(), 7)
	})
}

func TestHostsAreComparedAsTheyAreConnectedTo(t *testing.T) {
	for _, host := range []string{"stra\u00dfe.example", "\u03b2\u03bf\u03bb\u03bf\u03c2.example", "localho\u017ft"} {
		_, err := jwt.NewRemoteKeySet(jwt.RemoteConfig{URL: "https://" + host + "/", Algorithms: []jwt.Algorithm{jwt.EdDSA}})
		require.ErrorContains(t, err, "beyond ASCII")
	}
	s := newKeyServer()
	s.do(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Location", "http://\u212aeys.example/b") // the Kelvin sign, which folds to k
			w.WriteHeader(http.StatusFound)
			return
		}
		write(keysNamed("k1"))(w, r)
	})
	r := newRemote(t, func(cfg *jwt.RemoteConfig) {
		cfg.URL, cfg.InsecureAllowHTTP, cfg.Transport = "http://keys.example/", true, s.piped(t)
	})
	require.ErrorContains(t, r.Refresh(context.Background()), "another origin")
}

func TestWhatAServerSaysIsCutInErrors(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a redirect to nowhere": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://a b/"+strings.Repeat("%zz", 8000))
			w.WriteHeader(http.StatusFound)
		},
		"unusable keys": write(`{"keys":[` + strings.TrimSuffix(strings.Repeat(`{"kty":"x"},`, 256), ",") + `]}`),
		"a bad header": func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nbad\x1b[31m line" + strings.Repeat("x", 60000) + "\r\n\r\n"))
				_ = c.Close()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newKeyServer()
			s.do(answer)
			r := newRemote(t, func(cfg *jwt.RemoteConfig) { cfg.URL = s.loopback(t) })
			require.Error(t, r.Refresh(context.Background()))
			_, err := r.Keys(context.Background(), "x", jwt.EdDSA)
			require.ErrorIs(t, err, jwt.ErrKeysUnavailable)
			require.Less(t, len(err.Error()), 1100)
			require.NotContains(t, err.Error(), "\x1b")
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// exiting ends the goroutine that calls it, as a failed test does.
type exiting struct{}

func (exiting) RoundTrip(*http.Request) (*http.Response, error) {
	runtime.Goexit()
	return nil, errors.New("not reached")
}

func TestAGoroutineThatIsEndedLetsTheOthersGo(t *testing.T) {
	r := newRemote(t, func(cfg *jwt.RemoteConfig) { cfg.URL, cfg.Transport = "https://keys.example/", exiting{} })
	for range 2 {
		require.ErrorContains(t, r.Refresh(context.Background()), "did not return")
	}
	require.NoError(t, r.Close())

	s := newKeyServer("k1")
	r = newRemote(t, func(cfg *jwt.RemoteConfig) {
		cfg.URL, cfg.OnFetch = s.loopback(t), func(*jwt.KeySet, error) { runtime.Goexit() }
	})
	for range 2 {
		require.NoError(t, r.Refresh(context.Background()))
	}
	requireKnown(t, r, "k1")
	require.NoError(t, r.Close())
}
