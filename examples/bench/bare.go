package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// bareName is the row to which the others of an algorithm are compared: the least work that checks the signature of a token.
// Without an http.Handler, without taking the token apart: the signature is decoded beforehand.
const bareName = "bare crypto"

// bareCheck checks one signature of input.
type bareCheck struct {
	name  string
	check func(input, sig []byte) bool
}

// bareChecks returns the checks of the standard library for m's algorithm. The first of them is called bareName.
func bareChecks(m *material) []bareCheck {
	switch key := m.verifyKey.(type) {
	case []byte:
		state, sum := hmac.New(sha256.New, key), make([]byte, 0, sha256.Size)
		return []bareCheck{
			{bareName, func(input, sig []byte) bool {
				state.Reset()
				state.Write(input)
				return hmac.Equal(state.Sum(sum), sig)
			}},
			{"bare crypto, state not reused", func(input, sig []byte) bool {
				state := hmac.New(sha256.New, key)
				state.Write(input)
				return hmac.Equal(state.Sum(nil), sig)
			}},
		}
	case *rsa.PublicKey:
		return []bareCheck{{bareName, func(input, sig []byte) bool {
			sum := sha256.Sum256(input)
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) == nil
		}}}
	case *ecdsa.PublicKey:
		return []bareCheck{{bareName, func(input, sig []byte) bool {
			sum := sha256.Sum256(input)
			return ecdsa.VerifyASN1(key, sum[:], sig)
		}}}
	case ed25519.PublicKey:
		return []bareCheck{{bareName, func(input, sig []byte) bool { return ed25519.Verify(key, input, sig) }}}
	}
	panic(fmt.Sprintf("no bare check for %T", m.verifyKey))
}

// bareOperation returns the check of the signatures of m's tokens, and fails unless it knows good from bad.
func bareOperation(m *material, c bareCheck) (operation, error) {
	var inputs, sigs [users][]byte
	for i, token := range m.tokens {
		var err error
		if inputs[i], sigs[i], err = m.bareParts(token); err != nil {
			return nil, err
		}
		if !c.check(inputs[i], sigs[i]) {
			return nil, fmt.Errorf("%s, %s: refuses a good signature", m.alg, c.name)
		}
	}
	input, sig, err := m.bareParts(flipped(m.tokens[0]))
	if err != nil {
		return nil, err
	}
	if c.check(input, sig) {
		return nil, fmt.Errorf("%s, %s: accepts a bad signature", m.alg, c.name)
	}
	return func(i int) bool { return c.check(inputs[i%users], sigs[i%users]) }, nil
}

// bareParts returns what is signed in a token, and its signature in the form that the standard library takes.
func (m *material) bareParts(token string) (input, sig []byte, err error) {
	text, sig := split(token)
	if m.alg == "ES256" { // RFC 7518 section 3.4 has r and s one after the other
		var rs struct{ R, S *big.Int }
		rs.R, rs.S = new(big.Int).SetBytes(sig[:len(sig)/2]), new(big.Int).SetBytes(sig[len(sig)/2:])
		if sig, err = asn1.Marshal(rs); err != nil {
			return nil, nil, err
		}
	}
	return []byte(text), sig, nil
}
