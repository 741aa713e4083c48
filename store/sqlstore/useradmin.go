package sqlstore

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/apiauth-go/apiauth/store"
)

// PutUser creates the user or replaces the one with his ID.
//
// Roles must exist, see [Store.PutRole], and none may occur twice. Permissions follow from the roles and are not stored: the field may
// be empty, or hold permissions that these roles give, as it does in a record that was read. Anything else is refused with
// [store.ErrInvalid], as are a user without ID or name and a Stamp longer than [store.MaxStamp]. It returns [store.ErrExists] if another user
// has the name.
//
// An empty Stamp is filled in: with the one on record, or with a new one if there is none or the password hash is another. A stamp that
// should have changed with the password hash and did not is renewed too, so a forgotten Stamp cannot leave old tokens in force.
func (s *Store) PutUser(ctx context.Context, u store.User) error { return s.putUser(ctx, u, true) }

// CreateUser is PutUser for a new user: it returns [store.ErrExists] if there is one with his ID.
func (s *Store) CreateUser(ctx context.Context, u store.User) error { return s.putUser(ctx, u, false) }

func (s *Store) putUser(ctx context.Context, u store.User, replace bool) error {
	if err := checkUser(&u); err != nil {
		return s.answer(ctx, err)
	}
	for again := true; ; again = false {
		err := s.transact(ctx, "storing a user", func(r *run) error { return r.putUser(ctx, u, replace) })
		// Another may have created the same user since we looked, who then is to be replaced, or one with the same name.
		if !again || !errors.Is(err, store.ErrExists) {
			return err
		}
	}
}

func checkUser(u *store.User) error {
	rec := record{what: "user"}
	if u.ID == "" {
		rec.refuse("ID", "is empty")
	}
	if u.Name == "" {
		rec.refuse("Name", "is empty")
	}
	rec.text("ID", u.ID, MaxText)
	rec.text("Name", u.Name, MaxText)
	rec.text("PasswordHash", u.PasswordHash, MaxRecord)
	rec.text("Stamp", u.Stamp, store.MaxStamp)
	given := make(map[string]bool, len(u.Roles))
	for _, role := range u.Roles {
		rec.text("Roles", role, MaxText)
		if given[role] {
			rec.refuse("Roles", "has one twice")
		}
		given[role] = true
	}
	return rec.err
}

func (r *run) putUser(ctx context.Context, u store.User, replace bool) error {
	q := &r.s.queries
	var old struct{ hash, stamp string }
	err := r.one(ctx, q.lockUser, func(scan scan) error { return scan(&old.hash, &old.stamp) }, u.ID)
	there := err == nil
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case there && !replace:
		return store.ErrExists
	case !there:
		if u.Stamp == "" {
			u.Stamp = newStamp()
		}
	case old.hash == u.PasswordHash:
		if u.Stamp == "" {
			u.Stamp = old.stamp
		}
	case u.Stamp == "" || u.Stamp == old.stamp:
		u.Stamp = newStamp()
	}
	if err := r.checkRoles(ctx, u); err != nil {
		return err
	}
	if there {
		_, err = r.exec(ctx, q.updateUser, u.Name, u.PasswordHash, u.Active, u.Stamp, u.ID)
	} else {
		_, err = r.exec(ctx, q.insertUser, u.ID, u.Name, u.PasswordHash, u.Active, u.Stamp)
	}
	if err != nil {
		return err
	}
	return r.setRoles(ctx, u, there)
}

// checkRoles refuses roles that are not there, and permissions that do not follow from the others.
func (r *run) checkRoles(ctx context.Context, u store.User) error {
	permitted := map[string]bool{}
	if len(u.Roles) > 0 {
		args := make([]any, len(u.Roles))
		for i, role := range u.Roles {
			args[i] = role
		}
		found := 0
		err := r.sized(len(args)).each(ctx, r.s.queries.rolesNamed(len(args)), func(scan scan) error {
			found++
			var permissions string
			if err := scan(&permissions); err != nil {
				return err
			}
			list, err := parseList(permissions)
			for _, p := range list {
				permitted[p] = true
			}
			return err
		}, args...)
		if err != nil {
			return err
		}
		if found != len(u.Roles) {
			return invalid("Roles of the user has one that does not exist")
		}
	}
	for _, p := range u.Permissions {
		if !permitted[p] {
			return invalid("Permissions of the user has one that none of the roles gives")
		}
	}
	return nil
}

