package auth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

func TestServersWithOneKeyCountARepeatedPasswordOnce(t *testing.T) {
	key := func(b byte) auth.FloodKey { return bytes.Repeat([]byte{b}, auth.MinFloodKey) }
	for name, c := range map[string]struct {
		first, second auth.FloodKey
		once          bool
	}{
		"the same key": {key('a'), key('a'), true},
		"other keys":   {key('a'), key('b'), false},
		"none":         {nil, nil, false},
		"one has none": {key('a'), nil, false},
	} {
		counters := auth.NewCounters(0)
		servers := []*door{
			newDoor(t, auth.LoginConfig{Counters: counters, FloodKey: c.first}),
			newDoor(t, auth.LoginConfig{Counters: counters, FloodKey: c.second}),
		}
		for _, user := range []string{"my_username", "nobody"} {
			for range 3 {
				for _, d := range servers {
					require.Equal(t, wrongCode, d.try(from(here), user, "my old password"), name)
				}
			}
			servers[0].fail(from(here), user, 3)
			if c.once {
				require.Equal(t, wrongCode, servers[1].try(from(here), user, "another"), name)
			}
			for _, d := range servers {
				d.limited(from(here), user, "my old password")
			}
		}
	}
}

func TestAFloodKeyIsKeptOutOfCountersAndLogs(t *testing.T) {
	key := auth.FloodKey("SeCrEt-0123456789abcdef0123456789")
	ids := &eventIDs{Counters: auth.NewCounters(0)}
	d := newDoor(t, auth.LoginConfig{Counters: ids, FloodKey: key})
	d.fail(from(here), "my_username", 3)
	require.Len(t, ids.seen, 3, "each is another event")

	for _, v := range []any{key, &key, auth.LoginConfig{FloodKey: key}, d.Login} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb, v)
			require.NotContains(t, text, "SeCrEt", verb)
			require.NotContains(t, text, fmt.Sprintf("%x", "SeCrEt"), verb)
			require.NotContains(t, text, fmt.Sprint([]byte("SeCrEt"))[1:20], verb)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key)
	object, err := json.Marshal(map[string]any{"key": key})
	require.NoError(t, err)
	require.NotContains(t, log.String()+string(object), "SeCrEt")
	require.Contains(t, log.String(), "redacted")
}

// eventIDs remembers which events it has counted.
type eventIDs struct {
	*auth.Counters
	seen map[store.EventID]bool
}

func (c *eventIDs) CountEvent(ctx context.Context, now time.Time, event store.EventID, limits ...store.Limit) error {
	if c.seen == nil {
		c.seen = map[store.EventID]bool{}
	}
	c.seen[event] = true
	return c.Counters.CountEvent(ctx, now, event, limits...)
}
