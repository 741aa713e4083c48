package storetest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

type deletion = func(*memstore.Store, context.Context, store.TokenMatch) error

func deleting(d deletion) func(*tokens) { return func(k *tokens) { k.delete = d } }

// listing changes what ListTokens is asked for and what it returns.
func listing(change func(match *store.TokenMatch, limit *int), result func([]store.Token, *error) []store.Token) func(*tokens) {
	return func(k *tokens) {
		k.list = func(s *memstore.Store, ctx context.Context, match store.TokenMatch, limit int) ([]store.Token, error) {
			if change != nil {
				change(&match, &limit)
			}
			list, err := s.ListTokens(ctx, match, limit)
			if result != nil {
				list = result(list, &err)
			}
			return list, err
		}
	}
}

// purging changes what PurgeTokens is asked for and what it returns.
func purging(change func(before *time.Time, limit *int), result func(n int, err *error) int) func(*tokens) {
	return func(k *tokens) {
		k.purge = func(s *memstore.Store, ctx context.Context, before time.Time, limit int) (int, error) {
			if change != nil {
				change(&before, &limit)
			}
			n, err := s.PurgeTokens(ctx, before, limit)
			if result != nil {
				n = result(n, &err)
			}
			return n, err
		}
	}
}

// purgingToo deletes others of the tokens that newToken makes before it purges.
func purgingToo(others func(*store.Token) bool) func(*tokens) {
	return func(k *tokens) {
		k.purge = func(s *memstore.Store, ctx context.Context, before time.Time, limit int) (int, error) {
			list, err := s.ListTokens(ctx, store.TokenMatch{Family: newToken().Family}, 1<<30)
			for _, t := range list {
				if others(&t) {
					_, _ = s.TakeToken(ctx, t.ID)
				}
			}
			n, purgeErr := s.PurgeTokens(ctx, before, limit)
			return n, errors.Join(err, purgeErr)
		}
	}
}

