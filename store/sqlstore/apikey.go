package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// APIKeyByID returns the key, expired or not, or [store.ErrNotFound].
func (s *Store) APIKeyByID(ctx context.Context, id store.KeyID) (store.APIKey, error) {
	var k store.APIKey
	err := s.read(ctx, "reading an API key", func(r *run) error {
		return r.one(ctx, s.queries.apiKeyByID, func(scan scan) (err error) {
			k, err = scanAPIKey(scan)
			return err
		}, id[:])
	})
	if err != nil {
		return store.APIKey{}, err
	}
	return k, nil
}

// ListAPIKeys returns up to limit keys of the user in no particular order. A limit below 1 is [store.ErrInvalid].
func (s *Store) ListAPIKeys(ctx context.Context, userID string, limit int) ([]store.APIKey, error) {
	if limit < 1 {
		return nil, s.answer(ctx, invalid("limit is below 1"))
	}
	if !findable(userID) {
		return nil, s.usable(ctx)
	}
	var keys []store.APIKey
	err := s.read(ctx, "listing API keys", func(r *run) error {
		keys = nil
		return r.each(ctx, s.queries.apiKeysOf, func(scan scan) error {
			k, err := scanAPIKey(scan)
			keys = append(keys, k)
			return err
		}, userID, limit)
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

func scanAPIKey(scan scan) (k store.APIKey, err error) {
	var id []byte
	var created, expires sql.Null[int64]
	if err := scan(&id, &k.UserID, &k.Name, &created, &expires); err != nil {
		return store.APIKey{}, err
	}
	k.CreatedAt, k.ExpiresAt = fromOptional(created), fromOptional(expires)
	return k, parseID((*[32]byte)(&k.ID), id)
}

// fromOptional is the inverse of record.optional.
func fromOptional(micro sql.Null[int64]) time.Time {
	if !micro.Valid {
		return time.Time{}
	}
	return fromMicro(micro.V)
}

// PutAPIKey creates the key or replaces the one with its ID. A key without an ID or a user is refused with [store.ErrInvalid]. The user
// need not be known here: he may be kept in another store.
func (s *Store) PutAPIKey(ctx context.Context, k store.APIKey) error {
	rec := record{what: "API key"}
	switch {
	case k.ID == store.KeyID{}:
		rec.refuse("ID", "is empty")
	case k.UserID == "":
		rec.refuse("UserID", "is empty")
	}
	rec.text("UserID", k.UserID, MaxText)
	rec.text("Name", k.Name, MaxText)
	created, expires := rec.optional("CreatedAt", k.CreatedAt), rec.optional("ExpiresAt", k.ExpiresAt)
	if rec.err != nil {
		return s.answer(ctx, rec.err)
	}
	return s.write(ctx, "storing an API key", func(r *run) error {
		_, err := r.exec(ctx, s.queries.putAPIKey, k.ID[:], k.UserID, k.Name, created, expires)
		return err
	})
}

// DeleteAPIKey revokes the key, or returns [store.ErrNotFound].
func (s *Store) DeleteAPIKey(ctx context.Context, id store.KeyID) error {
	return s.write(ctx, "deleting an API key", func(r *run) error {
		return deleted(r.exec(ctx, s.queries.deleteAPIKey, id[:]))
	})
}
