package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

const (
	auditBatch = 256 // records in one write

	// A batch that could not be written is tried again, at growing intervals, for about a minute: longer than a database takes to be restarted.
	auditPatience = time.Minute
	auditPause    = 100 * time.Millisecond
	maxAuditPause = 5 * time.Second
)

// NewAuditSink returns a sink that keeps events as audit records. It writes them in batches, in a goroutine of its own, and no request waits for
// it: see [BufferedSink], which it is. Close it before the program ends.
//
// While the store is out of order a batch is tried again for about a minute, and then lost; events wait meanwhile as far as there is room. A
// batch that a store has kept although it said that it had not is in it twice. A record that the store refuses as such ([store.ErrInvalid]) is
// lost alone.
func NewAuditSink(records store.AuditStore, o *BufferOptions) (*BufferedSink, error) {
	if isNil(records) {
		return nil, errors.New("auth: NewAuditSink: the AuditStore is missing")
	}
	return newBufferedSink("NewAuditSink", o, func(ctx context.Context, b *buffer, events []Event) {
		for batch := range slices.Chunk(events, auditBatch) {
			audit := make([]store.AuditRecord, len(batch))
			for i := range batch {
				audit[i] = auditRecord(&batch[i])
			}
			a := auditing{b, records, ctx}
			a.write(audit)
			b.written(len(batch))
		}
	})
}

// auditRecord returns the record of e.
func auditRecord(e *Event) store.AuditRecord {
	rec := store.AuditRecord{
		Time: e.Time, Kind: string(e.Kind), User: e.User, ClientID: e.ClientID, HTTPMethod: e.HTTPMethod, Path: e.Path, Method: string(e.Method), Application: e.Application,
		Outcome: string(e.Outcome), Status: e.Status, Code: string(e.Code), UserAgent: e.UserAgent,
	}
	if e.Address.IsValid() {
		rec.Address = e.Address.String()
	}
	return rec
}

// auditing is the writing of one batch.
type auditing struct {
	buffer *buffer
	store  store.AuditStore
	ctx    context.Context
}

// write stores the records, or counts as lost what it cannot.
func (a *auditing) write(records []store.AuditRecord) {
	err := a.try(records)
	switch {
	case err == nil:
	case errors.Is(err, store.ErrInvalid) && len(records) > 1: // one of them: the others are good
		for i := range records {
			a.write(records[i : i+1])
		}
	default:
		a.buffer.lose(len(records), err)
	}
}

// try stores the records, several times if need be.
func (a *auditing) try(records []store.AuditRecord) (err error) {
	pause := auditPause
	for begun, last := time.Now(), false; ; pause = min(2*pause, maxAuditPause) {
		if a.ctx.Err() != nil {
			return ErrSinkClosed
		}
		err = a.once(records)
		if err == nil || last || errors.Is(err, store.ErrInvalid) || time.Since(begun) > auditPatience {
			return err
		}
		select {
		case <-a.buffer.closing: // nobody waits that long for the end of a program
			last = true
		case <-time.After(pause):
		}
	}
}

func (a *auditing) once(records []store.AuditRecord) (err error) {
	defer sinkPanic(&err)
	ctx, cancel := context.WithTimeout(a.ctx, a.buffer.timeout)
	defer cancel()
	return a.store.AppendAudit(ctx, records...)
}
