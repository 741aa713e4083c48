package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// AuditHarness is an empty store to be checked and what the suite has to know about it.
type AuditHarness struct {
	// Store is the store to be checked, which keeps a thousand records at least. What else it implements of AuditLister and AuditPurger
	// is checked too. Without AuditLister there is little to be seen.
	Store store.AuditStore

	// Reopen returns the store as it is after a restart. Nil if its records do not outlive it.
	Reopen func() store.AuditStore

	// CannotStore tells the texts that the store cannot keep, such as those with a NUL in PostgreSQL. AppendAudit must refuse records
	// with them, and all that come with them. Nil if there are none.
	CannotStore func(text string) bool
}

func (h AuditHarness) reopened() AuditHarness {
	if h.Reopen != nil {
		h.Store = h.Reopen()
	}
	return h
}

// TestAuditStore checks a store of audit records. The function open returns an empty one each time it is called.
func TestAuditStore(t *testing.T, open func(t *testing.T) AuditHarness) {
	t.Helper()
	runAll(t, open, auditChecks)
}

var auditChecks = []check[AuditHarness]{
	{"nothing", "AppendAudit of no records is no error, and an empty list is none either", auditNothing},
	{"round trip", "ListAudit returns the records as they were appended", auditRoundTrip},
	{"all or nothing", "AppendAudit stores all of its records or none", auditAllOrNothing},
	{"seen whole", "AppendAudit is all or nothing for those who read meanwhile", auditSeenWhole},
	{"order", "ListAudit returns the latest record first and, of those of one microsecond, the one appended last first", auditOrder},
	{"limit", "ListAudit returns up to limit records, the latest of those that match", auditLimit},
	{"invalid limit", "a limit below 1 is ErrInvalid", auditInvalidLimit},
	{"filter", "ListAudit returns the records that match in all fields that are set, and no others", auditFilters},
	{"filter exactly", "ListAudit compares texts exactly", auditFilterExactly},
	{"bounds", "From <= Time < Until, to the microsecond", auditBounds},
	{"odd texts", "all texts are any text, and are matched as they are", auditOddTexts},
	{"copies", "records share no memory with the store", auditCopies},
	{"done context", "once the context is done a method returns an error that wraps its cause and has no effect", auditEnded},
	{"concurrent use", "methods are safe for concurrent use", auditConcurrent},

	{"purge", "PurgeAudit deletes the records from before the given time, to the microsecond, and no others", auditPurge},
	{"purge limit", "PurgeAudit deletes up to limit records and returns how many", auditPurgeLimit},
	{"purge invalid", "a limit below 1 is ErrInvalid", auditPurgeInvalid},
	{"purge done context", "once the context is done a method has no effect", auditPurgeEnded},
}

// everyRecord is a limit beyond what any check appends.
const everyRecord = 1 << 30

// newAudit returns a record with all fields set.
func newAudit(at time.Time) store.AuditRecord {
	return store.AuditRecord{
		Time: at, Kind: "token_issue", User: "O'Brien", ClientID: "client %_1", Address: "2001:db8::17",
		HTTPMethod: "POST", Path: "/node/\u00fcber, \"100%\"", Method: "basic", Application: "basic001",
		Outcome: "invalid_credentials", Status: 401, Code: "INVALID_CREDENTIALS", UserAgent: `curl/8.5.0; \`,
	}
}

// numbered returns so many records, one microsecond after the other, whose paths are their numbers.
func numbered(count int) []store.AuditRecord {
	records := make([]store.AuditRecord, count)
	start := instant()
	for i := range records {
		records[i] = newAudit(start.Add(time.Duration(i) * time.Microsecond))
		records[i].Path = fmt.Sprint("/", i)
	}
	return records
}

// append appends the records in one call.
func (h AuditHarness) append(ctx context.Context, records ...store.AuditRecord) error {
	if err := h.Store.AppendAudit(ctx, records...); err != nil {
		return fmt.Errorf("AppendAudit of %d records: %w", len(records), err)
	}
	return nil
}

func (h AuditHarness) lister() (store.AuditLister, error) {
	return capability[store.AuditLister](h.Store, "AuditLister")
}

// list asks the store for its records.
func (h AuditHarness) list(ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
	lister, err := h.lister()
	if err != nil {
		return nil, err
	}
	list, err := lister.ListAudit(ctx, filter, limit)
	if err != nil {
		return nil, fmt.Errorf("ListAudit: %w", err)
	}
	return list, nil
}

// lists checks that these are the records that the filter selects, in this order.
func (h AuditHarness) lists(ctx context.Context, filter store.AuditFilter, limit int, want ...store.AuditRecord) error {
	got, err := h.list(ctx, filter, limit)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("ListAudit(%s, %d)", showFilter(filter), limit)
	if len(got) != len(want) {
		return fmt.Errorf("%s: %d records, want %d", what, len(got), len(want))
	}
	for i := range want {
		if err := diff(fmt.Sprintf("%s: record %d", what, i), got[i], want[i]); err != nil {
			return err
		}
	}
	return nil
}

// holds checks that these are all records of the store, in this order.
func (h AuditHarness) holds(ctx context.Context, want ...store.AuditRecord) error {
	return h.lists(ctx, store.AuditFilter{}, everyRecord, want...)
}

// holdsIfListed is holds for checks that are worth something for a store that cannot list.
func (h AuditHarness) holdsIfListed(ctx context.Context, want ...store.AuditRecord) error {
	err := h.holds(ctx, want...)
	if errors.As(err, new(missingCapability)) {
		return nil
	}
	return err
}

// showFilter formats the fields that are set.
func showFilter(f store.AuditFilter) string {
	text := ""
	for _, field := range []struct {
		name  string
		value any
		set   bool
	}{
		{"User", f.User, f.User != ""},
		{"Address", f.Address, f.Address != ""},
		{"Method", f.Method, f.Method != ""},
		{"Application", f.Application, f.Application != ""},
		{"Outcome", f.Outcome, f.Outcome != ""},
		{"Kind", f.Kind, f.Kind != ""},
		{"ClientID", f.ClientID, f.ClientID != ""},
		{"From", f.From, !f.From.IsZero()},
		{"Until", f.Until, !f.Until.IsZero()},
	} {
		if field.set {
			text += fmt.Sprintf(" %s:%s", field.name, show(field.value))
		}
	}
	return "{" + text + " }"
}
