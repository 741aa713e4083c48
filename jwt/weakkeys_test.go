package jwt_test

//lint:file-ignore SA1019 broken keys can only be made from raw coordinates

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

func TestWeakAndBrokenKeysAreRefused(t *testing.T) {
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	n := rsaKey().N
	withE := func(e int) *rsa.PublicKey { return &rsa.PublicKey{N: n, E: e} }
	bits := func(k int) *big.Int {
		return new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), uint(k-1)), big.NewInt(1))
	}
	p256, p384 := ecKeys()[jwt.ES256], ecKeys()[jwt.ES384]
	off := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).Add(p256.X, big.NewInt(1)), Y: p256.Y}
	infinity := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int), Y: new(big.Int)}
	large := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).Add(p256.X, p256.Params().P), Y: p256.Y}
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))

	for name, c := range map[string]struct {
		alg jwt.Algorithm
		key crypto.PublicKey
	}{
		"nil":               {jwt.RS256, nil},
		"nil RSA":           {jwt.RS256, (*rsa.PublicKey)(nil)},
		"zero RSA":          {jwt.RS256, new(rsa.PublicKey)},
		"1024 bits":         {jwt.RS256, &small.PublicKey},
		"2047 bits":         {jwt.RS256, &rsa.PublicKey{N: bits(2047), E: 65537}},
		"8193 bits":         {jwt.RS256, &rsa.PublicKey{N: bits(8193), E: 65537}},
		"even modulus":      {jwt.RS256, &rsa.PublicKey{N: new(big.Int).Add(n, big.NewInt(1)), E: 65537}},
		"negative modulus":  {jwt.RS256, &rsa.PublicKey{N: new(big.Int).Neg(n), E: 65537}},
		"exponent 0":        {jwt.RS256, withE(0)},
		"exponent 1":        {jwt.RS256, withE(1)},
		"exponent 2":        {jwt.PS256, withE(2)},
		"even exponent":     {jwt.PS256, withE(65536)},
		"negative exponent": {jwt.PS256, withE(-3)},
		"P-384 for ES256":   {jwt.ES256, &p384.PublicKey},
		"P-256 for ES384":   {jwt.ES384, &p256.PublicKey},
		"P-256 for ES512":   {jwt.ES512, &p256.PublicKey},
		"P-224":             {jwt.ES256, &p224.PublicKey},
		"off the curve":     {jwt.ES256, off},
		"infinity":          {jwt.ES256, infinity},
		"x over the field":  {jwt.ES256, large},
		"zero EC":           {jwt.ES256, new(ecdsa.PublicKey)},
		"nil EC":            {jwt.ES256, (*ecdsa.PublicKey)(nil)},
		"RSA for ES256":     {jwt.ES256, rsaKey().Public()},
		"RSA for EdDSA":     {jwt.EdDSA, rsaKey().Public()},
		"RSA for HS256":     {jwt.HS256, rsaKey().Public()},
		"EC for RS256":      {jwt.RS256, p256.Public()},
		"Ed25519 for ES256": {jwt.ES256, edKey.Public()},
		"short Ed25519":     {jwt.EdDSA, ed25519.PublicKey("short")},
		"a private key":     {jwt.RS256, rsaKey()},
		"bytes":             {jwt.RS256, []byte("x")},
		"none":              {"none", rsaKey().Public()},
		"empty algorithm":   {"", rsaKey().Public()},
		"lower case":        {"rs256", rsaKey().Public()},
	} {
		key, err := jwt.NewVerificationKey(c.alg, c.key, nil)
		require.Nil(t, key, name)
		require.Error(t, err, name)
	}
}

func TestEd25519KeysAreProperPoints(t *testing.T) {
	for range 20 {
		pub, _, err := ed25519.GenerateKey(nil)
		require.NoError(t, err)
		require.NoError(t, jwt.CheckEd25519(pub))
	}
	for name, encoding := range map[string]string{
		"order 1":            "0100000000000000000000000000000000000000000000000000000000000000",
		"order 2":            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"order 4":            "0000000000000000000000000000000000000000000000000000000000000000",
		"order 4, sign":      "0000000000000000000000000000000000000000000000000000000000000080",
		"order 8":            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"order 8, sign":      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"order 8, second":    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"not canonical 0":    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"not canonical 1":    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"not canonical, max": "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"not on the curve":   "0200000000000000000000000000000000000000000000000000000000000000",
	} {
		require.Error(t, jwt.CheckEd25519(must(hex.DecodeString(encoding))), name)
	}
}

func TestSecretsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		alg    jwt.Algorithm
		secret []byte
	}{
		"nil":                 {jwt.HS256, nil},
		"empty":               {jwt.HS256, []byte{}},
		"31 bytes":            {jwt.HS256, secret[:31]},
		"47 bytes for HS384":  {jwt.HS384, secret[:47]},
		"63 bytes for HS512":  {jwt.HS512, secret[:63]},
		"never filled":        {jwt.HS256, make([]byte, 64)},
		"one character":       {jwt.HS256, bytes.Repeat([]byte("x"), 64)},
		"for RS256":           {jwt.RS256, secret},
		"for none":            {"none", secret},
		"PEM of a public key": {jwt.HS256, pemOf("PUBLIC KEY", secret)},
	} {
		key, err := jwt.NewSigningSecret(c.alg, c.secret, nil)
		require.Nil(t, key, name)
		require.Error(t, err, name)
		_, err = jwt.NewVerificationSecret(c.alg, c.secret, nil)
		require.Error(t, err, name)
	}
	_, err := jwt.NewVerificationSecret(jwt.HS256, secret, &jwt.KeyOptions{ID: "a\r\nb"})
	require.ErrorContains(t, err, "ID")
	for alg, n := range map[jwt.Algorithm]int{jwt.HS256: 32, jwt.HS384: 48, jwt.HS512: 64} {
		_, err := jwt.NewVerificationSecret(alg, secret[:n], nil)
		require.NoError(t, err)
	}
}
