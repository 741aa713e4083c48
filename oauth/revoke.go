package oauth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// revokeResponse is the successful answer of the revocation endpoint.
type revokeResponse struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// revokeParams are the parameters of the revocation endpoint.
var revokeParams = []string{paramToken, paramTokenTypeHint}

// SelfContainedRevoker ends tokens that work without a record. A *jwt.Verifier with a list of revocations is one.
type SelfContainedRevoker interface {
	// RevokeOwn ends the token if it acts for the user. It leaves a token that is not valid, or another user's, alone
	// without an error. What it cannot end although it may be valid is an *autherr.Error with UnsupportedTokenType; every other
	// error is taken for an outage (503). When it returns nil, no server accepts the token for that user any more.
	RevokeOwn(ctx context.Context, userID, token string) error
}

// RevokeEndpoint returns the handler of POST /rest_api/revoke, with which users end their tokens. They authenticate with a Basic credential and
// send the token in a form or in a JSON object. Clients end theirs at the RevocationEndpoint.
func (s *Server) RevokeEndpoint() http.Handler {
	return s.endpointOf(autherr.MethodRevoke, auth.EventTokenRevoke, s.basic.Challenges(), s.serveRevoke)
}

func (s *Server) serveRevoke(r *http.Request) (*auth.Reply, error) {
	user, err := s.basic.User(r)
	if err != nil {
		return nil, err
	}
	f, err := readRevokeBody(r)
	if err != nil {
		return nil, err
	}
	if f[paramToken] == "" {
		return nil, invalid(autherr.MethodRevoke, "parameter token is missing")
	}
	if err := s.end(r.Context(), s.asUser(user.ID), f[paramToken]); err != nil {
		return nil, err
	}
	return &auth.Reply{Body: revokeResponse{"success", "Token revoked successfully"}}, nil
}

// asUser lets a user end his tokens. One that is another user's is left alone without an error: nobody learns here which tokens exist.
//
// The user's tokens of every application can be ended: it is always safe to, and a success without effect would not be.
func (s *Server) asUser(userID string) ender {
	return ender{
		method: autherr.MethodRevoke,
		may: func(t store.Token) error {
			if t.UserID != userID {
				return store.ErrNotFound
			}
			return nil
		},
		endJWT: func(ctx context.Context, token string) error {
			return s.endJWT(ctx, autherr.MethodRevoke, userID, token)
		},
	}
}

// ender is somebody who asks for the end of a token.
type ender struct {
	// method is in whose words he is refused.
	method autherr.Method

	// may returns nil if he may end the token of this record, store.ErrNotFound if it is to be left alone as if it were unknown, and every other
	// error as the refusal.
	may func(store.Token) error

	// endJWT ends a token that needs no record.
	endJWT func(ctx context.Context, token string) error
}

// end ends the token of this text, whatever kind it is of; what is no token at all needs no ending. It never returns nil while the token may
// still work.
func (s *Server) end(ctx context.Context, by ender, token string) error {
	switch {
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		// No token looks like that; what was meant may be one with a line end or with "Bearer" before it, which would stay in force.
		return invalid(by.method, "parameter token holds more than a token")
	case auth.IsRandom(auth.PrefixAccessToken, token), auth.IsRandom(auth.PrefixRefreshToken, token):
		_, err := endRecord(ctx, s.tokens, by.method, TokenID(token), by.may)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	case auth.IsRandom(auth.PrefixAPIKey, token), auth.IsRandom(auth.PrefixClientSecret, token):
		return autherr.New(by.method, autherr.UnsupportedTokenType, nil)
	case auth.IsJWT(token):
		return by.endJWT(ctx, token)
	}
	return nil
}

// endJWT ends a token that needs no record and would work until it expires. To say that it is revoked when it is not
// would be a lie.
func (s *Server) endJWT(ctx context.Context, method autherr.Method, userID, token string) error {
	if s.jwtRevoker == nil {
		return autherr.New(method, autherr.UnsupportedTokenType, nil)
	}
	err := s.jwtRevoker.RevokeOwn(ctx, userID, token)
	var known *autherr.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known) && known != nil:
		return known.WithMethod(method)
	}
	return autherr.Unavailable(method, err)
}

// endRecord ends the token on record under id and, if it is a refresh token, all that descend from the same grant. It returns the record, or
// store.ErrNotFound if there is none, or if somebody else was faster; what may says; or an *autherr.Error.
func endRecord(ctx context.Context, tokens store.TokenStore, method autherr.Method, id store.TokenID, may func(store.Token) error) (store.Token, error) {
	none := store.Token{}
	t, err := tokens.TokenByID(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return none, store.ErrNotFound
	case err != nil:
		return none, autherr.Unavailable(method, err)
	case t.ID != id:
		return none, autherr.Internal(method, errOtherToken)
	case t.Kind != store.AccessToken && t.Kind != store.RefreshToken: // a mark: without it, what was revoked would work again
		return none, store.ErrNotFound
	}
	if err := may(t); err != nil {
		return none, err
	}
	if t.Kind == store.RefreshToken && t.Family != "" {
		err = tokens.DeleteTokens(ctx, store.TokenMatch{UserID: t.UserID, Family: t.Family})
	} else {
		t, err = tokens.TakeToken(ctx, id)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return none, store.ErrNotFound
	case err != nil:
		return none, autherr.Unavailable(method, err)
	case t.ID != id:
		return none, autherr.Internal(method, errOtherToken)
	}
	return t, nil
}
