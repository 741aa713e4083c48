package main

import (
	"context"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// auditRetention is how long audit records are kept. They name people: longer than somebody looks at them is too long.
const auditRetention = 30 * 24 * time.Hour

// openEvents makes the sink of all events: a log for people, in which the same failure does not repeat itself for ever, and the audit log in the
// store, which no request waits for and which strangers cannot fill (see failureSampler). Both are brought to their end before the store is closed.
func (a *app) openEvents() error {
	log, err := auth.NewSlogSink(a.log, nil)
	if err != nil {
		return err
	}
	audit, err := auth.NewAuditSink(a.store, &auth.BufferOptions{OnLoss: func(n int, cause error) {
		a.log.Error("audit records were lost", "count", n, "error", cause)
	}})
	if err != nil {
		return err
	}
	kept := &failureSampler{next: audit, log: a.log}
	if p, ok := a.store.(store.AuditPurger); ok {
		a.closers = append(a.closers, startPurging("audit records", auditRetention, p.PurgeAudit, a.log))
	}
	a.closers = append(a.closers, closerFunc(func() {
		log.Flush()
		kept.flush()
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTime/2)
		defer cancel()
		if err := audit.Close(ctx); err != nil {
			a.log.Error("the end of the audit log", "error", err)
		}
	}))
	a.events = auth.MultiSink(log, kept)
	return nil
}

// fail answers with an error of a handler's own, in the shape of all others, and tells the events of it.
func (a *app) fail(w http.ResponseWriter, r *http.Request, err *autherr.Error) {
	e := auth.Event{
		Time: time.Now().UTC().Truncate(time.Microsecond), Kind: auth.EventOperation, Outcome: auth.OutcomeFailure, Method: err.Method,
		User: auth.Anonymous, HTTPMethod: r.Method, Path: logText(r.URL.Path), Status: err.Status, Code: err.Code, UserAgent: logText(r.UserAgent()), Cause: err.Cause,
	}
	if e.Status == 0 {
		e.Status = a.cfg.profile.Render(err).Status
	}
	switch {
	case err.Code != autherr.ServiceUnavailable:
	case context.Cause(r.Context()) == context.Canceled:
		e.Outcome = auth.OutcomeCanceled
	default:
		e.Outcome = auth.OutcomeOutage
	}
	e.Address, _ = a.cfg.access.transport.ClientAddr(r)
	if id, ok := auth.FromContext(r.Context()); ok {
		e.UserID, e.User, e.ClientID, e.Application = id.UserID, id.Name, id.ClientID, id.Application
	}
	_ = a.events.Record(context.WithoutCancel(r.Context()), e) // the sinks say themselves what they lose
	autherr.Respond(w, r, a.cfg.profile, err)
}
