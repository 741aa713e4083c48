package auth

import (
	"cmp"
	"context"
	"net/http"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// reporter is how all parts of this package refuse a request, and whom they tell. The zero reporter tells nobody.
type reporter struct {
	renderer  autherr.Renderer
	onError   func(*http.Request, *autherr.Error)
	events    EventSink
	transport *Transport
}

// newReporter returns a reporter of somebody called where. A sink that is a nil pointer is found when a program starts.
func newReporter(where string, rd autherr.Renderer, onError func(*http.Request, *autherr.Error), events EventSink, t *Transport) reporter {
	if events != nil && isNil(events) {
		panic("auth: " + where + ": Events is nil, or was not made by its constructor")
	}
	if rd == nil {
		rd = autherr.Profile2025(nil)
	}
	return reporter{rd, onError, events, t}
}

// start is the time from which a Duration is measured, if anybody wants to know.
func (p *reporter) start() (t time.Time) {
	if p.events != nil {
		t = time.Now()
	}
	return t
}

// maxEventText is how much of a client's text gets into an event, in bytes.
const maxEventText = 1024

// event returns what is known of every request. Nobody is authenticated yet.
func (p *reporter) event(kind EventKind, r *http.Request, start time.Time) Event {
	addr, _ := p.transport.ClientAddr(r)
	return Event{
		Time:       start.UTC().Truncate(time.Microsecond),
		Kind:       kind,
		User:       Anonymous,
		Address:    addr,
		HTTPMethod: cutText(r.Method, maxEventText),
		Path:       cutText(r.URL.Path, maxEventText),
		UserAgent:  cutText(r.UserAgent(), maxEventText),
		Duration:   time.Since(start),
	}
}

// by says who was authenticated.
func (e *Event) by(id *Identity) {
	e.UserID, e.User = id.UserID, cmp.Or(id.Name, id.UserID, Anonymous)
	e.Method, e.Application, e.ClientID = id.Method, id.Application, id.ClientID
}

// failed says why the request with this context was refused.
func (e *Event) failed(ctx context.Context, err error) {
	refusal := autherr.From(err)
	e.Outcome, e.Code, e.Cause = outcomeOf(ctx, refusal), refusal.Code, refusal.Cause
	e.Method = cmp.Or(e.Method, refusal.Method)
}

// tell gives e to the sink, of which nothing comes back.
func (p *reporter) tell(r *http.Request, e Event) { p.tellIn(r.Context(), e) }

// tellIn is tell where there is no request. Names are cut here, for a store refuses audit records with longer ones.
func (p *reporter) tellIn(ctx context.Context, e Event) {
	for _, text := range [...]*string{&e.UserID, &e.User, &e.Application, &e.ClientID} {
		*text = cutText(*text, maxEventText)
	}
	defer func() { _ = recover() }() // see EventSink
	_ = p.events.Record(context.WithoutCancel(ctx), e)
}

// refuse answers r with err, and tells so before anything is sent.
func (p *reporter) refuse(w http.ResponseWriter, r *http.Request, e *Event, err error, challenges []autherr.Challenge) {
	if p.onError != nil {
		p.onError(r, autherr.From(err))
	}
	if e != nil {
		e.failed(r.Context(), err)
		w = &refused{w, p, r, e}
	}
	autherr.Respond(w, r, p.renderer, err, challenges...)
}

// refused is the response to a request that is refused. It alone knows the status, which a Renderer of an application's own may choose.
type refused struct {
	http.ResponseWriter
	reporter *reporter
	request  *http.Request
	event    *Event
}

// WriteHeader implements http.ResponseWriter.
func (w *refused) WriteHeader(status int) {
	w.event.Status = status
	w.reporter.tell(w.request, *w.event)
	w.ResponseWriter.WriteHeader(status)
}

// applicationOf returns the id of the application that r chooses, if a lets it choose one. What r says is not repeated unless there is such an
// application.
func applicationOf(a Authenticator, r *http.Request) string {
	switch a := a.(type) {
	case *byHeader:
		app, _ := a.choose(r)
		return app.ID
	case *forgedLimit:
		return applicationOf(a.a, r)
	}
	return ""
}
