package oauth

import (
	"errors"
	"slices"
	"strings"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// errDefaultScopes is the cause of a 500 about a client record that contradicts itself.
var errDefaultScopes = errors.New("oauth: DefaultScopes of the client are not among its Scopes")

// grantScopes returns the scopes that a client gets for the parameter scope, when a grant does not limit them further: all that it asks for
// or, if it asks for none, its default ones (RFC 6749 section 3.3). Asking for one that is not on the client's list is an error: a client must not find out at its
// first call that it got less.
func grantScopes(client store.Client, param string) ([]string, error) {
	if param == "" {
		if !areScopes(client.DefaultScopes, client.Scopes) {
			return nil, autherr.Internal(autherr.MethodOAuth, errDefaultScopes)
		}
		return client.DefaultScopes, nil
	}
	var granted []string
	for scope := range strings.SplitSeq(param, " ") {
		if !auth.IsScope(scope) || !slices.Contains(client.Scopes, scope) {
			return nil, autherr.New(autherr.MethodOAuth, autherr.InvalidScope, nil)
		}
		if !slices.Contains(granted, scope) {
			granted = append(granted, scope)
		}
	}
	return granted, nil
}

// areScopes reports whether every element of list is a scope and on the allowed list.
func areScopes(list, allowed []string) bool {
	for _, s := range list {
		if !auth.IsScope(s) || !slices.Contains(allowed, s) {
			return false
		}
	}
	return true
}
