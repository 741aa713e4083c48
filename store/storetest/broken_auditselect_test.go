package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

var auditFilterFlaws = []flaw[audits]{
	{"limit", "one too many", listingAudit(func(_ *store.AuditFilter, limit *int) { *limit++ }, nil)},
	{"limit", "no limit", listingAudit(func(_ *store.AuditFilter, limit *int) { *limit = everyRecord }, nil)},
	{"limit", "has its own limit", listingAudit(func(_ *store.AuditFilter, limit *int) { *limit = min(*limit, 50) }, nil)},
	{"limit", "the earliest of them", func(a *audits) {
		a.list = func(s *memstore.Store, ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
			list, err := s.ListAudit(ctx, filter, everyRecord)
			return list[max(0, len(list)-limit):], err
		}
	}},
	{"limit", "filters after the limit", func(a *audits) {
		a.list = func(s *memstore.Store, ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
			list, err := s.ListAudit(ctx, store.AuditFilter{}, limit)
			return slices.DeleteFunc(list, func(r store.AuditRecord) bool { return !filter.Matches(&r) }), err
		}
	}},
	{"invalid limit", "takes it for none", listingAudit(func(_ *store.AuditFilter, limit *int) {
		if *limit < 1 {
			*limit = everyRecord
		}
	}, nil)},
	{"filter", "ignores the user", listingAudit(func(f *store.AuditFilter, _ *int) { f.User = "" }, nil)},
	{"filter", "ignores the address", listingAudit(func(f *store.AuditFilter, _ *int) { f.Address = "" }, nil)},
	{"filter", "ignores the method", listingAudit(func(f *store.AuditFilter, _ *int) { f.Method = "" }, nil)},
	{"filter", "ignores the application", listingAudit(func(f *store.AuditFilter, _ *int) { f.Application = "" }, nil)},
	{"filter", "ignores the kind", listingAudit(func(f *store.AuditFilter, _ *int) { f.Kind = "" }, nil)},
	{"filter", "ignores the client", listingAudit(func(f *store.AuditFilter, _ *int) { f.ClientID = "" }, nil)},
	{"filter", "ignores the outcome", listingAudit(func(f *store.AuditFilter, _ *int) { f.Outcome = "" }, nil)},
	{"filter", "ignores a time with a user", listingAudit(func(f *store.AuditFilter, _ *int) {
		if f.User != "" {
			f.From = time.Time{}
		}
	}, nil)},
	{"filter", "ignores the method where there is an application", listingAudit(func(f *store.AuditFilter, _ *int) {
		if f.Application != "" {
			f.Method = ""
		}
	}, nil)},
	{"filter", "finds those who match in one field", func(a *audits) {
		a.list = func(s *memstore.Store, ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
			list, err := s.ListAudit(ctx, store.AuditFilter{}, everyRecord)
			list = slices.DeleteFunc(list, func(r store.AuditRecord) bool {
				return filter != store.AuditFilter{} && filter.User != r.User && filter.Method != r.Method && filter.Outcome != r.Outcome
			})
			return list[:min(limit, len(list))], err
		}
	}},
	{"filter exactly", "folds case", listingAudit(func(f *store.AuditFilter, _ *int) { f.User = strings.ToLower(f.User) }, nil)},
	{"filter exactly", "trims spaces", listingAudit(func(f *store.AuditFilter, _ *int) { f.Outcome = strings.TrimSpace(f.Outcome) }, nil)},
	{"filter exactly", "knows wildcards", listingAudit(func(f *store.AuditFilter, _ *int) {
		if f.Application == "%" {
			f.Application = ""
		}
	}, nil)},
	{"bounds", "leaves out From itself", listingAudit(func(f *store.AuditFilter, _ *int) {
		if !f.From.IsZero() {
			f.From = f.From.Add(time.Microsecond)
		}
	}, nil)},
	{"bounds", "has Until itself too", listingAudit(func(f *store.AuditFilter, _ *int) {
		if !f.Until.IsZero() {
			f.Until = f.Until.Add(time.Microsecond)
		}
	}, nil)},
	{"bounds", "compares milliseconds", listingAudit(func(f *store.AuditFilter, _ *int) { f.From = f.From.Truncate(time.Millisecond) }, nil)},
	{"bounds", "compares local times", listingAudit(func(f *store.AuditFilter, _ *int) {
		_, offset := f.Until.Zone()
		f.Until = f.Until.Add(time.Duration(offset) * time.Second)
	}, nil)},
	{"bounds", "takes no bound for the epoch", listingAudit(func(f *store.AuditFilter, _ *int) {
		if f.Until.IsZero() {
			f.Until = time.Unix(0, 0)
		}
	}, nil)},
}

var auditPurgeFlaws = []flaw[audits]{
	{"purge", "does nothing", func(a *audits) {
		a.purge = func(*memstore.Store, context.Context, time.Time, int) (int, error) { return 0, nil }
	}},
	{"purge", "purges the time itself too", purgingAudit(func(before *time.Time, _ *int) { *before = before.Add(time.Microsecond) }, nil)},
	{"purge", "compares seconds", purgingAudit(func(before *time.Time, _ *int) { *before = before.Truncate(time.Second) }, nil)},
	{"purge", "compares local times", purgingAudit(func(before *time.Time, _ *int) {
		_, offset := before.Zone()
		*before = before.Add(time.Duration(offset) * time.Second)
	}, nil)},
	{"purge", "takes no time for now", purgingAudit(func(before *time.Time, _ *int) {
		if before.IsZero() {
			*before = time.Now().Add(time.Hour)
		}
	}, nil)},
	{"purge limit", "no limit", purgingAudit(func(_ *time.Time, limit *int) { *limit = everyRecord }, nil)},
	{"purge limit", "counts what it was allowed", func(a *audits) {
		a.purge = func(s *memstore.Store, ctx context.Context, before time.Time, limit int) (int, error) {
			n, err := s.PurgeAudit(ctx, before, limit)
			if n > 0 {
				n = limit
			}
			return n, err
		}
	}},
	{"purge invalid", "takes it for no limit", purgingAudit(func(_ *time.Time, limit *int) {
		if *limit < 1 {
			*limit = everyRecord
		}
	}, nil)},
	{"purge invalid", "takes it for nothing to do", func(a *audits) {
		a.purge = func(s *memstore.Store, ctx context.Context, before time.Time, limit int) (int, error) {
			if limit < 1 {
				return 0, nil
			}
			return s.PurgeAudit(ctx, before, limit)
		}
	}},
	{"purge done context", "purges all the same", func(a *audits) {
		a.purge = func(s *memstore.Store, ctx context.Context, before time.Time, limit int) (int, error) {
			n, err := s.PurgeAudit(context.WithoutCancel(ctx), before, limit)
			return n, errors.Join(err, context.Cause(ctx))
		}
	}},
}
