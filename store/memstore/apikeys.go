package memstore

import (
	"context"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
)

// APIKeyByID returns the key, expired or not, or [store.ErrNotFound].
func (s *Store) APIKeyByID(ctx context.Context, id store.KeyID) (store.APIKey, error) {
	if err := alive(ctx); err != nil {
		return store.APIKey{}, err
	}
	return s.keys.get(id)
}

// PutAPIKey creates the key or replaces the one with its ID. A key without an ID or a user is refused with
// [store.ErrInvalid]. The user need not be known here: he may be kept in another store.
func (s *Store) PutAPIKey(ctx context.Context, k store.APIKey) error {
	if err := alive(ctx); err != nil {
		return err
	}
	switch {
	case k.ID == store.KeyID{}:
		return fmt.Errorf("memstore: API key without an ID: %w", store.ErrInvalid)
	case k.UserID == "":
		return fmt.Errorf("memstore: API key without a user: %w", store.ErrInvalid)
	}
	if err := own([]*string{&k.UserID, &k.Name}); err != nil {
		return err
	}
	return s.keys.put(k.ID, k)
}

// DeleteAPIKey revokes the key, or returns [store.ErrNotFound].
func (s *Store) DeleteAPIKey(ctx context.Context, id store.KeyID) error {
	if err := alive(ctx); err != nil {
		return err
	}
	return s.keys.delete(id)
}
