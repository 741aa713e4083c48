package jwt

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// KeyOptions adjusts a key. Nil and the zero value are the defaults.
type KeyOptions struct {
	// ID is the key's name, the member kid of token headers and key sets. Empty means the one in the JWK from which the key is
	// read or, without one, a thumbprint of the key (RFC 7638, SHA-256), so that the same key has the same name everywhere. A shared
	// secret has no thumbprint that may be shown; its name is derived from it one-way.
	ID string
}

// maxKeyID is the longest key ID in bytes.
const maxKeyID = 256

var errKeyID = errors.New("the key ID is too long or has control characters")

// keyID returns the explicit ID, if there is one: that of the options before that of the carrier.
func keyID(o *KeyOptions, carried string) (string, error) {
	id := carried
	if o != nil && o.ID != "" {
		id = o.ID
	}
	if len(id) > maxKeyID || !utf8.ValidString(id) || strings.ContainsFunc(id, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return "", errKeyID
	}
	return id, nil
}
