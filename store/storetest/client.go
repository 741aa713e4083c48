package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// ClientHarness is an empty store to be checked and what the suite has to know about it.
type ClientHarness struct {
	// Store is the store to be checked.
	Store store.ClientStore

	// Put creates the client or replaces the one with its ID.
	Put func(ctx context.Context, c store.Client) error

	// Reopen returns the store as it is after a restart. Nil if its records do not outlive it.
	Reopen func() store.ClientStore

	// CannotStore tells the texts that the store cannot keep, such as those with a NUL in PostgreSQL. Put must refuse
	// them. Nil if there are none.
	CannotStore func(text string) bool
}

func (h ClientHarness) reopened() store.ClientStore {
	if h.Reopen == nil {
		return h.Store
	}
	return h.Reopen()
}

// TestClientStore checks a store of clients. The function open returns an empty one each time it is called.
func TestClientStore(t *testing.T, open func(t *testing.T) ClientHarness) {
	t.Helper()
	runAll(t, open, clientChecks)
}

var clientChecks = []check[ClientHarness]{
	{"round trip", "ClientByID returns the client as it was put, active or not", clientRoundTrip},
	{"unknown", `"not there" is ErrNotFound`, clientUnknown},
	{"exact ID", "ClientByID returns the client with exactly this ID", clientExactID},
	{"odd IDs", "IDs are any text", clientOddIDs},
	{"changes", "a change takes effect at once", clientChanges},
	{"copies", "records share no memory with the store", clientCopies},
	{"done context", "once the context is done a method returns an error that wraps its cause", clientEnded},
	{"concurrent use", "methods are safe for concurrent use", clientConcurrent},
}

// fullClient returns a client with all fields set.
func fullClient(id string) store.Client {
	return store.Client{
		ID: id, Application: "oauth001", Name: "O'Brien's app, \u00fcber", Active: true,
		SecretHashes: []string{"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", "second"},
		Grants:       []string{"client_credentials", "password"}, InsecurePasswordGrantWithoutSecret: true,
		Scopes: []string{"write", "read", "a,b", "x:y"}, DefaultScopes: []string{"read"},
		Users: []string{"2", "1", "with, comma"}, AnyUser: true,
		DefaultUser: "with, comma", TokenLifetime: 90*time.Minute + time.Second, RefreshTokenLifetime: 720*time.Hour + time.Second,
		JWTAccessTokens: true, Introspect: true,
	}
}

func (h ClientHarness) put(ctx context.Context, clients ...store.Client) error {
	for _, c := range clients {
		if err := h.Put(ctx, c); err != nil {
			return fmt.Errorf("harness.Put: %w", err)
		}
	}
	return nil
}

// has checks that the client is found as it is.
func hasClient(ctx context.Context, s store.ClientStore, want store.Client) error {
	got, err := s.ClientByID(ctx, want.ID)
	if err != nil {
		return fmt.Errorf("ClientByID: %w", err)
	}
	return diff("ClientByID", got, want)
}

func clientRoundTrip(ctx context.Context, h ClientHarness) error {
	clients := []store.Client{
		fullClient("full"),
		{ID: "least"}, // has no rights, and must not get any
		{ID: "inactive", Application: "other", SecretHashes: []string{"hash"}, Grants: []string{"password"}},
		{ID: "trusted", Active: true, AnyUser: true},
		{ID: "asks", Active: true, Introspect: true},
		{ID: "public", Active: true, InsecurePasswordGrantWithoutSecret: true},
		{ID: "self-contained", Active: true, JWTAccessTokens: true},
	}
	if err := h.put(ctx, clients...); err != nil {
		return err
	}
	s := h.reopened()
	for _, c := range clients {
		if err := hasClient(ctx, s, c); err != nil {
			return fmt.Errorf("client %q: %w", c.ID, err)
		}
	}
	return nil
}

func clientUnknown(ctx context.Context, h ClientHarness) error {
	for range 2 { // the empty store, and one with another client
		for _, id := range []string{"", "unknown"} {
			_, err := h.Store.ClientByID(ctx, id)
			if err := is(err, store.ErrNotFound, "ClientByID(%q)", id); err != nil {
				return err
			}
		}
		if err := h.put(ctx, fullClient("known")); err != nil {
			return err
		}
	}
	return nil
}

func clientExactID(ctx context.Context, h ClientHarness) error {
	if err := h.put(ctx, fullClient("portal")); err != nil {
		return err
	}
	for _, id := range append(nearMisses("portal"), swapCase("portal")) {
		_, err := h.Store.ClientByID(ctx, id)
		if err := is(err, store.ErrNotFound, "ClientByID(%s) where only %q is there", short(id), "portal"); err != nil {
			return err
		}
	}
	return nil
}

func clientOddIDs(ctx context.Context, h ClientHarness) error {
	put := func(ctx context.Context, _ int, id string) error { return h.Put(ctx, fullClient(id)) }
	get := func(ctx context.Context, _ int, id string) error { return hasClient(ctx, h.Store, fullClient(id)) }
	return oddKeys(ctx, "client ID", h.CannotStore, put, get)
}

func clientChanges(ctx context.Context, h ClientHarness) error {
	c := fullClient("changing")
	for _, change := range []func(){
		func() {},
		func() { c.Active = false },
		func() { c.SecretHashes = []string{"third"} },
		func() { c.Scopes, c.DefaultScopes, c.Users, c.AnyUser = nil, nil, nil, false },
		func() { c.Grants, c.Introspect, c.TokenLifetime = nil, false, 0 },
	} {
		change()
		if err := h.put(ctx, c); err != nil {
			return err
		}
		if err := hasClient(ctx, h.Store, c); err != nil {
			return fmt.Errorf("after a change: %w", err)
		}
	}
	return nil
}

func clientCopies(ctx context.Context, h ClientHarness) error {
	want, given := fullClient("shared"), fullClient("shared")
	if err := h.put(ctx, given); err != nil {
		return err
	}
	spoil := func(c store.Client) {
		for _, list := range [][]string{c.SecretHashes, c.Grants, c.Scopes, c.DefaultScopes, c.Users} {
			for i := range list {
				list[i] = "spoilt"
			}
		}
	}
	spoil(given)
	if err := hasClient(ctx, h.Store, want); err != nil {
		return fmt.Errorf("after changing what was put: %w", err)
	}
	got, err := h.Store.ClientByID(ctx, want.ID)
	if err != nil {
		return err
	}
	spoil(got)
	if err := hasClient(ctx, h.Store, want); err != nil {
		return fmt.Errorf("after changing what was returned: %w", err)
	}
	return nil
}

func clientEnded(ctx context.Context, h ClientHarness) error {
	if err := h.put(ctx, fullClient("known")); err != nil {
		return err
	}
	return whenEnded(ctx, "ClientByID", func(ctx context.Context) error {
		_, err := h.Store.ClientByID(ctx, "known")
		return err
	})
}

func clientConcurrent(ctx context.Context, h ClientHarness) error {
	c := fullClient("busy")
	if err := h.put(ctx, c); err != nil {
		return err
	}
	for range rounds() {
		for _, err := range race(racers, func(i int) error {
			if i%8 == 0 {
				return h.put(ctx, c)
			}
			return hasClient(ctx, h.Store, c)
		}) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}
