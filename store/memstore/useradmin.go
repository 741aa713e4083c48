package memstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/apiauth-go/apiauth/store"
)

// PutUser creates the user or replaces the one with his ID.
//
// It returns [store.ErrExists] if another user has the name, and [store.ErrInvalid] for a user without ID or name or with a
// Stamp longer than [store.MaxStamp].
//
// An empty Stamp is filled in: with the one on record, or with a new one if there is none or the password hash is
// another. A stamp that should have changed with the password hash and did not is renewed too, so a forgotten Stamp
// cannot leave old tokens in force.
func (s *Store) PutUser(ctx context.Context, u store.User) error {
	if err := alive(ctx); err != nil {
		return err
	}
	switch {
	case u.ID == "":
		return fmt.Errorf("memstore: user without an ID: %w", store.ErrInvalid)
	case u.Name == "":
		return fmt.Errorf("memstore: user without a name: %w", store.ErrInvalid)
	case len(u.Stamp) > store.MaxStamp:
		return fmt.Errorf("memstore: stamp of the user is too long: %w", store.ErrInvalid)
	}
	u = u.Clone()
	if err := own([]*string{&u.ID, &u.Name, &u.PasswordHash, &u.Stamp}, u.Roles, u.Permissions); err != nil {
		return err
	}
	s.users.mu.Lock()
	defer s.users.mu.Unlock()
	old := current(&s.users.byID, u.ID)
	switch {
	case old == nil:
		if u.Stamp == "" {
			u.Stamp = newStamp()
		}
	case old.PasswordHash == u.PasswordHash:
		if u.Stamp == "" {
			u.Stamp = old.Stamp
		}
	case u.Stamp == "" || u.Stamp == old.Stamp:
		u.Stamp = newStamp()
	}
	return s.users.put(&u)
}

// DeleteUser deletes the user, his tokens and his API keys, or returns [store.ErrNotFound].
func (s *Store) DeleteUser(ctx context.Context, id string) error {
	if err := alive(ctx); err != nil {
		return err
	}
	if err := s.users.delete(id); err != nil {
		return err
	}
	s.keys.deleteFunc(func(k store.APIKey) bool { return k.UserID == id })
	s.tokens.deleteMatching(store.TokenMatch{UserID: id})
	return nil
}

// SetPasswordHash sets the hash of a new password, or with an empty hash takes the password away. It changes the
// user's Stamp, which ends his tokens. It returns [store.ErrNotFound] if there is no such user.
func (s *Store) SetPasswordHash(ctx context.Context, id, hash string) error {
	return s.users.update(ctx, id, func(u *store.User) error {
		u.Stamp = newStamp()
		return setHash(u, hash)
	})
}

// RehashPassword replaces the hash of an unchanged password and keeps the Stamp. It returns [store.ErrConflict] if the
// hash on record is not oldHash and [store.ErrNotFound] if there is no such user. Neither hash may be empty: a user
// without a password must not get one this way, nor lose his.
func (s *Store) RehashPassword(ctx context.Context, userID, oldHash, newHash string) error {
	return s.users.update(ctx, userID, func(u *store.User) error {
		if oldHash == "" || newHash == "" {
			return fmt.Errorf("memstore: empty password hash: %w", store.ErrInvalid)
		}
		if u.PasswordHash != oldHash {
			return store.ErrConflict
		}
		return setHash(u, newHash)
	})
}

// SetActive unblocks or blocks the user, or returns [store.ErrNotFound].
func (s *Store) SetActive(ctx context.Context, id string, active bool) error {
	return s.users.update(ctx, id, func(u *store.User) error {
		u.Active = active
		return nil
	})
}

func setHash(u *store.User, hash string) error {
	if len(hash) > MaxRecord {
		return fmt.Errorf("memstore: password hash is too long: %w", store.ErrInvalid)
	}
	u.PasswordHash = strings.Clone(hash)
	return nil
}

// newStamp returns a random stamp. A counter would repeat itself when a user is deleted and created anew.
func newStamp() string { return rand.Text() }
