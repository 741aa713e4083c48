package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

func buffered(t testing.TB, s auth.EventSink, o *auth.BufferOptions) *auth.BufferedSink {
	t.Helper()
	b, err := auth.NewBufferedSink(s, o)
	require.NoError(t, err)
	return b
}

// numbered returns an event that can be told from others.
func numbered(i int) auth.Event { return auth.Event{Status: i, Path: fmt.Sprint("/", i)} }

func TestMultiSinkTellsAllOfThem(t *testing.T) {
	var first, last recorder
	down := errors.New("down")
	s := auth.MultiSink(&first,
		auth.EventFunc(func(context.Context, auth.Event) error { panic("secret") }),
		auth.EventFunc(func(context.Context, auth.Event) error { panic(http.ErrAbortHandler) }),
		auth.EventFunc(func(context.Context, auth.Event) error { return down }), &last)
	err := s.Record(t.Context(), numbered(1))
	require.ErrorIs(t, err, down)
	require.ErrorContains(t, err, "panic: secret")
	require.Equal(t, []auth.Event{numbered(1)}, first.take())
	require.Equal(t, []auth.Event{numbered(1)}, last.take())

	require.NoError(t, auth.MultiSink().Record(t.Context(), numbered(1)))
	for _, none := range []auth.EventSink{nil, (*recorder)(nil), auth.EventFunc(nil), &auth.BufferedSink{}, &auth.SlogSink{}} {
		require.Panics(t, func() { auth.MultiSink(&first, none) })
	}
	list := []auth.EventSink{&first}
	s = auth.MultiSink(list...)
	list[0] = &last
	require.NoError(t, s.Record(t.Context(), numbered(2)))
	require.Len(t, first.take(), 1)
}

func TestABufferedSinkKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		b := buffered(t, &r, &auth.BufferOptions{Size: 10_000})
		var want []auth.Event
		for i := range 5000 {
			require.NoError(t, b.Record(t.Context(), numbered(i)))
			want = append(want, numbered(i))
			if i%1000 == 0 {
				synctest.Wait()
			}
		}
		require.NoError(t, b.Close(t.Context()))
		require.Equal(t, want, r.take())
		require.Zero(t, b.Lost())
	})
}

func TestTheGoroutineOfABufferedSinkEndsWithTheEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if one is left
		var r recorder
		b := buffered(t, &r, nil)
		for i := range 3 {
			require.NoError(t, b.Record(t.Context(), numbered(i)))
			synctest.Wait()
			require.Len(t, r.take(), 1)
		}
	})
}

// TestABlockedSinkDelaysNoRequest: time does not pass in this test unless somebody waits.
func TestABlockedSinkDelaysNoRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var written atomic.Int64
		b := buffered(t, auth.EventFunc(func(context.Context, auth.Event) error {
			<-release
			written.Add(1)
			return nil
		}), &auth.BufferOptions{Size: 100})
		h := auth.Require(withRoles(), &auth.Options{Events: b})(nothing)
		begin := time.Now()
		for range 10_000 {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, request())
			require.Equal(t, 200, w.Code)
		}
		synctest.Wait()
		require.Zero(t, time.Since(begin), "nobody waited")
		require.EqualValues(t, 9_900, b.Lost())
		require.ErrorIs(t, b.Record(t.Context(), numbered(1)), auth.ErrSinkFull)
		close(release)
		require.NoError(t, b.Close(t.Context()))
		require.EqualValues(t, 100, written.Load())
	})
}

func TestALossIsReportedAtOnceAndThenNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type report struct {
			at    time.Duration
			n     int
			cause error
		}
		var reports []report
		begin := time.Now()
		release := make(chan struct{})
		b := buffered(t, auth.EventFunc(func(context.Context, auth.Event) error { <-release; return nil }), &auth.BufferOptions{
			Size: 2,
			OnLoss: func(n int, cause error) {
				reports = append(reports, report{time.Since(begin), n, cause})
				if len(reports) == 2 {
					panic("the report fails")
				}
			},
		})
		lose := func(n int) {
			for range n {
				require.ErrorIs(t, b.Record(t.Context(), numbered(0)), auth.ErrSinkFull)
			}
		}
		_, _ = b.Record(t.Context(), numbered(1)), b.Record(t.Context(), numbered(2))
		lose(1)
		synctest.Wait()
		lose(5)
		time.Sleep(3 * time.Second)
		lose(7)
		time.Sleep(8 * time.Second)
		time.Sleep(time.Minute) // nothing is lost
		lose(4)
		synctest.Wait()
		lose(1)
		close(release)
		require.NoError(t, b.Close(t.Context()))
		require.ErrorIs(t, b.Record(t.Context(), numbered(3)), auth.ErrSinkClosed)
		require.EqualValues(t, 19, b.Lost())
		require.Equal(t, []report{
			{0, 1, auth.ErrSinkFull}, {10 * time.Second, 12, auth.ErrSinkFull}, {71 * time.Second, 4, auth.ErrSinkFull}, {71 * time.Second, 1, auth.ErrSinkFull},
		}, reports)
	})
}

func TestAFailingAndPanickingSinkLosesItsEventsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []int
		var causes []error
		down := errors.New("down")
		b := buffered(t, auth.EventFunc(func(_ context.Context, e auth.Event) error {
			switch e.Status % 4 {
			case 1:
				return down
			case 2:
				panic("secret")
			case 3:
				panic(http.ErrAbortHandler)
			}
			got = append(got, e.Status)
			return nil
		}), &auth.BufferOptions{OnLoss: func(n int, cause error) { causes = append(causes, cause) }})
		for i := range 9 {
			require.NoError(t, b.Record(t.Context(), numbered(i)))
			synctest.Wait()
			time.Sleep(time.Minute)
		}
		require.NoError(t, b.Close(t.Context()))
		require.Equal(t, []int{0, 4, 8}, got)
		require.EqualValues(t, 6, b.Lost())
		require.Len(t, causes, 6)
		require.ErrorIs(t, causes[0], down)
		require.ErrorContains(t, causes[1], "panic: secret")
		require.ErrorContains(t, causes[2], "abort")
	})
}

func TestCloseDrainsWithADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written atomic.Int64
		slow := auth.EventFunc(func(ctx context.Context, _ auth.Event) error {
			select {
			case <-time.After(time.Second):
				written.Add(1)
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		b := buffered(t, slow, nil)
		for i := range 5 {
			require.NoError(t, b.Record(t.Context(), numbered(i)))
		}
		begin := time.Now()
		require.NoError(t, b.Close(t.Context()))
		require.Equal(t, 5*time.Second, time.Since(begin))
		require.EqualValues(t, 5, written.Load())
		require.NoError(t, b.Close(t.Context()), "once more")

		var lost int
		b = buffered(t, slow, &auth.BufferOptions{OnLoss: func(n int, _ error) { lost += n }})
		for i := range 10 {
			require.NoError(t, b.Record(t.Context(), numbered(i)))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		begin = time.Now()
		err := b.Close(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "8 events not written")
		require.Equal(t, 2500*time.Millisecond, time.Since(begin))
		synctest.Wait() // the sink heeds its context: nothing is left
		require.EqualValues(t, 8, b.Lost())
		require.Equal(t, 8, lost)
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestEachWriteHasATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var took []time.Duration
		hanging := auth.EventFunc(func(ctx context.Context, _ auth.Event) error {
			begin := time.Now()
			<-ctx.Done()
			took = append(took, time.Since(begin))
			return ctx.Err()
		})
		for _, timeout := range []time.Duration{0, time.Minute} {
			b := buffered(t, hanging, &auth.BufferOptions{Timeout: timeout})
			_, _ = b.Record(t.Context(), numbered(1)), b.Record(t.Context(), numbered(2))
			require.NoError(t, b.Close(t.Context()))
			require.EqualValues(t, 2, b.Lost())
		}
		require.Equal(t, []time.Duration{auth.DefaultSinkTimeout, auth.DefaultSinkTimeout, time.Minute, time.Minute}, took)
	})
}

func TestManyRequestsTellOneBufferedSink(t *testing.T) {
	var r recorder
	b := buffered(t, &r, &auth.BufferOptions{Size: 1 << 20})
	h := auth.Require(withRoles("x"), &auth.Options{Events: b})(auth.RequireRole("y")(nothing))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 100 {
				h.ServeHTTP(httptest.NewRecorder(), request())
			}
		})
	}
	wg.Wait()
	require.NoError(t, b.Close(t.Context()))
	events := r.take()
	require.Len(t, events, 3200)
	refused := slices.DeleteFunc(events, func(e auth.Event) bool { return e.Outcome == auth.OutcomeSuccess })
	require.Len(t, refused, 1600)
}

