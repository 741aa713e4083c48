package servicetoken

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

const method = autherr.MethodServiceToken

// ErrExpired is the private cause of a refusal of a token that is genuine and has expired. Clients are not told: every
// token that does not work gets the same answer.
var ErrExpired = auth.Expired(errors.New("servicetoken: the token has expired"))

// The answers that need nothing of the request are made once.
var (
	errAbsent = auth.Decline(auth.Absent, autherr.New(method, autherr.MissingAuthorizationHeader, nil))
	errScheme = auth.Decline(auth.OtherScheme, autherr.New(method, autherr.InvalidAuthorizationHeaderTokenType, nil))
	errShape  = auth.Decline(auth.OtherShape, autherr.New(method, autherr.InvalidCredentials, errors.New("the Basic credential is not a services token with an empty password")))

	errExpired      = autherr.New(method, autherr.InvalidCredentials, ErrExpired)
	errMalformed    = autherr.New(method, autherr.InvalidCredentials, auth.Forged(errors.New("token is not in canonical form")))
	errForged       = autherr.New(method, autherr.InvalidCredentials, auth.Forged(errors.New("token is forged, or the user has changed since it was made")))
	errNobody       = autherr.New(method, autherr.InvalidCredentials, auth.Forged(auth.ErrNoUser))
	errNoHash       = autherr.New(method, autherr.InvalidCredentials, auth.Forged(ErrNoPasswordHash))
	errUnconfigured = autherr.Internal(method, errors.New("servicetoken: Service was not made by New"))
)

// Authenticate implements [auth.Authenticator]. A token that is malformed, forged, expired or invalidated, and one of a user who is
// blocked or gone, are all refused with INVALID_CREDENTIALS.
func (s *Service) Authenticate(r *http.Request) (*auth.Identity, error) {
	user, expires, err := s.authenticate(r)
	if err != nil {
		return nil, err
	}
	id := auth.NewIdentity(user, method)
	id.ExpiresAt = time.Unix(expires, 0)
	return id, nil
}

// Challenges implements [auth.Challenger].
func (s *Service) Challenges() []autherr.Challenge {
	if s == nil {
		return nil
	}
	return []autherr.Challenge{s.challenge}
}

// authenticate returns the user whose token r carries and the token's end.
func (s *Service) authenticate(r *http.Request) (u store.User, expires int64, err error) {
	if s == nil || s.users == nil {
		return u, 0, errUnconfigured
	}
	c, err := auth.ReadCredentials(r, "")
	switch {
	case err != nil:
		return u, 0, autherr.From(err).WithMethod(method)
	case !c.Present():
		return u, 0, errAbsent
	case !c.Is("Basic"):
		return u, 0, errScheme
	}
	token, password, ok := c.Basic()
	if !ok || !auth.IsServiceToken(token, password) {
		return u, 0, errShape
	}
	if err := s.transport.Check(method, r); err != nil {
		return u, 0, err
	}
	return s.verify(r.Context(), token)
}

// isOutage reports whether err says that the user's properties are not known. Everything else refuses the user, and is told to nobody who has
// not shown a genuine token, which without properties nobody can.
func isOutage(err error) bool {
	if err == auth.ErrNoUser || err == ErrNoPasswordHash {
		return false
	}
	e := autherr.From(err)
	return e.Code == autherr.ServiceUnavailable || e.Code == autherr.InternalError || e.Status >= http.StatusInternalServerError
}

// refusalFor returns the refusal of a token whose user cannot use any. Those for the usual reasons are at hand, like that of a token which is forged:
// the time to make one would tell who is a user.
func refusalFor(unusable error) *autherr.Error {
	switch unusable {
	case auth.ErrNoUser:
		return errNobody
	case ErrNoPasswordHash:
		return errNoHash
	}
	return autherr.New(method, autherr.InvalidCredentials, auth.Forged(unusable))
}

// verify returns the user of the token. The signature is computed whether there is such a user or not, so that the time of a
// refusal does not tell.
func (s *Service) verify(ctx context.Context, token string) (store.User, int64, error) {
	id, expires, ok := parseToken(token)
	if !ok {
		return store.User{}, 0, errMalformed
	}
	var set Properties
	user, unusable := auth.ActiveUser(ctx, s.users, method, id)
	if unusable == nil {
		set, unusable = s.properties(ctx, user)
	}
	switch {
	case unusable == nil:
	case isOutage(unusable):
		return store.User{}, 0, unusable
	default:
		user, set = s.decoy, nil
		user.ID = id
	}
	g, err := s.prepare(user, set, expires)
	if err != nil {
		return store.User{}, 0, err
	}
	genuine := g.matches(token)
	s.release(g)
	switch {
	case unusable != nil:
		return store.User{}, 0, refusalFor(unusable)
	case !genuine:
		return store.User{}, 0, errForged
	case time.Now().Unix() >= expires:
		return store.User{}, 0, errExpired
	}
	return user, expires, nil
}
