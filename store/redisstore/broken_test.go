package redisstore_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// requireSecret checks that an error shows nothing of a token.
func requireSecret(t *testing.T, err error, tokens ...store.Token) {
	t.Helper()
	text := fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err))
	for _, tok := range tokens {
		for _, part := range []string{string(tok.ID[:6]), tok.ID.String()[:12], hex.EncodeToString(tok.ID[:6]), tok.Family, tok.UserID, "evalsha"} {
			require.NotContains(t, strings.ToLower(text), strings.ToLower(part))
		}
	}
}

// TestGarbage: whatever a server answers that is not an answer is an outage.
func TestGarbage(t *testing.T) {
	tok := newToken()
	tok.Family, tok.UserID = "garbage-family", "garbage-user"
	direct := testClient(t)
	prefix := newPrefix(t, direct)
	require.NoError(t, newStore(t, direct, prefix).CreateTokens(t.Context(), tok))
	key := "{" + prefix + "}t" + string(tok.ID[:])
	for name, answer := range map[string]string{
		"noise":             "\x00\x01\x02\xff" + key + "\r\n",
		"HTTP":              "HTTP/1.1 400 Bad Request\r\n\r\n",
		"status":            "+OK\r\n",
		"number":            ":1\r\n",
		"list of nothing":   "*0\r\n",
		"list of numbers":   "*2\r\n:1\r\n:2\r\n",
		"list with nil":     "*2\r\n$-1\r\n$-1\r\n",
		"another's answer":  "*2\r\n$8\r\nABCDEFGH\r\n$4\r\ndone\r\n",
		"echo":              "-ERR unknown command 'evalsha', with args beginning with: '" + key + "' 'garbage-family'\r\n",
		"no right":          "-NOPERM no permission for garbage-family\r\n",
		"not authenticated": "-NOAUTH Authentication required.\r\n",
		"broken script":     "-ERR user_script:1: garbage-user script: x, on @user_script:1.\r\n",
		"read-only":         "-READONLY You can't write against a read only replica.\r\n",
		"loading":           "-LOADING Redis is loading the dataset in memory\r\n",
		"disk":              "-MISCONF Redis is configured to save RDB snapshots\r\n",
		"busy":              "-BUSY Redis is busy running a script.\r\n",
		"memory":            "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
		"down":              "-CLUSTERDOWN The cluster is down\r\n",
		"cut":               "",
		"half":              "*2\r\n$8\r\nABC",
	} {
		t.Run(name, func(t *testing.T) {
			p := startProxy(t, serverOptions(t).Addr)
			o := serverOptions(t)
			o.Addr, o.MaxRetries, o.ReadTimeout = p.addr, -1, time.Minute
			if name == "half" { // nothing else ends the wait for the other one
				o.ReadTimeout = 100 * time.Millisecond
			}
			s := newStore(t, newClient(t, o), prefix)
			eventually(t, "the connection is up", func() error { return s.Check(t.Context()) })
			p.set(func(string, string) (string, verdict) {
				if answer == "" {
					return "", cut
				}
				return answer, deliver
			})
			for _, method := range methods(s, tok) {
				err := method.call(t.Context())
				requireOutage(t, err)
				require.Equal(t, name == "memory", errors.Is(err, store.ErrFull))
				requireSecret(t, err, tok)
				require.ErrorContains(t, err, "redisstore: "+method.name+": ")
			}
		})
	}
}

// TestAnswersInDisorder: a connection that is one answer behind gives a token to nobody who asked for another.
func TestAnswersInDisorder(t *testing.T) {
	direct := testClient(t)
	prefix := newPrefix(t, direct)
	p := startProxy(t, serverOptions(t).Addr)
	o := serverOptions(t)
	o.Addr, o.MaxRetries, o.PoolSize = p.addr, -1, 1
	s := newStore(t, newClient(t, o), prefix)
	victim, mine := newToken(), newToken()
	victim.UserID = "victim"
	require.NoError(t, s.CreateTokens(t.Context(), victim))
	require.NoError(t, s.CreateTokens(t.Context(), mine))
	last := ""
	p.set(func(_, answer string) (string, verdict) {
		answer, last = last, answer
		if answer == "" {
			answer = last
		}
		return answer, deliver
	})
	_, err := s.TokenByID(t.Context(), victim.ID)
	require.NoError(t, err)
	got, err := s.TokenByID(t.Context(), mine.ID)
	requireOutage(t, err)
	require.Equal(t, store.Token{}, got)
	for _, method := range methods(s, mine) {
		requireOutage(t, method.call(t.Context()))
	}
}

// TestHangingServer: however long the client would wait, a call ends with its context, with its cause.
func TestHangingServer(t *testing.T) {
	direct := testClient(t)
	prefix := newPrefix(t, direct)
	tok := newToken()
	require.NoError(t, newStore(t, direct, prefix).CreateTokens(t.Context(), tok))
	p := startProxy(t, serverOptions(t).Addr)
	p.set(func(request, answer string) (string, verdict) {
		if strings.Contains(request, prefix) {
			return "", hang
		}
		return answer, deliver
	})
	for _, respects := range []bool{false, true} {
		o := serverOptions(t)
		o.Addr, o.ContextTimeoutEnabled = p.addr, respects
		o.ReadTimeout, o.PoolSize = time.Hour, 50 // only the context can end it
		s := newStore(t, newClient(t, o), prefix)
		for _, method := range methods(s, tok) {
			late, cancelLate := context.WithTimeoutCause(t.Context(), 30*time.Millisecond, errCause)
			err := method.call(late)
			cancelLate()
			require.ErrorIs(t, err, errCause, method.name)
			requireOutage(t, err)

			cancelled, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(10*time.Millisecond, func() { cancel(errCause) })
			err = method.call(cancelled)
			require.ErrorIs(t, err, errCause, method.name)
			requireOutage(t, err)
		}
	}
}

var errCause = errors.New("the reason")

// TestNoServer: nobody listens.
func TestNoServer(t *testing.T) {
	s, err := redisstore.New(redisstore.Config{Client: newClient(t, &redis.Options{Addr: freeAddr(t), MaxRetries: -1, DialerRetries: 1})})
	require.NoError(t, err)
	for _, method := range methods(s, newToken()) {
		requireOutage(t, method.call(t.Context()))
		requireOutage(t, method.call(context.Background()))
	}
}

// TestClosedClient: the client is the caller's, and he has closed it.
func TestClosedClient(t *testing.T) {
	c := redis.NewClient(serverOptions(t))
	s := newStore(t, c, newPrefix(t, testClient(t)))
	require.NoError(t, c.Close())
	for _, method := range methods(s, newToken()) {
		err := method.call(t.Context())
		requireOutage(t, err)
		require.ErrorIs(t, err, redis.ErrClosed)
	}
}
