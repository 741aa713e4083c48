package jwt

import (
	"context"
	"errors"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// verified is an identity together with what it points to.
type verified struct {
	identity auth.Identity
	claims   Claims
}

// identify returns the user of an accepted token as he is now.
func (v *Verifier) identify(ctx context.Context, rec *record) (*auth.Identity, error) {
	res := &verified{claims: rec.claims()}
	var err error
	switch {
	case v.users == nil:
		err = v.believe(ctx, rec, res)
	default:
		err = v.lookUp(ctx, rec, res)
	}
	if err != nil {
		return nil, err
	}
	id := &res.identity
	id.Method = autherr.MethodJWT
	if v.own() { // another issuer's client is no client of ours
		id.ClientID = rec.clientID
		if v.typ == AccessToken {
			id.Application = rec.application
		}
	}
	id.ExpiresAt = v.expiresAt(rec)
	id.Claims = &res.claims
	if id.Scopes, err = v.grants(rec); err != nil {
		return nil, err
	}
	return id, nil
}

// lookUp fills in the user on record.
func (v *Verifier) lookUp(ctx context.Context, rec *record, res *verified) error {
	user, err := v.user(ctx, rec, &res.claims)
	switch {
	case errors.Is(err, auth.ErrNoUser):
		return refuseUser
	case err != nil:
		return err
	case v.own() && user.Stamp != rec.stamp:
		return refuseChanged
	}
	res.identity = auth.Identity{UserID: user.ID, Name: user.Name, Roles: user.Roles, Permissions: user.Permissions}
	return nil
}

// user finds the user for whom a token acts.
func (v *Verifier) user(ctx context.Context, rec *record, claims *Claims) (store.User, error) {
	if v.usernameClaim != "" {
		return v.userByName(ctx, rec.username)
	}
	id, err := v.userID(ctx, rec, claims)
	if err != nil {
		return store.User{}, err
	}
	return auth.ActiveUser(ctx, v.users, autherr.MethodJWT, id)
}

// userID returns the ID of the user whom our own token names, or to whom MapUser maps another issuer's.
func (v *Verifier) userID(ctx context.Context, rec *record, claims *Claims) (string, error) {
	if v.mapUser != nil {
		id, err := v.mapUser(ctx, claims)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return "", auth.ErrNoUser
		case err != nil:
			return "", autherr.Unavailable(autherr.MethodJWT, err)
		case id == "":
			return "", auth.ErrNoUser
		}
		return id, nil
	}
	switch {
	case rec.sub == "" || rec.name == "" && v.typ == IdentityToken:
		return "", refuseSubject
	case rec.stamp == "":
		return "", refuseStamp
	}
	return rec.sub, nil
}

// userByName is auth.ActiveUser for the name that another issuer gave.
func (v *Verifier) userByName(ctx context.Context, name string) (store.User, error) {
	if !auth.IsName(name) {
		return store.User{}, refuseSubject
	}
	return auth.ActiveUserByName(ctx, v.users, autherr.MethodJWT, name)
}

// believe fills in what the token says about its user.
func (v *Verifier) believe(ctx context.Context, rec *record, res *verified) error {
	id := &res.identity
	switch {
	case v.own(), v.mapUser != nil:
		userID, err := v.userID(ctx, rec, &res.claims)
		if errors.Is(err, auth.ErrNoUser) {
			return refuseUser
		}
		if err != nil {
			return err
		}
		id.UserID = userID
		if v.own() { // what another issuer calls somebody is no name here
			id.Name = rec.name
		}
		if v.own() && rec.roles != "" {
			roles, ok := textsOf(rec.roles)
			if !ok {
				return refuseRoles
			}
			id.Roles = roles
		}
	default:
		if rec.sub == "" || !auth.IsName(rec.username) {
			return refuseSubject
		}
		id.UserID, id.Name = rec.iss+"|"+rec.sub, rec.username
	}
	return nil
}
