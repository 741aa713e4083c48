package auth_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// queue is a Login whose hashes end when the test says so.
type queue struct {
	*auth.Login
	h       *hashing
	proceed chan struct{} // each value ends one hash
}

func newQueue(t *testing.T, slots, waiting int) *queue {
	h := newHashing(t)
	users := demoAccounts(t, h)
	q := &queue{h: h, proceed: make(chan struct{})}
	h.hook(func() { <-q.proceed })
	q.Login = newLogin(t, auth.LoginConfig{Users: users, Hasher: h.Hasher, Slots: slots, Waiting: waiting})
	return q
}

// try starts a login and returns where its error will be.
func (q *queue) try(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := q.Check(request().WithContext(ctx), auth.Attempt{Method: autherr.MethodBasic, Name: "my_username", Password: "topsecret"})
		done <- err
	}()
	synctest.Wait()
	return done
}

// ended returns the error of a login that must have ended, without waiting.
func ended(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	default:
		t.Fatal("the login has not ended")
		return nil
	}
}

func pending(t *testing.T, done <-chan error) {
	t.Helper()
	select {
	case err := <-done:
		t.Fatalf("the login has ended: %v", err)
	default:
	}
}

func TestHashingAndItsWaitingLineAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 2, 3)
		ctx := context.Background()
		var inLine []<-chan error
		for range 5 {
			inLine = append(inLine, q.try(ctx))
		}
		require.EqualValues(t, 2, q.h.computed.Load(), "two slots")

		start := time.Now()
		for range 3 {
			err := ended(t, q.try(ctx))
			require.ErrorIs(t, err, auth.ErrBusy)
			require.ErrorIs(t, err, autherr.ServiceUnavailable)
			require.Positive(t, autherr.From(err).RetryAfter)
		}
		require.Equal(t, start, time.Now(), "refused at once")
		require.EqualValues(t, 2, q.h.computed.Load(), "and without a hash")

		for i, done := range inLine {
			pending(t, done)
			q.proceed <- struct{}{}
			synctest.Wait()
			require.NoError(t, ended(t, done), "in the order in which they came")
			require.EqualValues(t, min(5, i+3), q.h.computed.Load())
		}
		last := q.try(ctx)
		q.proceed <- struct{}{}
		require.NoError(t, <-last, "everything has been given back")
	})
}

func TestNobodyWaitsWithNoWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, auth.NoWaiting)
		first := q.try(context.Background())
		require.ErrorIs(t, ended(t, q.try(context.Background())), auth.ErrBusy)
		q.proceed <- struct{}{}
		require.NoError(t, <-first)
	})
}

func TestTheDefaultLineIs64ForEachSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 0, 0)
		slots := max(1, runtime.GOMAXPROCS(0)-1)
		var all []<-chan error
		for range slots * 65 {
			all = append(all, q.try(context.Background()))
		}
		require.EqualValues(t, slots, q.h.computed.Load())
		for _, done := range all {
			pending(t, done)
		}
		require.ErrorIs(t, ended(t, q.try(context.Background())), auth.ErrBusy)
		close(q.proceed)
		for _, done := range all {
			require.NoError(t, <-done)
		}
	})
}

func TestWhoeverLeavesTheLineLeavesAtOnceAndCostsNoHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		first := q.try(context.Background())

		left := errors.New("client went away")
		ctx, cancel := context.WithCancelCause(context.Background())
		waiting := q.try(ctx)
		pending(t, waiting)
		require.ErrorIs(t, ended(t, q.try(context.Background())), auth.ErrBusy)

		start := time.Now()
		cancel(left)
		synctest.Wait()
		err := ended(t, waiting)
		require.ErrorIs(t, err, left)
		require.ErrorIs(t, err, autherr.ServiceUnavailable)
		require.Equal(t, start, time.Now())
		require.EqualValues(t, 1, q.h.computed.Load())

		next := q.try(context.Background()) // the place is free again
		pending(t, next)
		q.proceed <- struct{}{}
		synctest.Wait()
		require.NoError(t, ended(t, first))
		q.proceed <- struct{}{}
		synctest.Wait()
		require.NoError(t, ended(t, next))
		require.EqualValues(t, 2, q.h.computed.Load())
	})
}

// late is the context of a request that ends in the moment in which its turn comes.
type late struct {
	context.Context
	asked atomic.Int64
}

func (l *late) Err() error {
	if l.asked.Add(1) == 1 {
		return nil
	}
	return context.Canceled
}

func TestWhoeverLeavesAsHisTurnComesCostsNoHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		first := q.try(context.Background())
		waiting := q.try(&late{Context: context.Background()})
		pending(t, waiting)
		q.proceed <- struct{}{}
		synctest.Wait()
		require.NoError(t, ended(t, first))
		require.ErrorIs(t, ended(t, waiting), context.Canceled)
		require.EqualValues(t, 1, q.h.computed.Load())

		next := q.try(context.Background()) // the slot was given back
		q.proceed <- struct{}{}
		require.NoError(t, <-next)
	})
}

func TestADeadlineEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 0)
		first := q.try(context.Background())
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		waiting := q.try(ctx)
		start := time.Now()
		require.ErrorIs(t, <-waiting, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))
		q.proceed <- struct{}{}
		require.NoError(t, <-first)
	})
}

func TestARequestThatHasEndedTakesNoSlot(t *testing.T) {
	h := newHashing(t)
	l := newLogin(t, auth.LoginConfig{Users: demoAccounts(t, h), Hasher: h.Hasher})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 100 {
		_, err := l.Check(request().WithContext(ctx), auth.Attempt{Name: "my_username", Password: "topsecret"})
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Zero(t, h.computed.Load())
}

func TestAPanicGivesTheSlotBack(t *testing.T) {
	h := newHashing(t)
	users := demoAccounts(t, h)
	l := newLogin(t, auth.LoginConfig{Users: users, Hasher: h.Hasher, Slots: 1, Waiting: auth.NoWaiting})
	check := func() error {
		_, err := l.Check(request(), auth.Attempt{Name: "my_username", Password: "topsecret"})
		return err
	}
	users.before = func() { panic("store") }
	require.PanicsWithValue(t, "store", func() { _ = check() })
	users.before = nil
	h.hook(func() { panic("hasher") })
	require.PanicsWithValue(t, "hasher", func() { _ = check() })
	h.hook(func() {})
	require.NoError(t, check())
}

func TestNoMoreHashesAtOnceThanSlots(t *testing.T) {
	h := newHashing(t)
	users := demoAccounts(t, h)
	var now, most atomic.Int64
	h.hook(func() {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		runtime.Gosched()
		now.Add(-1)
	})
	l := newLogin(t, auth.LoginConfig{Users: users, Hasher: h.Hasher, Slots: 2, Waiting: 1000})
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			_, err := l.Check(request(), auth.Attempt{Name: "my_username", Password: "wrong"})
			if !errors.Is(err, autherr.InvalidCredentials) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, most.Load(), int64(2))
	require.EqualValues(t, 200, h.computed.Load())
}

func TestABusyServerAnswers503OverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, auth.NoWaiting)
		first := q.try(context.Background())
		b, err := auth.NewBasic(auth.BasicConfig{Login: q.Login, Realm: "Example API"})
		require.NoError(t, err)
		w := serve(auth.Require(b, nil), basicRequest("my_username:topsecret"))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "1", w.Header().Get("Retry-After"))
		require.Equal(t, `{"status":"error","http_code":"503","error":"SERVICE_UNAVAILABLE","error_description":"Service temporarily unavailable."}`, w.Body.String())
		q.proceed <- struct{}{}
		require.NoError(t, <-first)
	})
}
