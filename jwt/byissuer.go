package jwt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// byIssuer gives each token to the verifier of its issuer.
type byIssuer struct {
	verifiers  map[issuerRef]*Verifier
	header     string
	maxToken   int
	challenges []autherr.Challenge
}

// issuerRef is what selects a verifier.
type issuerRef struct {
	issuer string
	access bool // access tokens, not identity tokens
}

// ByIssuer returns an authenticator for the tokens of several issuers. A token goes to the verifier of its exact issuer and kind, and to no
// other, so that a key of one issuer never opens anything for another's tokens, whatever its ID. It does what [auth.Chain] does with the
// same verifiers, but a token is not taken apart by each of them in turn, and mistakes are found when the program starts: two verifiers for one issuer and kind, a
// verifier without an Issuer (SkipIssuer), and different Header fields are errors.
func ByIssuer(verifiers ...*Verifier) (auth.Authenticator, error) {
	b := &byIssuer{verifiers: make(map[issuerRef]*Verifier, len(verifiers))}
	for i, v := range verifiers {
		if v == nil || v.keys == nil {
			return nil, fmt.Errorf("jwt: ByIssuer: verifier %d is missing", i)
		}
		ref := issuerRef{v.issuer, v.typ == AccessToken}
		switch {
		case v.skipIssuer:
			return nil, fmt.Errorf("jwt: ByIssuer: verifier %d is for tokens of every issuer (SkipIssuer)", i)
		case b.verifiers[ref] != nil:
			return nil, fmt.Errorf("jwt: ByIssuer: two verifiers are for the %s tokens of %q", v.typ, v.issuer)
		case i > 0 && v.header != b.header:
			return nil, errors.New("jwt: ByIssuer: the verifiers have different Header fields")
		}
		b.verifiers[ref] = v
		b.header = v.header
		b.maxToken = max(b.maxToken, v.maxToken)
		b.challenges = autherr.MergeChallenges(b.challenges, v.challenge)
	}
	if len(verifiers) == 0 {
		return nil, errors.New("jwt: ByIssuer: no verifiers")
	}
	return b, nil
}

// Authenticate implements [auth.Authenticator].
func (b *byIssuer) Authenticate(r *http.Request) (*auth.Identity, error) {
	token, err := readBearer(r, b.header)
	if err != nil {
		return nil, err
	}
	return b.verify(r.Context(), token)
}

func (b *byIssuer) verify(ctx context.Context, token string) (*auth.Identity, error) {
	if len(token) > b.maxToken {
		return nil, declineTooLong
	}
	ref, err := selector(token)
	if err != nil {
		return nil, err
	}
	v := b.verifiers[ref]
	if v == nil {
		return nil, declineIssuer
	}
	// It reads the token for itself. A token that it understands differently from what was read here is declined or refused.
	return v.Verify(ctx, token)
}

// selector returns what selects the verifier of a token. The token need not be well-formed beyond that.
func selector(token string) (issuerRef, error) {
	head, payload, _, ok := split(token)
	if !ok {
		return issuerRef{}, declineSegments
	}
	var buf [1 << 10]byte // stays on the stack; only longer tokens need more
	header, ok := decodeSegment(buf[:0], head)
	if !ok {
		return issuerRef{}, declineHeader
	}
	h, err := parseHeader(string(header))
	if err != nil {
		return issuerRef{}, declineHeader
	}
	claims, ok := decodeSegment(buf[:0], payload)
	if !ok {
		return issuerRef{}, declineClaims
	}
	p := newScanner(string(claims))
	for p.member() {
		if p.name == "iss" {
			iss, _ := p.text()
			return issuerRef{iss, h.typ == AccessToken}, nil
		}
		p.skip()
	}
	if p.end() != nil {
		return issuerRef{}, declineClaims
	}
	return issuerRef{}, declineIssuer
}

// Challenges implements [auth.Challenger].
func (b *byIssuer) Challenges() []autherr.Challenge { return slices.Clone(b.challenges) }

// CredentialHeaders implements [auth.HeaderReader].
func (b *byIssuer) CredentialHeaders() []string {
	if b.header == "" {
		return []string{"Authorization"}
	}
	return []string{"Authorization", b.header}
}
