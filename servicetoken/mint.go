package servicetoken

import (
	"context"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// Mint returns a new token for the user with this ID, and when it ends, in whole seconds. Check that whoever asks is this user, and may have a
// token; the generate endpoint does both.
//
// Errors are *autherr.Error: INVALID_CREDENTIALS for a user who is blocked or gone ([auth.ErrNoUser]), ACCESS_DENIED for one without a stored password hash
// ([ErrNoPasswordHash]), SERVICE_UNAVAILABLE when the store is out of order, and INTERNAL_ERROR for an ID or a property that cannot be signed.
func (s *Service) Mint(ctx context.Context, userID string) (token string, expires time.Time, err error) {
	if s == nil || s.users == nil {
		return "", time.Time{}, errUnconfigured
	}
	user, err := auth.ActiveUser(ctx, s.users, method, userID)
	switch err {
	case nil:
		return s.mint(ctx, user)
	case auth.ErrNoUser:
		err = autherr.New(method, autherr.InvalidCredentials, err)
	}
	return "", time.Time{}, err
}

// mint makes a token for a user whose record is fresh from the store.
func (s *Service) mint(ctx context.Context, user store.User) (token string, expires time.Time, err error) {
	if err := checkUserID(user.ID); err != nil {
		return "", time.Time{}, autherr.Internal(method, err)
	}
	set, err := s.properties(ctx, user)
	switch err {
	case nil:
	case ErrNoPasswordHash:
		return "", time.Time{}, denied(user, err)
	default:
		return "", time.Time{}, err
	}
	end := time.Now().Unix() + s.lifetime
	g, err := s.prepare(user, set, end)
	if err != nil {
		return "", time.Time{}, err
	}
	g.sign(0, len(g.token))
	token = string(g.token)
	s.release(g)
	return token, time.Unix(end, 0), nil
}

// denied is the answer to a user who is who he says and may not have what he asks for.
func denied(user store.User, cause error) error {
	return &autherr.Error{Code: autherr.AccessDenied, Method: method, User: user.Name, Cause: cause}
}
