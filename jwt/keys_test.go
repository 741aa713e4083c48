package jwt_test

//lint:file-ignore SA1019 broken keys can only be made from raw coordinates

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

func TestKeysSurviveAFile(t *testing.T) {
	for _, alg := range algorithms {
		key, err := jwt.GenerateKey(alg, &jwt.KeyOptions{ID: "my key"})
		require.NoError(t, err, alg)
		require.Equal(t, alg, key.Algorithm())
		require.Equal(t, "my key", key.ID())
		require.Equal(t, alg[:2] != "HS", key.VerificationKey().Public())
		sig := must(key.Sign([]byte("text")))
		require.True(t, key.VerificationKey().Verifies([]byte("text"), sig))

		text, err := key.MarshalJWK()
		require.NoError(t, err)
		again, err := jwt.ParseSigningKey(alg, text, nil)
		require.NoError(t, err)
		require.Equal(t, "my key", again.ID())
		require.True(t, again.VerificationKey().Verifies([]byte("text"), sig))
		require.True(t, key.VerificationKey().Verifies([]byte("text"), must(again.Sign([]byte("text")))))
		_, err = jwt.ParseVerificationKey(alg, text, nil)
		require.ErrorContains(t, err, "public key is wanted")

		file, err := key.MarshalPEM()
		if alg[:2] == "HS" {
			require.ErrorContains(t, err, "MarshalJWK")
			continue
		}
		require.NoError(t, err)
		again, err = jwt.ParseSigningKey(alg, file, nil)
		require.NoError(t, err)
		require.True(t, again.VerificationKey().Verifies([]byte("text"), sig))
		require.Len(t, again.ID(), 43, "a thumbprint: PEM has no place for a name")
		_, err = jwt.ParseVerificationKey(alg, file, nil)
		require.ErrorContains(t, err, "public key is wanted")
	}
}

func TestTheSameKeyHasTheSameThumbprintEverywhere(t *testing.T) {
	for _, alg := range []jwt.Algorithm{jwt.RS256, jwt.ES384, jwt.EdDSA} {
		key := signingKey(t, alg, nil)
		public := must(jwt.NewVerificationKey(alg, rawKey(alg).(crypto.Signer).Public(), nil))
		require.Equal(t, key.ID(), public.ID())
	}
	require.Equal(t, signingKey(t, jwt.HS256, nil).ID(), must(jwt.NewVerificationSecret(jwt.HS256, secret, nil)).ID())
	require.NotEqual(t, signingKey(t, jwt.HS256, nil).ID(), must(jwt.NewVerificationSecret(jwt.HS256, bytes.ToUpper(secret), nil)).ID())
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func certificate(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Unix(1, 0)} // expired: of no account
	return must(x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key))
}

