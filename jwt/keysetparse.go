package jwt

import (
	"errors"
	"fmt"
)

// Bounds of a key set.
const (
	maxKeySet     = 1 << 20 // bytes
	maxKeySetKeys = 256
)

// ParseKeySet reads the public keys of an issuer from a JWK set (RFC 7517 section 5), such as the contents of a file. algorithms are those
// that the keys may be used with; a key without the member alg is used with each of them that fits its kind.
//
// A key that is unknown, broken, weak or meant for something else is left out and the others work; see [KeySet.Skipped]. A
// set that holds a private or symmetric key is refused as a whole: its secrets are public, and nobody can tell which else. So is
// a set that is not strict JSON, and one without a single usable key.
func ParseKeySet(data []byte, algorithms ...Algorithm) (*KeySet, error) {
	list, err := allowList(algorithms)
	if err != nil {
		return nil, fmt.Errorf("jwt: ParseKeySet: %w", err)
	}
	if list[0].symmetric() {
		return nil, errors.New("jwt: ParseKeySet: a public key set has no keys for HMAC")
	}
	s, err := parseKeySet(data, list)
	if err != nil {
		return nil, fmt.Errorf("jwt: ParseKeySet: %w", err)
	}
	if s.Len() == 0 {
		return nil, fmt.Errorf("jwt: ParseKeySet: no usable key: %w", errors.Join(s.skipped...))
	}
	return s, nil
}

// parseKeySet is ParseKeySet for a set that may have no usable key at the moment.
func parseKeySet(data []byte, algorithms []Algorithm) (*KeySet, error) {
	if len(data) > maxKeySet {
		return nil, errors.New("the set is too long")
	}
	members, err := splitKeySet(string(data))
	if err != nil {
		return nil, err
	}
	var keys []*VerificationKey
	var skipped []error
	for i, text := range members {
		usable, private, err := usableKeys(text, algorithms)
		if private {
			return nil, fmt.Errorf("key %d: %w", i, errPrivate)
		}
		if err != nil {
			skipped = append(skipped, fmt.Errorf("key %d: %w", i, err))
		}
		keys = append(keys, usable...)
	}
	s, err := newKeySet(keys)
	if err != nil {
		return nil, err
	}
	s.skipped = skipped
	return s, nil
}

// splitKeySet returns the text of each member of keys.
func splitKeySet(text string) (members []string, err error) {
	p := newScanner(text)
	found := false
	for p.member() {
		if p.name != "keys" {
			p.skip()
			continue
		}
		found = true
		list := p.raw()
		if p.err != nil {
			break
		}
		if list[0] != '[' {
			p.fail(errMemberType)
			break
		}
		for q := (scanner{s: list, i: 1}); q.peek() != ']'; {
			if len(members) == maxKeySetKeys {
				return nil, fmt.Errorf("the set has more than %d keys", maxKeySetKeys)
			}
			members = append(members, q.raw())
			if q.peek() == ',' {
				q.i++
			}
		}
	}
	if err := p.end(); err != nil {
		return nil, fmt.Errorf("the set is malformed: %w", err)
	}
	if !found {
		return nil, errors.New("the set is malformed: no member keys")
	}
	return members, nil
}

// usableKeys returns one key for each algorithm that a JWK can be used with.
func usableKeys(text string, algorithms []Algorithm) (keys []*VerificationKey, private bool, err error) {
	m, err := scanJWK(text)
	switch {
	case m.private || m.kty == "oct":
		return nil, true, nil
	case err != nil:
		return nil, false, err
	}
	raw, err := m.publicKey()
	if err != nil {
		return nil, false, err
	}
	err = errors.New("none of the configured algorithms fits")
	for _, alg := range algorithms {
		if misfit := m.fits(alg, "verify"); misfit != nil {
			err = misfit
			continue
		}
		k, misfit := newVerificationKey(alg, raw, nil, m.kid)
		if misfit != nil {
			err = misfit
			continue
		}
		keys = append(keys, k)
	}
	if len(keys) > 0 {
		err = nil
	}
	return keys, false, err
}
