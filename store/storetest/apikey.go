package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// APIKeyHarness is an empty store to be checked and what the suite has to know about it.
type APIKeyHarness struct {
	// Store is the store to be checked.
	Store store.APIKeyStore

	// Put creates the key or replaces the one with its ID.
	Put func(ctx context.Context, k store.APIKey) error

	// Delete revokes the key. Nil if keys are not deleted by the program.
	Delete func(ctx context.Context, id store.KeyID) error

	// Reopen returns the store as it is after a restart. Nil if its records do not outlive it.
	Reopen func() store.APIKeyStore

	// CannotStore tells the texts that the store cannot keep, such as those with a NUL in PostgreSQL. Put must refuse
	// them. Nil if there are none.
	CannotStore func(text string) bool
}

func (h APIKeyHarness) reopened() store.APIKeyStore {
	if h.Reopen == nil {
		return h.Store
	}
	return h.Reopen()
}

// TestAPIKeyStore checks a store of API keys. The function open returns an empty one each time it is called.
func TestAPIKeyStore(t *testing.T, open func(t *testing.T) APIKeyHarness) {
	t.Helper()
	runAll(t, open, apiKeyChecks)
}

var apiKeyChecks = []check[APIKeyHarness]{
	{"round trip", "APIKeyByID returns the key as it was put, expired or not", apiKeyRoundTrip},
	{"unknown", `"not there" is ErrNotFound, and an ID is compared in full`, apiKeyUnknown},
	{"odd texts", "user IDs and names are any text", apiKeyOddTexts},
	{"revocation", "a key whose record is deleted is ErrNotFound at once", apiKeyRevocation},
	{"done context", "once the context is done a method returns an error that wraps its cause", apiKeyEnded},
}

func (h APIKeyHarness) put(ctx context.Context, keys ...store.APIKey) error {
	for _, k := range keys {
		if err := h.Put(ctx, k); err != nil {
			return fmt.Errorf("harness.Put: %w", err)
		}
	}
	return nil
}

func hasAPIKey(ctx context.Context, s store.APIKeyStore, want store.APIKey) error {
	got, err := s.APIKeyByID(ctx, want.ID)
	if err != nil {
		return fmt.Errorf("APIKeyByID: %w", err)
	}
	return diff("APIKeyByID", got, want)
}

func apiKeyRoundTrip(ctx context.Context, h APIKeyHarness) error {
	now := instant()
	keys := []store.APIKey{
		{ID: randomID(), UserID: "1", Name: "build server", CreatedAt: now, ExpiresAt: now.Add(time.Hour)},
		{ID: randomID(), UserID: "1", Name: "for ever", CreatedAt: now},
		{ID: randomID(), UserID: "2", Name: "expired long ago", CreatedAt: now.AddDate(-3, 0, 0), ExpiresAt: now.AddDate(-2, 0, 0)},
		{ID: randomID(), UserID: "2", Name: "far away", CreatedAt: now.In(time.FixedZone("", -3600)), ExpiresAt: now.AddDate(50, 0, 0)},
		{ID: randomID(), UserID: "3"},
	}
	if err := h.put(ctx, keys...); err != nil {
		return err
	}
	s := h.reopened()
	for _, k := range keys {
		if err := hasAPIKey(ctx, s, k); err != nil {
			return fmt.Errorf("key %q: %w", k.Name, err)
		}
	}
	return nil
}

func apiKeyUnknown(ctx context.Context, h APIKeyHarness) error {
	k := store.APIKey{ID: randomID(), UserID: "1", CreatedAt: instant()}
	if err := h.put(ctx, k); err != nil {
		return err
	}
	for _, id := range nearIDs(k.ID) {
		_, err := h.Store.APIKeyByID(ctx, id)
		if err := is(err, store.ErrNotFound, "APIKeyByID of an unknown ID"); err != nil {
			return err
		}
	}
	return nil
}

func apiKeyOddTexts(ctx context.Context, h APIKeyHarness) error {
	keys := make([]store.APIKey, len(oddStrings))
	for i, text := range oddStrings {
		keys[i] = store.APIKey{ID: randomID(), UserID: text, Name: text, CreatedAt: instant()}
	}
	put := func(ctx context.Context, i int, _ string) error { return h.Put(ctx, keys[i]) }
	get := func(ctx context.Context, i int, _ string) error { return hasAPIKey(ctx, h.Store, keys[i]) }
	return oddKeys(ctx, "user ID and name of an API key", h.CannotStore, put, get)
}

func apiKeyRevocation(ctx context.Context, h APIKeyHarness) error {
	if h.Delete == nil {
		return missingCapability("Delete in its harness")
	}
	revoked := store.APIKey{ID: randomID(), UserID: "1", CreatedAt: instant()}
	other := store.APIKey{ID: randomID(), UserID: "1", CreatedAt: instant()}
	if err := h.put(ctx, revoked, other); err != nil {
		return err
	}
	if err := h.Delete(ctx, revoked.ID); err != nil {
		return fmt.Errorf("harness.Delete: %w", err)
	}
	_, err := h.Store.APIKeyByID(ctx, revoked.ID)
	if err := is(err, store.ErrNotFound, "APIKeyByID of a revoked key"); err != nil {
		return err
	}
	return hasAPIKey(ctx, h.Store, other)
}

func apiKeyEnded(ctx context.Context, h APIKeyHarness) error {
	k := store.APIKey{ID: randomID(), UserID: "1", CreatedAt: instant()}
	if err := h.put(ctx, k); err != nil {
		return err
	}
	return whenEnded(ctx, "APIKeyByID", func(ctx context.Context) error {
		_, err := h.Store.APIKeyByID(ctx, k.ID)
		return err
	})
}
