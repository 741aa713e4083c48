package jwt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// IssueAccessToken returns a signed access token (RFC 9068) for the user, who must be active and have an ID and a Stamp: the token that t
// describes, by ClientID, Application, Scopes, IssuedAt and ExpiresAt. UserID and Stamp of t, where they are set, must be the user's; its other
// fields are not looked at. It is what the token endpoint of package oauth calls, which has found out by then who asks and what he may have.
//
// The token has all claims that the standard requires: iss, aud, sub (User.ID), client_id, iat, exp (in whole seconds, rounded down, so that no token
// outlives t) and jti (random). It has scope if there are scopes. Beyond the standard it has stamp, without which a changed password would
// not end it; name, if the user has one, and roles, for services that know the users by their tokens only (VerifierConfig.SkipUserLookup) or by their
// names (VerifierConfig.UsernameClaim); and application, if it is of one. It has no nbf, which would say what iat says.
//
// Errors are *autherr.Error: an internal one for a user or a t for which no token can be issued, and SERVICE_UNAVAILABLE if a
// device that holds the key, or IssuerConfig.Claims, fails.
func (i *Issuer) IssueAccessToken(ctx context.Context, user store.User, t store.Token) (string, error) {
	compact, err := i.issueAccessToken(ctx, user, t)
	if err != nil {
		return "", autherr.From(err).WithMethod(autherr.MethodOAuth)
	}
	return compact, nil
}

func (i *Issuer) issueAccessToken(ctx context.Context, user store.User, t store.Token) (string, error) {
	if i.KeySet() == nil {
		return "", errNotConstructed
	}
	err := issuable(user)
	if err == nil {
		err = grantable(user, t)
	}
	if err != nil {
		return "", notIssued(err)
	}
	return i.mint(ctx, &draft{
		typ: AccessToken, user: user, id: auth.NewRandom(""), iat: t.IssuedAt.Unix(), exp: t.ExpiresAt.Unix(), // Unix rounds down
		clientID: t.ClientID, application: t.Application, scopes: t.Scopes,
	})
}

// grantable refuses access tokens that no Verifier would accept, or that say something else than t.
func grantable(user store.User, t store.Token) error {
	switch {
	case t.UserID != "" && t.UserID != user.ID:
		return fmt.Errorf("the token is of user %q and not of %q", t.UserID, user.ID)
	case t.Stamp != "" && t.Stamp != user.Stamp:
		return fmt.Errorf("the token has another stamp than user %q", user.ID)
	case t.ClientID == "":
		return errors.New("ClientID is missing")
	case t.IssuedAt.Unix() < 0: // as is the zero Time
		return errors.New("IssuedAt is missing or before 1970")
	case t.ExpiresAt.Unix() <= t.IssuedAt.Unix():
		return errors.New("ExpiresAt is not after IssuedAt, in whole seconds")
	case t.ExpiresAt.Unix() > maxDate:
		return errors.New("ExpiresAt is after the year 9999")
	}
	for _, s := range t.Scopes {
		if !auth.IsScope(s) {
			return fmt.Errorf("%q of the Scopes is no scope", s)
		}
	}
	return nil
}

// judgeAccess refuses access tokens that lack what the standard demands of every one (RFC 9068 section 2.2), beyond what judge looks at. A text of
// the wrong type reads as if it were missing.
func (v *Verifier) judgeAccess(rec *record) error {
	switch {
	case rec.iss == "":
		return refuseNoIssuer
	case rec.sub == "":
		return refuseSubject
	case rec.clientID == "":
		return refuseNoClient
	case rec.jti == "":
		return refuseNoID
	case rec.iat.kind == dateMissing:
		return refuseNoIssued
	case v.skipAudience && !rec.namesAudience():
		return refuseAudience
	case v.application != "" && rec.application != v.application:
		return refuseApplication
	}
	return nil
}

// namesAudience reports whether aud is a name or a list of names.
func (c *record) namesAudience() bool {
	p := scanner{s: c.aud}
	if name, ok := p.text(); ok {
		return name != ""
	}
	names, ok := textsOf(c.aud)
	return ok && len(names) > 0 && !slices.Contains(names, "")
}

// grants returns the scopes of an accepted token that count here: all those of our own tokens, and those of another issuer's that it is trusted with.
func (v *Verifier) grants(rec *record) ([]string, error) {
	if !v.own() && len(v.trustScopes) == 0 {
		return nil, nil
	}
	if rec.scopeType && (v.typ == AccessToken || !v.own()) {
		return nil, refuseScope
	}
	if rec.scope == "" {
		return nil, nil
	}
	list := strings.Split(rec.scope, " ") // RFC 8693 section 4.2
	for _, s := range list {
		if !auth.IsScope(s) {
			return nil, refuseScope
		}
	}
	if !v.own() {
		list = slices.DeleteFunc(list, func(s string) bool { return !slices.Contains(v.trustScopes, s) })
	}
	return list, nil
}
