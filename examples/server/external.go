package main

import (
	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/oauth"
)

// appExternal is the application for access tokens of another server. It is there if -introspect is set. It stands alone and not in the default
// chain: one cannot see from a token whose it is.
const appExternal = "extern01"

// introspection describes another server that is asked about its tokens.
type introspection struct{ url, audience, usernameClaim string }

// externalParts makes the verifier of another server's access tokens, whose users are those of the same name here.
func (a *app) externalParts() (auth.Authenticator, error) {
	at := a.cfg.introspect
	v, err := oauth.NewIntrospectionVerifier(oauth.IntrospectionConfig{
		URL:            at.url,
		ClientID:       a.cfg.introspectAs.id,
		ClientSecret:   a.cfg.introspectAs.secret,
		Audience:       []string{at.audience},
		Users:          a.store,
		UsernameClaim:  at.usernameClaim,
		Scopes:         []string{scopeProfile, scopeRoles},
		Realm:          realm,
		AcceptJWTs:     true,
		AcceptOwnShape: true,
	})
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, v)
	return v, nil
}
