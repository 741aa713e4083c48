package store

import (
	"context"
	"time"
)

// AuditRecord says what became of one attempt to authenticate, or of one operation on a token. It holds no credentials. Texts come
// from strangers and may be long: whoever makes records cuts them, and whoever shows them escapes them.
type AuditRecord struct {
	// Time of the attempt. Stores keep at least microseconds.
	Time time.Time

	// Kind is what was asked for, such as "authentication" or "token_issue". Empty where that was not recorded.
	Kind string

	// User is the name of the user, "anonymous" where nobody was authenticated.
	User string

	// ClientID is the OAuth client that asked or to which the token was issued, empty where there is none.
	ClientID string

	// Address is the client's IP address without a port, as far as it is known.
	Address string

	// HTTPMethod and Path are those of the request. The query is never recorded: it may hold secrets.
	HTTPMethod, Path string

	// Method is how the client tried to authenticate, such as "basic" or "jwt"; Application is the application's id.
	Method, Application string

	// Outcome is one word for what happened, such as "success" or "invalid_credentials".
	Outcome string

	// Status is the HTTP status of the answer, zero if that was the handler's to decide. Code is the error code of a refusal.
	Status int
	Code   string

	// UserAgent is the field of that name.
	UserAgent string
}

// AuditStore takes the records of attempts that auth.NewAuditSink makes of events. It only adds; reading and purging are those of [AuditLister] and
// [AuditPurger].
type AuditStore interface {
	// AppendAudit stores the records, all or nothing. None is no error. It returns [ErrInvalid] for a record that cannot be kept, and
	// never changes a text to make it fit.
	AppendAudit(ctx context.Context, records ...AuditRecord) error
}

// AuditFilter selects audit records. Fields that are set must all be equal. The zero filter selects all.
type AuditFilter struct {
	// The texts are those of the records, exactly. Empty does not select.
	User, Address, Method, Application, Outcome, Kind, ClientID string

	// From and Until bound the time: From <= Time < Until. Zero does not bound. All three count in microseconds: finer parts are cut off.
	From, Until time.Time
}

// Matches reports whether r is selected.
func (f AuditFilter) Matches(r *AuditRecord) bool {
	return (f.User == "" || f.User == r.User) &&
		(f.Address == "" || f.Address == r.Address) &&
		(f.Method == "" || f.Method == r.Method) &&
		(f.Application == "" || f.Application == r.Application) &&
		(f.Outcome == "" || f.Outcome == r.Outcome) &&
		(f.Kind == "" || f.Kind == r.Kind) &&
		(f.ClientID == "" || f.ClientID == r.ClientID) &&
		(f.From.IsZero() || r.Time.UnixMicro() >= f.From.UnixMicro()) &&
		(f.Until.IsZero() || r.Time.UnixMicro() < f.Until.UnixMicro())
}

// AuditLister is an optional capability of an [AuditStore]: it shows its records.
type AuditLister interface {
	// ListAudit returns up to limit matching records, the latest first and, of those of one microsecond, the one appended last first. A
	// limit below 1 is [ErrInvalid].
	//
	// A store need find quickly by time, by User and by Address only. Whoever asks for a Kind, ClientID, Method, Application or Outcome that is
	// rare gives From too, or the store may look through all records that it has for as many as limit.
	ListAudit(ctx context.Context, filter AuditFilter, limit int) ([]AuditRecord, error)
}

// AuditPurger is an optional capability of an [AuditStore].
type AuditPurger interface {
	// PurgeAudit deletes up to limit records from before the given time and returns how many it deleted. Callers repeat while the result
	// equals limit. A limit below 1 is [ErrInvalid].
	PurgeAudit(ctx context.Context, before time.Time, limit int) (int, error)
}
