package storetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

type clients struct {
	*memstore.Store
	put func(*memstore.Store, context.Context, store.Client) error
	get func(*memstore.Store, context.Context, string) (store.Client, error)

	cannot func(string) bool
	reopen func() store.ClientStore
}

func (c *clients) ClientByID(ctx context.Context, id string) (store.Client, error) {
	return c.get(c.Store, ctx, id)
}

func openClients(t *testing.T, apply func(*clients)) ClientHarness {
	c := &clients{Store: newMemstore(t), put: (*memstore.Store).PutClient, get: (*memstore.Store).ClientByID}
	c.reopen = func() store.ClientStore { return c }
	apply(c)
	return ClientHarness{
		Store:       c,
		Put:         func(ctx context.Context, client store.Client) error { return c.put(c.Store, ctx, client) },
		Reopen:      func() store.ClientStore { return c.reopen() },
		CannotStore: c.cannot,
	}
}

func TestSoundClientStore(t *testing.T) {
	TestClientStore(t, func(t *testing.T) ClientHarness { return openClients(t, func(*clients) {}) })
}

// TestClientStoreThatCannotStore is a store that honestly refuses some texts.
func TestClientStoreThatCannotStore(t *testing.T) {
	TestClientStore(t, func(t *testing.T) ClientHarness {
		return openClients(t, func(c *clients) {
			c.cannot = func(s string) bool { return strings.Contains(s, "\x00") || len(s) > 255 }
			c.put = func(s *memstore.Store, ctx context.Context, client store.Client) error {
				if c.cannot(client.ID) {
					return errors.New("cannot store that")
				}
				return s.PutClient(ctx, client)
			}
		})
	})
}

func TestClientFlaws(t *testing.T) {
	changed := func(change func(*store.Client)) func(*clients) {
		return func(c *clients) {
			c.put = func(s *memstore.Store, ctx context.Context, client store.Client) error {
				change(&client)
				return s.PutClient(ctx, client)
			}
		}
	}
	found := func(get func(s *memstore.Store, ctx context.Context, id string) (store.Client, error)) func(*clients) {
		return func(c *clients) { c.get = get }
	}
	testFlaws(t, clientChecks, openClients, []flaw[clients]{
		{"round trip", "gives every client introspection", changed(func(c *store.Client) { c.Introspect = true })},
		{"round trip", "gives every client JWTs", changed(func(c *store.Client) { c.JWTAccessTokens = true })},
		{"round trip", "drops the lifetime of refresh tokens", changed(func(c *store.Client) { c.RefreshTokenLifetime = 0 })},
		{"round trip", "drops the user of the client's own", changed(func(c *store.Client) { c.DefaultUser = "" })},
		{"round trip", "lets every client be used", changed(func(c *store.Client) { c.Active = true })},
		{"round trip", "rounds lifetimes to minutes", changed(func(c *store.Client) { c.TokenLifetime -= c.TokenLifetime % 60e9 })},
		{"round trip", "cuts lists at commas", changed(func(c *store.Client) { c.Users = strings.Split(strings.Join(c.Users, ","), ",") })},
		{"round trip", "forgets when restarted", func(c *clients) {
			c.reopen = func() store.ClientStore { s, _ := memstore.New(nil); return s }
		}},
		{"unknown", "has its own error", found(func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
			c, err := s.ClientByID(ctx, id)
			if err != nil {
				err = errors.New("no rows")
			}
			return c, err
		})},
		{"unknown", "finds the zero client", found(func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
			c, _ := s.ClientByID(ctx, id)
			return c, nil
		})},
		{"exact ID", "folds case", found(func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
			return s.ClientByID(ctx, strings.ToLower(id))
		})},
		{"exact ID", "trims spaces", found(func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
			return s.ClientByID(ctx, strings.TrimSpace(id))
		})},
		{"odd IDs", "cuts IDs", changed(func(c *store.Client) { c.ID = c.ID[:min(len(c.ID), 255)] })},
		{"odd IDs", "drops NUL", changed(func(c *store.Client) { c.ID = strings.ReplaceAll(c.ID, "\x00", "") })},
		{"odd IDs", "stores what it says it cannot", func(c *clients) {
			c.cannot = func(s string) bool { return strings.Contains(s, "\x00") }
		}},
		{"odd IDs", "fails to look up what it cannot store", func(c *clients) {
			c.cannot = func(s string) bool { return strings.Contains(s, "\x00") }
			c.put = func(s *memstore.Store, ctx context.Context, client store.Client) error {
				if c.cannot(client.ID) {
					return errors.New("invalid byte sequence")
				}
				return s.PutClient(ctx, client)
			}
			c.get = func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
				if c.cannot(id) {
					return store.Client{}, errors.New("invalid byte sequence")
				}
				return s.ClientByID(ctx, id)
			}
		}},
		{"changes", "caches", func(c *clients) {
			var cache sync.Map
			c.get = func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
				if hit, ok := cache.Load(id); ok {
					return hit.(store.Client), nil
				}
				client, err := s.ClientByID(ctx, id)
				cache.Store(id, client)
				return client, err
			}
		}},
		{"copies", "shares what it returns", func(c *clients) {
			c.get = func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
				client, err := s.ClientByID(ctx, id)
				return client, errors.Join(err, s.PutClient(ctx, store.Client{ID: id, Scopes: []string{"spoilt"}}))
			}
		}},
		{"done context", "ignores the context", found(func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
			return s.ClientByID(context.WithoutCancel(ctx), id)
		})},
		{"done context", "forgets the cause", found(func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
			if ctx.Err() != nil {
				return store.Client{}, ctx.Err()
			}
			return s.ClientByID(ctx, id)
		})},
		{"done context", "says that there is no client", found(func(s *memstore.Store, ctx context.Context, id string) (store.Client, error) {
			c, err := s.ClientByID(ctx, id)
			if err != nil {
				err = errors.Join(err, store.ErrNotFound)
			}
			return c, err
		})},
		{"concurrent use", "deletes before it puts", func(c *clients) {
			c.put = func(s *memstore.Store, ctx context.Context, client store.Client) error {
				_ = s.DeleteClient(ctx, client.ID)
				yield()
				return s.PutClient(ctx, client)
			}
		}},
	})
}