var selectionFlaws = []flaw[tokens]{
	{"delete", "ignores the client", deleting(func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		if match.UserID != "" || match.Family != "" {
			match.ClientID = ""
		}
		return s.DeleteTokens(ctx, match)
	})},
	{"delete", "deletes what matches in one field", deleting(func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		for _, m := range []store.TokenMatch{{UserID: match.UserID}, {ClientID: match.ClientID}, {Family: match.Family}} {
			if !m.IsZero() {
				if err := s.DeleteTokens(ctx, m); err != nil {
					return err
				}
			}
		}
		return nil
	})},
	{"delete", "does nothing", deleting(func(*memstore.Store, context.Context, store.TokenMatch) error { return nil })},
	{"delete", "deletes a batch", deleting(func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		list, err := s.ListTokens(ctx, match, 5)
		for _, t := range list {
			_, _ = s.TakeToken(ctx, t.ID)
		}
		return err
	})},
	{"delete spent and expired", "leaves spent tokens", deleting(deleteOnly(func(t *store.Token) bool { return t.SpentAt.IsZero() }))},
	{"delete spent and expired", "leaves expired tokens", deleting(deleteOnly(func(t *store.Token) bool { return t.ExpiresAt.After(time.Now()) }))},
	{"delete exactly", "folds case", deleting(func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		match.UserID = strings.ToLower(match.UserID)
		return s.DeleteTokens(ctx, match)
	})},
	{"delete exactly", "trims spaces", deleting(func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		match.Family = strings.TrimSpace(match.Family)
		return s.DeleteTokens(ctx, match)
	})},
	{"delete everything", "deletes everything", deleting(func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		if match.IsZero() {
			match.UserID = "user-1" // stands for all
		}
		return s.DeleteTokens(ctx, match)
	})},
	{"delete everything", "deletes everything and complains", deleting(func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		if match.IsZero() {
			return errors.Join(store.ErrInvalid, s.DeleteTokens(ctx, store.TokenMatch{UserID: "user-1"}))
		}
		return s.DeleteTokens(ctx, match)
	})},
	{"delete everything", "does not complain", deleting(func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		if match.IsZero() {
			return nil
		}
		return s.DeleteTokens(ctx, match)
	})},
	{"delete nothing", "complains", deleting(func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		list, err := s.ListTokens(ctx, match, 1)
		if err == nil && len(list) == 0 {
			return store.ErrNotFound
		}
		return s.DeleteTokens(ctx, match)
	})},

	{"list", "ignores the family", listing(func(match *store.TokenMatch, _ *int) {
		if match.UserID != "" {
			match.Family = ""
		}
	}, nil)},
	{"list", "leaves spent tokens out", listing(nil, func(list []store.Token, _ *error) []store.Token {
		return only(list, func(t *store.Token) bool { return t.SpentAt.IsZero() })
	})},
	{"list", "repeats tokens", listing(nil, func(list []store.Token, _ *error) []store.Token {
		if len(list) > 1 {
			list[0] = list[1]
		}
		return list
	})},
	{"list", "leaves fields out", listing(nil, func(list []store.Token, _ *error) []store.Token {
		for i := range list {
			list[i].Scopes = nil
		}
		return list
	})},
	{"list limit", "has no limit", listing(func(_ *store.TokenMatch, limit *int) { *limit = 1 << 30 }, nil)},
	{"list limit", "counts from one", listing(func(_ *store.TokenMatch, limit *int) { *limit++ }, nil)},
	{"list limit", "returns a page", listing(func(_ *store.TokenMatch, limit *int) { *limit = min(*limit, 50) }, nil)},
	{"list invalid", "does not complain", listing(nil, func(list []store.Token, err *error) []store.Token {
		*err = nil
		return list
	})},
	{"list invalid", "takes zero for no limit", listing(func(_ *store.TokenMatch, limit *int) { *limit = max(*limit, 1) }, nil)},
	{"list done context", "ignores the context", func(k *tokens) {
		k.list = func(s *memstore.Store, ctx context.Context, match store.TokenMatch, limit int) ([]store.Token, error) {
			return s.ListTokens(context.WithoutCancel(ctx), match, limit)
		}
	}},

	{"purge", "ignores the time", purging(func(before *time.Time, _ *int) { *before = time.Now() }, nil)},
	{"purge", "deletes live tokens", purgingToo(func(t *store.Token) bool { return t.SpentAt.IsZero() && t.ExpiresAt.After(time.Now()) })},
	{"purge", "deletes expired tokens early", purgingToo(func(t *store.Token) bool {
		return t.ExpiresAt.Before(time.Now()) && t.ExpiresAt.After(time.Now().Add(-time.Hour))
	})},
	{"purge", "deletes spent tokens", purgingToo(func(t *store.Token) bool { return !t.SpentAt.IsZero() && t.ExpiresAt.After(time.Now()) })},
	{"purge", "does nothing", func(k *tokens) {
		k.purge = func(*memstore.Store, context.Context, time.Time, int) (int, error) { return 0, nil }
	}},
	{"purge limit", "has no limit", purging(func(_ *time.Time, limit *int) { *limit = 1 << 30 }, nil)},
	{"purge limit", "returns the limit", func(k *tokens) {
		k.purge = func(s *memstore.Store, ctx context.Context, before time.Time, limit int) (int, error) {
			_, err := s.PurgeTokens(ctx, before, limit)
			return limit, err
		}
	}},
	{"purge invalid", "does not complain", purging(nil, func(n int, err *error) int {
		*err = nil
		return n
	})},
	{"purge done context", "purges all the same", func(k *tokens) {
		k.purge = func(s *memstore.Store, ctx context.Context, before time.Time, limit int) (int, error) {
			n, _ := s.PurgeTokens(context.WithoutCancel(ctx), before, limit)
			return n, context.Cause(ctx)
		}
	}},
}

// deleteOnly deletes those matching tokens for which which is true.
func deleteOnly(which func(*store.Token) bool) deletion {
	return func(s *memstore.Store, ctx context.Context, match store.TokenMatch) error {
		list, err := s.ListTokens(ctx, match, 1<<30)
		for _, t := range only(list, which) {
			_, _ = s.TakeToken(ctx, t.ID)
		}
		return err
	}
}

func only(list []store.Token, which func(*store.Token) bool) []store.Token {
	var kept []store.Token
	for _, t := range list {
		if which(&t) {
			kept = append(kept, t)
		}
	}
	return kept
}
