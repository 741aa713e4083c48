package auth

import (
	"context"
	"errors"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

var errChanged = errors.New("the password was changed during the login")

// rehash brings the stored hash of a known password to the current parameters. Failing to is no reason to refuse a user; that
// he is another by now is.
func (l *Login) rehash(ctx context.Context, user store.User, a Attempt) (store.User, error) {
	if l.rehasher == nil || l.verifier != nil || !l.hasher.NeedsRehash(user.PasswordHash) {
		return user, nil
	}
	hash, err := l.hasher.Hash(a.Password)
	if err == nil {
		err = l.rehasher.RehashPassword(ctx, user.ID, user.PasswordHash, hash)
	}
	switch {
	case err == nil:
		user.PasswordHash = hash
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		// The record was changed a moment ago. What counts is what it is now.
		now, err := ActiveUser(ctx, l.users, a.Method, user.ID)
		switch {
		case err == ErrNoUser:
			return store.User{}, autherr.New(a.Method, autherr.InvalidCredentials, err)
		case err != nil:
			return store.User{}, err
		case now.Stamp != user.Stamp:
			return store.User{}, autherr.New(a.Method, autherr.InvalidCredentials, errChanged)
		}
		return now, nil
	case l.onRehash != nil:
		l.onRehash(ctx, user.ID, err)
	}
	return user, nil
}
