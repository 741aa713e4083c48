package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	issuer   = "https://issuer.example.com"
	audience = "https://api.example.com"
	userRole = "editor"

	// users is how many users there are, each with a token, which take turns.
	users = 64
)

// algorithms are those that are compared.
var algorithms = [...]string{"HS256", "RS256", "ES256", "EdDSA"}

// material is what all contenders get: the keys of one algorithm and tokens signed with it.
type material struct {
	alg string

	// signKey and verifyKey are the same shared secret, or a private key and its public key.
	signKey, verifyKey any

	// tokens are good tokens, one for each user.
	tokens []string

	// bad are tokens that nobody may accept, by what is wrong with them.
	bad map[string]string
}

func userID(i int) string   { return strconv.Itoa(i + 1) }
func userName(i int) string { return "user" + userID(i) }

func newMaterial(alg string) (*material, error) {
	m := &material{alg: alg}
	if err := m.generate(); err != nil {
		return nil, err
	}
	for i := range users {
		token, err := m.sign(claimsOf(i, nil))
		if err != nil {
			return nil, err
		}
		m.tokens = append(m.tokens, token)
	}
	m.bad = map[string]string{"a flipped bit in the signature": flipped(m.tokens[0])}
	for what, change := range map[string]jwt.MapClaims{
		"an end in the past": {"exp": time.Now().Add(-time.Hour).Unix(), "iat": time.Now().Add(-2 * time.Hour).Unix()},
		"another issuer":     {"iss": "https://other.example.com"},
		"another audience":   {"aud": "https://other.example.com"},
	} {
		token, err := m.sign(claimsOf(0, change))
		if err != nil {
			return nil, err
		}
		m.bad[what] = token
	}
	return m, nil
}

func (m *material) generate() error {
	var signer crypto.Signer
	var err error
	switch m.alg {
	case "HS256":
		secret := make([]byte, 32)
		rand.Read(secret)
		m.signKey, m.verifyKey = secret, secret
		return nil
	case "RS256":
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	default:
		return fmt.Errorf("unknown algorithm %q", m.alg)
	}
	if err != nil {
		return err
	}
	m.signKey, m.verifyKey = signer, signer.Public()
	return nil
}

// claimsOf returns the claims of a user's token, with some of them changed.
func claimsOf(user int, change jwt.MapClaims) jwt.MapClaims {
	now := time.Now()
	claims := jwt.MapClaims{
		"sub": userID(user), "iss": issuer, "aud": audience, "exp": now.Add(12 * time.Hour).Unix(), "iat": now.Unix(),
		"name": userName(user), "roles": []string{userRole},
	}
	for name, value := range change {
		claims[name] = value
	}
	return claims
}

// sign makes a token with the header that issuers with a key set write.
func (m *material) sign(claims jwt.MapClaims) (string, error) {
	token := jwt.NewWithClaims(jwt.GetSigningMethod(m.alg), claims)
	token.Header["kid"] = "2026-01"
	return token.SignedString(m.signKey)
}

// flipped returns the token with one bit of its signature turned over.
func flipped(token string) string {
	input, sig := split(token)
	sig[len(sig)/2] ^= 1
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// split returns what is signed in a token that was made here, and its signature.
func split(token string) (input string, sig []byte) {
	dot := strings.LastIndexByte(token, '.')
	sig, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil {
		panic(err)
	}
	return token[:dot], sig
}