func TestKeyFormats(t *testing.T) {
	ec := ecKeys()[jwt.ES256]
	ecDER := must(x509.MarshalECPrivateKey(ec))
	pkcs8 := func(k any) []byte { return must(x509.MarshalPKCS8PrivateKey(k)) }
	pkix := func(k any) []byte { return must(x509.MarshalPKIXPublicKey(k)) }

	for name, c := range map[string]struct {
		alg  jwt.Algorithm
		file []byte
	}{
		"PKCS#1":                  {jwt.RS256, pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey()))},
		"PKCS#8 RSA":              {jwt.PS512, pemOf("PRIVATE KEY", pkcs8(rsaKey()))},
		"PKCS#8 EC":               {jwt.ES256, pemOf("PRIVATE KEY", pkcs8(ec))},
		"PKCS#8 Ed25519":          {jwt.EdDSA, pemOf("PRIVATE KEY", pkcs8(edKey))},
		"SEC1":                    {jwt.ES256, pemOf("EC PRIVATE KEY", ecDER)},
		"SEC1 after parameters":   {jwt.ES256, append(pemOf("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}), pemOf("EC PRIVATE KEY", ecDER)...)},
		"text before and after":   {jwt.ES256, []byte("a key\n" + string(pemOf("EC PRIVATE KEY", ecDER)) + "\nthe end\n")},
		"JWK with blanks before":  {jwt.EdDSA, append([]byte("\n "), must(signingKey(t, jwt.EdDSA, nil).MarshalJWK())...)},
		"JWK with key_ops":        {jwt.HS256, []byte(`{"kty":"oct","k":"` + b64(string(secret)) + `","key_ops":["sign","verify"]}`)},
		"JWK with unknown member": {jwt.HS256, []byte(`{"kty":"oct","k":"` + b64(string(secret)) + `","x5c":7,"ext":{"a":1}}`)},
	} {
		key, err := jwt.ParseSigningKey(c.alg, c.file, nil)
		require.NoError(t, err, name)
		require.True(t, signingKey(t, c.alg, nil).VerificationKey().Verifies([]byte("x"), must(key.Sign([]byte("x")))), name)
	}

	for name, c := range map[string]struct {
		alg  jwt.Algorithm
		file []byte
	}{
		"PKIX RSA":        {jwt.RS256, pemOf("PUBLIC KEY", pkix(rsaKey().Public()))},
		"PKIX EC":         {jwt.ES256, pemOf("PUBLIC KEY", pkix(ec.Public()))},
		"PKIX Ed25519":    {jwt.EdDSA, pemOf("PUBLIC KEY", pkix(edKey.Public()))},
		"PKCS#1":          {jwt.RS512, pemOf("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey))},
		"certificate":     {jwt.RS256, pemOf("CERTIFICATE", certificate(t, rsaKey()))},
		"EC certificate":  {jwt.ES256, pemOf("CERTIFICATE", certificate(t, ec))},
		"JWK for signing": {jwt.EdDSA, []byte(`{"kty":"OKP","crv":"Ed25519","use":"sig","key_ops":["verify"],"alg":"EdDSA","x":"` + b64(string(edKey.Public().(ed25519.PublicKey))) + `"}`)},
	} {
		key, err := jwt.ParseVerificationKey(c.alg, c.file, nil)
		require.NoError(t, err, name)
		require.True(t, key.Verifies([]byte("x"), must(signingKey(t, c.alg, nil).Sign([]byte("x")))), name)
		_, err = jwt.ParseSigningKey(c.alg, c.file, nil)
		require.Error(t, err, name)
	}
}

func TestFilesThatAreNoKey(t *testing.T) {
	ed := pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(edKey)))
	x := b64(string(edKey.Public().(ed25519.PublicKey)))
	k := b64(string(secret))
	for name, c := range map[string]struct {
		alg  jwt.Algorithm
		file string
	}{
		"nothing":              {jwt.EdDSA, ""},
		"text":                 {jwt.HS256, "secretsecretsecretsecretsecretsecret"},
		"two keys":             {jwt.EdDSA, string(ed) + string(ed)},
		"not DER":              {jwt.EdDSA, string(pemOf("PRIVATE KEY", []byte("x")))},
		"not DER, RSA":         {jwt.RS256, string(pemOf("RSA PRIVATE KEY", []byte("x")))},
		"not DER, EC":          {jwt.ES256, string(pemOf("EC PRIVATE KEY", []byte("x")))},
		"unknown PEM":          {jwt.EdDSA, string(pemOf("OPENSSH PRIVATE KEY", []byte("x")))},
		"encrypted PKCS#8":     {jwt.EdDSA, string(pemOf("ENCRYPTED PRIVATE KEY", []byte("x")))},
		"encrypted PKCS#1":     {jwt.RS256, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"},
		"X25519":               {jwt.EdDSA, string(pemOf("PRIVATE KEY", must(hex.DecodeString("302e020100300506032b656e04220420"+strings.Repeat("11", 32)))))},
		"too long":             {jwt.EdDSA, string(ed) + strings.Repeat(" ", 70000)},
		"JWK: truncated":       {jwt.EdDSA, `{"kty":"OKP"`},
		"JWK: no kty":          {jwt.EdDSA, `{"crv":"Ed25519","x":"` + x + `"}`},
		"JWK: unknown kty":     {jwt.EdDSA, `{"kty":"AKP","priv":"AA","pub":"AA"}`},
		"JWK: kty twice":       {jwt.HS256, `{"kty":"oct","kty":"oct","k":"` + k + `"}`},
		"JWK: kty is a number": {jwt.HS256, `{"kty":1,"k":"` + k + `"}`},
		"JWK: padded":          {jwt.HS256, `{"kty":"oct","k":"` + k + `=="}`},
		"JWK: k missing":       {jwt.HS256, `{"kty":"oct"}`},
		"JWK: k empty":         {jwt.HS256, `{"kty":"oct","k":""}`},
		"JWK: other alg":       {jwt.HS256, `{"kty":"oct","alg":"HS512","k":"` + k + `"}`},
		"JWK: use enc":         {jwt.HS256, `{"kty":"oct","use":"enc","k":"` + k + `"}`},
		"JWK: key_ops verify":  {jwt.HS256, `{"kty":"oct","key_ops":["verify"],"k":"` + k + `"}`},
		"JWK: key_ops empty":   {jwt.HS256, `{"kty":"oct","key_ops":[],"k":"` + k + `"}`},
		"JWK: key_ops text":    {jwt.HS256, `{"kty":"oct","key_ops":"sign","k":"` + k + `"}`},
		"JWK: kid too long":    {jwt.HS256, `{"kty":"oct","kid":"` + strings.Repeat("x", 300) + `","k":"` + k + `"}`},
		"JWK: kid with LF":     {jwt.HS256, `{"kty":"oct","kid":"a\nb","k":"` + k + `"}`},
		"JWK: secret for EC":   {jwt.ES256, `{"kty":"oct","k":"` + k + `"}`},
		"JWK: d of another x":  {jwt.EdDSA, `{"kty":"OKP","crv":"Ed25519","x":"` + x + `","d":"` + x + `"}`},
		"JWK: RSA, no p and q": {jwt.RS256, `{"kty":"RSA","e":"AQAB","n":"` + b64(string(rsaKey().N.Bytes())) + `","d":"` + b64(string(rsaKey().D.Bytes())) + `"}`},
		"JWK: RSA, wrong d":    {jwt.RS256, `{"kty":"RSA","e":"AQAB","n":"` + b64(string(rsaKey().N.Bytes())) + `","d":"AQ","p":"` + b64(string(rsaKey().Primes[0].Bytes())) + `","q":"` + b64(string(rsaKey().Primes[1].Bytes())) + `"}`},
	} {
		key, err := jwt.ParseSigningKey(c.alg, []byte(c.file), nil)
		require.Nil(t, key, name)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), k, name)
		_, err = jwt.ParseVerificationKey(c.alg, []byte(c.file), nil)
		require.Error(t, err, name)
	}
	for _, kind := range []string{"PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"} {
		_, err := jwt.ParseVerificationKey(jwt.RS256, pemOf(kind, []byte("x")), nil)
		require.ErrorContains(t, err, kind)
	}
	_, err := jwt.ParseVerificationKey(jwt.HS256, []byte(`{"kty":"oct","k":"`+k+`"}`), nil)
	require.ErrorContains(t, err, "symmetric")
	_, err = jwt.ParseVerificationKey(jwt.EdDSA, []byte(`{"kty":"OKP","crv":"Ed25519","key_ops":["sign"],"x":"`+x+`"}`), nil)
	require.ErrorContains(t, err, "key_ops")
	_, err = jwt.ParseSigningKey(jwt.EdDSA, []byte(`{"kty":"OKP","crv":"Ed25519","x":"`+x+`"}`), nil)
	require.ErrorContains(t, err, "no private key")
}

