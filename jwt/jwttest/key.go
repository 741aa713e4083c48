package jwttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/apiauth-go/apiauth/jwt"
)

// key signs any payload, where a jwt.SigningKey signs what a jwt.Issuer says only.
type key struct {
	alg  jwt.Algorithm
	kid  string
	set  *jwt.KeySet // its public half
	pem  []byte
	sign func(input []byte) ([]byte, error)
}

func newKey(alg jwt.Algorithm, kid string) (*key, error) {
	private, err := generate(alg)
	if err != nil {
		return nil, err
	}
	public := private.Public()
	verification, err := jwt.NewVerificationKey(alg, public, &jwt.KeyOptions{ID: kid})
	if err != nil {
		return nil, err
	}
	set, err := jwt.NewKeySet(verification)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	return &key{alg, kid, set, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), signer(private)}, nil
}

func generate(alg jwt.Algorithm) (crypto.Signer, error) {
	switch alg {
	case jwt.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jwt.RS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	case jwt.EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, fmt.Errorf("no keys for %q here: ES256, RS256 and EdDSA only", alg)
}

// signer returns what signs with a key, in the form of RFC 7518 section 3 and RFC 8037 section 3.1.
func signer(private crypto.Signer) func([]byte) ([]byte, error) {
	return func(input []byte) ([]byte, error) {
		sum := sha256.Sum256(input)
		switch k := private.(type) {
		case *ecdsa.PrivateKey:
			r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
			if err != nil {
				return nil, err
			}
			sig := make([]byte, 64)
			r.FillBytes(sig[:32])
			s.FillBytes(sig[32:])
			return sig, nil
		case ed25519.PrivateKey:
			return ed25519.Sign(k, input), nil
		default:
			return private.Sign(rand.Reader, sum[:], crypto.SHA256)
		}
	}
}

// hmacSHA256 is the signature of HS256.
func hmacSHA256(secret []byte) func([]byte) ([]byte, error) {
	return func(input []byte) ([]byte, error) {
		mac := hmac.New(sha256.New, secret)
		mac.Write(input)
		return mac.Sum(nil), nil
	}
}
