package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// auditFunc is an AuditStore.
type auditFunc func(ctx context.Context, records []store.AuditRecord) error

func (f auditFunc) AppendAudit(ctx context.Context, records ...store.AuditRecord) error {
	return f(ctx, records)
}

func auditSink(t testing.TB, s store.AuditStore, o *auth.BufferOptions) *auth.BufferedSink {
	t.Helper()
	b, err := auth.NewAuditSink(s, o)
	require.NoError(t, err)
	return b
}

func TestEventsBecomeAuditRecords(t *testing.T) {
	db, err := memstore.New(nil)
	require.NoError(t, err)
	b := auditSink(t, db, nil)
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	require.NoError(t, b.Record(t.Context(), auth.Event{
		Time: at, Kind: auth.EventAuthentication, Outcome: auth.OutcomeInvalidCredentials, Method: "basic", Application: "basic001", UserID: "", User: auth.Anonymous, ClientID: "c",
		Address: netip.MustParseAddr("2001:db8::1"), HTTPMethod: "GET", Path: "/node/1", Status: 401, Code: "INVALID_CREDENTIALS", UserAgent: "curl", Duration: 1, Cause: errors.New("topsecret"),
	}))
	require.NoError(t, b.Record(t.Context(), auth.Event{Time: at, Outcome: auth.OutcomeSuccess, UserID: "1", User: "my_username"}))
	require.NoError(t, b.Close(t.Context()))
	got, err := db.ListAudit(t.Context(), store.AuditFilter{}, 10)
	require.NoError(t, err)
	require.Equal(t, []store.AuditRecord{
		{Time: at, User: "my_username", Outcome: "success"},
		{Time: at, Kind: "authentication", User: "anonymous", ClientID: "c", Address: "2001:db8::1", HTTPMethod: "GET", Path: "/node/1", Method: "basic", Application: "basic001", Outcome: "invalid_credentials", Status: 401,
			Code: "INVALID_CREDENTIALS", UserAgent: "curl"},
	}, got)
}

// TestHugeRequestsMakeSmallRecords: memory is bounded by the number of events only if each of them is small.
func TestHugeRequestsMakeSmallRecords(t *testing.T) {
	db, err := memstore.New(nil)
	require.NoError(t, err)
	b := auditSink(t, db, nil)
	r := request("User-Agent", strings.Repeat("é", 1<<19))
	r.Method, r.URL.Path = strings.Repeat("M", 1<<20), "/"+strings.Repeat("é", 1<<19)
	serve(auth.Require(accepts("a"), &auth.Options{Events: b}), r)
	require.NoError(t, b.Close(t.Context()))
	got, err := db.ListAudit(t.Context(), store.AuditFilter{}, 10)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, strings.Repeat("M", 1024), got[0].HTTPMethod)
	require.Equal(t, "/"+strings.Repeat("é", 511), got[0].Path, "no half of a character")
	require.Equal(t, strings.Repeat("é", 512), got[0].UserAgent)
}

func TestAuditRecordsAreWrittenInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var batches []int
		next := 0
		b := auditSink(t, auditFunc(func(_ context.Context, records []store.AuditRecord) error {
			time.Sleep(time.Second)
			batches = append(batches, len(records))
			for _, r := range records {
				require.Equal(t, fmt.Sprint("/", next), r.Path, "in their order")
				next++
			}
			return nil
		}), nil)
		require.NoError(t, b.Record(t.Context(), numbered(0)))
		synctest.Wait()
		for i := range 600 {
			require.NoError(t, b.Record(t.Context(), numbered(i+1)))
		}
		require.NoError(t, b.Close(t.Context()))
		require.Equal(t, []int{1, 256, 256, 88}, batches)
	})
}

func TestAnOutageOfTheAuditStoreIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin, calls := time.Now(), 0
		var kept []store.AuditRecord
		b := auditSink(t, auditFunc(func(_ context.Context, records []store.AuditRecord) error {
			switch calls++; {
			case calls == 2:
				panic("secret")
			case time.Since(begin) < 30*time.Second:
				return errors.New("down")
			}
			kept = append(kept, records...)
			return nil
		}), &auth.BufferOptions{Size: 10})
		for i := range 15 {
			err := b.Record(t.Context(), numbered(i))
			require.Equal(t, i >= 10, errors.Is(err, auth.ErrSinkFull), "%d: %v", i, err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Len(t, kept, 10)
		require.EqualValues(t, 5, b.Lost())
		require.Less(t, calls, 20, "it is not asked all the time")
		require.NoError(t, b.Record(t.Context(), numbered(99)))
		require.NoError(t, b.Close(t.Context()))
		require.Len(t, kept, 11)
	})
}

func TestAnOutageWithoutEndLosesRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		down := errors.New("down")
		var lost int
		var why error
		b := auditSink(t, auditFunc(func(context.Context, []store.AuditRecord) error { return down }), &auth.BufferOptions{OnLoss: func(n int, cause error) { lost, why = lost+n, cause }})
		require.NoError(t, b.Record(t.Context(), numbered(1)))
		for b.Lost() == 0 {
			time.Sleep(time.Second)
		}
		require.InDelta(t, time.Minute, time.Since(begin), float64(10*time.Second))

		// Nobody waits that long for the end of a program: once more, and no more.
		require.NoError(t, b.Record(t.Context(), numbered(2)))
		synctest.Wait()
		begin = time.Now()
		require.NoError(t, b.Close(t.Context()))
		require.Zero(t, time.Since(begin))
		require.EqualValues(t, 2, b.Lost())
		require.Equal(t, 2, lost)
		require.ErrorIs(t, why, down)
	})
}

func TestAHangingAuditStoreIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := auditSink(t, auditFunc(func(ctx context.Context, _ []store.AuditRecord) error { <-ctx.Done(); return ctx.Err() }), &auth.BufferOptions{Timeout: time.Hour})
		for i := range 600 {
			require.NoError(t, b.Record(t.Context(), numbered(i)))
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorContains(t, b.Close(ctx), "600 events not written")
		synctest.Wait()
		require.EqualValues(t, 600, b.Lost())
	})
}

func TestARecordThatCannotBeKeptIsLostAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept []string
		calls := 0
		b := auditSink(t, auditFunc(func(_ context.Context, records []store.AuditRecord) error {
			if calls++; calls == 1 {
				time.Sleep(time.Second) // meanwhile the others become one batch
			}
			for _, r := range records {
				if r.Path == "/7" {
					return fmt.Errorf("record: %w", store.ErrInvalid)
				}
			}
			for _, r := range records {
				kept = append(kept, r.Path)
			}
			return nil
		}), nil)
		begin := time.Now()
		for i := range 10 {
			require.NoError(t, b.Record(t.Context(), numbered(i)))
			if i == 0 {
				synctest.Wait()
			}
		}
		require.NoError(t, b.Close(t.Context()))
		require.Equal(t, []string{"/0", "/1", "/2", "/3", "/4", "/5", "/6", "/8", "/9"}, kept)
		require.EqualValues(t, 1, b.Lost())
		require.Equal(t, 11, calls)
		require.Equal(t, time.Second, time.Since(begin), "it is not tried again")
	})
}

func TestAnAuditSinkThatCannotBeMeant(t *testing.T) {
	for _, none := range []store.AuditStore{nil, (*memstore.Store)(nil), auditFunc(nil)} {
		_, err := auth.NewAuditSink(none, nil)
		require.ErrorContains(t, err, "auth: NewAuditSink: the AuditStore is missing")
	}
	db, err := memstore.New(nil)
	require.NoError(t, err)
	_, err = auth.NewAuditSink(db, &auth.BufferOptions{Size: -1})
	require.ErrorContains(t, err, "auth: NewAuditSink: Size is negative")
}
