package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

func auditNothing(ctx context.Context, h AuditHarness) error {
	if err := h.append(ctx); err != nil {
		return err
	}
	return h.holdsIfListed(ctx)
}

func auditRoundTrip(ctx context.Context, h AuditHarness) error {
	four := numbered(4)
	old, least, elsewhere, later := four[0], store.AuditRecord{Time: four[1].Time}, four[2], four[3]
	old.Time = old.Time.AddDate(-3, 0, 0)
	elsewhere.Time = elsewhere.Time.In(time.FixedZone("", 5*3600))
	later.Time, later.Status = later.Time.AddDate(50, 0, 0), 0
	if err := h.append(ctx, old, least, elsewhere); err != nil {
		return err
	}
	if err := h.append(ctx, later); err != nil {
		return err
	}
	return h.reopened().holds(ctx, later, elsewhere, least, old)
}

// auditAllOrNothing appends what the store says that it cannot keep. Other ways to fail in the middle are not to be had from outside.
func auditAllOrNothing(ctx context.Context, h AuditHarness) error {
	four := numbered(4)
	there, before, bad, after := four[0], four[1], four[2], four[3]
	if err := errors.Join(h.append(ctx, there), h.holds(ctx, there)); err != nil {
		return err
	}
	i := -1
	if h.CannotStore != nil {
		i = slices.IndexFunc(oddStrings, h.CannotStore)
	}
	if i < 0 {
		return missingCapability("text that it cannot store")
	}
	bad.UserAgent = oddStrings[i]
	for _, records := range [][]store.AuditRecord{{before, bad, after}, {before, bad}, {bad, after}} {
		if h.Store.AppendAudit(ctx, records...) == nil {
			return fmt.Errorf("AppendAudit of records with one that CannotStore says cannot be stored: no error")
		}
		if err := h.reopened().holds(ctx, there); err != nil {
			return fmt.Errorf("after an AppendAudit that failed: %w", err)
		}
	}
	return nil
}

