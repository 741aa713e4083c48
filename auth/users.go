package auth

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// ErrNoUser says that the user for whom a credential stands is gone or blocked.
var ErrNoUser = errors.New("auth: no such active user")

// ActiveUser returns the user with this ID as he is now: the lookup that every credential other than a password ends with.
//
// A user who is gone gives an error that is [ErrNoUser] and a zero User; one who is blocked gives ErrNoUser together with his record. Everything else is an *autherr.Error in
// the words of method: an outage of the store (503), or a store that answers with another user's record (500).
func ActiveUser(ctx context.Context, users store.UserStore, method autherr.Method, id string) (store.User, error) {
	if id == "" {
		return store.User{}, ErrNoUser
	}
	u, err := users.UserByID(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.User{}, ErrNoUser
	case err != nil:
		return store.User{}, autherr.Unavailable(method, err)
	case u.ID != id:
		return store.User{}, autherr.Internal(method, fmt.Errorf("store returned user %q for ID %q", u.ID, id))
	case !u.Active:
		return u, ErrNoUser
	}
	return u, nil
}

// ActiveUserByName is [ActiveUser] for a name. One that no user can have, see [IsName], is not looked up. The Name of the answer is not compared: a store may
// know a user by other names too.
func ActiveUserByName(ctx context.Context, users store.UserStore, method autherr.Method, name string) (store.User, error) {
	if !IsName(name) {
		return store.User{}, ErrNoUser
	}
	u, err := users.UserByName(ctx, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.User{}, ErrNoUser
	case err != nil:
		return store.User{}, autherr.Unavailable(method, err)
	case u.ID == "":
		return store.User{}, autherr.Internal(method, errNoID)
	case !u.Active:
		return u, ErrNoUser
	}
	return u, nil
}

// MaxName is the longest user name in bytes that is looked up.
const MaxName = 1024

// IsName reports whether a user can have this name: it has 1 to [MaxName] bytes of UTF-8 without control characters. What no store can look up is
// refused before one is asked, so that it is no outage of the store.
func IsName(name string) bool {
	return name != "" && len(name) <= MaxName && utf8.ValidString(name) && !hasControl(name)
}

// CheckStamp returns an error if no tokens can be issued for u because its Stamp is empty or too long. Without a stamp a
// changed password would leave old tokens working.
func CheckStamp(u store.User) error {
	if u.Stamp == "" || len(u.Stamp) > store.MaxStamp {
		return fmt.Errorf("user %q has a Stamp of %d bytes: want 1 to %d", u.ID, len(u.Stamp), store.MaxStamp)
	}
	return nil
}
