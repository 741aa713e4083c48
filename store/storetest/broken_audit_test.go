package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

type audits struct {
	*memstore.Store
	append func(*memstore.Store, context.Context, []store.AuditRecord) error
	list   func(*memstore.Store, context.Context, store.AuditFilter, int) ([]store.AuditRecord, error)
	purge  func(*memstore.Store, context.Context, time.Time, int) (int, error)

	cannot func(string) bool
	reopen func() store.AuditStore
}

func (a *audits) AppendAudit(ctx context.Context, records ...store.AuditRecord) error {
	return a.append(a.Store, ctx, records)
}

func (a *audits) ListAudit(ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
	return a.list(a.Store, ctx, filter, limit)
}

func (a *audits) PurgeAudit(ctx context.Context, before time.Time, limit int) (int, error) {
	return a.purge(a.Store, ctx, before, limit)
}

func appendAudit(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
	return s.AppendAudit(ctx, records...)
}

func openAudits(t *testing.T, apply func(*audits)) AuditHarness {
	a := &audits{Store: newMemstore(t), append: appendAudit, list: (*memstore.Store).ListAudit, purge: (*memstore.Store).PurgeAudit}
	a.reopen = func() store.AuditStore { return a }
	apply(a)
	return AuditHarness{Store: a, Reopen: func() store.AuditStore { return a.reopen() }, CannotStore: a.cannot}
}

func TestSoundAuditStore(t *testing.T) {
	TestAuditStore(t, func(t *testing.T) AuditHarness { return openAudits(t, func(*audits) {}) })
}

// hasNUL tells a text that some databases do not keep.
func hasNUL(text string) bool { return strings.Contains(text, "\x00") }

func anyNUL(r store.AuditRecord) bool { return hasNUL(r.UserAgent) || hasNUL(r.User) }

// refusingNUL honestly refuses some texts.
func refusingNUL(a *audits) {
	a.cannot = hasNUL
	a.append = func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
		if slices.ContainsFunc(records, anyNUL) {
			return store.ErrInvalid
		}
		return s.AppendAudit(ctx, records...)
	}
}

func TestAuditStoreThatCannotStore(t *testing.T) {
	TestAuditStore(t, func(t *testing.T) AuditHarness { return openAudits(t, refusingNUL) })
}

// TestAuditStoreThatOnlyAppends: for the rest there is nothing to check.
func TestAuditStoreThatOnlyAppends(t *testing.T) {
	TestAuditStore(t, func(t *testing.T) AuditHarness {
		return AuditHarness{Store: struct{ store.AuditStore }{newMemstore(t)}}
	})
}

// appending changes the records that are appended.
func appending(change func(r *store.AuditRecord)) func(*audits) {
	return func(a *audits) {
		a.append = func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
			records = slices.Clone(records)
			for i := range records {
				change(&records[i])
			}
			return s.AppendAudit(ctx, records...)
		}
	}
}

// listingAudit changes what ListAudit is asked for and what it returns.
func listingAudit(change func(filter *store.AuditFilter, limit *int), result func([]store.AuditRecord, *error) []store.AuditRecord) func(*audits) {
	return func(a *audits) {
		a.list = func(s *memstore.Store, ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
			if change != nil {
				change(&filter, &limit)
			}
			list, err := s.ListAudit(ctx, filter, limit)
			if result != nil {
				list = result(list, &err)
			}
			return list, err
		}
	}
}

// purgingAudit changes what PurgeAudit is asked for and what it returns.
func purgingAudit(change func(before *time.Time, limit *int), result func(n int, err *error) int) func(*audits) {
	return func(a *audits) {
		a.purge = func(s *memstore.Store, ctx context.Context, before time.Time, limit int) (int, error) {
			if change != nil {
				change(&before, &limit)
			}
			n, err := s.PurgeAudit(ctx, before, limit)
			if result != nil {
				n = result(n, &err)
			}
			return n, err
		}
	}
}

// oneByOne appends the records one after the other, those that can be.
func oneByOne(between func()) func(*memstore.Store, context.Context, []store.AuditRecord) error {
	return func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
		for _, r := range records {
			if anyNUL(r) {
				return store.ErrInvalid
			}
			if err := s.AppendAudit(ctx, r); err != nil {
				return err
			}
			between()
		}
		return nil
	}
}

func TestAuditFlaws(t *testing.T) {
	flaws := slices.Concat(auditBasicFlaws, auditFilterFlaws, auditPurgeFlaws)
	testFlaws(t, auditChecks, openAudits, flaws)
}

