package jwt

import (
	"crypto"
	"crypto/elliptic"
	_ "crypto/sha256" // the hashes of the algorithms
	_ "crypto/sha512"
	"errors"
	"fmt"
	"slices"
)

// Algorithm is a signature algorithm by its name in JSON Web Algorithms (RFC 7518 section 3.1, RFC 8037 section 3.1).
// "none" is not one.
type Algorithm string

// The algorithms. RS256 is what every client understands; EdDSA and ES256 make the shortest signatures; HS256 is for
// issuers and verifiers that share a secret.
const (
	HS256 Algorithm = "HS256" // HMAC with SHA-256
	HS384 Algorithm = "HS384" // HMAC with SHA-384
	HS512 Algorithm = "HS512" // HMAC with SHA-512
	RS256 Algorithm = "RS256" // RSASSA-PKCS1-v1_5 with SHA-256
	RS384 Algorithm = "RS384" // RSASSA-PKCS1-v1_5 with SHA-384
	RS512 Algorithm = "RS512" // RSASSA-PKCS1-v1_5 with SHA-512
	PS256 Algorithm = "PS256" // RSASSA-PSS with SHA-256
	PS384 Algorithm = "PS384" // RSASSA-PSS with SHA-384
	PS512 Algorithm = "PS512" // RSASSA-PSS with SHA-512
	ES256 Algorithm = "ES256" // ECDSA on P-256 with SHA-256
	ES384 Algorithm = "ES384" // ECDSA on P-384 with SHA-384
	ES512 Algorithm = "ES512" // ECDSA on P-521 with SHA-512
	EdDSA Algorithm = "EdDSA" // Ed25519
)

// family is a kind of key.
type family uint8

const (
	familyHMAC family = iota + 1
	familyRSA
	familyECDSA
	familyEd25519
)

// spec is what there is to know about an algorithm.
type spec struct {
	family family
	hash   crypto.Hash
	curve  elliptic.Curve // of ECDSA
	pss    bool           // of RSA
}

func (a Algorithm) spec() (spec, error) {
	switch a {
	case HS256:
		return spec{family: familyHMAC, hash: crypto.SHA256}, nil
	case HS384:
		return spec{family: familyHMAC, hash: crypto.SHA384}, nil
	case HS512:
		return spec{family: familyHMAC, hash: crypto.SHA512}, nil
	case RS256:
		return spec{family: familyRSA, hash: crypto.SHA256}, nil
	case RS384:
		return spec{family: familyRSA, hash: crypto.SHA384}, nil
	case RS512:
		return spec{family: familyRSA, hash: crypto.SHA512}, nil
	case PS256:
		return spec{family: familyRSA, hash: crypto.SHA256, pss: true}, nil
	case PS384:
		return spec{family: familyRSA, hash: crypto.SHA384, pss: true}, nil
	case PS512:
		return spec{family: familyRSA, hash: crypto.SHA512, pss: true}, nil
	case ES256:
		return spec{family: familyECDSA, hash: crypto.SHA256, curve: elliptic.P256()}, nil
	case ES384:
		return spec{family: familyECDSA, hash: crypto.SHA384, curve: elliptic.P384()}, nil
	case ES512:
		return spec{family: familyECDSA, hash: crypto.SHA512, curve: elliptic.P521()}, nil
	case EdDSA:
		return spec{family: familyEd25519}, nil
	}
	return spec{}, fmt.Errorf("%q is not a supported algorithm", string(a))
}

// symmetric reports whether whoever can verify can sign as well.
func (a Algorithm) symmetric() bool {
	s, err := a.spec()
	return err == nil && s.family == familyHMAC
}

var errMixed = errors.New("HMAC and public-key algorithms do not go together: the public key could be taken for the secret")

// allowList checks a list of algorithms and returns a copy.
func allowList(list []Algorithm) ([]Algorithm, error) {
	if len(list) == 0 {
		return nil, wrong("Algorithms", "is missing")
	}
	for i, a := range list {
		if _, err := a.spec(); err != nil {
			return nil, wrongf("Algorithms:", "%w", err)
		}
		if slices.Contains(list[:i], a) {
			return nil, wrongf("Algorithms:", "%s is listed twice", a)
		}
		if a.symmetric() != list[0].symmetric() {
			return nil, wrongf("Algorithms:", "%w", errMixed)
		}
	}
	return slices.Clone(list), nil
}
