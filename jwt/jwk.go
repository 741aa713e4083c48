package jwt

// This is the only file that knows the library behind the key formats.

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

var (
	errUnknownKey = errors.New("the JWK is not of a supported kind")
	errBrokenKey  = errors.New("the JWK cannot be read") // without the cause, which might quote the key
)

// publicKey returns the key as crypto packages know it: *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey. It is not
// yet checked.
func (m *jwkMembers) publicKey() (any, error) {
	key, err := m.parse()
	if err != nil {
		return nil, err
	}
	public, err := jwk.PublicRawKeyOf(key)
	if err != nil {
		return nil, errBrokenKey
	}
	return public, nil
}

// privateKey returns a private key as crypto packages know it, or the bytes of a shared secret.
func (m *jwkMembers) privateKey() (any, error) {
	key, err := m.parse()
	if err != nil {
		return nil, err
	}
	if m.kty == "oct" {
		return bytesOf(key)
	}
	if private, err := jwk.IsPrivateKey(key); err != nil || !private {
		return nil, errors.New("the JWK holds no private key")
	}
	var raw any
	if err := key.Raw(&raw); err != nil {
		return nil, errBrokenKey
	}
	return rebuilt(raw)
}

func bytesOf(key jwk.Key) (any, error) {
	var secret []byte
	if err := key.Raw(&secret); err != nil {
		return nil, errBrokenKey
	}
	return secret, nil
}

// parse reads the members by which the key is defined. The others have been looked at already, and one that this
// library finds odd should not cost us the key.
func (m *jwkMembers) parse() (jwk.Key, error) {
	switch m.kty {
	case "RSA", "EC", "OKP", "oct":
	default:
		return nil, errUnknownKey
	}
	if m.kty == "RSA" && !smallExponent(m.material["e"]) {
		return nil, errors.New("the RSA exponent is too large")
	}
	text, err := json.Marshal(m.material)
	if err != nil {
		return nil, errBrokenKey
	}
	key, err := jwk.ParseKey(text)
	if err != nil {
		return nil, errBrokenKey
	}
	return key, nil
}

// thumbprint returns the RFC 7638 thumbprint of a public key.
func thumbprint(public any) (string, error) {
	key, err := jwk.FromRaw(public)
	if err != nil {
		return "", fmt.Errorf("thumbprint: %w", err)
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("thumbprint: %w", err)
	}
	return encodeSegment(sum), nil
}

// marshalJWK returns the JWK of a public key, private key or shared secret.
func marshalJWK(raw any, alg Algorithm, id string) ([]byte, error) {
	key, err := jwk.FromRaw(raw)
	if err != nil {
		return nil, fmt.Errorf("a key of type %T cannot be written", raw)
	}
	for _, member := range [...][2]string{{"kid", id}, {"alg", string(alg)}, {"use", "sig"}} {
		if err := key.Set(member[0], member[1]); err != nil {
			return nil, fmt.Errorf("member %s cannot be written", member[0])
		}
	}
	return json.Marshal(key)
}

// MarshalJWK returns the private key or shared secret as a JWK with its algorithm and ID, for a key file that [ParseSigningKey]
// reads. Keep it secret.
func (k *SigningKey) MarshalJWK() ([]byte, error) {
	if k == nil || k.reveal == nil {
		return nil, fmt.Errorf("jwt: MarshalJWK: %w", errNilKey)
	}
	text, err := marshalJWK(k.reveal(), k.Algorithm(), k.ID())
	if err != nil {
		return nil, fmt.Errorf("jwt: MarshalJWK: %w", err)
	}
	return text, nil
}
