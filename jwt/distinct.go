package jwt

import (
	"bytes"
	"crypto"
	"fmt"
)

// distinct returns an issuer's keys without those that are there twice. Two different keys that go by one ID are an error: nobody could tell which of
// them a token means. One key may go by its ID with several algorithms.
func distinct(active *VerificationKey, others []*VerificationKey) ([]*VerificationKey, error) {
	list := []*VerificationKey{active}
next:
	for _, k := range others {
		for _, have := range list {
			switch {
			case k == nil || k.checker == nil:
				return nil, errNilKey
			case k.id != have.id:
			case !sameKey(k, have):
				return nil, fmt.Errorf("two keys go by the ID %q", k.id)
			case k.alg == have.alg:
				continue next
			}
		}
		list = append(list, k)
	}
	return list, nil
}

// sameKey reports whether a and b hold the same public key or the same shared secret.
func sameKey(a, b *VerificationKey) bool {
	if a.Public() != b.Public() {
		return true // which cannot go together for another reason
	}
	if k, ok := a.public.(interface{ Equal(crypto.PublicKey) bool }); ok {
		return k.Equal(b.public)
	}
	x, _ := a.checker.(*macs).sign([]byte("key id"))
	y, _ := b.checker.(*macs).sign([]byte("key id"))
	return bytes.Equal(x, y)
}