var auditBasicFlaws = []flaw[audits]{
	{"nothing", "refuses nothing", func(a *audits) {
		a.append = func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
			if len(records) == 0 {
				return store.ErrInvalid
			}
			return s.AppendAudit(ctx, records...)
		}
	}},
	{"nothing", "makes a record of nothing", func(a *audits) {
		a.append = func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
			return s.AppendAudit(ctx, append(records, store.AuditRecord{Time: time.Now()})...)
		}
	}},
	{"nothing", "takes an empty list for an error", listingAudit(nil, func(list []store.AuditRecord, err *error) []store.AuditRecord {
		if len(list) == 0 {
			*err = store.ErrNotFound
		}
		return list
	})},
	{"round trip", "keeps milliseconds", appending(func(r *store.AuditRecord) { r.Time = r.Time.Truncate(time.Millisecond) })},
	{"round trip", "stores local times", appending(func(r *store.AuditRecord) {
		_, offset := r.Time.Zone()
		r.Time = r.Time.Add(time.Duration(offset) * time.Second)
	})},
	{"round trip", "drops the user agent", appending(func(r *store.AuditRecord) { r.UserAgent = "" })},
	{"round trip", "drops the kind", appending(func(r *store.AuditRecord) { r.Kind = "" })},
	{"round trip", "drops the client", appending(func(r *store.AuditRecord) { r.ClientID = "" })},
	{"round trip", "drops the code", appending(func(r *store.AuditRecord) { r.Code = "" })},
	{"round trip", "drops the HTTP method", appending(func(r *store.AuditRecord) { r.HTTPMethod = "" })},
	{"round trip", "drops the status", appending(func(r *store.AuditRecord) { r.Status = 0 })},
	{"round trip", "has its own word for nobody", appending(func(r *store.AuditRecord) {
		if r.User == "" {
			r.User = "anonymous"
		}
	})},
	{"round trip", "forgets when restarted", func(a *audits) {
		a.reopen = func() store.AuditStore { s, _ := memstore.New(nil); return s }
	}},
	{"all or nothing", "stores those before the bad one", func(a *audits) {
		a.cannot = hasNUL
		a.append = oneByOne(func() {})
	}},
	{"all or nothing", "leaves out the bad one", func(a *audits) {
		a.cannot = hasNUL
		a.append = func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
			return s.AppendAudit(ctx, slices.DeleteFunc(slices.Clone(records), anyNUL)...)
		}
	}},
	{"seen whole", "appends one by one", func(a *audits) { a.append = oneByOne(yield) }},
	{"order", "the earliest first", listingAudit(nil, func(list []store.AuditRecord, _ *error) []store.AuditRecord {
		slices.Reverse(list)
		return list
	})},
	{"order", "those of one time the earliest first", listingAudit(nil, func(list []store.AuditRecord, _ *error) []store.AuditRecord {
		slices.Reverse(list)
		slices.SortStableFunc(list, func(a, b store.AuditRecord) int { return b.Time.Compare(a.Time) })
		return list
	})},
	{"order", "the order of arrival", appending(func(r *store.AuditRecord) { r.Time = time.Now() })},
	{"odd texts", "cuts texts", appending(func(r *store.AuditRecord) { r.UserAgent = r.UserAgent[:min(len(r.UserAgent), 255)] })},
	{"odd texts", "drops NUL", appending(func(r *store.AuditRecord) { r.Path = strings.ReplaceAll(r.Path, "\x00", "") })},
	{"odd texts", "mangles what is not UTF-8", appending(func(r *store.AuditRecord) { r.Path = strings.ToValidUTF8(r.Path, "?") })},
	{"odd texts", "stores what it says it cannot", func(a *audits) { a.cannot = hasNUL }},
	{"odd texts", "fails to look for what it cannot store", func(a *audits) {
		refusingNUL(a)
		a.list = func(s *memstore.Store, ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
			if hasNUL(filter.User) {
				return nil, errors.New("invalid byte sequence")
			}
			return s.ListAudit(ctx, filter, limit)
		}
	}},
	{"copies", "keeps what it is given", func(a *audits) {
		var given [][]store.AuditRecord
		a.append = func(_ *memstore.Store, _ context.Context, records []store.AuditRecord) error {
			given = append(given, records)
			return nil
		}
		a.list = func(_ *memstore.Store, _ context.Context, _ store.AuditFilter, _ int) (list []store.AuditRecord, _ error) {
			for _, records := range slices.Backward(given) {
				for _, r := range slices.Backward(records) {
					list = append(list, r)
				}
			}
			return list, nil
		}
	}},
	{"copies", "shares what it returns", func(a *audits) {
		var cache []store.AuditRecord
		a.list = func(s *memstore.Store, ctx context.Context, filter store.AuditFilter, limit int) (_ []store.AuditRecord, err error) {
			if cache == nil {
				cache, err = s.ListAudit(ctx, filter, limit)
			}
			return cache, err
		}
	}},
	{"done context", "appends all the same", func(a *audits) {
		a.append = func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
			err := s.AppendAudit(context.WithoutCancel(ctx), records...)
			return errors.Join(err, context.Cause(ctx))
		}
	}},
	{"done context", "forgets the cause", func(a *audits) {
		a.append = func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return s.AppendAudit(ctx, records...)
		}
	}},
	{"done context", "does not ask when there is nothing to append", func(a *audits) {
		a.append = func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
			if len(records) == 0 {
				return nil
			}
			return s.AppendAudit(ctx, records...)
		}
	}},
	{"done context", "lists all the same", func(a *audits) {
		a.list = func(s *memstore.Store, ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
			return s.ListAudit(context.WithoutCancel(ctx), filter, limit)
		}
	}},
	{"concurrent use", "writes back what it has read", func(a *audits) {
		var mu sync.Mutex // so that the race detector has nothing to say
		var all []store.AuditRecord
		a.append = func(_ *memstore.Store, _ context.Context, records []store.AuditRecord) error {
			mu.Lock()
			read := slices.Clone(all)
			mu.Unlock()
			yield()
			mu.Lock()
			defer mu.Unlock()
			all = append(read, records...)
			return nil
		}
		a.list = func(*memstore.Store, context.Context, store.AuditFilter, int) ([]store.AuditRecord, error) {
			return all, nil
		}
	}},
	{"concurrent use", "tries twice", func(a *audits) {
		n := 0
		var mu sync.Mutex
		a.append = func(s *memstore.Store, ctx context.Context, records []store.AuditRecord) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; n%10 == 0 {
				_ = s.AppendAudit(ctx, records...)
			}
			return s.AppendAudit(ctx, records...)
		}
	}},
}
