package storetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

type tokens struct {
	*memstore.Store
	create  func(*memstore.Store, context.Context, store.Token) error    // of one token
	several func(*memstore.Store, context.Context, ...store.Token) error // of none or more than one
	byID    func(*memstore.Store, context.Context, store.TokenID) (store.Token, error)
	take    func(*memstore.Store, context.Context, store.TokenID) (store.Token, error)
	rotate  func(*memstore.Store, context.Context, store.TokenID, ...store.Token) (store.Token, error)
	delete  func(*memstore.Store, context.Context, store.TokenMatch) error
	list    func(*memstore.Store, context.Context, store.TokenMatch, int) ([]store.Token, error)
	purge   func(*memstore.Store, context.Context, time.Time, int) (int, error)

	cannot   func(string) bool
	reopened func() store.TokenStore
}

func (k *tokens) CreateTokens(ctx context.Context, tokens ...store.Token) error {
	if len(tokens) == 1 {
		return k.create(k.Store, ctx, tokens[0])
	}
	return k.several(k.Store, ctx, tokens...)
}

func (k *tokens) TokenByID(ctx context.Context, id store.TokenID) (store.Token, error) {
	return k.byID(k.Store, ctx, id)
}

func (k *tokens) TakeToken(ctx context.Context, id store.TokenID) (store.Token, error) {
	return k.take(k.Store, ctx, id)
}

func (k *tokens) RotateToken(ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
	return k.rotate(k.Store, ctx, old, next...)
}

func (k *tokens) DeleteTokens(ctx context.Context, match store.TokenMatch) error {
	return k.delete(k.Store, ctx, match)
}

func (k *tokens) ListTokens(ctx context.Context, match store.TokenMatch, limit int) ([]store.Token, error) {
	return k.list(k.Store, ctx, match, limit)
}

func (k *tokens) PurgeTokens(ctx context.Context, before time.Time, limit int) (int, error) {
	return k.purge(k.Store, ctx, before, limit)
}

func openTokens(t *testing.T, apply func(*tokens)) TokenHarness {
	k := &tokens{
		Store:   newMemstore(t),
		create:  func(s *memstore.Store, ctx context.Context, t store.Token) error { return s.CreateTokens(ctx, t) },
		several: (*memstore.Store).CreateTokens,
		byID:    (*memstore.Store).TokenByID,
		take:    (*memstore.Store).TakeToken,
		rotate:  (*memstore.Store).RotateToken,
		delete:  (*memstore.Store).DeleteTokens,
		list:    (*memstore.Store).ListTokens,
		purge:   (*memstore.Store).PurgeTokens,
	}
	k.reopened = func() store.TokenStore { return k }
	apply(k)
	return TokenHarness{Store: k, CannotStore: k.cannot, Reopen: func() store.TokenStore { return k.reopened() }}
}

func TestSoundTokenStore(t *testing.T) {
	TestTokenStore(t, func(t *testing.T) TokenHarness { return openTokens(t, func(*tokens) {}) })
}

func TestTokenStoreWithoutCapabilities(t *testing.T) {
	TestTokenStore(t, func(t *testing.T) TokenHarness {
		return TokenHarness{Store: struct{ store.TokenStore }{newMemstore(t)}}
	})
}

// TestTokenStoreThatCannotStore is a store that honestly refuses some texts.
func TestTokenStoreThatCannotStore(t *testing.T) {
	TestTokenStore(t, func(t *testing.T) TokenHarness {
		return openTokens(t, func(k *tokens) {
			k.cannot = func(s string) bool { return strings.Contains(s, "\x00") }
			k.create = func(s *memstore.Store, ctx context.Context, t store.Token) error {
				if k.cannot(t.UserID + t.ClientID + t.Family + t.Application) {
					return errors.New("invalid byte sequence")
				}
				return s.CreateTokens(ctx, t)
			}
		})
	})
}

// created changes tokens on their way into the store.
func created(change func(*store.Token)) func(*tokens) {
	return func(k *tokens) {
		k.create = func(s *memstore.Store, ctx context.Context, t store.Token) error {
			change(&t)
			return s.CreateTokens(ctx, t)
		}
	}
}

// read changes what TokenByID returns.
func read(change func(*store.Token, *error)) func(*tokens) {
	return func(k *tokens) {
		k.byID = func(s *memstore.Store, ctx context.Context, id store.TokenID) (store.Token, error) {
			t, err := s.TokenByID(ctx, id)
			change(&t, &err)
			return t, err
		}
	}
}

func TestTokenFlaws(t *testing.T) {
	testFlaws(t, tokenChecks, openTokens, append(append(tokenFlaws, rotationFlaws...), selectionFlaws...))
}

