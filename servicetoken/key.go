package servicetoken

import (
	"fmt"
	"io"
)

// MinKey is the shortest acceptable key in bytes, the length of the MAC.
const MinKey = 32

// Key is a secret with which tokens are signed. It is random and at least [MinKey] bytes long. Whoever knows it can act as any user whose
// password hash he knows too. A Key prints as a fixed text.
type Key []byte

// DrupalKey returns the key with which the Services Token module of a Drupal site signs: the text of the site's private
// key followed directly by its hash salt. The tokens that such a site has given out are then accepted here, and the other way round.
// It returns nil, which [New] refuses, if either is empty.
func DrupalKey(privateKey, hashSalt string) Key {
	if privateKey == "" || hashSalt == "" {
		return nil
	}
	return Key(privateKey + hashSalt)
}

const redacted = "servicetoken.Key(redacted)"

// String returns a fixed text.
func (Key) String() string { return redacted }

// GoString returns a fixed text.
func (Key) GoString() string { return redacted }

// Format prints String for every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns a fixed text, which is therefore what encoding/json and log/slog show.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
