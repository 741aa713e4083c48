package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

const (
	auditShown    = 100            // records on a page
	auditSearched = 2000           // records that are looked at for what the store has no index for
	auditSpan     = 24 * time.Hour // how far back the log is shown if nobody says from when
)

// auditQuery is what the form of the audit log asks for, as it was written.
type auditQuery struct {
	Outcome, Method, User, Address, From, Until, Text string
}

// auditPage is what the page of the audit log shows.
type auditPage struct {
	Query    auditQuery
	Rows     []store.AuditRecord
	RowsURL  string // where the script finds the rows again
	Limit    int
	Searched int  // how many records were looked at, zero if the store found them by itself
	More     bool // there are more that were not
	Outcomes []auth.Outcome
	Methods  []autherr.Method
}

var outcomes = []auth.Outcome{
	auth.OutcomeSuccess, auth.OutcomeFailure, auth.OutcomeBlocked, auth.OutcomeInvalidCredentials, auth.OutcomeExpiredToken, auth.OutcomeIPBlocked,
	auth.OutcomeAccessDenied, auth.OutcomeTooManyRequests, auth.OutcomeInsecureTransport, auth.OutcomeOutage, auth.OutcomeCanceled, auth.OutcomeError,
}

// methods are the words by which events tell how somebody tried to get in.
var methods = []autherr.Method{
	autherr.MethodBasic, autherr.MethodAPIKey, autherr.MethodIDToken, autherr.MethodJWT, autherr.MethodOAuth, autherr.MethodRevoke, autherr.MethodServiceToken,
}

// audit shows the audit log.
func (c *console) audit(w http.ResponseWriter, r *http.Request) {
	p, err := c.readAudit(r)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "audit", page{Title: "Audit log", Tab: "audit", Data: p})
}

// auditRows answers with the rows alone, for the script that looks for new ones.
func (c *console) auditRows(w http.ResponseWriter, r *http.Request) {
	p, err := c.readAudit(r)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.write(w, r, http.StatusOK, "audit", "rows", p)
}

// readAudit reads the records that a request asks for.
func (c *console) readAudit(r *http.Request) (auditPage, error) {
	q := readQuery(r.URL.Query())
	filter, err := q.filter()
	if err != nil {
		return auditPage{}, err
	}
	p := auditPage{Query: q, RowsURL: Path + "audit/rows?" + q.encode(), Limit: auditShown, Outcomes: outcomes, Methods: methods}
	p.Rows, p.Searched, err = c.search(r.Context(), filter, strings.ToLower(q.Text))
	p.More = p.Searched == auditSearched
	return p, err
}

// search returns the newest records that match. The script asks every two seconds, so the store gets only what it has an index for, which is the
// time with the user or the address; for the rest some of the newest are looked at here.
func (c *console) search(ctx context.Context, f store.AuditFilter, text string) (rows []store.AuditRecord, searched int, err error) {
	indexed := store.AuditFilter{From: f.From, Until: f.Until, User: f.User}
	if f.User == "" {
		indexed.Address = f.Address
	}
	if f == indexed && text == "" {
		rows, err = c.cfg.Audit.ListAudit(ctx, f, auditShown)
		return rows, 0, err
	}
	all, err := c.cfg.Audit.ListAudit(ctx, indexed, auditSearched)
	if err != nil {
		return nil, 0, err
	}
	for i := range all {
		if f.Matches(&all[i]) && contains(&all[i], text) {
			rows = append(rows, all[i])
		}
		if len(rows) == auditShown {
			return rows, i + 1, nil
		}
	}
	return rows, len(all), nil
}

// contains reports whether one of the texts of a record holds text, which is in lower case.
func contains(a *store.AuditRecord, text string) bool {
	for _, s := range []string{a.Kind, a.User, a.ClientID, a.Address, a.HTTPMethod, a.Path, a.Method, a.Application, a.Outcome, a.Code, a.UserAgent} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

func readQuery(v url.Values) auditQuery {
	get := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	return auditQuery{get("outcome"), get("method"), get("user"), get("address"), get("from"), get("until"), get("text")}
}

// encode is the inverse of readQuery.
func (q auditQuery) encode() string {
	v := url.Values{}
	for name, value := range map[string]string{
		"outcome": q.Outcome, "method": q.Method, "user": q.User, "address": q.Address, "from": q.From, "until": q.Until, "text": q.Text,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v.Encode()
}

// filter returns what a store is asked for.
func (q auditQuery) filter() (f store.AuditFilter, err error) {
	f = store.AuditFilter{User: q.User, Address: q.Address, Method: q.Method, Outcome: q.Outcome}
	if f.From, err = readTime(q.From); err != nil {
		return f, err
	}
	if f.Until, err = readTime(q.Until); err != nil || !f.From.IsZero() {
		return f, err
	}
	end := f.Until
	if end.IsZero() {
		end = time.Now()
	}
	f.From = end.Add(-auditSpan)
	return f, nil
}

// readTime reads the time of a form, which is in UTC as all times here. Empty is no time.
func readTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} { // as browsers send it, with seconds where they are not zero
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return t, nil
		}
	}
	return time.Time{}, inputError("A time is written like 2026-01-31T23:59, in UTC.")
}
