package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// logged is a log without times.
type logged struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(b)
}

// take returns the lines since it was called last.
func (l *logged) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := strings.TrimSuffix(l.lines.String(), "\n")
	l.lines.Reset()
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func newLogged(t testing.TB, level slog.Level, o *auth.SlogOptions) (*logged, *auth.SlogSink) {
	t.Helper()
	l := &logged{}
	s, err := auth.NewSlogSink(slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" {
			return slog.Attr{}
		}
		return a
	}})), o)
	require.NoError(t, err)
	return l, s
}

var aFailure = auth.Event{Kind: auth.EventAuthentication, Outcome: auth.OutcomeInvalidCredentials, Method: "basic", User: auth.Anonymous, Address: netip.MustParseAddr("192.0.2.1"),
	HTTPMethod: "GET", Path: "/node/1", Status: 401, Code: autherr.InvalidCredentials, UserAgent: "curl", Cause: errors.New("password mismatch")}

func TestASlogSinkLogsEverythingThatIsThere(t *testing.T) {
	log, s := newLogged(t, slog.LevelDebug, nil)
	require.NoError(t, s.Record(t.Context(), aFailure))
	require.NoError(t, s.Record(t.Context(), auth.Event{Kind: auth.EventTokenIssue, Outcome: auth.OutcomeSuccess, Method: "oauth", Application: "oauth001", UserID: "1", User: "my_username", ClientID: "robot", Status: 200}))
	require.Equal(t, []string{
		`level=WARN msg=auth kind=authentication outcome=invalid_credentials method=basic user=anonymous address=192.0.2.1 http_method=GET path=/node/1 status=401 code=INVALID_CREDENTIALS user_agent=curl cause="password mismatch"`,
		`level=INFO msg=auth kind=token_issue outcome=success method=oauth application=oauth001 user_id=1 user=my_username client_id=robot status=200`,
	}, log.take())
}

func TestLevelsByOutcome(t *testing.T) {
	for outcome, want := range map[auth.Outcome]slog.Level{
		auth.OutcomeFailure: slog.LevelInfo, auth.OutcomeExpiredToken: slog.LevelInfo, auth.OutcomeAccessDenied: slog.LevelInfo, auth.OutcomeCanceled: slog.LevelInfo,
		auth.OutcomeInvalidCredentials: slog.LevelWarn, auth.OutcomeBlocked: slog.LevelWarn, auth.OutcomeIPBlocked: slog.LevelWarn, auth.OutcomeTooManyRequests: slog.LevelWarn,
		auth.OutcomeInsecureTransport: slog.LevelWarn, auth.OutcomeOutage: slog.LevelError, auth.OutcomeError: slog.LevelError,
	} {
		require.Equal(t, want, auth.EventLevel(auth.Event{Kind: auth.EventAuthentication, Outcome: outcome}), outcome)
		log, s := newLogged(t, want+1, nil)
		require.NoError(t, s.Record(t.Context(), auth.Event{Outcome: outcome}))
		require.Empty(t, log.take(), "the logger does not want it")
	}
	require.Equal(t, slog.LevelDebug, auth.EventLevel(auth.Event{Kind: auth.EventAuthentication, Outcome: auth.OutcomeSuccess}))
	require.Equal(t, slog.LevelInfo, auth.EventLevel(auth.Event{Kind: auth.EventLogin, Outcome: auth.OutcomeSuccess}))

	log, s := newLogged(t, slog.LevelError, &auth.SlogOptions{Level: func(auth.Event) slog.Level { return slog.LevelError }})
	require.NoError(t, s.Record(t.Context(), auth.Event{Outcome: auth.OutcomeSuccess}))
	require.Equal(t, []string{"level=ERROR msg=auth outcome=success"}, log.take())
}

func TestTheSameFailureDoesNotFillTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, s := newLogged(t, slog.LevelDebug, nil)
		for range 100_000 {
			require.NoError(t, s.Record(t.Context(), aFailure))
		}
		require.Len(t, log.take(), 5)
		other := aFailure
		other.Address = netip.MustParseAddr("192.0.2.2")
		require.NoError(t, s.Record(t.Context(), other))
		require.Len(t, log.take(), 1, "it is another's")
		for range 100 {
			require.NoError(t, s.Record(t.Context(), auth.Event{Outcome: auth.OutcomeSuccess}))
		}
		require.Len(t, log.take(), 100, "successes are not failures")

		time.Sleep(59 * time.Second)
		require.Empty(t, log.take())
		time.Sleep(2 * time.Second)
		require.Equal(t, []string{
			`level=WARN msg="auth: more of the same left out" kind=authentication outcome=invalid_credentials method=basic code=INVALID_CREDENTIALS network=192.0.2.1/32 left_out=99995`,
		}, log.take(), "though nothing else happens")

		for range 6 {
			require.NoError(t, s.Record(t.Context(), aFailure))
		}
		require.Len(t, log.take(), 5)
		s.Flush()
		require.Len(t, log.take(), 1)
		s.Flush()
		require.Empty(t, log.take())
	})
}

