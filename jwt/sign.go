package jwt

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
)

// signFunc makes signatures in the form that a JWS has. It is called concurrently. It is a function and not a struct because printing a
// struct by reflection, at some depth or with a wrong verb, shows what it holds; a function shows nothing.
type signFunc func(input []byte) ([]byte, error)

func newSigner(s spec, key crypto.Signer) signFunc {
	switch s.family {
	case familyECDSA:
		size := fieldSize(s)
		return func(input []byte) ([]byte, error) {
			var tmp scratch
			der, err := key.Sign(rand.Reader, tmp.sum(s.hash, input), s.hash)
			if err != nil {
				return nil, err
			}
			return fromDER(der, size)
		}
	case familyEd25519:
		return func(input []byte) ([]byte, error) { return key.Sign(rand.Reader, input, crypto.Hash(0)) }
	}
	var opts crypto.SignerOpts = s.hash
	if s.pss {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.hash}
	}
	return func(input []byte) ([]byte, error) {
		var tmp scratch
		return key.Sign(rand.Reader, tmp.sum(s.hash, input), opts)
	}
}

// sign is the signFunc of a shared secret.
func (m *macs) sign(input []byte) (sig []byte, err error) {
	m.mac(input, func(sum []byte) bool {
		sig = bytes.Clone(sum)
		return true
	})
	return sig, nil
}
