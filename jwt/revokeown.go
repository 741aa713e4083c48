package jwt

import (
	"context"
	"errors"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// Revokers end the tokens of several verifiers, one for each issuer, as [Verifier.RevokeOwn] does: the one that a token is meant for
// decides.
type Revokers []*Verifier

// RevokeOwn is [Verifier.RevokeOwn] of the first verifier that claims the token and has a key for it.
func (list Revokers) RevokeOwn(ctx context.Context, userID, token string) error {
	answer := errNotClaimed
	for _, v := range list {
		switch err := v.RevokeOwn(ctx, userID, token); err {
		case errNotClaimed:
		case errNoKeyHere:
			answer = err
		default:
			return err
		}
	}
	return answer
}

// RevokeOwn ends a token that acts for the user, for somebody who is known to be that user: it is what the revocation endpoint of package
// oauth calls. A token of the issuer that is not good, one that has ended, and another user's are left alone, without an error: whoever asks learns
// nothing about them.
//
// What may be good somewhere and cannot be revoked here is refused with UNSUPPORTED_TOKEN_TYPE: what the Verifier does not claim or has no key
// for, which may be one that another server knows already; a token without an ID; a token of another issuer whose user here is not looked up;
// and every token if the Verifier has no Revocations. SERVICE_UNAVAILABLE means that the keys, the users or the store of the revocations cannot be
// had, and that the token may be valid still.
func (v *Verifier) RevokeOwn(ctx context.Context, userID, token string) error {
	if v == nil || v.keys == nil {
		return errNotConstructed
	}
	var rec record
	err := v.open(ctx, token, &rec)
	switch {
	case errors.Is(err, auth.ErrNoCredentials):
		return errNotClaimed
	case errors.Is(err, autherr.ServiceUnavailable):
		return ofRevocation(err)
	case err == refuseAlgorithm, err == refuseManyKeys, errors.Is(err, errNoKey):
		return errNoKeyHere
	case err != nil: // a key that is known says that it is forged
		return nil
	case v.revocations == nil, rec.jti == "":
		return errUnrevocable
	}
	claims := rec.claims()
	owner, err := v.owner(ctx, &rec, &claims)
	switch {
	case errors.Is(err, autherr.ServiceUnavailable), errors.Is(err, autherr.InternalError):
		return ofRevocation(err)
	case err == nil && owner != userID && v.users == nil && !v.own() && v.mapUser == nil:
		return errUnrevocable // the owner is known by his name at the issuer, and that is no ID here
	case err != nil, userID == "", owner != userID:
		return nil
	case claims.IssuedAt.IsZero(): // no Verifier with a list accepts it
		return nil
	}
	if err := v.revocations.Revoke(ctx, &claims); err != nil {
		return ofRevocation(err)
	}
	return nil
}

// owner returns the ID of the user for whom a token acts, whether or not he is active.
func (v *Verifier) owner(ctx context.Context, rec *record, claims *Claims) (string, error) {
	switch {
	case v.mapUser != nil:
		return v.userID(ctx, rec, claims)
	case v.own():
		return rec.sub, nil
	}
	res := new(verified)
	if v.users == nil {
		err := v.believe(ctx, rec, res)
		return res.identity.UserID, err
	}
	user, err := v.userByName(ctx, rec.username)
	if errors.Is(err, auth.ErrNoUser) && user.ID != "" {
		err = nil
	}
	return user.ID, err
}

var (
	errUnrevocable = error(autherr.New(autherr.MethodRevoke, autherr.UnsupportedTokenType, errors.New("jwt: the token cannot be revoked")))
	errNoKeyHere   = error(autherr.New(autherr.MethodRevoke, autherr.UnsupportedTokenType, errors.New("jwt: no key that could tell whether the token is good")))
	errNotClaimed  = error(autherr.New(autherr.MethodRevoke, autherr.UnsupportedTokenType, errors.New("jwt: not a token of the issuer")))
)

// ofRevocation returns err in the words of the revocation endpoint.
func ofRevocation(err error) error { return autherr.From(err).WithMethod(autherr.MethodRevoke) }
