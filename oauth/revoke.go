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
// send the token in a form or in a JSON object.
func (s *Server) RevokeEndpoint() http.Handler {
	return auth.NewEndpoint(auth.EndpointConfig{
		Method:     autherr.MethodRevoke,
		Renderer:   s.renderer,
		Challenges: s.basic.Challenges(),
		OnError:    s.onError,
	}, s.serveRevoke)
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
	token := f[paramToken]
	switch {
	case token == "":
		return nil, invalid(autherr.MethodRevoke, "parameter token is missing")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		// No token looks like that; what was meant may be one with a line end or with "Bearer" before it, which would stay in force.
		return nil, invalid(autherr.MethodRevoke, "parameter token holds more than a token")
	case auth.IsRandom(auth.PrefixAccessToken, token), auth.IsRandom(auth.PrefixRefreshToken, token):
		if err := s.revoke(r.Context(), user.ID, TokenID(token)); err != nil {
			return nil, err
		}
	case auth.IsRandom(auth.PrefixAPIKey, token):
		return nil, autherr.New(autherr.MethodRevoke, autherr.UnsupportedTokenType, nil)
	case auth.IsJWT(token):
		if err := s.revokeSelfContained(r.Context(), user.ID, token); err != nil {
			return nil, err
		}
	}
	return &auth.Reply{Body: revokeResponse{"success", "Token revoked successfully"}}, nil
}

// revokeSelfContained ends a token that needs no record and would work until it expires. To say that it is revoked when it is not
// would be a lie.
func (s *Server) revokeSelfContained(ctx context.Context, userID, token string) error {
	if s.jwts == nil {
		return autherr.New(autherr.MethodRevoke, autherr.UnsupportedTokenType, nil)
	}
	err := s.jwts.RevokeOwn(ctx, userID, token)
	var known *autherr.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known) && known != nil:
		return known.WithMethod(autherr.MethodRevoke)
	}
	return autherr.Unavailable(autherr.MethodRevoke, err)
}

// revoke ends a token of the user's, and with a refresh token all that descend from the same grant. A token that is unknown, or another user's, is
// left alone without an error: nobody learns here which tokens exist.
//
// The user's tokens of every application can be ended: it is always safe to, and a success without effect would not be.
func (s *Server) revoke(ctx context.Context, userID string, id store.TokenID) error {
	t, err := s.tokens.TokenByID(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return autherr.Unavailable(autherr.MethodRevoke, err)
	case t.ID != id:
		return autherr.Internal(autherr.MethodRevoke, errOtherToken)
	case t.UserID != userID:
		return nil
	}
	if t.Kind == store.RefreshToken && t.Family != "" {
		err = s.tokens.DeleteTokens(ctx, store.TokenMatch{UserID: userID, Family: t.Family})
	} else {
		t, err = s.tokens.TakeToken(ctx, id)
	}
	switch {
	case errors.Is(err, store.ErrNotFound): // somebody else was faster
		return nil
	case err != nil:
		return autherr.Unavailable(autherr.MethodRevoke, err)
	case t.ID != id:
		return autherr.Internal(autherr.MethodRevoke, errOtherToken)
	}
	return nil
}
