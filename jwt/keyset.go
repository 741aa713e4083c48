package jwt

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// KeySet is a fixed set of verification keys. It implements [KeySource], never changes, and is safe for concurrent use.
// A nil KeySet has no keys.
type KeySet struct {
	keys    []*VerificationKey
	byID    map[keyRef][]*VerificationKey
	byAlg   map[Algorithm][]*VerificationKey
	unnamed map[Algorithm][]*VerificationKey // those that fit any ID, where there is exactly one
	skipped []error
	public  []byte
}

// keyRef is what finds a key.
type keyRef struct {
	alg Algorithm
	id  string
}

// NewKeySet returns a set of keys: public keys or shared secrets, never both, because a verifier that knew both kinds could be made to
// take the one for the other.
func NewKeySet(keys ...*VerificationKey) (*KeySet, error) {
	s, err := newKeySet(keys)
	if err != nil {
		return nil, fmt.Errorf("jwt: NewKeySet: %w", err)
	}
	if len(s.keys) == 0 {
		return nil, errors.New("jwt: NewKeySet: no keys")
	}
	return s, nil
}

func newKeySet(keys []*VerificationKey) (*KeySet, error) {
	s := &KeySet{
		keys:    slices.Clone(keys),
		byID:    make(map[keyRef][]*VerificationKey, len(keys)),
		byAlg:   make(map[Algorithm][]*VerificationKey),
		unnamed: make(map[Algorithm][]*VerificationKey),
	}
	for _, k := range keys {
		if k == nil || k.checker == nil {
			return nil, errNilKey
		}
		if k.Public() != keys[0].Public() {
			return nil, errMixed
		}
		ref := keyRef{k.alg, k.id}
		s.byID[ref] = append(s.byID[ref], k)
		s.byAlg[k.alg] = append(s.byAlg[k.alg], k)
		if !k.named {
			s.unnamed[k.alg] = append(s.unnamed[k.alg], k)
		}
		if len(s.byID[ref]) > maxCandidates {
			return nil, fmt.Errorf("more than %d %s keys have the ID %q", maxCandidates, k.alg, k.id)
		}
	}
	var err error
	s.public, err = marshalSet(s.keys)
	return s, err
}

// Keys implements KeySource. A key whose issuer's name for it is not known fits any kid if it is the only such key of its algorithm.
func (s *KeySet) Keys(_ context.Context, kid string, alg Algorithm) ([]*VerificationKey, error) {
	if s == nil {
		return nil, nil
	}
	if kid == "" {
		return s.byAlg[alg], nil
	}
	if keys := s.byID[keyRef{alg, kid}]; len(keys) > 0 {
		return keys, nil
	}
	if keys := s.unnamed[alg]; len(keys) == 1 {
		return keys, nil
	}
	return nil, nil
}

// Len returns how many keys are in the set. A key without alg counts once for each algorithm that it is used with.
func (s *KeySet) Len() int {
	if s == nil {
		return 0
	}
	return len(s.keys)
}

// Skipped says, for the log, why members of a parsed set were left out, one error for each.
func (s *KeySet) Skipped() []error {
	if s == nil {
		return nil
	}
	return slices.Clone(s.skipped)
}

// MarshalJSON returns the set as a JWK set (RFC 7517 section 5) of its public keys. Shared secrets are left out.
func (s *KeySet) MarshalJSON() ([]byte, error) {
	if s == nil || s.public == nil {
		return []byte(emptySet), nil
	}
	return slices.Clone(s.public), nil
}

const emptySet = `{"keys":[]}`

// marshalSet writes what may be published of keys. Of the algorithms of one key under one ID, all are listed: each with an entry of its own.
func marshalSet(keys []*VerificationKey) ([]byte, error) {
	b := []byte(`{"keys":[`)
	for _, k := range keys {
		if !k.Public() {
			continue
		}
		text, err := marshalJWK(k.public, k.alg, k.id)
		if err != nil {
			return nil, err
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = append(b, text...)
	}
	return append(b, `]}`...), nil
}

// algorithms returns the algorithms of which the set has keys.
func (s *KeySet) algorithms() []Algorithm {
	if s == nil {
		return nil
	}
	var list []Algorithm
	for alg := range s.byAlg {
		list = append(list, alg)
	}
	return list
}
