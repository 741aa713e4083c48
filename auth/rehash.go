package auth

import (
	"context"
	"errors"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

var errChanged = errors.New("the password was changed during the login")

// rehashTimeout is how long the store may take to keep a new hash, and to say what it has instead: the slot is held meanwhile.
const rehashTimeout = 5 * time.Second

// rehash brings the stored hash of a known password to the current parameters. Failing to is no reason to refuse a user; that
// he is another by now is.
func (l *Login) rehash(ctx context.Context, user store.User, a Attempt) (store.User, error) {
	if l.rehasher == nil || l.verifier != nil || !l.hasher.NeedsRehash(user.PasswordHash) {
		return user, nil
	}
	hash, err := l.hasher.Hash(a.Password)
	if err == nil {
		err = l.keepHash(ctx, user, hash)
	}
	switch {
	case err == nil:
		user.PasswordHash = hash
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		// The record was changed a moment ago. What counts is what it is now.
		now, err := l.again(ctx, user, a)
		switch {
		case err == ErrNoUser:
			return store.User{}, autherr.New(a.Method, autherr.InvalidCredentials, err)
		case err != nil:
			return store.User{}, err
		case now.Stamp != user.Stamp:
			return store.User{}, autherr.New(a.Method, autherr.InvalidCredentials, errChanged)
		}
		return now, nil
	default:
		if l.onRehash != nil {
			l.onRehash(ctx, user.ID, err)
		}
		// It may have been kept all the same, and its answer lost. Services tokens are signed over the hash that is on record.
		if now, err := l.again(ctx, user, a); err == nil && now.Stamp == user.Stamp {
			return now, nil
		}
	}
	return user, nil
}

// keepHash gives the store a new hash in place of the one that it has, within the time for that.
func (l *Login) keepHash(ctx context.Context, user store.User, hash string) error {
	ctx, cancel := context.WithTimeout(ctx, rehashTimeout)
	defer cancel()
	return l.rehasher.RehashPassword(ctx, user.ID, user.PasswordHash, hash)
}

// again returns the user as he is now.
func (l *Login) again(ctx context.Context, user store.User, a Attempt) (store.User, error) {
	ctx, cancel := context.WithTimeout(ctx, rehashTimeout)
	defer cancel()
	return ActiveUser(ctx, l.users, a.Method, user.ID)
}
