package jwt

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
)

// jwkMembers are the members of a JWK (RFC 7517 section 4, RFC 7518 section 6) that say what it is, and its material.
type jwkMembers struct {
	kty, alg, use, kid string
	ops                []string // key_ops; nil if absent
	hasOps             bool

	// private tells whether a member is there that nobody but the owner may know.
	private bool

	// material is what defines the key, kty included. broken is what is wrong with it.
	material map[string]string
	broken   error
}

// scanJWK reads a JWK strictly: one object, no member twice. The members are returned with an error too, as far as they were
// read, because a broken key may still be a private one.
func scanJWK(text string) (*jwkMembers, error) {
	m := &jwkMembers{material: make(map[string]string, 8)}
	p := newScanner(text)
	for p.member() {
		p.jwkMember(m)
	}
	if err := p.end(); err != nil {
		return m, fmt.Errorf("the JWK is malformed: %w", err)
	}
	if m.broken != nil {
		return m, fmt.Errorf("the JWK is malformed: %w", m.broken)
	}
	if m.kty == "" {
		return m, errors.New("the JWK has no kty")
	}
	return m, nil
}

// jwkMember reads one member into m.
func (p *scanner) jwkMember(m *jwkMembers) {
	var dst *string
	switch p.name {
	case "kty":
		dst = &m.kty
	case "alg":
		dst = &m.alg
	case "use":
		dst = &m.use
	case "kid":
		dst = &m.kid
	case "key_ops":
		m.hasOps = true
		ops, ok := p.texts()
		if !ok {
			m.broken = errMemberType
		}
		m.ops = ops
		return
	case "k", "d", "p", "q", "dp", "dq", "qi":
		m.private = true
	case "oth", "priv": // more primes, or a private key of another kind
		m.private = true
		p.skip()
		return
	case "n", "e", "crv", "x", "y":
	default:
		p.skip()
		return
	}
	v, ok := p.text()
	if !ok {
		m.broken = errMemberType
		return
	}
	if dst != nil {
		*dst = v
	}
	switch p.name {
	case "alg", "use", "kid":
	case "kty", "crv":
		m.material[p.name] = v
	default:
		if _, ok := decodeSegment(nil, v); !ok {
			m.broken = errSegment
		}
		m.material[p.name] = v
	}
}

// fits refuses a key that says that it is for something else.
func (m *jwkMembers) fits(alg Algorithm, op string) error {
	switch {
	case m.alg != "" && m.alg != string(alg):
		return fmt.Errorf("the JWK is for algorithm %.20q, not for %s", m.alg, alg)
	case m.use != "" && m.use != "sig":
		return errors.New("the use of the JWK is not sig")
	case m.hasOps && !slices.Contains(m.ops, op):
		return fmt.Errorf("the key_ops of the JWK lack %q", op)
	}
	return nil
}

// smallExponent reports whether an RSA exponent has at most 31 bits. Longer ones must not be cut to fit an int.
func smallExponent(e string) bool {
	b, ok := decodeSegment(nil, e)
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return ok && (len(b) < 4 || len(b) == 4 && b[0] < 0x80)
}

// rebuilt returns a private key with nothing but what defines it: factors and values worked out from them are computed anew, not believed.
func rebuilt(raw any) (any, error) {
	key, ok := raw.(*rsa.PrivateKey)
	if !ok {
		return raw, nil
	}
	if _, err := checkRSA(&key.PublicKey); err != nil {
		return nil, err
	}
	for _, p := range key.Primes {
		if p.Sign() <= 0 {
			return nil, errors.New("the JWK lacks the factors p and q")
		}
	}
	again := &rsa.PrivateKey{PublicKey: key.PublicKey, D: key.D, Primes: key.Primes}
	again.Precompute()
	if err := again.Validate(); err != nil {
		return nil, errInvalidPrivate
	}
	return again, nil
}
