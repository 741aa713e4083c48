package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

type users struct {
	*memstore.Store
	put      func(*memstore.Store, context.Context, store.User) error
	byID     func(*memstore.Store, context.Context, string) (store.User, error)
	byName   func(*memstore.Store, context.Context, string) (store.User, error)
	rehash   func(s *memstore.Store, ctx context.Context, id, oldHash, newHash string) error
	verify   func(s *memstore.Store, ctx context.Context, name, password string) (store.User, error)
	known    KnownUser
	reopened func() store.UserStore
}

func (u *users) UserByID(ctx context.Context, id string) (store.User, error) {
	return u.byID(u.Store, ctx, id)
}

func (u *users) UserByName(ctx context.Context, name string) (store.User, error) {
	return u.byName(u.Store, ctx, name)
}

func (u *users) RehashPassword(ctx context.Context, id, oldHash, newHash string) error {
	return u.rehash(u.Store, ctx, id, oldHash, newHash)
}

func (u *users) VerifyPassword(ctx context.Context, name, password string) (store.User, error) {
	return u.verify(u.Store, ctx, name, password)
}

// verifyPlain stands for a directory server, whose hash for a password is the password.
func verifyPlain(s *memstore.Store, ctx context.Context, name, password string) (store.User, error) {
	u, err := s.UserByName(ctx, name)
	if err != nil {
		return store.User{}, fmt.Errorf("directory: %w", err)
	}
	if u.PasswordHash != password {
		return store.User{}, store.ErrPasswordMismatch
	}
	return u, nil
}

func openUsers(t *testing.T, apply func(*users)) UserHarness {
	u := &users{
		Store:  newMemstore(t),
		put:    (*memstore.Store).PutUser,
		byID:   (*memstore.Store).UserByID,
		byName: (*memstore.Store).UserByName,
		rehash: (*memstore.Store).RehashPassword,
		verify: verifyPlain,
		known:  KnownUser{Name: "known user", Password: "topsecret"},
	}
	u.reopened = func() store.UserStore { return u }
	apply(u)
	require.NoError(t, u.Store.PutUser(t.Context(), store.User{ID: "known", Name: "known user", PasswordHash: "topsecret"}))
	return UserHarness{
		Store:  u,
		Put:    func(ctx context.Context, user store.User) error { return u.put(u.Store, ctx, user) },
		Known:  u.known,
		Reopen: func() store.UserStore { return u.reopened() },
	}
}

func TestSoundUserStore(t *testing.T) {
	TestUserStore(t, func(t *testing.T) UserHarness { return openUsers(t, func(*users) {}) })
}

// TestUserStoreWithItsOwnIDs is a store that hands out IDs and works out stamps.
func TestUserStoreWithItsOwnIDs(t *testing.T) {
	TestUserStore(t, func(t *testing.T) UserHarness {
		s := newMemstore(t)
		own := func(u store.User) store.User {
			u.ID, u.Stamp = "own "+u.ID, "stamp of "+u.PasswordHash[:min(8, len(u.PasswordHash))]
			return u
		}
		return UserHarness{
			Store:  struct{ store.UserStore }{s},
			Put:    func(ctx context.Context, u store.User) error { return s.PutUser(ctx, own(u)) },
			Expect: own,
		}
	})
}

