package memstore_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

var auditEpoch = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// auditAt returns the record of an attempt so many microseconds after the epoch.
func auditAt(us int, path string) store.AuditRecord {
	return store.AuditRecord{Time: auditEpoch.Add(time.Duration(us) * time.Microsecond), User: "anonymous", Path: path}
}

func auditPaths(t *testing.T, s *memstore.Store) (paths []string) {
	t.Helper()
	list, err := s.ListAudit(t.Context(), store.AuditFilter{}, 1<<30)
	require.NoError(t, err)
	for _, r := range list {
		paths = append(paths, r.Path)
	}
	return paths
}

// TestFullOfAudit: the oldest go, whoever came first.
func TestFullOfAudit(t *testing.T) {
	s, ctx := newStore(t, &memstore.Config{MaxAudit: 3}), t.Context()
	require.NoError(t, s.AppendAudit(ctx, auditAt(20, "b"), auditAt(10, "a"), auditAt(20, "c")))
	require.Equal(t, []string{"c", "b", "a"}, auditPaths(t, s))
	require.NoError(t, s.AppendAudit(ctx, auditAt(5, "older than all")))
	require.Equal(t, []string{"c", "b", "a"}, auditPaths(t, s))
	require.NoError(t, s.AppendAudit(ctx, auditAt(15, "d")))
	require.Equal(t, []string{"c", "b", "d"}, auditPaths(t, s))
	require.NoError(t, s.AppendAudit(ctx, auditAt(20, "e")))
	require.Equal(t, []string{"e", "c", "b"}, auditPaths(t, s))
	require.NoError(t, s.AppendAudit(ctx, auditAt(30, "1"), auditAt(31, "2"), auditAt(32, "3"), auditAt(33, "4"), auditAt(29, "5")))
	require.Equal(t, []string{"4", "3", "2"}, auditPaths(t, s))
}

func TestAuditIsAllOrNothing(t *testing.T) {
	s := newStore(t, nil)
	large := auditAt(1, strings.Repeat("x", memstore.MaxRecord+1))
	err := s.AppendAudit(t.Context(), auditAt(0, "before"), large, auditAt(2, "after"))
	require.ErrorIs(t, err, store.ErrInvalid)
	require.NotContains(t, err.Error(), "xxx")
	require.Empty(t, auditPaths(t, s))
}

// TestAuditKeepsWhatDatabasesKeep: whoever tries something with this store sees what he will see with another.
func TestAuditKeepsWhatDatabasesKeep(t *testing.T) {
	s := newStore(t, nil)
	at := time.Date(2026, 11, 21, 13, 0, 0, 1_999, time.FixedZone("", 3600))
	require.NoError(t, s.AppendAudit(t.Context(), store.AuditRecord{Time: at}))
	list, err := s.ListAudit(t.Context(), store.AuditFilter{From: at, Until: at.Add(time.Microsecond)}, 10)
	require.NoError(t, err)
	require.Equal(t, []store.AuditRecord{{Time: time.Date(2026, 11, 21, 12, 0, 0, 1_000, time.UTC)}}, list)
}

// TestAuditAgainstModel does at random what can be done with audit records, here and in a plain slice, and compares.
func TestAuditAgainstModel(t *testing.T) {
	const limit = 50
	s, ctx := newStore(t, &memstore.Config{MaxAudit: limit}), t.Context()
	var model []store.AuditRecord // the latest first
	for n := range 3000 {
		if rand.IntN(10) > 0 {
			r := auditAt(n/3+rand.IntN(20), fmt.Sprint(n))
			require.NoError(t, s.AppendAudit(ctx, r))
			model = slices.Insert(model, 0, r)
			slices.SortStableFunc(model, func(a, b store.AuditRecord) int { return b.Time.Compare(a.Time) })
			model = model[:min(len(model), limit)]
		} else {
			before, most := auditAt(n/3-rand.IntN(20), "").Time, 1+rand.IntN(10)
			old := slices.IndexFunc(model, func(r store.AuditRecord) bool { return r.Time.Before(before) })
			want := 0
			if old >= 0 {
				want = min(most, len(model)-old)
			}
			model = model[:len(model)-want]
			got, err := s.PurgeAudit(ctx, before, most)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		list, err := s.ListAudit(ctx, store.AuditFilter{}, limit)
		require.NoError(t, err)
		require.Equal(t, append([]store.AuditRecord(nil), model...), list)
	}
}

// TestAuditMemoryIsBounded appends far more than is kept, and purges all in the end.
func TestAuditMemoryIsBounded(t *testing.T) {
	s, ctx := newStore(t, &memstore.Config{MaxAudit: 100}), t.Context()
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what a sync.Pool holds goes with the second
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	path := strings.Repeat("x", 10_000)
	for n := range 20_000 {
		require.NoError(t, s.AppendAudit(ctx, auditAt(n, path)))
	}
	require.Less(t, heap()-before, int64(4<<20), "100 records of 10 kB")
	n, err := s.PurgeAudit(ctx, auditEpoch.AddDate(1, 0, 0), 1000)
	require.NoError(t, err)
	require.Equal(t, 100, n)
	require.Less(t, heap()-before, int64(1<<20), "nothing is left")
	runtime.KeepAlive(s)
}
