package sqlstore

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// AppendAudit stores the records, all or nothing. None is no error. Any text can be kept; a record larger than [MaxRecord], or with a
// user, an address, a kind or a client longer than [MaxText], is refused with [store.ErrInvalid].
func (s *Store) AppendAudit(ctx context.Context, records ...store.AuditRecord) error {
	if len(records) == 0 {
		return s.usable(ctx)
	}
	args, err := s.auditArgs(records)
	if err != nil {
		return s.answer(ctx, err)
	}
	const what = "storing audit records"
	if len(records) > chunk {
		return s.transact(ctx, what, func(r *run) error { return r.insert(ctx, s.queries.insertAudit, auditWidth, args) })
	}
	return s.write(ctx, what, func(r *run) error { return r.insert(ctx, s.queries.insertAudit, auditWidth, args) })
}

// auditArgs checks the records and returns the values of auditColumns for each.
func (s *Store) auditArgs(records []store.AuditRecord) ([]any, error) {
	args := make([]any, 0, len(records)*auditWidth)
	for _, a := range records {
		rec := record{what: "audit record"}
		text := func(field, value string, max int) string {
			rec.length(field, value, max)
			return escape(value)
		}
		args = append(args, rec.time("Time", a.Time), text("User", a.User, MaxText), text("Address", a.Address, MaxText),
			text("HTTPMethod", a.HTTPMethod, MaxRecord), text("Path", a.Path, MaxRecord), text("Method", a.Method, MaxRecord),
			text("Application", a.Application, MaxRecord), text("Outcome", a.Outcome, MaxRecord), int64(a.Status),
			text("Code", a.Code, MaxRecord), text("UserAgent", a.UserAgent, MaxRecord), text("Kind", a.Kind, MaxText),
			text("ClientID", a.ClientID, MaxText))
		if rec.err != nil {
			return nil, rec.err
		}
	}
	return args, nil
}

// escaped begins a text that is written in hex.
const escaped = `\x`

// escape returns s as audit tables have it: as it is, or in hex if the database could not keep it. A record must not be lost because
// somebody sent a NUL.
func escape(s string) string {
	if storable(s) && !strings.HasPrefix(s, escaped) {
		return s
	}
	return escaped + hex.EncodeToString([]byte(s))
}

// unescape is the inverse of escape.
func unescape(s *string) error {
	digits, ok := strings.CutPrefix(*s, escaped)
	if !ok {
		return nil
	}
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return errors.New("a text in the audit table is not in hex though it says so")
	}
	*s = string(raw)
	return nil
}

// ListAudit returns up to limit matching records, the latest first. A limit below 1 is [store.ErrInvalid].
func (s *Store) ListAudit(ctx context.Context, filter store.AuditFilter, limit int) ([]store.AuditRecord, error) {
	if limit < 1 {
		return nil, s.answer(ctx, invalid("limit is below 1"))
	}
	query, args, err := s.queries.listAudit(filter, limit)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	var records []store.AuditRecord
	err = s.read(ctx, "listing audit records", func(r *run) error {
		records = nil
		return r.unprepared().each(ctx, query, func(scan scan) error {
			a, err := scanAudit(scan)
			records = append(records, a)
			return err
		}, args...)
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

func scanAudit(scan scan) (a store.AuditRecord, err error) {
	var at, status int64
	err = scan(&at, &a.User, &a.Address, &a.HTTPMethod, &a.Path, &a.Method, &a.Application, &a.Outcome, &status, &a.Code, &a.UserAgent,
		&a.Kind, &a.ClientID)
	if err != nil {
		return store.AuditRecord{}, err
	}
	a.Time, a.Status = fromMicro(at), int(status)
	return a, errors.Join(unescape(&a.User), unescape(&a.Address), unescape(&a.HTTPMethod), unescape(&a.Path), unescape(&a.Method),
		unescape(&a.Application), unescape(&a.Outcome), unescape(&a.Code), unescape(&a.UserAgent), unescape(&a.Kind), unescape(&a.ClientID))
}

// listAudit returns the statement that selects by filter, and its arguments.
func (q *queries) listAudit(f store.AuditFilter, limit int) (query string, args []any, err error) {
	var terms []string
	for _, field := range []struct{ column, value string }{
		{"user_name", f.User}, {"address", f.Address}, {"method", f.Method}, {"application", f.Application}, {"outcome", f.Outcome},
		{"kind", f.Kind}, {"client_id", f.ClientID},
	} {
		if field.value != "" {
			terms, args = append(terms, field.column+" = ?"), append(args, escape(field.value))
		}
	}
	for _, bound := range []struct {
		term string
		time time.Time
	}{
		{"at >= ?", f.From}, {"at < ?", f.Until},
	} {
		if bound.time.IsZero() {
			continue
		}
		if !recordable(bound.time) {
			return "", nil, invalid("From or Until of the filter is not in the years 1 to 9999")
		}
		terms, args = append(terms, bound.term), append(args, bound.time.UnixMicro())
	}
	where := ""
	if len(terms) > 0 {
		where = " WHERE " + strings.Join(terms, " AND ")
	}
	query = q.sql("SELECT " + auditColumns + " FROM {}audit" + where + " ORDER BY at DESC, id DESC LIMIT ?")
	return query, append(args, limit), nil
}

// PurgeAudit deletes up to limit records from before the given time, the oldest first, and returns how many it deleted. Callers repeat
// while the result equals limit. A limit below 1 is [store.ErrInvalid].
func (s *Store) PurgeAudit(ctx context.Context, before time.Time, limit int) (int, error) {
	return s.purge(ctx, "purging audit records", s.queries.purgeAudit, before, limit)
}
