package jwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/apiauth-go/apiauth/auth"
)

// SigningKey signs tokens with one algorithm. It holds a private key or a shared secret, is safe for concurrent use, and never prints what it holds.
// It is a type of its own so that it cannot get into a published key set; what verifies its tokens is
// [SigningKey.VerificationKey].
type SigningKey struct {
	sign   signFunc
	reveal func() any // the crypto.Signer or the bytes of the shared secret
	verify *VerificationKey
}

// rsaBits is the size of generated RSA keys: what RS256 tokens are commonly signed with, and good until 2030 by NIST SP
// 800-57.
const rsaBits = 2048

// GenerateKey returns a new random key for alg. Keep it with [SigningKey.MarshalPEM] or [SigningKey.MarshalJWK] if tokens are to outlive
// the process. opts may be nil.
func GenerateKey(alg Algorithm, opts *KeyOptions) (*SigningKey, error) {
	s, err := alg.spec()
	if err != nil {
		return nil, fmt.Errorf("jwt: generate: %w", err)
	}
	var key crypto.Signer
	switch s.family {
	case familyHMAC:
		secret := make([]byte, max(minSecret, s.hash.Size()))
		_, _ = rand.Read(secret) // never fails: the runtime ends the program instead
		return NewSigningSecret(alg, secret, opts)
	case familyRSA:
		key, err = rsa.GenerateKey(rand.Reader, rsaBits)
	case familyECDSA:
		key, err = ecdsa.GenerateKey(s.curve, rand.Reader)
	default:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return nil, fmt.Errorf("jwt: generate: %w", err)
	}
	return NewSigningKey(alg, key, opts)
}

// NewSigningKey returns a key from a *rsa.PrivateKey, *ecdsa.PrivateKey or ed25519.PrivateKey, or from any other signer with such a public
// key, such as one that asks a device. It signs once, to see that both halves belong together. opts may be nil.
//
// What [NewVerificationKey] refuses is refused here too.
func NewSigningKey(alg Algorithm, key crypto.Signer, opts *KeyOptions) (*SigningKey, error) {
	k, err := newSigningKey(alg, key, opts, "")
	if err != nil {
		return nil, fmt.Errorf("jwt: signing key: %w", err)
	}
	return k, nil
}

func newSigningKey(alg Algorithm, key crypto.Signer, opts *KeyOptions, carriedID string) (*SigningKey, error) {
	if auth.IsNil(key) {
		return nil, errNilKey
	}
	s, err := alg.spec()
	if err != nil {
		return nil, err
	}
	if p, ok := key.(ed25519.PrivateKey); ok && len(p) != ed25519.PrivateKeySize {
		return nil, errors.New("the Ed25519 key has a wrong length")
	}
	verify, err := newVerificationKey(alg, key.Public(), opts, carriedID)
	if err != nil {
		return nil, err
	}
	if key, err = ownCopy(key); err != nil {
		return nil, err
	}
	k := &SigningKey{sign: newSigner(s, key), reveal: func() any { return key }, verify: verify.as(verify.id)}
	if err := k.probe(); err != nil {
		return nil, err
	}
	return k, nil
}

// ownCopy returns a copy of a key of the standard library, checked in passing, and any other signer as it is.
func ownCopy(key crypto.Signer) (crypto.Signer, error) {
	missing := false
	switch key := key.(type) {
	case *rsa.PrivateKey:
		missing = key.D == nil || len(key.Primes) < 2
	case *ecdsa.PrivateKey:
		//lint:ignore SA1019 a key without its private part would make marshalling panic
		missing = key.D == nil
	case ed25519.PrivateKey:
	default:
		return key, nil
	}
	if missing {
		return nil, errInvalidPrivate
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, errInvalidPrivate
	}
	again, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errInvalidPrivate
	}
	return again.(crypto.Signer), nil // the same type came out of the same form
}

var errInvalidPrivate = errors.New("the private key is not valid")

// probe signs and verifies once: a private key that does not belong to its public key would issue tokens that nobody accepts.
func (k *SigningKey) probe() error {
	input := []byte("probe")
	sig, err := k.sign(input)
	if err != nil {
		return fmt.Errorf("the key does not sign: %w", err)
	}
	if !k.verify.verifies(input, sig, new(scratch)) {
		return errors.New("the private key does not belong to the public key")
	}
	return nil
}

// NewSigningSecret returns a key from a shared secret, for HS256, HS384 and HS512. The rules of [NewVerificationSecret] apply. Whoever
// verifies with the secret can sign with it as well. opts may be nil.
func NewSigningSecret(alg Algorithm, secret []byte, opts *KeyOptions) (*SigningKey, error) {
	k, err := newSigningSecret(alg, secret, opts, "")
	if err != nil {
		return nil, fmt.Errorf("jwt: signing secret: %w", err)
	}
	return k, nil
}

func newSigningSecret(alg Algorithm, secret []byte, opts *KeyOptions, carriedID string) (*SigningKey, error) {
	secret = bytes.Clone(secret)
	verify, m, err := newSecret(alg, secret, opts, carriedID)
	if err != nil {
		return nil, err
	}
	return &SigningKey{sign: m.sign, reveal: func() any { return secret }, verify: verify.as(verify.id)}, nil
}

// Algorithm returns the algorithm of the key.
func (k *SigningKey) Algorithm() Algorithm { return k.VerificationKey().Algorithm() }

// ID returns the key's name, the kid of its tokens.
func (k *SigningKey) ID() string { return k.VerificationKey().ID() }

// VerificationKey returns what verifies tokens signed with k, under the same ID.
func (k *SigningKey) VerificationKey() *VerificationKey {
	if k == nil {
		return nil
	}
	return k.verify
}