var tokenFlaws = []flaw[tokens]{
	{"round trip", "drops the family", created(func(t *store.Token) { t.Family = "" })},
	{"round trip", "drops the application", created(func(t *store.Token) { t.Application = "" })},
	{"round trip", "drops SpentAt", created(func(t *store.Token) { t.SpentAt = time.Time{} })},
	{"round trip", "sets SpentAt to the epoch", read(func(t *store.Token, _ *error) {
		if t.SpentAt.IsZero() {
			t.SpentAt = time.Unix(0, 0)
		}
	})},
	{"round trip", "makes all tokens access tokens", created(func(t *store.Token) { t.Kind = store.AccessToken })},
	{"round trip", "keeps seconds", created(func(t *store.Token) { t.ExpiresAt = t.ExpiresAt.Truncate(time.Second) })},
	{"round trip", "keeps milliseconds", created(func(t *store.Token) { t.IssuedAt = t.IssuedAt.Truncate(time.Millisecond) })},
	{"round trip", "drops the time zone", created(func(t *store.Token) {
		y, m, d := t.IssuedAt.Date()
		t.IssuedAt = time.Date(y, m, d, t.IssuedAt.Hour(), t.IssuedAt.Minute(), t.IssuedAt.Second(), t.IssuedAt.Nanosecond(), time.UTC)
	})},
	{"round trip", "sorts scopes", created(func(t *store.Token) {
		if len(t.Scopes) > 1 {
			t.Scopes[0], t.Scopes[1] = t.Scopes[1], t.Scopes[0]
		}
	})},
	{"round trip", "makes no scope an empty one", read(func(t *store.Token, _ *error) {
		t.Scopes = strings.Split(strings.Join(t.Scopes, " "), " ")
	})},
	{"round trip", "forgets when restarted", func(k *tokens) {
		k.reopened = func() store.TokenStore { s, _ := memstore.New(nil); return s }
	}},
	{"unknown", "has its own error", read(func(_ *store.Token, err *error) {
		if *err != nil {
			*err = errors.New("redis: nil")
		}
	})},
	{"unknown", "finds the zero token", read(func(_ *store.Token, err *error) { *err = nil })},
	{"create twice", "overwrites", func(k *tokens) {
		k.create = func(s *memstore.Store, ctx context.Context, t store.Token) error {
			_, _ = s.TakeToken(ctx, t.ID)
			return s.CreateTokens(ctx, t)
		}
	}},
	{"create twice", "has its own error", func(k *tokens) {
		k.create = func(s *memstore.Store, ctx context.Context, t store.Token) error {
			if s.CreateTokens(ctx, t) != nil {
				return errors.New("UNIQUE constraint failed")
			}
			return nil
		}
	}},
	{"create race", "looks first and writes later", func(k *tokens) {
		k.create = func(s *memstore.Store, ctx context.Context, t store.Token) error {
			if _, err := s.TokenByID(ctx, t.ID); err == nil {
				return store.ErrExists
			}
			yield()
			_, _ = s.TakeToken(ctx, t.ID)
			_ = s.CreateTokens(ctx, t)
			return nil
		}
	}},
	{"create several", "drops all but the first", func(k *tokens) {
		k.several = func(s *memstore.Store, ctx context.Context, tokens ...store.Token) error {
			return s.CreateTokens(ctx, tokens[0])
		}
	}},
	{"create several", "stores those before the one that exists", func(k *tokens) {
		k.several = func(s *memstore.Store, ctx context.Context, tokens ...store.Token) error {
			for _, t := range tokens {
				if err := s.CreateTokens(ctx, t); err != nil {
					return err
				}
			}
			return nil
		}
	}},
	{"create several", "stores the others of one that exists", func(k *tokens) {
		k.several = func(s *memstore.Store, ctx context.Context, tokens ...store.Token) (err error) {
			for _, t := range tokens {
				if one := s.CreateTokens(ctx, t); one != nil {
					err = one
				}
			}
			return err
		}
	}},
	{"create several", "takes the last of two with one ID", func(k *tokens) {
		k.several = func(s *memstore.Store, ctx context.Context, tokens ...store.Token) error {
			if err := s.CreateTokens(ctx, tokens...); len(tokens) != 2 || tokens[0].ID != tokens[1].ID {
				return err
			}
			return s.CreateTokens(ctx, tokens[1])
		}
	}},
	{"create nothing", "takes nothing for something", func(k *tokens) {
		k.several = func(s *memstore.Store, ctx context.Context, tokens ...store.Token) error { return nil }
	}},
	{"odd texts", "cuts", created(func(t *store.Token) { t.Family = t.Family[:min(len(t.Family), 255)] })},
	{"odd texts", "stores what it says it cannot", func(k *tokens) {
		k.cannot = func(s string) bool { return strings.Contains(s, "\x00") }
	}},
	{"odd texts", "cannot delete what it cannot store", func(k *tokens) {
		k.delete = func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
			if strings.Contains(match.UserID+match.ClientID+match.Family, "\x00") {
				return errors.New("invalid byte sequence")
			}
			return s.DeleteTokens(ctx, match)
		}
	}},
	{"expired", "hides expired tokens", read(func(t *store.Token, err *error) {
		if *err == nil && t.ExpiresAt.Before(time.Now()) {
			*t, *err = store.Token{}, store.ErrNotFound
		}
	})},
	{"expired", "does not give expired tokens away", func(k *tokens) {
		k.take = func(s *memstore.Store, ctx context.Context, id store.TokenID) (store.Token, error) {
			t, err := s.TakeToken(ctx, id)
			if err == nil && t.ExpiresAt.Before(time.Now()) {
				err = store.ErrNotFound
			}
			return t, err
		}
	}},
	{"copies", "shares what TokenByID returns", func(k *tokens) {
		shared := make(map[store.TokenID]store.Token)
		k.create = func(s *memstore.Store, ctx context.Context, t store.Token) error {
			shared[t.ID] = t.Clone()
			return s.CreateTokens(ctx, t)
		}
		k.byID = func(_ *memstore.Store, _ context.Context, id store.TokenID) (store.Token, error) {
			return shared[id], nil
		}
	}},
	{"copies", "keeps what CreateTokens is given", func(k *tokens) {
		kept := make(map[store.TokenID]store.Token)
		k.create = func(s *memstore.Store, ctx context.Context, t store.Token) error {
			kept[t.ID] = t
			return s.CreateTokens(ctx, t)
		}
		k.byID = func(_ *memstore.Store, _ context.Context, id store.TokenID) (store.Token, error) {
			return kept[id].Clone(), nil
		}
	}},
	{"copies", "shares what RotateToken returns of a spent token", func(k *tokens) {
		var shared sync.Map
		k.rotate = func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
			t, err := s.RotateToken(ctx, old, next...)
			if errors.Is(err, store.ErrSpent) {
				first, _ := shared.LoadOrStore(old, t)
				t = first.(store.Token)
			}
			return t, err
		}
	}},
	{"done context", "creates all the same", func(k *tokens) {
		k.create = func(s *memstore.Store, ctx context.Context, t store.Token) error {
			return errors.Join(context.Cause(ctx), s.CreateTokens(context.WithoutCancel(ctx), t))
		}
	}},
	{"done context", "reads all the same", func(k *tokens) {
		k.byID = func(s *memstore.Store, ctx context.Context, id store.TokenID) (store.Token, error) {
			return s.TokenByID(context.WithoutCancel(ctx), id)
		}
	}},
	{"done context", "takes all the same", func(k *tokens) {
		k.take = func(s *memstore.Store, ctx context.Context, id store.TokenID) (store.Token, error) {
			_, _ = s.TakeToken(context.WithoutCancel(ctx), id)
			return store.Token{}, context.Cause(ctx)
		}
	}},
	{"done context", "rotates all the same", func(k *tokens) {
		k.rotate = func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
			_, _ = s.RotateToken(context.WithoutCancel(ctx), old, next...)
			return store.Token{}, context.Cause(ctx)
		}
	}},
	{"done context", "deletes all the same", func(k *tokens) {
		k.delete = func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
			return errors.Join(context.Cause(ctx), s.DeleteTokens(context.WithoutCancel(ctx), match))
		}
	}},
	{"done context", "forgets the cause", func(k *tokens) {
		k.delete = func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return s.DeleteTokens(ctx, match)
		}
	}},
	{"take", "leaves the token", func(k *tokens) { k.take = (*memstore.Store).TokenByID }},
	{"take", "takes the whole family", func(k *tokens) {
		k.take = func(s *memstore.Store, ctx context.Context, id store.TokenID) (store.Token, error) {
			t, err := s.TakeToken(ctx, id)
			if err == nil {
				err = s.DeleteTokens(ctx, store.TokenMatch{Family: t.Family})
			}
			return t, err
		}
	}},
	{"take race", "reads first and deletes later", func(k *tokens) {
		k.take = func(s *memstore.Store, ctx context.Context, id store.TokenID) (store.Token, error) {
			t, err := s.TokenByID(ctx, id)
			if err == nil {
				yield()
				_, _ = s.TakeToken(ctx, id)
			}
			return t, err
		}
	}},
}
