package auth

import (
	"net/http"

	"github.com/apiauth-go/apiauth/store"
)

// Check returns the user whose name and password these are, as he is on record now, a rehash included.
//
// Errors are *autherr.Error: INSECURE_TRANSPORT, INVALID_CREDENTIALS, USER_BLOCKED, TOO_MANY_REQUESTS with the time after which it is
// worth trying again, and SERVICE_UNAVAILABLE when a store is out of order, when hashing capacity is used up ([ErrBusy]) or when r's context
// ends first.
func (l *Login) Check(r *http.Request, a Attempt) (user store.User, err error) {
	if l != nil && l.reporter.events != nil {
		start := l.reporter.start()
		err = errPanic // unless it is replaced
		defer func() {
			e := l.reporter.event(EventLogin, r, start)
			e.Method, e.Outcome = a.Method, OutcomeSuccess
			if err != nil {
				e.failed(r.Context(), err)
			} else {
				e.UserID, e.User = user.ID, user.Name
			}
			l.reporter.tell(r, e)
		}()
	}
	if user, err = l.check(r, a); err == nil {
		NoteUser(r.Context(), user)
	}
	return user, err
}

// Transport returns the Transport of l, which endpoints share with it.
func (l *Login) Transport() *Transport {
	if l == nil {
		return nil
	}
	return l.transport
}
