package oauth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// IntrospectionEndpoint returns the handler of the endpoint at which resource servers ask about tokens (RFC 7662): clients with Introspect in
// their record, which authenticate with their secret as at the token endpoint. Others are refused with UNAUTHORIZED_CLIENT, so that nobody tries
// out here what he has found (section 4).
//
// It takes POST requests with a form: token, and token_type_hint, which is not needed and not looked at. A token is active exactly if a [Verifier] for the
// server's application would accept it now. The answer says active, scope, client_id, username, token_type (always Bearer), exp, iat, sub (the
// user's ID), and iss if ServerConfig.Issuer is set; of JSON Web Tokens iss, aud, nbf and jti as they stand in it. Times are in whole seconds,
// rounded down. Everything else is answered with {"active":false} and no reason: unknown, expired, revoked, of another application, of a user
// who is blocked. An outage is 503 and says nothing about the token.
//
// A refresh token is active for the client alone to which it was issued, and only while that client can use it; every other resource server is told that it
// is inactive, for it is no token to be let in with. Its answer names neither user nor scope and has "token_use":"refresh_token" in place of
// token_type. A resource server that is itself a client with refresh tokens should let in on token_type Bearer and not on active alone. Asking
// about a spent refresh token is not using it again: nothing is revoked by it.
func (s *Server) IntrospectionEndpoint() http.Handler {
	return s.endpoint(auth.EventTokenIntrospect, s.serveIntrospection)
}

func (s *Server) serveIntrospection(r *http.Request) (*auth.Reply, error) {
	client, f, err := s.clientOf(r, nil)
	switch {
	case err != nil:
		return nil, err
	case !client.Introspect:
		return nil, autherr.New(autherr.MethodOAuth, autherr.UnauthorizedClient, errors.New("the client has no Introspect"))
	}
	answer, err := s.introspect(r.Context(), client, f[paramToken])
	if err != nil {
		if !saysNo(err) {
			return nil, err
		}
		answer = introspectionReply{}
	}
	return &auth.Reply{Body: answer}, nil
}

// introspect returns what the client is told of a token that is active, and the refusal of one that is not.
func (s *Server) introspect(ctx context.Context, client store.Client, token string) (introspectionReply, error) {
	switch {
	case auth.IsRandom(auth.PrefixRefreshToken, token):
		return s.introspectRefresh(ctx, client, token)
	case auth.IsRandom(auth.PrefixAccessToken, token):
		var t store.Token
		identity, err := s.verifier.verify(ctx, TokenID(token), &t)
		if err != nil {
			return introspectionReply{}, err
		}
		answer := describe(identity)
		answer.Issuer, answer.IssuedAt = s.issuer, t.IssuedAt.Unix()
		return answer, nil
	}
	identity, err := s.verifier.Verify(ctx, token)
	if err != nil {
		return introspectionReply{}, err
	}
	answer := describe(identity)
	return answer, answer.addClaims(identity)
}

// introspectRefresh is introspect for refresh tokens. It looks at what the token endpoint looks at, and changes nothing.
func (s *Server) introspectRefresh(ctx context.Context, client store.Client, token string) (introspectionReply, error) {
	fail := func(err error) (introspectionReply, error) { return introspectionReply{}, err }
	t, err := s.refreshRecord(ctx, client, token)
	switch {
	case err != nil:
		return fail(err)
	case !t.SpentAt.IsZero():
		return fail(errRefreshSpent)
	case familyEnds(t, client, time.Now()):
		return fail(errRefreshExpired)
	case !slices.Contains(client.Grants, GrantRefreshToken):
		return fail(errRefreshGrant)
	}
	user, err := s.refreshUser(ctx, t)
	if err != nil {
		return fail(err)
	}
	if !mayActFor(client, user) {
		return fail(errRefreshUsers)
	}
	if _, err := refreshScopes(tokenRequest{client: client}, t); err != nil {
		return fail(errRefreshScopes)
	}
	return introspectionReply{
		Active: true, ClientID: t.ClientID, ExpiresAt: t.ExpiresAt.Unix(), IssuedAt: t.IssuedAt.Unix(), Issuer: s.issuer, Use: useRefresh,
	}, nil
}

var (
	errRefreshGrant  = refusal(autherr.InvalidRefreshToken, "the client may not refresh any more")
	errRefreshUsers  = refusal(autherr.InvalidRefreshToken, "the client may not act for the user any more")
	errRefreshScopes = refusal(autherr.InvalidRefreshToken, "the client has none of the scopes of the grant any more")
)

// saysNo reports whether err is an answer about the token. Whatever else it is means that the answer is not known.
func saysNo(err error) bool {
	switch autherr.From(err).Code {
	case autherr.InvalidAccessToken, autherr.TokenExpired, autherr.InvalidRefreshToken:
		return true
	}
	return false
}

// describe returns what is told of an access token of either form.
func describe(identity *auth.Identity) introspectionReply {
	answer := introspectionReply{
		Active: true, Scope: strings.Join(identity.Scopes, " "), ClientID: identity.ClientID, Username: identity.Name,
		TokenType: "Bearer", Subject: identity.UserID,
	}
	if !identity.ExpiresAt.IsZero() {
		answer.ExpiresAt = identity.ExpiresAt.Unix()
	}
	return answer
}
