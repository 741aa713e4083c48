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

// RevokeOwn is [Verifier.RevokeOwn] of the first verifier that claims the token.
func (list Revokers) RevokeOwn(ctx context.Context, userID, token string) error {
	for _, v := range list {
		if err := v.RevokeOwn(ctx, userID, token); err != errNotClaimed {
			return err
		}
	}
	return errNotClaimed
}

// RevokeOwn ends a token that acts for the user, for somebody who is known to be that user: it is what the revocation endpoint of package
// oauth calls. A token of the issuer that is not good, one that has ended, and another user's are left alone, without an error: whoever asks learns
// nothing about them.
//
// What may be good somewhere and cannot be revoked here is refused with UNSUPPORTED_TOKEN_TYPE: what the Verifier does not claim, a token without an
// ID, and every token if the Verifier has no Revocations. SERVICE_UNAVAILABLE means that the keys, the users or the store of the revocations cannot be
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
	case err != nil:
		return nil
	case v.revocations == nil, rec.jti == "":
		return errUnrevocable
	}
	claims := rec.claims()
	owner, err := v.owner(ctx, &rec, &claims)
	switch {
	case errors.Is(err, autherr.ServiceUnavailable), errors.Is(err, autherr.InternalError):
		return ofRevocation(err)
	case err != nil, userID == "", owner != userID:
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
	return user.ID, err
}

var (
	errUnrevocable = error(autherr.New(autherr.MethodRevoke, autherr.UnsupportedTokenType, errors.New("jwt: the token cannot be revoked")))
	errNotClaimed  = error(autherr.New(autherr.MethodRevoke, autherr.UnsupportedTokenType, errors.New("jwt: not a token of the issuer")))
)

// ofRevocation returns err in the words of the revocation endpoint.
func ofRevocation(err error) error { return autherr.From(err).WithMethod(autherr.MethodRevoke) }
