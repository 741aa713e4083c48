package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

type rotation = func(*memstore.Store, context.Context, store.TokenID, ...store.Token) (store.Token, error)

func rotating(r rotation) func(*tokens) { return func(k *tokens) { k.rotate = r } }

// createAll stores tokens one by one.
func createAll(s *memstore.Store, ctx context.Context, tokens []store.Token) error {
	for _, t := range tokens {
		if err := s.CreateTokens(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

var rotationFlaws = []flaw[tokens]{
	{"rotate", "stores the first of next only", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		return s.RotateToken(ctx, old, next[:min(1, len(next))]...)
	})},
	{"rotate", "loses the spent record", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.RotateToken(ctx, old, next...)
		if err == nil {
			_, err = s.TakeToken(ctx, old)
		}
		return t, err
	})},
	{"rotate", "returns old as it is", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.RotateToken(ctx, old, next...)
		if err == nil {
			t, err = s.TokenByID(ctx, old)
		}
		return t, err
	})},
	{"rotate", "does not mark old", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.TokenByID(ctx, old)
		if err == nil {
			err = createAll(s, ctx, next)
		}
		return t, err
	})},
	{"rotate", "has a wrong clock", func(k *tokens) {
		read(func(t *store.Token, _ *error) {
			if !t.SpentAt.IsZero() {
				t.SpentAt = t.SpentAt.Add(2 * time.Hour)
			}
		})(k)
	}},
	{"rotate to nothing", "does nothing", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		if len(next) == 0 {
			return s.TokenByID(ctx, old)
		}
		return s.RotateToken(ctx, old, next...)
	})},
	{"rotate twice", "stores next all the same", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.RotateToken(ctx, old, next...)
		if errors.Is(err, store.ErrSpent) {
			_ = createAll(s, ctx, next)
		}
		return t, err
	})},
	{"rotate twice", "returns no record", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.RotateToken(ctx, old, next...)
		if err != nil {
			t = store.Token{}
		}
		return t, err
	})},
	{"rotate twice", "has its own error", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.RotateToken(ctx, old, next...)
		if errors.Is(err, store.ErrSpent) {
			err = store.ErrNotFound
		}
		return t, err
	})},
	{"rotate twice", "looks at next first", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		for _, t := range next {
			if _, err := s.TokenByID(ctx, t.ID); err == nil {
				return store.Token{}, store.ErrExists
			}
		}
		return s.RotateToken(ctx, old, next...)
	})},
	{"rotate to existing", "stores one after another", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		if err := createAll(s, ctx, next); err != nil {
			return store.Token{}, err
		}
		return s.RotateToken(ctx, old)
	})},
	{"rotate to existing", "marks old first", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.RotateToken(ctx, old)
		if err == nil {
			err = createAll(s, ctx, next)
		}
		return t, err
	})},
	{"rotate to existing", "overwrites", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		for _, t := range next {
			_, _ = s.TakeToken(ctx, t.ID)
		}
		return s.RotateToken(ctx, old, next...)
	})},
	{"rotate unknown", "stores next all the same", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.RotateToken(ctx, old, next...)
		if errors.Is(err, store.ErrNotFound) {
			_ = createAll(s, ctx, next)
		}
		return t, err
	})},
	{"rotate unknown", "reports a spent token", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.RotateToken(ctx, old, next...)
		if errors.Is(err, store.ErrNotFound) {
			err = store.ErrSpent
		}
		return t, err
	})},
	{"rotate race", "looks first and marks later", rotating(lookThenRotate)},
	{"rotate or take", "looks first and marks later", rotating(lookThenRotate)},
	{"rotate or take", "takes without looking", func(k *tokens) {
		k.take = func(s *memstore.Store, ctx context.Context, id store.TokenID) (store.Token, error) {
			was, err := s.TokenByID(ctx, id)
			if err == nil {
				yield()
				_, err = s.TakeToken(ctx, id)
			}
			return was, err
		}
	}},
	{"rotate seen whole", "stores one after another", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		for _, t := range next {
			if err := s.CreateTokens(ctx, t); err != nil {
				return store.Token{}, err
			}
			yield()
		}
		return s.RotateToken(ctx, old)
	})},
	{"rotate seen whole", "marks old last", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		spare := newToken()
		if err := s.CreateTokens(ctx, spare); err != nil {
			return store.Token{}, err
		}
		if _, err := s.RotateToken(ctx, spare.ID, next...); err != nil { // all of next at once
			return store.Token{}, err
		}
		yield()
		return s.RotateToken(ctx, old)
	})},
	{"rotate or delete", "stores next afterwards", rotating(func(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
		t, err := s.RotateToken(ctx, old)
		if err == nil {
			yield()
			err = createAll(s, ctx, next)
		}
		return t, err
	})},
	{"rotate or delete", "deletes one after another", func(k *tokens) {
		k.delete = func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
			list, err := s.ListTokens(ctx, match, 1<<30)
			yield()
			for _, t := range list {
				_, _ = s.TakeToken(ctx, t.ID)
			}
			return err
		}
	}},
}

// lookThenRotate is what comes of SELECT and UPDATE without a lock: it decides by what was true a moment ago.
func lookThenRotate(s *memstore.Store, ctx context.Context, old store.TokenID, next ...store.Token) (store.Token, error) {
	t, err := s.TokenByID(ctx, old)
	if err != nil {
		return t, err
	}
	if !t.SpentAt.IsZero() {
		return t, store.ErrSpent
	}
	yield()
	_, _ = s.RotateToken(ctx, old)
	return t, createAll(s, ctx, next)
}
