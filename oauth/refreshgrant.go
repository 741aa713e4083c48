package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// refreshGrant gives a new access token and a new refresh token for a refresh token, which is used up by that: it stays on record as spent, so that
// somebody who uses it again is recognised (RFC 9700 section 4.14.2).
func (s *Server) refreshGrant() grant {
	return grant{
		name:        GrantRefreshToken,
		required:    []requirement{{param: paramRefreshToken, missing: autherr.InvalidRequest}},
		refreshable: true,
		decide: func(r *http.Request, q tokenRequest) (decision, error) {
			used, err := s.refreshToken(r.Context(), q.client, q.form[paramRefreshToken])
			if err != nil {
				return decision{}, err
			}
			scopes, err := refreshScopes(q, used)
			if err != nil {
				return decision{}, err
			}
			user, err := s.refreshUser(r.Context(), used)
			return decision{user: user, scopes: scopes, used: &used}, err
		},
	}
}

// The answers to refresh tokens that are not valid. Clients are told one thing; the cause is for the log.
var (
	errRefreshUnknown = refusal(autherr.InvalidRefreshToken, "unknown refresh token")
	errRefreshClient  = refusal(autherr.InvalidRefreshToken, "refresh token of another client or application")
	errRefreshSpent   = refusal(autherr.InvalidRefreshToken, "refresh token is spent: its family is revoked")
	errRefreshRepeat  = refusal(autherr.InvalidRefreshToken, "refresh token is spent, within the grace time")
	errRefreshExpired = error(autherr.New(autherr.MethodOAuth, autherr.InvalidRefreshToken, auth.Expired(errors.New("refresh token has expired"))))
	errRefreshUser    = error(autherr.New(autherr.MethodOAuth, autherr.InvalidRefreshToken, auth.ErrNoUser))
	errRefreshStamp   = refusal(autherr.InvalidRefreshToken, "password was changed after issue")
)

// refreshToken returns the record of a refresh token that the client can use.
func (s *Server) refreshToken(ctx context.Context, client store.Client, token string) (store.Token, error) {
	t, err := s.refreshRecord(ctx, client, token)
	switch {
	case err != nil:
		return store.Token{}, err
	case !t.SpentAt.IsZero():
		return store.Token{}, s.reused(ctx, t)
	case familyEnds(t, client, time.Now()):
		return store.Token{}, errRefreshExpired
	}
	return t, nil
}

// familyEnds reports whether a refresh token is of no use any more: no token that it could be exchanged for would live for a second.
func familyEnds(t store.Token, c store.Client, now time.Time) bool {
	return wholeSeconds(t.ExpiresAt, c).Sub(now) < minLifetime
}

// refreshRecord returns the record of a refresh token of the client's, spent and expired ones too. It changes nothing.
func (s *Server) refreshRecord(ctx context.Context, client store.Client, token string) (store.Token, error) {
	if !auth.IsRandom(auth.PrefixRefreshToken, token) {
		return store.Token{}, errRefreshUnknown
	}
	id := TokenID(token)
	t, err := s.tokens.TokenByID(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Token{}, errRefreshUnknown
	case err != nil:
		return store.Token{}, autherr.Unavailable(autherr.MethodOAuth, err)
	case t.ID != id:
		return store.Token{}, errRecord
	case t.Kind != store.RefreshToken:
		return store.Token{}, errRefreshUnknown
	case t.Family == "":
		return store.Token{}, autherr.Internal(autherr.MethodOAuth, errors.New("store returned a refresh token without a family"))
	case t.ClientID != client.ID || t.Application != s.application:
		// The family is left alone: a client that shows the token of another has no power over it.
		return store.Token{}, errRefreshClient
	}
	return t, nil
}

// refreshUser returns the user for whom a refresh token acts, as he is now.
func (s *Server) refreshUser(ctx context.Context, t store.Token) (store.User, error) {
	user, err := auth.ActiveUser(ctx, s.users, autherr.MethodOAuth, t.UserID)
	switch {
	case err == auth.ErrNoUser:
		return store.User{}, errRefreshUser
	case err != nil:
		return store.User{}, err
	case t.Stamp == "" || t.Stamp != user.Stamp:
		return store.User{}, errRefreshStamp
	}
	return user, nil
}

// reuseTimeout is how long the revocation of a family may take.
const reuseTimeout = 5 * time.Second

// reused is the answer to a refresh token that was used before. Whether a thief came first or comes now cannot be known, so nobody keeps
// anything: all that descends from the grant is revoked. Within the grace time a repeat may be a client that did not get the answer, or two threads
// of it; it is refused, and its family left alone. In no case does anybody get a token for it.
func (s *Server) reused(ctx context.Context, spent store.Token) error {
	if time.Since(spent.SpentAt).Abs() < s.grace { // the time is in the future if another server's clock is ahead, which stretches the grace no further
		return errRefreshRepeat
	}
	auth.NoteKind(ctx, auth.EventTokenReuse)
	// A thief must not keep the family by hanging up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reuseTimeout)
	defer cancel()
	if err := s.tokens.DeleteTokens(ctx, store.TokenMatch{Family: spent.Family}); err != nil {
		s.noteOwner(ctx, spent)
		return autherr.Unavailable(autherr.MethodOAuth, fmt.Errorf("refresh token is spent, and its family could not be revoked: %w", err))
	}
	s.noteOwner(ctx, spent)
	return errRefreshSpent
}

// noteOwner says in the event whose token it is, by his name if it can be had. For those who are told of nothing he is not looked up.
func (s *Server) noteOwner(ctx context.Context, t store.Token) {
	if s.events == nil {
		return
	}
	user, err := s.users.UserByID(ctx, t.UserID)
	if err != nil || user.ID != t.UserID {
		user = store.User{ID: t.UserID}
	}
	auth.NoteUser(ctx, user)
}

// refreshScopes returns the scopes of the new access token: all that it asks for or, if it asks for none, all that the grant gave
// (RFC 6749 section 6). What the client has lost since it does not get back, and what the grant did not give it does not get at all.
func refreshScopes(q tokenRequest, used store.Token) ([]string, error) {
	if q.asked {
		for _, scope := range q.scopes {
			if !slices.Contains(used.Scopes, scope) {
				return nil, autherr.New(autherr.MethodOAuth, autherr.InvalidScope, nil)
			}
		}
		return q.scopes, nil
	}
	left := slices.DeleteFunc(slices.Clone(used.Scopes), func(scope string) bool {
		return !slices.Contains(q.client.Scopes, scope)
	})
	if len(left) == 0 && len(used.Scopes) > 0 { // an answer without a scope would say that all are there (RFC 6749 section 5.1)
		return nil, autherr.New(autherr.MethodOAuth, autherr.InvalidScope, errors.New("the client has none of the scopes of the grant any more"))
	}
	return left, nil
}
