package auth

import (
	"errors"
	"net/http"
	"slices"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// chain tries authenticators in order.
type chain struct {
	parts    []Authenticator
	standIns []string // the fields that some part reads when Authorization is absent
}

// Chain returns an Authenticator that offers several. The first part that claims a request decides it: bad credentials
// are never tried on the next. If nobody claims it, the most specific decline is the answer, the first among equals.
//
// Where requests without credentials are told in different words, put first the method whose words you want them to get.
//
// An empty Chain refuses every request, absent credentials included. A nil part panics.
func Chain(parts ...Authenticator) Authenticator {
	c := &chain{parts: slices.Clone(parts)}
	for i, a := range c.parts {
		mustHave("Chain", a)
		c.parts[i] = inChain(a)
		for _, h := range credentialFields(a) {
			if h = http.CanonicalHeaderKey(h); h != headerAuthorization && h != headerAPIKey {
				c.standIns = mergeHeaders(c.standIns, h)
			}
		}
	}
	return c
}

// inChain returns a as it works inside a Chain. A Basic credential that holds an API key from elsewhere looks like a user name and password: only keys
// with our prefix can be told apart from one another there.
func inChain(a Authenticator) Authenticator {
	switch a := a.(type) {
	case *APIKey:
		return a.prefixed()
	case *forgedLimit:
		return a.around(inChain(a.a))
	}
	return a
}

// credentialFields are the header fields in which a looks for credentials.
func credentialFields(a Authenticator) []string {
	switch a := a.(type) {
	case *byHeader: // whose own field selects, and proves nothing
		return (&chain{parts: a.order}).CredentialHeaders()
	case *forgedLimit:
		return credentialFields(a.a)
	}
	return headersOf(a)
}

// several reports whether r carries credentials in more than one field, which each part, looking at its own, does not see. Those that stand in for
// Authorization yield to it.
func (c *chain) several(r *http.Request) bool {
	if len(c.standIns) == 0 || len(r.Header[headerAuthorization]) > 0 {
		return false
	}
	n := min(1, len(r.Header[headerAPIKey]))
	for _, h := range c.standIns {
		n += min(1, len(r.Header[h]))
	}
	return n > 1
}

var errEmptyChain = autherr.Internal(autherr.MethodAny, errors.New("auth: empty Chain"))

// Authenticate implements Authenticator.
func (c *chain) Authenticate(r *http.Request) (*Identity, error) {
	if len(c.parts) == 0 {
		return nil, errEmptyChain
	}
	if c.several(r) {
		return nil, errSeveral
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