// Each second use of a refresh token is logged, however many come from the one address of a client, and whatever else fails there. There is one for
// each family; that the family could not be revoked can be repeated, and so is left out like other failures.
func TestASecondUseOfARefreshTokenIsNeverLeftOut(t *testing.T) {
	log, s := newLogged(t, slog.LevelDebug, nil)
	for i := range 2000 { // more than are told apart
		e := aFailure
		e.Kind, e.Code, e.Method, e.Application = auth.EventTokenRefresh, autherr.InvalidRefreshToken, "oauth", fmt.Sprint(i)
		require.NoError(t, s.Record(t.Context(), e))
	}
	log.take()
	reuse := aFailure
	reuse.Kind, reuse.Code, reuse.Method, reuse.User = auth.EventTokenReuse, autherr.InvalidRefreshToken, "oauth", "my_username"
	for range 100 {
		require.NoError(t, s.Record(t.Context(), reuse))
	}
	lines := log.take()
	require.Equal(t, 100, len(lines))
	require.Contains(t, lines[99], "level=WARN msg=auth kind=token_reuse outcome=invalid_credentials method=oauth user=my_username")
	reuse.Outcome = auth.OutcomeOutage
	for range 100 {
		require.NoError(t, s.Record(t.Context(), reuse))
	}
	require.Equal(t, 5, len(log.take()))
}

func TestAnIntervalEndsWithTheNextFailureIfNothingWasLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, s := newLogged(t, slog.LevelDebug, &auth.SlogOptions{Burst: 2, Interval: time.Second})
		for range 10 {
			_, _ = s.Record(t.Context(), aFailure), s.Record(t.Context(), aFailure)
			time.Sleep(time.Second)
		}
		require.Len(t, log.take(), 20)
		for range 3 {
			_ = s.Record(t.Context(), aFailure)
		}
		time.Sleep(500 * time.Millisecond)
		_ = s.Record(t.Context(), aFailure)
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		require.Contains(t, log.take()[2], "left_out=2")
	})
}

// TestFailuresOfAMillionAddressesAreBounded in the log, and so is what is known of them.
func TestFailuresOfAMillionAddressesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, s := newLogged(t, slog.LevelDebug, nil)
		e := aFailure
		for i := range 100_000 {
			e.Address = netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
			require.NoError(t, s.Record(t.Context(), e))
		}
		require.Len(t, log.take(), 1005)
		for i := range 100_000 { // one network
			e.Address = netip.AddrFrom16([16]byte{0x20, 1, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)})
			require.NoError(t, s.Record(t.Context(), e))
		}
		require.Empty(t, log.take())
		time.Sleep(time.Minute)
		synctest.Wait()
		lines := log.take()
		require.Len(t, lines, 1)
		require.Contains(t, lines[0], "left_out=198995")
		for i := range 100 {
			e.Address = netip.AddrFrom16([16]byte{0x20, 1, 15: byte(i)})
			require.NoError(t, s.Record(t.Context(), e))
		}
		require.Len(t, log.take(), 5)
		s.Flush()
		require.Contains(t, log.take()[0], "network=2001::/64 left_out=95")
	})
}

func TestAHandlerThatPanicsHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := auth.NewSlogSink(slog.New(panicking{}), &auth.SlogOptions{Burst: 1})
		require.NoError(t, err)
		for range 3 {
			serve(auth.Require(fails(autherr.New("basic", autherr.InvalidCredentials, nil)), &auth.Options{Events: s}), request())
		}
		time.Sleep(2 * time.Minute) // and not the timer either
		s.Flush()
	})
}

type panicking struct{ slog.Handler }

func (panicking) Enabled(context.Context, slog.Level) bool { return true }

func TestManyRequestsLogAtOnce(t *testing.T) {
	log, s := newLogged(t, slog.LevelDebug, &auth.SlogOptions{Interval: time.Microsecond})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				e := aFailure
				e.Application = fmt.Sprint(i % 3)
				_ = s.Record(context.Background(), e)
			}
			s.Flush()
		})
	}
	wg.Wait()
	s.Flush()
	require.NotEmpty(t, log.take())
}

func TestSlogSinksThatCannotBeMeant(t *testing.T) {
	_, err := auth.NewSlogSink(nil, nil)
	require.ErrorContains(t, err, "auth: NewSlogSink: the logger is missing")
	for says, o := range map[string]*auth.SlogOptions{"Burst is negative": {Burst: -1}, "Interval is negative": {Interval: -1}} {
		_, err := auth.NewSlogSink(slog.New(slog.DiscardHandler), o)
		require.ErrorContains(t, err, says)
	}
	for _, s := range []*auth.SlogSink{nil, {}} {
		require.Error(t, s.Record(t.Context(), aFailure))
		s.Flush()
	}
}

func TestWhatTheLoggerDoesNotWantCostsNoMemory(t *testing.T) {
	_, s := newLogged(t, slog.LevelError, nil)
	ctx := context.Background()
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = s.Record(ctx, aFailure) }))
}
