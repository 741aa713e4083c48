package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestAnOperationWithoutARequestIsToldOf(t *testing.T) {
	known := auth.Event{Kind: auth.EventTokenRevoke, UserID: "1"}
	missing, down := errors.New("no such token"), autherr.Unavailable(autherr.MethodJWT, errors.New("down"))
	for name, c := range map[string]struct {
		err  error
		want auth.Event
	}{
		"success": {nil, auth.Event{Outcome: success}},
		"failure": {missing, auth.Event{Outcome: failure, Cause: missing}},
		"outage":  {down, auth.Event{Outcome: auth.OutcomeOutage, Code: autherr.ServiceUnavailable, Method: autherr.MethodJWT, Cause: autherr.From(down).Cause}},
		"bug":     {autherr.Internal("", missing), auth.Event{Outcome: auth.OutcomeError, Code: autherr.InternalError, Cause: missing}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var s recorder
			begin := time.Now()
			do := func(_ context.Context, e *auth.Event) error {
				time.Sleep(time.Second)
				e.ClientID = "app"
				return c.err
			}
			require.Equal(t, c.err, auth.TellOperation(t.Context(), &s, known, do), name)
			c.want.Time, c.want.Duration = begin.UTC(), time.Second
			c.want.Kind, c.want.UserID, c.want.User, c.want.ClientID = known.Kind, "1", "1", "app"
			require.Equal(t, []auth.Event{c.want}, s.take(), name)
			require.Equal(t, c.err, auth.TellOperation(t.Context(), nil, known, do), "nobody is told")
		})
	}

	var s recorder
	require.PanicsWithValue(t, "down", func() {
		_ = auth.TellOperation(t.Context(), &s, auth.Event{}, func(context.Context, *auth.Event) error { panic("down") })
	})
	e := s.take()[0]
	require.Equal(t, []any{auth.OutcomeError, auth.Anonymous, netip.Addr{}}, []any{e.Outcome, e.User, e.Address})

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sink := auth.EventFunc(func(ctx context.Context, e auth.Event) error {
		require.NoError(t, ctx.Err(), "who asked has left, and is told of all the same")
		require.Len(t, e.UserID, 1024, "no audit record is too long to be kept")
		panic("sink")
	})
	require.NoError(t, auth.TellOperation(ctx, sink, auth.Event{UserID: strings.Repeat("x", 2000)}, func(context.Context, *auth.Event) error { return nil }))
}

// What is a part of an operation is not told as another: neither in a request to an endpoint for that, nor in a method that calls another.
func TestAnOperationIsToldOnce(t *testing.T) {
	var outer, inner recorder
	revoke := func(ctx context.Context) error {
		return auth.TellOperation(ctx, &inner, auth.Event{Kind: auth.EventTokenRevoke}, func(context.Context, *auth.Event) error { return nil })
	}
	for _, c := range []struct {
		kind   auth.EventKind
		events auth.EventSink
		inner  int
	}{
		{auth.EventTokenRevoke, &outer, 0},
		{auth.EventOperation, &outer, 1}, // of the application's own, which may do more than that
		{auth.EventTokenRevoke, nil, 1},  // nobody is told of the whole
	} {
		endpoint := auth.NewEndpoint(auth.EndpointConfig{Events: c.events, Kind: c.kind}, func(r *http.Request) (*auth.Reply, error) {
			return &auth.Reply{}, revoke(r.Context())
		})
		endpoint.ServeHTTP(httptest.NewRecorder(), post(""))
		require.Len(t, inner.take(), c.inner, c.kind)

		require.NoError(t, auth.TellOperation(t.Context(), c.events, auth.Event{Kind: c.kind}, func(ctx context.Context, _ *auth.Event) error { return revoke(ctx) }))
		require.Len(t, inner.take(), c.inner, c.kind)
		if told := outer.take(); c.events != nil {
			require.Len(t, told, 2)
			require.Equal(t, c.kind, told[1].Kind)
		}
	}
}
