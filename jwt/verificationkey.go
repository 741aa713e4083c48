package jwt

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
)

// VerificationKey checks signatures of one algorithm. It holds a public key or a shared secret and is safe for concurrent use. It never
// prints a secret.
type VerificationKey struct {
	alg Algorithm
	id  string

	// named tells whether whoever made the key gave it its ID. The issuer's tokens name it so; a thumbprint that was computed here
	// means nothing to others.
	named bool

	public  any // as checkPublic returns it; nil for a shared secret
	checker checker
}

// NewVerificationKey returns a key from a *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey. opts may be nil; without an ID there,
// the key fits tokens with any key ID as long as it is the only such key of its algorithm in a set, because its
// issuer's name for it is not known.
//
// Keys that are weak, broken or not of the algorithm are refused: RSA below 2048 and over 8192 bits or with an unusable
// exponent, points that are not on the curve, a curve that is not the algorithm's.
func NewVerificationKey(alg Algorithm, key crypto.PublicKey, opts *KeyOptions) (*VerificationKey, error) {
	k, err := newVerificationKey(alg, key, opts, "")
	if err != nil {
		return nil, fmt.Errorf("jwt: verification key: %w", err)
	}
	return k, nil
}

func newVerificationKey(alg Algorithm, key crypto.PublicKey, opts *KeyOptions, carriedID string) (*VerificationKey, error) {
	s, err := alg.spec()
	if err != nil {
		return nil, err
	}
	own, err := checkPublic(alg, s, key)
	if err != nil {
		return nil, err
	}
	id, err := keyID(opts, carriedID)
	if err != nil {
		return nil, err
	}
	k := &VerificationKey{alg: alg, id: id, named: id != "", public: own, checker: newChecker(s, own)}
	if !k.named {
		if k.id, err = thumbprint(own); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// NewVerificationSecret returns a key from a secret that is shared with the issuer, for HS256, HS384 and HS512. The secret has at least
// 32 bytes and at least the length of the hash, all of them random; it is copied. opts may be nil; without an ID
// there, the rule of [NewVerificationKey] applies.
func NewVerificationSecret(alg Algorithm, secret []byte, opts *KeyOptions) (*VerificationKey, error) {
	k, _, err := newSecret(alg, secret, opts, "")
	if err != nil {
		return nil, fmt.Errorf("jwt: verification secret: %w", err)
	}
	return k, nil
}

func newSecret(alg Algorithm, secret []byte, opts *KeyOptions, carriedID string) (*VerificationKey, *macs, error) {
	s, err := alg.spec()
	if err != nil {
		return nil, nil, err
	}
	if err := checkSecret(alg, s, secret); err != nil {
		return nil, nil, err
	}
	id, err := keyID(opts, carriedID)
	if err != nil {
		return nil, nil, err
	}
	m := newMACs(s.hash, bytes.Clone(secret))
	k := &VerificationKey{alg: alg, id: id, named: id != "", checker: m}
	if !k.named {
		// Not the thumbprint, which is a plain hash of the secret. What is signed always has a dot and this has none, so it is
		// nobody's signature.
		sum, _ := m.sign([]byte("key id"))
		k.id = encodeSegment(sum[:16])
	}
	return k, m, nil
}

// Algorithm returns the algorithm of the key.
func (k *VerificationKey) Algorithm() Algorithm {
	if k == nil {
		return ""
	}
	return k.alg
}

// ID returns the key's name, the kid of tokens.
func (k *VerificationKey) ID() string {
	if k == nil {
		return ""
	}
	return k.id
}

// Public reports whether the key may be published.
func (k *VerificationKey) Public() bool { return k != nil && k.public != nil }

var errNilKey = errors.New("the key is missing")

// verifies reports whether sig is the signature of input.
func (k *VerificationKey) verifies(input, sig []byte, s *scratch) bool {
	return k != nil && k.checker != nil && k.checker.check(input, sig, s)
}

// as returns a copy of k that is called id by its maker.
func (k *VerificationKey) as(id string) *VerificationKey {
	c := *k
	c.id, c.named = id, true
	return &c
}
