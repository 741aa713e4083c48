package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// auditLimit has records that match and others in turn: the limit counts the former.
func auditLimit(ctx context.Context, h AuditHarness) error {
	const count = 70
	records := numbered(count)
	for i := range records {
		if i%3 == 0 {
			records[i].User = "other"
		}
	}
	if err := h.append(ctx, records...); err != nil {
		return err
	}
	slices.Reverse(records)
	matching := slices.Clone(records)
	matching = slices.DeleteFunc(matching, func(r store.AuditRecord) bool { return r.User != "other" })
	for _, limit := range []int{1, 2, len(matching) - 1, len(matching), len(matching) + 1, count - 1, count, count + 1, everyRecord} {
		if err := h.lists(ctx, store.AuditFilter{}, limit, records[:min(limit, count)]...); err != nil {
			return err
		}
		if err := h.lists(ctx, store.AuditFilter{User: "other"}, limit, matching[:min(limit, len(matching))]...); err != nil {
			return err
		}
	}
	return nil
}

func auditInvalidLimit(ctx context.Context, h AuditHarness) error {
	lister, err := h.lister()
	if err != nil {
		return err
	}
	if err := h.append(ctx, newAudit(instant())); err != nil {
		return err
	}
	for _, limit := range []int{0, -1} {
		_, err := lister.ListAudit(ctx, store.AuditFilter{}, limit)
		if err := is(err, store.ErrInvalid, "ListAudit with limit %d", limit); err != nil {
			return err
		}
	}
	return nil
}

// auditFilters has a record for each choice of two values for each field, and filters by each choice of fields.
func auditFilters(ctx context.Context, h AuditHarness) error {
	const fields = 8
	records := numbered(1 << fields)
	start := records[0].Time
	early, late := start.Add(-time.Hour), start.Add(time.Hour)
	for i := range records {
		r := &records[i]
		r.User, r.Address, r.Method = pick(i, 0, "alan", "grace"), pick(i, 1, "192.0.2.1", "2001:db8::1"), pick(i, 2, "basic", "jwt")
		r.Application, r.Outcome = pick(i, 3, "basic001", "jwt00001"), pick(i, 4, "success", "blocked")
		r.Kind, r.ClientID = pick(i, 5, "login", "token_issue"), pick(i, 6, "client", "")
		if i>>7&1 == 1 {
			r.Time = r.Time.Add(-2 * time.Hour)
		}
	}
	if err := h.append(ctx, records...); err != nil {
		return err
	}
	h = h.reopened()
	slices.SortFunc(records, func(a, b store.AuditRecord) int { return b.Time.Compare(a.Time) })
	for set := range 1 << fields {
		for _, filter := range []store.AuditFilter{
			{User: "alan", Address: "192.0.2.1", Method: "basic", Application: "basic001", Outcome: "success", Kind: "login", ClientID: "client", From: early},
			{User: "grace", Address: "2001:db8::1", Method: "jwt", Application: "jwt00001", Outcome: "blocked", Kind: "token_issue", ClientID: "client", Until: early},
			{User: "alan", Address: "2001:db8::1", Method: "unheard of", Application: "basic001", Outcome: "blocked", Kind: "login", From: early, Until: late},
		} {
			for i, field := range []*string{&filter.User, &filter.Address, &filter.Method, &filter.Application, &filter.Outcome, &filter.Kind, &filter.ClientID} {
				if set>>i&1 == 0 {
					*field = ""
				}
			}
			if set>>7&1 == 0 {
				filter.From, filter.Until = time.Time{}, time.Time{}
			}
			var want []store.AuditRecord
			for _, r := range records {
				if filter.Matches(&r) {
					want = append(want, r)
				}
			}
			if err := h.lists(ctx, filter, everyRecord, want...); err != nil {
				return err
			}
		}
	}
	return nil
}

// pick returns a or b by a bit of i.
func pick(i, bit int, a, b string) string {
	if i>>bit&1 == 0 {
		return a
	}
	return b
}

func auditFilterExactly(ctx context.Context, h AuditHarness) error {
	const text = "alan"
	r := newAudit(instant())
	r.User, r.Address, r.Method, r.Application, r.Outcome, r.Kind, r.ClientID = text, text, text, text, text, text, text
	if err := h.append(ctx, r); err != nil {
		return err
	}
	for _, near := range append(nearMisses(text), swapCase(text)) {
		if near == "" {
			continue // is no filter
		}
		for _, filter := range []store.AuditFilter{
			{User: near}, {Address: near}, {Method: near}, {Application: near}, {Outcome: near}, {Kind: near}, {ClientID: near},
		} {
			if err := h.lists(ctx, filter, everyRecord); err != nil {
				return err
			}
		}
	}
	return nil
}

// auditBounds tries all pairs of bounds around a few records, two of which are of one instant.
func auditBounds(ctx context.Context, h AuditHarness) error {
	records := numbered(6)
	records[3].Time = records[2].Time
	if err := h.append(ctx, records...); err != nil {
		return err
	}
	h = h.reopened()
	slices.Reverse(records)
	first := records[len(records)-1].Time
	bounds := []time.Time{{}, first.AddDate(-1, 0, 0), first.AddDate(1, 0, 0)}
	for i := -1; i <= len(records); i++ {
		bounds = append(bounds, first.Add(time.Duration(i)*time.Microsecond).In(time.FixedZone("", 3600*(i-2))))
	}
	for _, from := range bounds {
		for _, until := range bounds {
			filter := store.AuditFilter{From: from, Until: until}
			var want []store.AuditRecord
			for _, r := range records {
				if filter.Matches(&r) {
					want = append(want, r)
				}
			}
			if err := h.lists(ctx, filter, everyRecord, want...); err != nil {
				return err
			}
		}
	}
	return nil
}
