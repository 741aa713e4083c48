package jwt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// Bounds of RSA keys: below, they can be factored one day soon; above, each token costs milliseconds.
const (
	minRSABits = 2048
	maxRSABits = 8192

	maxRSAExponent = 1<<31 - 1
)

// minSecret is the shortest shared secret in bytes. RFC 7518 section 3.2 asks for the length of the hash at least, which is more for HS384 and HS512.
const minSecret = 32

// checkPublic refuses a public key that is weak, broken or not one of the algorithm's, and returns a copy of a good one.
func checkPublic(alg Algorithm, s spec, key any) (any, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if s.family != familyRSA {
			return nil, fmt.Errorf("an RSA key is not for %s", alg)
		}
		return checkRSA(key)
	case *ecdsa.PublicKey:
		if s.family != familyECDSA {
			return nil, fmt.Errorf("an ECDSA key is not for %s", alg)
		}
		return checkECDSA(alg, s, key)
	case ed25519.PublicKey:
		if s.family != familyEd25519 {
			return nil, fmt.Errorf("an Ed25519 key is not for %s", alg)
		}
		if err := checkEd25519(key); err != nil {
			return nil, err
		}
		return slices.Clone(key), nil
	case nil:
		return nil, errors.New("the key is missing")
	}
	return nil, fmt.Errorf("a key of type %T is not for %s", key, alg)
}

func checkRSA(key *rsa.PublicKey) (*rsa.PublicKey, error) {
	switch {
	case key == nil || key.N == nil:
		return nil, errors.New("the key is missing")
	case key.N.Sign() <= 0 || key.N.Bit(0) == 0:
		return nil, errors.New("the RSA modulus is not an odd positive number")
	case key.N.BitLen() < minRSABits || key.N.BitLen() > maxRSABits:
		return nil, fmt.Errorf("the RSA key has %d bits: want %d to %d", key.N.BitLen(), minRSABits, maxRSABits)
	case key.E < 3 || key.E&1 == 0 || key.E > maxRSAExponent:
		return nil, errors.New("the RSA exponent is even, below 3 or over 2^31-1")
	}
	return &rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E}, nil
}

func checkECDSA(alg Algorithm, s spec, key *ecdsa.PublicKey) (*ecdsa.PublicKey, error) {
	//lint:ignore SA1019 a key without coordinates would make Bytes panic
	if key == nil || key.Curve == nil || key.X == nil || key.Y == nil {
		return nil, errors.New("the key is missing")
	}
	if key.Curve != s.curve {
		return nil, fmt.Errorf("a key on %s is not for %s", key.Curve.Params().Name, alg)
	}
	point, err := key.Bytes()
	if err != nil {
		return nil, errors.New("the key is not a point on its curve")
	}
	own, err := ecdsa.ParseUncompressedPublicKey(s.curve, point)
	if err != nil {
		return nil, errors.New("the key is not a point on its curve")
	}
	return own, nil
}

func checkSecret(alg Algorithm, s spec, secret []byte) error {
	if s.family != familyHMAC {
		return fmt.Errorf("a shared secret is not for %s", alg)
	}
	if least := max(minSecret, s.hash.Size()); len(secret) < least {
		return fmt.Errorf("the secret has %d bytes: %s wants at least %d", len(secret), alg, least)
	}
	if bytes.Count(secret, secret[:1]) == len(secret) {
		return errors.New("the secret is one byte over and over: it was never filled")
	}
	// The classic confusion: the file of a public key, which everybody knows, used as the secret.
	if bytes.Contains(secret, []byte("-----BEGIN ")) {
		return errors.New("the secret is a PEM file: parse it and use it with a public-key algorithm")
	}
	return nil
}
