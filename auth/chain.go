package auth

import (
	"errors"
	"net/http"
	"slices"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// chain tries authenticators in order.
type chain struct{ parts []Authenticator }

// Chain returns an Authenticator that offers several. The first part that claims a request decides it: bad credentials
// are never tried on the next. If nobody claims it, the most specific decline is the answer, the first among equals.
//
// An empty Chain refuses every request, absent credentials included. A nil part panics.
func Chain(parts ...Authenticator) Authenticator {
	c := &chain{parts: slices.Clone(parts)}
	for i, a := range c.parts {
		mustHave("Chain", a)
		// A Basic credential that holds an API key from elsewhere looks like a user name and password: only keys with
		// our prefix can be told apart from one another here.
		if k, ok := a.(*APIKey); ok {
			c.parts[i] = k.prefixed()
		}
	}
	return c
}

var errEmptyChain = autherr.Internal(autherr.MethodAny, errors.New("auth: empty Chain"))

// Authenticate implements Authenticator.
func (c *chain) Authenticate(r *http.Request) (*Identity, error) {
	if len(c.parts) == 0 {
		return nil, errEmptyChain
	}
	var best *declined
	for _, a := range c.parts {
		id, err := a.Authenticate(r)
		if err == nil || id != nil {
			return id, err
		}
		d := asDecline(err)
		if d == nil {
			return nil, err
		}
		if best == nil || d.reason > best.reason {
			best = d
		}
	}
	return nil, best
}

// Challenges implements Challenger.
func (c *chain) Challenges() []autherr.Challenge {
	var all []autherr.Challenge
	for _, a := range c.parts {
		all = autherr.MergeChallenges(all, challengesOf(a)...)
	}
	return all
}

// CredentialHeaders implements HeaderReader.
func (c *chain) CredentialHeaders() []string {
	var all []string
	for _, a := range c.parts {
		all = mergeHeaders(all, headersOf(a)...)
	}
	return all
}

func mergeHeaders(list []string, more ...string) []string {
	for _, h := range more {
		if !slices.ContainsFunc(list, func(have string) bool { return equalFoldASCII(have, h) }) {
			list = append(list, h)
		}
	}
	return list
}
