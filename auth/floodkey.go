package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// MinFloodKey is the length of the shortest acceptable [FloodKey], in bytes.
const MinFloodKey = sha256.Size

// FloodKey is a secret by which servers that share their counters tell that the same wrong password was sent again, to whichever of them. It is
// random, at least [MinFloodKey] bytes long, and used for nothing else. Counters hold digests under this key: who has it and them can try out what the wrong
// passwords were, which are often nearly right ones. So it does not belong into the database of the counters. A FloodKey prints as a fixed text.
type FloodKey []byte

const redactedFloodKey = "auth.FloodKey(redacted)"

// String returns a fixed text.
func (FloodKey) String() string { return redactedFloodKey }

// Format prints String for every verb.
func (FloodKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedFloodKey) }

// MarshalText returns a fixed text, which is therefore what encoding/json and log/slog show.
func (FloodKey) MarshalText() ([]byte, error) { return []byte(redactedFloodKey), nil }

// check returns an error if the key is too short, or was never filled. Nil is no key.
func (k FloodKey) check() error {
	switch {
	case k == nil:
		return nil
	case len(k) < MinFloodKey:
		return fmt.Errorf("FloodKey is shorter than %d bytes", MinFloodKey)
	case bytes.Count(k, []byte{0}) == len(k):
		return errors.New("FloodKey has only zero bytes: it was never filled")
	}
	return nil
}

// digests returns the key of the digests for this use, which is that of this process alone if k is nil.
func (k FloodKey) digests(use string) []byte {
	if k == nil {
		k = make(FloodKey, MinFloodKey)
		_, _ = rand.Read(k)
	}
	mac := hmac.New(sha256.New, k)
	_, _ = mac.Write([]byte("apiauth: " + use))
	return mac.Sum(nil)
}
