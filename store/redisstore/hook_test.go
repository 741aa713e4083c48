package redisstore_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// hook does something in place of each command.
type hook struct{ do func() }

func (hook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (h hook) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(context.Context, redis.Cmder) error { h.do(); return nil }
}

// TestPanickingHook: a panic in the client arrives at the caller, where it can be recovered from, and does not end the program.
func TestPanickingHook(t *testing.T) {
	c := newClient(t, serverOptions(t))
	c.AddHook(hook{func() { panic("from the hook") }})
	s := newStore(t, c, "apiauth-test:")
	for _, method := range methods(s, newToken()) {
		require.PanicsWithValue(t, "from the hook", func() { _ = method.call(t.Context()) }, method.name)
	}
}

// TestVanishingHook: a client whose goroutine ends has answered nothing, least of all that it is done.
func TestVanishingHook(t *testing.T) {
	c := newClient(t, serverOptions(t))
	c.AddHook(hook{runtime.Goexit})
	s := newStore(t, c, "apiauth-test:")
	for _, method := range methods(s, newToken()) {
		requireOutage(t, method.call(t.Context()))
	}
}

// TestSilentHook: a hook that does nothing and reports success has not stored anything.
func TestSilentHook(t *testing.T) {
	c := newClient(t, serverOptions(t))
	c.AddHook(hook{func() {}})
	s := newStore(t, c, "apiauth-test:")
	for _, method := range methods(s, newToken()) {
		requireOutage(t, method.call(t.Context()))
	}
}
