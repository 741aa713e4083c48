package auth

import (
	"context"

	"github.com/apiauth-go/apiauth/store"
)

// operation is the context of a request to an [Endpoint] that tells of it: what is found out about the request while it is served is noted here. So a
// failure is told with all that was known by then, and the errors need not carry it.
type operation struct {
	context.Context
	kind         EventKind
	userID, user string
	client       string
}

// operationKey finds the operation in a context.
type operationKey struct{}

// Value implements context.Context.
func (o *operation) Value(k any) any {
	if k == (operationKey{}) {
		return o
	}
	return o.Context.Value(k)
}

// NoteUser says, in the function of an [Endpoint], for whom the request is: a user who has proved who he is, or for whom a client may act.
// [Login] does it itself when a password was right. It has an effect on events only and, as the other notes, belongs into the goroutine of the
// request.
func NoteUser(ctx context.Context, u store.User) {
	if o, _ := ctx.Value(operationKey{}).(*operation); o != nil && u.ID != "" {
		o.userID, o.user = u.ID, u.Name
	}
}

// NoteClient says, in the function of an [Endpoint], which OAuth client has authenticated.
func NoteClient(ctx context.Context, id string) {
	if o, _ := ctx.Value(operationKey{}).(*operation); o != nil {
		o.client = id
	}
}

// NoteKind says, in the function of an [Endpoint] that does several things, which of them is asked for.
func NoteKind(ctx context.Context, kind EventKind) {
	if o, _ := ctx.Value(operationKey{}).(*operation); o != nil {
		o.kind = kind
	}
}
