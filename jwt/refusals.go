package jwt

import (
	"errors"
	"fmt"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// Refusals are made once and shared: their private causes say in the log what their codes do not tell the client.

func forged(cause string) error {
	return forgedBecause(errors.New(cause))
}

func forgedBecause(cause error) error {
	return autherr.New(autherr.MethodJWT, autherr.InvalidSignature, auth.Forged(cause))
}

// keyless refuses a token for which there is not the one key that could tell. It is not forged as far as anybody knows: the key may be new and not
// fetched yet, or withdrawn, and those who have its tokens are as honest as before. Nor has it cost the check of a signature.
func keyless(cause error) error {
	return autherr.New(autherr.MethodJWT, autherr.InvalidSignature, cause)
}

func unacceptable(cause error) error {
	return autherr.New(autherr.MethodJWT, autherr.InvalidToken, cause)
}

// notOurs declines a Bearer value that is not for this verifier.
func notOurs(cause string) error {
	return auth.Decline(auth.OtherShape, autherr.New(autherr.MethodJWT, autherr.InvalidSignature, errors.New(cause)))
}

var (
	declineAbsent = auth.Decline(auth.Absent, autherr.New(autherr.MethodJWT, autherr.MissingAuthorizationHeader, nil))
	declineScheme = auth.Decline(auth.OtherScheme, autherr.New(autherr.MethodJWT, autherr.InvalidAuthorizationHeaderTokenType, nil))

	declineSegments = notOurs("not three segments")
	declineTooLong  = notOurs("the token is too long")
	declineHeader   = notOurs("no header of a JWS")
	declineClaims   = notOurs("no claims")
	declineKind     = notOurs("a token of another kind")
	declineIssuer   = notOurs("a token of another issuer")

	refuseAlgorithm = forged("the algorithm is not allowed")
	refuseSegment   = forged("the signature is not base64url")
	refuseSignature = forged("the signature is wrong")
	refuseManyKeys  = keyless(errors.New("the token names no key, and there is not exactly one that fits"))

	refuseType        = unacceptable(errors.New("typ is not that of the expected kind"))
	refuseAudience    = unacceptable(errors.New("the token is for another audience"))
	refuseNoIssuer    = unacceptable(errors.New("iss is missing"))
	refuseNoClient    = unacceptable(errors.New("client_id is missing, empty or not a string"))
	refuseNoID        = unacceptable(errors.New("jti is missing, empty or not a string"))
	refuseSubject     = unacceptable(errors.New("the claim that names the user is missing, empty or malformed"))
	refuseStamp       = unacceptable(errors.New("the claim stamp is missing"))
	refuseNoExpiry    = unacceptable(errors.New("exp is missing"))
	refuseExpiry      = unacceptable(errors.New("exp is after the year 9999"))
	refuseNotYet      = unacceptable(errors.New("the token is not valid yet (nbf)"))
	refuseFuture      = unacceptable(errors.New("the token was issued in the future (iat)"))
	refuseNoIssued    = unacceptable(errors.New("iat is missing"))
	refuseRevoked     = unacceptable(errors.New("the token has been revoked"))
	refuseScope       = unacceptable(errors.New("scope is malformed"))
	refuseApplication = unacceptable(errors.New("the token is of another application"))
	refuseRoles       = unacceptable(errors.New("roles is not an array of strings"))

	refuseExpired = error(autherr.New(autherr.MethodJWT, autherr.TokenExpired, nil))
	refuseTooOld  = error(autherr.New(autherr.MethodJWT, autherr.TokenExpired, errors.New("the exp is not reached, but the MaxLifetime of the Verifier or of its Revocations is")))
	refuseUser    = noUser(auth.ErrNoUser)
	refuseChanged = noUser(errors.New("the user's stamp has changed since"))

	errNotConstructed = error(autherr.Internal(autherr.MethodJWT, errors.New("jwt: not made by its constructor")))
)

// noUser is the one answer to a good token whose user is unknown, blocked, or has changed his password: what happened to a user is not told to
// whoever holds an old token.
func noUser(cause error) error {
	return autherr.New(autherr.MethodJWT, autherr.UserInformationNotFound, cause)
}

var errNoKey = errors.New("no key of the algorithm")

// unknownKey shows the kid, cut: it comes from a stranger.
func unknownKey(kid string) error {
	const longest = 64
	if len(kid) > longest {
		kid = kid[:longest]
	}
	return keyless(fmt.Errorf("%w for kid %q", errNoKey, kid))
}