// auditSeenWhole reads while others append three records at a time.
func auditSeenWhole(ctx context.Context, h AuditHarness) error {
	if _, err := h.lister(); err != nil {
		return err
	}
	records := numbered(3)
	for range auditRounds() {
		for _, err := range race(racers, func(i int) error {
			if i%2 == 0 {
				return h.append(ctx, records...)
			}
			list, err := h.list(ctx, store.AuditFilter{}, everyRecord)
			if err == nil && len(list)%len(records) != 0 {
				err = fmt.Errorf("ListAudit: %d records while %d are appended at a time", len(list), len(records))
			}
			return err
		}) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func auditOrder(ctx context.Context, h AuditHarness) error {
	start := instant()
	at := func(microsecond int, path string) store.AuditRecord {
		r := newAudit(start.Add(time.Duration(microsecond) * time.Microsecond))
		r.Path = path
		return r
	}
	e1, a1, c1 := at(4, "e1"), at(0, "a1"), at(2, "c1")
	a2, d1, c2, c3, c4 := at(0, "a2"), at(3, "d1"), at(2, "c2"), at(2, "c3"), at(2, "c4")
	day := at(0, "the day before")
	day.Time = day.Time.Add(-24 * time.Hour)
	for _, call := range [][]store.AuditRecord{{e1, a1, c1}, {a2}, {d1, c2, c3}, {day}, {c4}} {
		for i := range call { // the local time says nothing about the order
			call[i].Time = call[i].Time.In(time.FixedZone("", 3600*(i-1)))
		}
		if err := h.append(ctx, call...); err != nil {
			return err
		}
	}
	return h.reopened().holds(ctx, e1, d1, c4, c3, c2, c1, a2, a1, day)
}

func auditOddTexts(ctx context.Context, h AuditHarness) error {
	if _, err := h.lister(); err != nil {
		return err
	}
	records := make([]store.AuditRecord, len(oddStrings))
	for i, text := range oddStrings {
		records[i] = store.AuditRecord{
			Time: instant(), Kind: text, User: text, ClientID: text, Address: text, HTTPMethod: text, Path: text, Method: text, Application: text,
			Outcome: text, Code: text, UserAgent: text,
		}
	}
	filters := []func(text string) store.AuditFilter{
		func(text string) store.AuditFilter { return store.AuditFilter{User: text} },
		func(text string) store.AuditFilter { return store.AuditFilter{Address: text} },
		func(text string) store.AuditFilter { return store.AuditFilter{Method: text} },
		func(text string) store.AuditFilter { return store.AuditFilter{Application: text} },
		func(text string) store.AuditFilter { return store.AuditFilter{Outcome: text} },
		func(text string) store.AuditFilter { return store.AuditFilter{Kind: text} },
		func(text string) store.AuditFilter { return store.AuditFilter{ClientID: text} },
	}
	put := func(ctx context.Context, i int, _ string) error { return h.append(ctx, records[i]) }
	get := func(ctx context.Context, i int, text string) error {
		found := 0
		for _, filter := range filters {
			list, err := h.list(ctx, filter(text), everyRecord)
			if err != nil {
				return err
			}
			found += len(list)
		}
		if found == 0 {
			return store.ErrNotFound // as oddKeys has it
		}
		for _, filter := range filters {
			if err := h.lists(ctx, filter(text), everyRecord, records[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return oddKeys(ctx, "texts of an audit record", h.CannotStore, put, get)
}

func auditCopies(ctx context.Context, h AuditHarness) error {
	given := numbered(2)
	want := slices.Clone(given)
	slices.Reverse(want)
	if err := h.append(ctx, given...); err != nil {
		return err
	}
	clear(given)
	if err := h.holds(ctx, want...); err != nil {
		return fmt.Errorf("after changing what AppendAudit was given: %w", err)
	}
	list, err := h.list(ctx, store.AuditFilter{}, everyRecord)
	if err != nil {
		return err
	}
	clear(list)
	if err := h.holds(ctx, want...); err != nil {
		return fmt.Errorf("after changing what ListAudit returned: %w", err)
	}
	return nil
}

func auditEnded(ctx context.Context, h AuditHarness) error {
	there := newAudit(instant())
	if err := h.append(ctx, there); err != nil {
		return err
	}
	for _, records := range [][]store.AuditRecord{numbered(1), numbered(2), nil} {
		if err := whenEnded(ctx, fmt.Sprintf("AppendAudit of %d records", len(records)), func(ctx context.Context) error {
			return h.Store.AppendAudit(ctx, records...)
		}); err != nil {
			return err
		}
		if err := h.holdsIfListed(ctx, there); err != nil {
			return fmt.Errorf("after AppendAudit with a context that was done: %w", err)
		}
	}
	lister, err := h.lister()
	if err != nil {
		return nil // there is no more to check, but that was checked
	}
	return whenEnded(ctx, "ListAudit", func(ctx context.Context) error {
		_, err := lister.ListAudit(ctx, store.AuditFilter{}, 10)
		return err
	})
}

// auditConcurrent appends from all sides. Nothing is lost, and nothing is there twice.
func auditConcurrent(ctx context.Context, h AuditHarness) error {
	left := make(map[string]bool)
	for round := range auditRounds() {
		batches := make([][]store.AuditRecord, racers)
		for i := range batches {
			batches[i] = numbered(1 + i%3)
			for j := range batches[i] {
				batches[i][j].Path = fmt.Sprintf("/%d/%d/%d", round, i, j)
				left[batches[i][j].Path] = true
			}
		}
		for _, err := range race(racers, func(i int) error { return h.append(ctx, batches[i]...) }) {
			if err != nil {
				return err
			}
		}
	}
	list, err := h.reopened().list(ctx, store.AuditFilter{}, everyRecord)
	switch {
	case errors.As(err, new(missingCapability)):
		return nil
	case err != nil:
		return err
	}
	for _, r := range list {
		if !left[r.Path] {
			return fmt.Errorf("after concurrent AppendAudit: the record %s is there twice or was never appended", short(r.Path))
		}
		delete(left, r.Path)
	}
	if len(left) > 0 {
		return fmt.Errorf("after concurrent AppendAudit: %d of %d records are missing", len(left), len(left)+len(list))
	}
	return nil
}

// auditRounds is fewer than rounds: records pile up.
func auditRounds() int { return max(1, rounds()/10) }
