package redisstore_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNothingGoesOnWithoutTheClient: calls that were given up, which no answer ever came to, end with the client.
func TestNothingGoesOnWithoutTheClient(t *testing.T) {
	direct := testClient(t)
	prefix := newPrefix(t, direct)
	p := startProxy(t, serverOptions(t).Addr)
	p.set(func(request, answer string) (string, verdict) {
		if strings.Contains(request, prefix) {
			return "", hang
		}
		return answer, deliver
	})
	o := serverOptions(t)
	o.Addr, o.ReadTimeout, o.PoolSize = p.addr, time.Hour, 50
	require.NoError(t, direct.Ping(t.Context()).Err())
	before := runtime.NumGoroutine()
	client := newClient(t, o)
	s := newStore(t, client, prefix)
	for _, method := range methods(s, newToken()) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		requireOutage(t, method.call(ctx))
		cancel()
	}
	require.Greater(t, runtime.NumGoroutine(), before+1, "the calls go on")
	require.NoError(t, client.Close())
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, patience, 10*time.Millisecond) // the one that looks
}
