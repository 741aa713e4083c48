package jwt

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// maxKeyFile is the longest file of one key that is read.
const maxKeyFile = 64 << 10

// ParseSigningKey reads a private key from a file's contents: PEM (PKCS#8, PKCS#1 or SEC1, not encrypted) or a JWK, which can
// hold a shared secret too. alg is the algorithm that the key is for; a JWK that says otherwise, by alg, use or key_ops, is refused. opts
// may be nil.
func ParseSigningKey(alg Algorithm, data []byte, opts *KeyOptions) (*SigningKey, error) {
	k, err := parseSigningKey(alg, data, opts)
	if err != nil {
		return nil, fmt.Errorf("jwt: signing key: %w", err)
	}
	return k, nil
}

func parseSigningKey(alg Algorithm, data []byte, opts *KeyOptions) (*SigningKey, error) {
	if len(data) > maxKeyFile {
		return nil, errors.New("the file is too long")
	}
	if isJSON(data) {
		m, err := scanJWK(string(data))
		if err != nil {
			return nil, err
		}
		if err := m.fits(alg, "sign"); err != nil {
			return nil, err
		}
		raw, err := m.privateKey()
		if err != nil {
			return nil, err
		}
		if secret, ok := raw.([]byte); ok {
			return newSigningSecret(alg, secret, opts, m.kid)
		}
		signer, ok := raw.(crypto.Signer)
		if !ok {
			return nil, errUnknownKey
		}
		return newSigningKey(alg, signer, opts, m.kid)
	}
	block, err := onePEM(data)
	if err != nil {
		return nil, err
	}
	var key any
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return nil, fmt.Errorf("a private key is wanted, the file holds a %s", block.Type)
	default:
		return nil, fmt.Errorf("PEM type %q is not supported", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("the %s cannot be read", block.Type) // the cause might quote the key
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T does not sign", key)
	}
	return newSigningKey(alg, signer, opts, "")
}

// ParseVerificationKey reads a public key from a file's contents: PEM (PKIX, PKCS#1, or an X.509 certificate) or a JWK. A private key is
// refused: what only verifies should not hold it. Of a certificate only the public key is used; its dates, names and issuer
// are not looked at. alg and opts are as in [ParseSigningKey], the key's ID is as in [NewVerificationKey].
func ParseVerificationKey(alg Algorithm, data []byte, opts *KeyOptions) (*VerificationKey, error) {
	k, err := parseVerificationKey(alg, data, opts)
	if err != nil {
		return nil, fmt.Errorf("jwt: verification key: %w", err)
	}
	return k, nil
}

func parseVerificationKey(alg Algorithm, data []byte, opts *KeyOptions) (*VerificationKey, error) {
	if len(data) > maxKeyFile {
		return nil, errors.New("the file is too long")
	}
	if isJSON(data) {
		m, err := scanJWK(string(data))
		if err != nil {
			return nil, err
		}
		if m.private {
			return nil, errPrivate
		}
		if err := m.fits(alg, "verify"); err != nil {
			return nil, err
		}
		raw, err := m.publicKey()
		if err != nil {
			return nil, err
		}
		return newVerificationKey(alg, raw, opts, m.kid)
	}
	block, err := onePEM(data)
	if err != nil {
		return nil, err
	}
	var key any
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = cert.PublicKey
		}
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return nil, errPrivate
	default:
		return nil, fmt.Errorf("PEM type %q is not supported", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("the %s cannot be read", block.Type)
	}
	return newVerificationKey(alg, key, opts, "")
}

var errPrivate = errors.New("a public key is wanted, not a private or symmetric one")

// onePEM returns the only block of data. Which of several keys is meant would be a guess.
func onePEM(data []byte) (*pem.Block, error) {
	block, rest := pem.Decode(data)
	if block != nil && block.Type == "EC PARAMETERS" { // what "openssl ecparam -genkey" writes before the key
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, errors.New("the file holds neither PEM nor a JWK")
	}
	if more, _ := pem.Decode(rest); more != nil {
		return nil, errors.New("the file holds more than one PEM block")
	}
	if block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, errors.New("encrypted PEM is not supported")
	}
	return block, nil
}

func isJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '{'
}

// MarshalPEM returns the private key as PEM (PKCS#8), for a key file that [ParseSigningKey] reads. Keep it secret. A shared secret has no such
// form, and a key in a device cannot be read: both are errors.
func (k *SigningKey) MarshalPEM() ([]byte, error) {
	if k == nil || k.reveal == nil {
		return nil, fmt.Errorf("jwt: MarshalPEM: %w", errNilKey)
	}
	raw := k.reveal()
	if _, shared := raw.([]byte); shared {
		return nil, errors.New("jwt: MarshalPEM: a shared secret has no PEM form; use MarshalJWK")
	}
	der, err := x509.MarshalPKCS8PrivateKey(raw)
	if err != nil {
		return nil, fmt.Errorf("jwt: MarshalPEM: a key of type %T cannot be written", raw)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
