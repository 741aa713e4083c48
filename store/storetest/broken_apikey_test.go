package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

type apiKeys struct {
	*memstore.Store
	put    func(*memstore.Store, context.Context, store.APIKey) error
	get    func(*memstore.Store, context.Context, store.KeyID) (store.APIKey, error)
	delete func(*memstore.Store, context.Context, store.KeyID) error
}

func (k *apiKeys) APIKeyByID(ctx context.Context, id store.KeyID) (store.APIKey, error) {
	return k.get(k.Store, ctx, id)
}

func openAPIKeys(t *testing.T, apply func(*apiKeys)) APIKeyHarness {
	k := &apiKeys{
		Store:  newMemstore(t),
		put:    (*memstore.Store).PutAPIKey,
		get:    (*memstore.Store).APIKeyByID,
		delete: (*memstore.Store).DeleteAPIKey,
	}
	apply(k)
	return APIKeyHarness{
		Store:  k,
		Put:    func(ctx context.Context, key store.APIKey) error { return k.put(k.Store, ctx, key) },
		Delete: func(ctx context.Context, id store.KeyID) error { return k.delete(k.Store, ctx, id) },
		Reopen: func() store.APIKeyStore { return k },
	}
}

func TestSoundAPIKeyStore(t *testing.T) {
	TestAPIKeyStore(t, func(t *testing.T) APIKeyHarness { return openAPIKeys(t, func(*apiKeys) {}) })
}

func TestAPIKeyFlaws(t *testing.T) {
	changed := func(change func(*store.APIKey)) func(*apiKeys) {
		return func(k *apiKeys) {
			k.put = func(s *memstore.Store, ctx context.Context, key store.APIKey) error {
				change(&key)
				return s.PutAPIKey(ctx, key)
			}
		}
	}
	testFlaws(t, apiKeyChecks, openAPIKeys, []flaw[apiKeys]{
		{"round trip", "keeps seconds", changed(func(k *store.APIKey) { k.CreatedAt = k.CreatedAt.Truncate(time.Second) })},
		{"round trip", "takes no end for the epoch", changed(func(k *store.APIKey) {
			if k.ExpiresAt.IsZero() {
				k.ExpiresAt = time.Unix(0, 0)
			}
		})},
		{"round trip", "hides expired keys", func(k *apiKeys) {
			k.get = func(s *memstore.Store, ctx context.Context, id store.KeyID) (store.APIKey, error) {
				key, err := s.APIKeyByID(ctx, id)
				if err == nil && !key.ExpiresAt.IsZero() && key.ExpiresAt.Before(time.Now()) {
					return store.APIKey{}, store.ErrNotFound
				}
				return key, err
			}
		}},
		{"unknown", "compares half of the ID", func(k *apiKeys) {
			k.put = func(s *memstore.Store, ctx context.Context, key store.APIKey) error {
				clear(key.ID[16:])
				return s.PutAPIKey(ctx, key)
			}
			k.get = func(s *memstore.Store, ctx context.Context, id store.KeyID) (store.APIKey, error) {
				clear(id[16:])
				return s.APIKeyByID(ctx, id)
			}
		}},
		{"odd texts", "mangles what is not UTF-8", changed(func(k *store.APIKey) { k.Name = strings.ToValidUTF8(k.Name, "?") })},
		{"revocation", "only marks", func(k *apiKeys) {
			k.delete = func(*memstore.Store, context.Context, store.KeyID) error { return nil }
		}},
		{"revocation", "deletes all keys of the user", func(k *apiKeys) {
			k.delete = func(s *memstore.Store, ctx context.Context, id store.KeyID) error {
				key, _ := s.APIKeyByID(ctx, id)
				return errors.Join(
					s.PutUser(ctx, store.User{ID: key.UserID, Name: "name"}),
					s.DeleteUser(ctx, key.UserID),
				)
			}
		}},
		{"done context", "ignores the context", func(k *apiKeys) {
			k.get = func(s *memstore.Store, ctx context.Context, id store.KeyID) (store.APIKey, error) {
				return s.APIKeyByID(context.WithoutCancel(ctx), id)
			}
		}},
	})
}