func TestSinksThatCannotBeMeant(t *testing.T) {
	var r recorder
	for says, o := range map[string]*auth.BufferOptions{"Size is negative": {Size: -1}, "Timeout is negative": {Timeout: -1}} {
		_, err := auth.NewBufferedSink(&r, o)
		require.ErrorContains(t, err, "auth: NewBufferedSink: "+says)
	}
	for _, none := range []auth.EventSink{nil, (*recorder)(nil), auth.EventFunc(nil), &auth.BufferedSink{}, &auth.SlogSink{}} {
		_, err := auth.NewBufferedSink(none, nil)
		require.ErrorContains(t, err, "the sink is missing")
	}
	for _, s := range []*auth.SlogSink{nil, {}} {
		require.ErrorIs(t, s.Record(t.Context(), numbered(1)), auth.ErrSinkClosed)
		require.NotPanics(t, s.Flush)
	}
	for _, b := range []*auth.BufferedSink{nil, {}} {
		require.ErrorIs(t, b.Record(t.Context(), numbered(1)), auth.ErrSinkClosed)
		require.Zero(t, b.Lost())
		require.NoError(t, b.Close(t.Context()))
	}
}

// TestNoSinkChangesAnAnswer: whatever it does, and wherever it is.
func TestNoSinkChangesAnAnswer(t *testing.T) {
	bad := map[string]auth.EventSink{
		"panics":     auth.EventFunc(func(context.Context, auth.Event) error { panic("secret") }),
		"aborts":     auth.EventFunc(func(context.Context, auth.Event) error { panic(http.ErrAbortHandler) }),
		"panics nil": auth.EventFunc(func(context.Context, auth.Event) error { var p *int; *p = 1; return nil }),
		"fails":      auth.EventFunc(func(context.Context, auth.Event) error { return errors.New("secret") }),
	}
	h := newHashing(t)
	users := demoAccounts(t, h)
	for name, s := range bad {
		login := newLogin(t, auth.LoginConfig{Users: users, Hasher: h.Hasher, Events: s})
		basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "a"})
		require.NoError(t, err)
		o := &auth.Options{Events: s}
		require.Equal(t, 200, serve(auth.Require(basic, o), basicRequest("my_username:topsecret")).Code, name)
		require.Equal(t, 401, serve(auth.Require(basic, o), basicRequest("my_username:wrong")).Code, name)
		require.Equal(t, 403, serve(func(h http.Handler) http.Handler { return auth.Require(basic, o)(auth.RequireRole("x")(h)) }, basicRequest("my_username:topsecret")).Code, name)
		require.Equal(t, 403, serve(auth.RequireTLS(nil, o), comingFrom("192.0.2.1:1")).Code, name)
		require.Equal(t, 403, serve(addressFilter(t, auth.AddressFilterConfig{Allow: prefixes(t, "192.0.2.1"), Events: s}), request()).Code, name)
		for status, serve := range map[int]func(*http.Request) (*auth.Reply, error){
			200: func(*http.Request) (*auth.Reply, error) { return &auth.Reply{Body: "x"}, nil },
			401: func(*http.Request) (*auth.Reply, error) {
				return nil, autherr.New("basic", autherr.InvalidCredentials, nil)
			},
			500: func(*http.Request) (*auth.Reply, error) { panic("x") },
		} {
			w := httptest.NewRecorder()
			auth.NewEndpoint(auth.EndpointConfig{Events: s}, serve).ServeHTTP(w, post(""))
			require.Equal(t, status, w.Code, name)
			require.NotContains(t, w.Body.String(), "secret")
		}
	}
}