// device is a signer that is not of the standard library.
type device struct {
	crypto.Signer
	public crypto.PublicKey
	err    error
}

func (d *device) Public() crypto.PublicKey { return d.public }

func (d *device) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	return d.Signer.Sign(r, digest, opts)
}

func TestDevicesSign(t *testing.T) {
	for _, alg := range []jwt.Algorithm{jwt.RS256, jwt.PS384, jwt.ES256, jwt.ES512, jwt.EdDSA} {
		raw := rawKey(alg).(crypto.Signer)
		d := &device{Signer: raw, public: raw.Public()}
		key, err := jwt.NewSigningKey(alg, d, nil)
		require.NoError(t, err, alg)
		require.True(t, key.VerificationKey().Verifies([]byte("x"), must(key.Sign([]byte("x")))))
		_, err = key.MarshalPEM()
		require.ErrorContains(t, err, "cannot be written")
		_, err = key.MarshalJWK()
		require.ErrorContains(t, err, "cannot be written")

		_, err = jwt.NewSigningKey(alg, &device{Signer: raw, public: raw.Public(), err: io.ErrUnexpectedEOF}, nil)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	_, err := jwt.NewSigningKey(jwt.RS256, &device{Signer: rsaKey(), public: otherRSA().Public()}, nil)
	require.ErrorContains(t, err, "does not belong")
	_, err = jwt.NewSigningKey(jwt.ES256, &device{Signer: edKey, public: ecKeys()[jwt.ES256].Public()}, nil)
	require.Error(t, err, "no ECDSA signature")
}

func TestSigningKeysThatAreRefused(t *testing.T) {
	mixed := &ecdsa.PrivateKey{PublicKey: ecKeys()[jwt.ES256].PublicKey, D: big.NewInt(5)}
	halves := append(bytes.Clone(edKey[:32]), make([]byte, 32)...)
	copy(halves[32:], must(jwtEd()).Public().(ed25519.PublicKey))
	for name, c := range map[string]struct {
		alg jwt.Algorithm
		key crypto.Signer
	}{
		"nil":                       {jwt.RS256, nil},
		"typed nil":                 {jwt.RS256, (*rsa.PrivateKey)(nil)},
		"zero RSA":                  {jwt.RS256, new(rsa.PrivateKey)},
		"zero EC":                   {jwt.ES256, new(ecdsa.PrivateKey)},
		"empty Ed25519":             {jwt.EdDSA, ed25519.PrivateKey{}},
		"short Ed25519":             {jwt.EdDSA, ed25519.PrivateKey("short")},
		"Ed25519, halves of two":    {jwt.EdDSA, ed25519.PrivateKey(halves)},
		"EC, halves of two":         {jwt.ES256, mixed},
		"EC, only the public half":  {jwt.ES256, &ecdsa.PrivateKey{PublicKey: ecKeys()[jwt.ES256].PublicKey}},
		"RSA, only the public half": {jwt.RS256, &rsa.PrivateKey{PublicKey: rsaKey().PublicKey}},
		"P-384 for ES256":           {jwt.ES256, ecKeys()[jwt.ES384]},
		"RSA for none":              {"none", rsaKey()},
		"EC for HS256":              {jwt.HS256, ecKeys()[jwt.ES256]},
	} {
		key, err := jwt.NewSigningKey(c.alg, c.key, nil)
		require.Nil(t, key, name)
		require.Error(t, err, name)
	}
	_, err := jwt.GenerateKey("none", nil)
	require.Error(t, err)
	_, err = jwt.GenerateKey(jwt.EdDSA, &jwt.KeyOptions{ID: "\x00"})
	require.Error(t, err)
}

func jwtEd() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

func TestDERGoesBothWays(t *testing.T) {
	for _, size := range []int{32, 48, 66} {
		for _, fill := range [][2]byte{{1, 1}, {0xff, 0xff}, {0x80, 0x7f}, {0, 0}, {0, 0x80}} {
			for lead := range size {
				sig := append(bytes.Repeat(fill[:1], size), bytes.Repeat(fill[1:], size)...)
				clear(sig[:lead])
				clear(sig[size : size+lead])
				if size == 66 { // the order of P-521 has 521 bits
					sig[0], sig[66] = sig[0]&1, sig[66]&1
				}
				der := jwt.AppendDER([]byte("x"), sig)[1:]
				again, err := jwt.FromDER(der, size)
				require.NoError(t, err)
				require.Equal(t, sig, again)
			}
		}
	}
	for _, bad := range []string{"", "30", "3000", "300602010102", "30060201010201", "310602010102010100", "3006020101020101ff", "30260221" + strings.Repeat("01", 33) + "020101", "3081"} {
		_, err := jwt.FromDER(must(hex.DecodeString(bad)), 32)
		require.Error(t, err, bad)
	}
}

func TestAKeySetMarshalsOnlyPublicMembers(t *testing.T) {
	for _, alg := range algorithms {
		text, err := json.Marshal(must(jwt.NewKeySet(signingKey(t, alg, nil).VerificationKey())))
		require.NoError(t, err)
		var set struct{ Keys []map[string]any }
		require.NoError(t, json.Unmarshal(text, &set))
		if alg[:2] == "HS" {
			require.JSONEq(t, `{"keys":[]}`, string(text))
			continue
		}
		require.Len(t, set.Keys, 1)
		for name := range set.Keys[0] {
			require.Contains(t, []string{"kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"}, name)
		}
		require.Equal(t, string(alg), set.Keys[0]["alg"])
		again, err := jwt.ParseKeySet(text, alg)
		require.NoError(t, err)
		require.Equal(t, 1, again.Len())
	}
}
