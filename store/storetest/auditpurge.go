package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// purgeable returns the store as an AuditPurger, with so many records in it, one microsecond after the other, the latest first.
func (h AuditHarness) purgeable(ctx context.Context, count int) (store.AuditPurger, []store.AuditRecord, error) {
	purger, err := capability[store.AuditPurger](h.Store, "AuditPurger")
	if err != nil {
		return nil, nil, err
	}
	if _, err := h.lister(); err != nil {
		return nil, nil, err
	}
	records := numbered(count)
	if err := h.append(ctx, records...); err != nil {
		return nil, nil, err
	}
	slices.Reverse(records)
	return purger, records, nil
}

func auditPurge(ctx context.Context, h AuditHarness) error {
	const count = 12
	purger, records, err := h.purgeable(ctx, count)
	if err != nil {
		return err
	}
	first := records[count-1].Time
	for _, step := range []struct {
		before time.Time
		left   int
	}{
		{time.Time{}, count},
		{first.Add(-time.Hour), count},
		{first, count},
		{first.Add(time.Microsecond), count - 1},
		{first.Add(5 * time.Microsecond).In(time.FixedZone("", -3600)), count - 5},
		{first.Add(5 * time.Microsecond).In(time.FixedZone("", 3600)), count - 5},
		{first.Add(count * time.Microsecond), 0},
		{first.AddDate(1, 0, 0), 0},
	} {
		n, err := purger.PurgeAudit(ctx, step.before, 1000)
		if err != nil {
			return fmt.Errorf("PurgeAudit: %w", err)
		}
		if want := len(records) - step.left; n != want {
			return fmt.Errorf("PurgeAudit: returned %d, want %d", n, want)
		}
		records = records[:step.left]
		if err := h.reopened().holds(ctx, records...); err != nil {
			return fmt.Errorf("after PurgeAudit: %w", err)
		}
	}
	return nil
}

func auditPurgeLimit(ctx context.Context, h AuditHarness) error {
	const count, keep = 20, 3
	purger, records, err := h.purgeable(ctx, count)
	if err != nil {
		return err
	}
	before := records[keep-1].Time
	for limit := 1; ; limit++ { // up to and including a call that finds nothing
		there, err := h.list(ctx, store.AuditFilter{}, everyRecord)
		if err != nil {
			return err
		}
		n, err := purger.PurgeAudit(ctx, before, limit)
		if err != nil {
			return fmt.Errorf("PurgeAudit: %w", err)
		}
		left, err := h.list(ctx, store.AuditFilter{}, everyRecord)
		if err != nil {
			return err
		}
		if want := min(limit, len(there)-keep); n != want || len(there)-len(left) != want {
			return fmt.Errorf("PurgeAudit with limit %d of %d old records: deleted %d and returned %d", limit, len(there)-keep, len(there)-len(left), n)
		}
		if n == 0 {
			return h.holds(ctx, records[:keep]...)
		}
	}
}

func auditPurgeInvalid(ctx context.Context, h AuditHarness) error {
	purger, records, err := h.purgeable(ctx, 3)
	if err != nil {
		return err
	}
	for _, limit := range []int{0, -1} {
		_, err := purger.PurgeAudit(ctx, records[0].Time.Add(time.Hour), limit)
		if err := is(err, store.ErrInvalid, "PurgeAudit with limit %d", limit); err != nil {
			return err
		}
	}
	return h.holds(ctx, records...)
}

func auditPurgeEnded(ctx context.Context, h AuditHarness) error {
	purger, records, err := h.purgeable(ctx, 3)
	if err != nil {
		return err
	}
	return errors.Join(
		whenEnded(ctx, "PurgeAudit", func(ctx context.Context) error {
			_, err := purger.PurgeAudit(ctx, records[0].Time.Add(time.Hour), 10)
			return err
		}),
		h.holds(ctx, records...),
	)
}
