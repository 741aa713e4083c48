package store

import (
	"context"
	"encoding/hex"
	"time"
)

// KeyID identifies an API key: the SHA-256 of its text.
type KeyID [32]byte

// String returns the digest in lower-case hex.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// APIKey is the record of an API key. A user may have several.
type APIKey struct {
	// ID is the key of the record.
	ID KeyID

	// UserID is the user for whom the key acts. A record without one opens nothing.
	UserID string

	// Name tells a user's keys apart, such as "build server". Optional.
	Name string

	// CreatedAt is for people; nothing depends on it.
	CreatedAt time.Time

	// ExpiresAt ends the key: it is valid while now < ExpiresAt. Zero means never.
	ExpiresAt time.Time
}

// APIKeyStore finds API keys. Revoking a key is deleting its record.
type APIKeyStore interface {
	// APIKeyByID returns the key, expired or not, or [ErrNotFound].
	APIKeyByID(ctx context.Context, id KeyID) (APIKey, error)
}