func TestUserFlaws(t *testing.T) {
	changed := func(change func(*store.User)) func(*users) {
		return func(u *users) {
			u.put = func(s *memstore.Store, ctx context.Context, user store.User) error {
				change(&user)
				return s.PutUser(ctx, user)
			}
		}
	}
	found := func(change func(*store.User, *error)) func(*users) {
		return func(u *users) {
			u.byID = func(s *memstore.Store, ctx context.Context, id string) (store.User, error) {
				user, err := s.UserByID(ctx, id)
				change(&user, &err)
				return user, err
			}
		}
	}
	testFlaws(t, userChecks, openUsers, []flaw[users]{
		{"round trip", "loses permissions", changed(func(u *store.User) { u.Permissions = nil })},
		{"round trip", "loses the stamp", found(func(u *store.User, _ *error) { u.Stamp = "" })},
		{"round trip", "unblocks", changed(func(u *store.User) { u.Active = true })},
		{"round trip", "hides blocked users", found(func(u *store.User, err *error) {
			if !u.Active {
				*u, *err = store.User{}, store.ErrNotFound
			}
		})},
		{"round trip", "forgets when restarted", func(u *users) {
			u.reopened = func() store.UserStore { s, _ := memstore.New(nil); return s }
		}},
		{"unknown", "has its own error", found(func(_ *store.User, err *error) {
			if *err != nil {
				*err = errors.New("sql: no rows")
			}
		})},
		{"unknown", "finds the zero user", found(func(_ *store.User, err *error) { *err = nil })},
		{"exact ID", "reads numbers", func(u *users) {
			u.byID = func(s *memstore.Store, ctx context.Context, id string) (store.User, error) {
				return s.UserByID(ctx, strings.TrimLeft(id, "+0"))
			}
		}},
		{"exact name", "trims spaces", func(u *users) {
			u.byName = func(s *memstore.Store, ctx context.Context, name string) (store.User, error) {
				return s.UserByName(ctx, strings.TrimSpace(name))
			}
		}},
		{"exact name", "takes accents away", func(u *users) {
			u.byName = func(s *memstore.Store, ctx context.Context, name string) (store.User, error) {
				return s.UserByName(ctx, strings.ReplaceAll(name, "\u00e1", "a"))
			}
		}},
		{"ID is no name", "looks everywhere", func(u *users) {
			u.byName = func(s *memstore.Store, ctx context.Context, name string) (store.User, error) {
				user, err := s.UserByName(ctx, name)
				if err != nil {
					user, err = s.UserByID(ctx, name)
				}
				return user, err
			}
		}},
		{"odd IDs", "cuts IDs", changed(func(u *store.User) { u.ID = u.ID[:min(len(u.ID), 255)] })},
		{"odd names", "cuts names", changed(func(u *store.User) { u.Name = u.Name[:min(len(u.Name), 60)] })},
		{"odd names", "drops NUL", changed(func(u *store.User) { u.Name = strings.ReplaceAll(u.Name, "\x00", "") })},
		{"one name", "gives the name to the last who asks", func(u *users) {
			u.put = func(s *memstore.Store, ctx context.Context, user store.User) error {
				if holder, err := s.UserByName(ctx, user.Name); err == nil && holder.ID != user.ID {
					_ = s.DeleteUser(ctx, holder.ID)
				}
				return s.PutUser(ctx, user)
			}
		}},
		{"one name", "folds case on one side only", func(u *users) {
			u.byName = func(s *memstore.Store, ctx context.Context, name string) (store.User, error) {
				return s.UserByName(ctx, strings.ToLower(name))
			}
		}},
		{"renaming", "keeps the old name too", func(u *users) {
			aliases := make(map[string]string)
			u.put = func(s *memstore.Store, ctx context.Context, user store.User) error {
				aliases[user.Name] = user.ID
				return s.PutUser(ctx, user)
			}
			u.byName = func(s *memstore.Store, ctx context.Context, name string) (store.User, error) {
				return s.UserByID(ctx, aliases[name])
			}
		}},
		{"changes", "never blocks", func(u *users) {
			u.put = func(s *memstore.Store, ctx context.Context, user store.User) error {
				old, err := s.UserByID(ctx, user.ID)
				user.Active = user.Active || err == nil && old.Active
				return s.PutUser(ctx, user)
			}
		}},
		{"copies", "shares what it returns", func(u *users) {
			shared := make(map[string]store.User)
			u.put = func(s *memstore.Store, ctx context.Context, user store.User) error {
				shared[user.ID] = user.Clone()
				return s.PutUser(ctx, user)
			}
			u.byID = func(_ *memstore.Store, _ context.Context, id string) (store.User, error) { return shared[id], nil }
		}},
		{"copies", "keeps what it is given", func(u *users) {
			kept := make(map[string]store.User)
			u.put = func(s *memstore.Store, ctx context.Context, user store.User) error {
				kept[user.ID] = user
				return s.PutUser(ctx, user)
			}
			u.byID = func(_ *memstore.Store, _ context.Context, id string) (store.User, error) {
				return kept[id].Clone(), nil
			}
		}},
		{"done context", "ignores the context", func(u *users) {
			u.byName = func(s *memstore.Store, ctx context.Context, name string) (store.User, error) {
				return s.UserByName(context.WithoutCancel(ctx), name)
			}
		}},
		{"concurrent use", "deletes before it puts", func(u *users) {
			u.put = func(s *memstore.Store, ctx context.Context, user store.User) error {
				_ = s.DeleteUser(ctx, user.ID)
				yield()
				return s.PutUser(ctx, user)
			}
		}},
		{"rehash", "changes the stamp", func(u *users) {
			u.rehash = func(s *memstore.Store, ctx context.Context, id, _, newHash string) error {
				return s.SetPasswordHash(ctx, id, newHash)
			}
		}},
		{"rehash", "does nothing", func(u *users) {
			u.rehash = func(*memstore.Store, context.Context, string, string, string) error { return nil }
		}},
		{"rehash conflict", "does not compare", func(u *users) { u.rehash = rehashAnyway }},
		{"rehash unknown", "reports a conflict", func(u *users) {
			u.rehash = func(s *memstore.Store, ctx context.Context, id, oldHash, newHash string) error {
				if err := s.RehashPassword(ctx, id, oldHash, newHash); err != nil {
					return store.ErrConflict
				}
				return nil
			}
		}},
		{"rehash race", "compares first and writes later", func(u *users) {
			u.rehash = func(s *memstore.Store, ctx context.Context, id, oldHash, newHash string) error {
				user, err := s.UserByID(ctx, id)
				if err != nil {
					return err
				}
				if user.PasswordHash != oldHash {
					return store.ErrConflict
				}
				yield()
				return rehashAnyway(s, ctx, id, oldHash, newHash)
			}
		}},
		{"rehash done context", "writes all the same", func(u *users) {
			u.rehash = func(s *memstore.Store, ctx context.Context, id, oldHash, newHash string) error {
				return errors.Join(context.Cause(ctx), s.RehashPassword(context.WithoutCancel(ctx), id, oldHash, newHash))
			}
		}},
		{"verify", "returns a mere name", func(u *users) {
			u.verify = func(s *memstore.Store, ctx context.Context, name, password string) (store.User, error) {
				user, err := verifyPlain(s, ctx, name, password)
				return store.User{Name: user.Name}, err
			}
		}},
		{"verify", "is not told whom it knows", func(u *users) { u.known = KnownUser{} }},
		{"verify mismatch", "returns the user all the same", func(u *users) {
			u.verify = func(s *memstore.Store, ctx context.Context, name, password string) (store.User, error) {
				_, err := verifyPlain(s, ctx, name, password)
				user, _ := s.UserByName(ctx, name)
				return user, err
			}
		}},
		{"verify mismatch", "takes an empty password for an anonymous bind", func(u *users) {
			u.verify = func(s *memstore.Store, ctx context.Context, name, password string) (store.User, error) {
				if password == "" {
					return s.UserByName(ctx, name)
				}
				return verifyPlain(s, ctx, name, password)
			}
		}},
		{"verify unknown", "reports a wrong password", func(u *users) {
			u.verify = func(s *memstore.Store, ctx context.Context, name, password string) (store.User, error) {
				user, err := verifyPlain(s, ctx, name, password)
				if err != nil {
					err = store.ErrPasswordMismatch
				}
				return user, err
			}
		}},
		{"verify done context", "ignores the context", func(u *users) {
			u.verify = func(s *memstore.Store, ctx context.Context, name, password string) (store.User, error) {
				return verifyPlain(s, context.WithoutCancel(ctx), name, password)
			}
		}},
	})
}

