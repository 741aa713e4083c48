package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// RevocationEndpoint returns the handler of the endpoint with which clients end tokens that were issued to them (RFC 7009). It stands beside the
// RevokeEndpoint of the documented system, which is for users.
//
// It takes POST requests with a form: token, token_type_hint (which is not needed and not looked at), and the client's authentication as at the
// token endpoint. Only a client with InsecurePasswordGrantWithoutSecret, and the password grant, may go without its secret; one that it does send is
// checked. The answer of a success is 200 and {}: clients look at the status only (section 2.2), and those that parse every body find one.
//
//   - An access token ends alone, a refresh token with all that descend from the same grant. Access tokens among these that are JSON Web
//     Tokens have no record and live on until they expire.
//   - A token that is unknown, expired or revoked is a success: it does not work. An opaque token of another server is unknown, whoever
//     accepts it. One whose user is blocked or gone is ended all the same, because he might come back.
//   - A token of another client is refused with UNAUTHORIZED_CLIENT, and is left alone (section 2.1).
//   - A JSON Web Token is ended by ServerConfig.JWTRevoker if JWTVerifier knows it for an access token of the client. What may work and cannot be
//     ended here, such as an identity token, a token of another issuer or an API key, is refused with UNSUPPORTED_TOKEN_TYPE.
//
// While a store is out of order the answer is 503: the token may still work (section 2.2.1).
func (s *Server) RevocationEndpoint() http.Handler {
	return s.endpoint(auth.EventTokenRevoke, s.serveRevocation)
}

func (s *Server) serveRevocation(r *http.Request) (*auth.Reply, error) {
	client, f, err := s.clientOf(r, func(c store.Client) bool {
		return c.InsecurePasswordGrantWithoutSecret && slices.Contains(c.Grants, GrantPassword)
	})
	if err != nil {
		return nil, err
	}
	if err := s.end(r.Context(), s.asClient(client.ID), f[paramToken]); err != nil {
		return nil, err
	}
	return &auth.Reply{Body: struct{}{}}, nil
}

var (
	errNotIssuedToClient = refusal(autherr.UnauthorizedClient, "the token was issued to another client")
	errNoTokenOfOurs     = refusal(autherr.UnsupportedTokenType, "the token is no access token of this server")
)

// asClient lets a client end the tokens that were issued to it, of whichever application it was then. It is told when a token is another's: it has
// the token in its hands, so nothing is given away, and a success without effect would be a lie.
func (s *Server) asClient(clientID string) ender {
	return ender{
		method: autherr.MethodOAuth,
		may: func(t store.Token) error {
			if t.ClientID != clientID {
				return errNotIssuedToClient
			}
			return nil
		},
		endJWT: func(ctx context.Context, token string) error {
			userID, err := s.userOfClientJWT(ctx, clientID, token)
			if err != nil {
				return err
			}
			return s.endJWT(ctx, autherr.MethodOAuth, userID, token)
		},
	}
}

// userOfClientJWT returns for whom an access token of the client acts, or the refusal.
func (s *Server) userOfClientJWT(ctx context.Context, clientID, token string) (userID string, err error) {
	if s.verifier.jwts == nil {
		return "", errNoTokenOfOurs
	}
	identity, err := s.verifier.jwts.Verify(ctx, token)
	switch {
	case errors.Is(err, auth.ErrNoCredentials):
		return "", errNoTokenOfOurs
	case err != nil:
		return unacceptable(err, clientID, token)
	case identity == nil || identity.UserID == "":
		return "", autherr.Internal(autherr.MethodOAuth, errNobody)
	case identity.ClientID != clientID:
		return "", errNotIssuedToClient
	}
	return identity.UserID, nil
}

// unacceptable is userOfClientJWT for a token that JWTVerifier refuses with err. It may be one that works tomorrow, for its user is blocked or its time
// has not come; or one that works elsewhere, where a clock is behind or an ended token has some leeway. So who it says it is for is read from the
// token itself. That is not known to be true, but it is harmless: it is only the question that is put to the JWTRevoker, which ends nothing that is
// not genuine, and what a genuine token says is true.
func unacceptable(err error, clientID, token string) (userID string, _ error) {
	e := autherr.From(err)
	switch e.Code {
	case autherr.TokenExpired, autherr.InvalidSignature, autherr.InvalidToken, autherr.InvalidAccessToken, autherr.UserInformationNotFound:
	default:
		return "", e.WithMethod(autherr.MethodOAuth)
	}
	claimed, ok := readClaimed(token)
	switch {
	case !ok:
		return "", errNoTokenOfOurs
	case claimed.clientID != clientID:
		return "", errNotIssuedToClient
	}
	return claimed.userID, nil
}

// claimedAccess is what a JSON Web Token says of itself.
type claimedAccess struct{ userID, clientID string }

// readClaimed reads a token without verifying it. It reports false if the token does not say for which client and user it is.
func readClaimed(token string) (claimedAccess, bool) {
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.Strict().DecodeString(payload)
	if err != nil {
		return claimedAccess{}, false
	}
	claims, err := readObject(text, nil)
	if err != nil {
		return claimedAccess{}, false
	}
	var c claimedAccess
	err = errors.Join(json.Unmarshal(claims["sub"], &c.userID), json.Unmarshal(claims["client_id"], &c.clientID))
	return c, err == nil && c.userID != "" && c.clientID != ""
}