// setRoles gives the user his roles and no others.
func (r *run) setRoles(ctx context.Context, u store.User, there bool) error {
	q := &r.s.queries
	if there {
		if _, err := r.exec(ctx, q.deleteRolesOf, u.ID); err != nil {
			return err
		}
	}
	if len(u.Roles) == 0 {
		return nil
	}
	var args []any
	for i, role := range u.Roles {
		args = append(args, u.ID, role, i)
	}
	return r.insert(ctx, q.insertRoles, 3, args)
}

// DeleteUser deletes the user, his tokens and his API keys, or returns [store.ErrNotFound]. All goes in one transaction, so that nothing is
// left of him by half, at the speed of [Store.DeleteTokens]. With some ten thousand tokens or more, block him first with
// [Store.SetActive], which counts at once and everywhere, and delete his tokens client by client. Tokens and keys in other stores stay
// there: end them first, and never give an ID to another user.
func (s *Store) DeleteUser(ctx context.Context, id string) error {
	if !findable(id) {
		return s.answer(ctx, store.ErrNotFound)
	}
	return s.transact(ctx, "deleting a user", func(r *run) error {
		q := &s.queries
		var hash, stamp string
		if err := r.one(ctx, q.lockUser, func(scan scan) error { return scan(&hash, &stamp) }, id); err != nil {
			return err
		}
		for _, query := range []string{q.deleteRolesOf, q.deleteUser, q.deleteAPIKeysOf} {
			if _, err := r.exec(ctx, query, id); err != nil {
				return err
			}
		}
		return r.deleteTokens(ctx, store.TokenMatch{UserID: id})
	})
}

// SetPasswordHash sets the hash of a new password, or with an empty hash takes the password away. It changes the user's Stamp, which
// ends his tokens. It returns [store.ErrNotFound] if there is no such user.
func (s *Store) SetPasswordHash(ctx context.Context, id, hash string) error {
	if err := checkHash(hash); err != nil {
		return s.answer(ctx, err)
	}
	if !findable(id) {
		return s.answer(ctx, store.ErrNotFound)
	}
	return s.write(ctx, "changing a password", func(r *run) error {
		return deleted(r.exec(ctx, s.queries.setPassword, hash, newStamp(), id))
	})
}

// RehashPassword replaces the hash of an unchanged password and keeps the Stamp. It returns [store.ErrConflict] if the hash on record is
// not oldHash and [store.ErrNotFound] if there is no such user. Neither hash may be empty: a user without a password must not get one
// this way, nor lose his.
func (s *Store) RehashPassword(ctx context.Context, userID, oldHash, newHash string) error {
	if oldHash == "" || newHash == "" {
		return s.answer(ctx, invalid("a password hash is empty"))
	}
	if err := checkHash(newHash); err != nil {
		return s.answer(ctx, err)
	}
	if !findable(userID) {
		return s.answer(ctx, store.ErrNotFound)
	}
	changed := int64(0)
	if storable(oldHash) {
		err := s.write(ctx, "rehashing a password", func(r *run) (err error) {
			changed, err = r.exec(ctx, s.queries.rehash, newHash, userID, oldHash)
			return err
		})
		if err != nil || changed > 0 {
			return err
		}
	}
	return s.read(ctx, "rehashing a password", func(r *run) error {
		return r.one(ctx, s.queries.passwordOf, func(scan scan) error {
			var hash string
			if err := scan(&hash); err != nil {
				return err
			}
			if hash == oldHash && oldHash == newHash { // MySQL counts only rows that it made different
				return nil
			}
			return store.ErrConflict
		}, userID)
	})
}

// SetActive unblocks or blocks the user, or returns [store.ErrNotFound].
func (s *Store) SetActive(ctx context.Context, id string, active bool) error {
	if !findable(id) {
		return s.answer(ctx, store.ErrNotFound)
	}
	changed := int64(0)
	err := s.write(ctx, "blocking or unblocking a user", func(r *run) (err error) {
		changed, err = r.exec(ctx, s.queries.setActive, active, id)
		return err
	})
	if err != nil || changed > 0 {
		return err
	}
	return s.read(ctx, "blocking or unblocking a user", func(r *run) error { // MySQL counts only rows that it made different
		var hash string
		return r.one(ctx, s.queries.passwordOf, func(scan scan) error { return scan(&hash) }, id)
	})
}

func checkHash(hash string) error {
	rec := record{what: "user"}
	rec.text("PasswordHash", hash, MaxRecord)
	return rec.err
}

// newStamp returns a random stamp. A counter would repeat itself when a user is deleted and created anew.
func newStamp() string { return rand.Text() }