// rehashAnyway replaces whatever hash there is.
func rehashAnyway(s *memstore.Store, ctx context.Context, id, _, newHash string) error {
	for {
		u, err := s.UserByID(ctx, id)
		if err != nil {
			return err
		}
		if err := s.RehashPassword(ctx, id, u.PasswordHash, newHash); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

// TestUserStoreThatFoldsNames is a store to which the case of names does not matter. That is its right.
func TestUserStoreThatFoldsNames(t *testing.T) {
	TestUserStore(t, func(t *testing.T) UserHarness {
		return openUsers(t, func(u *users) {
			var ids sync.Map // by folded name
			u.put = func(s *memstore.Store, ctx context.Context, user store.User) error {
				if id, taken := ids.LoadOrStore(strings.ToLower(user.Name), user.ID); taken && id != user.ID {
					return store.ErrExists
				}
				if old, err := s.UserByID(ctx, user.ID); err == nil && old.Name != user.Name {
					ids.Delete(strings.ToLower(old.Name))
				}
				return s.PutUser(ctx, user)
			}
			u.byName = func(s *memstore.Store, ctx context.Context, name string) (store.User, error) {
				if id, ok := ids.Load(strings.ToLower(name)); ok {
					return s.UserByID(ctx, id.(string))
				}
				return s.UserByName(ctx, name)
			}
		})
	})
}
