package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
)

// PutRole creates the role or replaces its permissions, for all users who have it and at once.
func (s *Store) PutRole(ctx context.Context, name string, permissions []string) error {
	rec := record{what: "role"}
	if name == "" {
		rec.refuse("name", "is empty")
	}
	rec.text("name", name, MaxText)
	list := rec.list("permissions", permissions)
	if rec.err != nil {
		return s.answer(ctx, rec.err)
	}
	return s.write(ctx, "storing a role", func(r *run) error {
		_, err := r.exec(ctx, s.queries.putRole, name, list)
		return err
	})
}

// RolePermissions returns the permissions of the role, or [store.ErrNotFound].
func (s *Store) RolePermissions(ctx context.Context, name string) (permissions []string, err error) {
	if !findable(name) {
		return nil, s.answer(ctx, store.ErrNotFound)
	}
	err = s.read(ctx, "reading a role", func(r *run) error {
		permissions, err = r.role(ctx, s.queries.role, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return permissions, nil
}

func (r *run) role(ctx context.Context, query, name string) (permissions []string, err error) {
	err = r.one(ctx, query, func(scan scan) error {
		var list string
		if err := scan(&list); err != nil {
			return err
		}
		permissions, err = parseList(list)
		return err
	}, name)
	return permissions, err
}

// DeleteRole deletes the role and takes it from all users, or returns [store.ErrNotFound].
func (s *Store) DeleteRole(ctx context.Context, name string) error {
	if !findable(name) {
		return s.answer(ctx, store.ErrNotFound)
	}
	return s.transact(ctx, "deleting a role", func(r *run) error {
		if _, err := r.role(ctx, s.queries.lockRole, name); err != nil {
			return err
		}
		if _, err := r.exec(ctx, s.queries.deleteRoleOfAll, name); err != nil {
			return err
		}
		_, err := r.exec(ctx, s.queries.deleteRole, name)
		return err
	})
}

// GrantRole gives the user one more role. That he has it already is no error. It returns [store.ErrNotFound] if there is no such user or
// no such role.
func (s *Store) GrantRole(ctx context.Context, userID, role string) error {
	if !findable(userID) || !findable(role) {
		return s.answer(ctx, store.ErrNotFound)
	}
	q := &s.queries
	return s.transact(ctx, "granting a role", func(r *run) error {
		var hash, stamp string
		err := r.one(ctx, q.lockUser, func(scan scan) error { return scan(&hash, &stamp) }, userID)
		if err != nil {
			return missing("user", err)
		}
		if _, err := r.role(ctx, q.shareRole, role); err != nil {
			return missing("role", err)
		}
		has, next := false, 0
		err = r.each(ctx, q.rolesOf, func(scan scan) error {
			var name string
			var position int
			if err := scan(&name, &position); err != nil {
				return err
			}
			has = has || name == role
			next = max(next, position+1)
			return nil
		}, userID)
		if err != nil || has {
			return err
		}
		_, err = r.exec(ctx, q.insertRoles(1), userID, role, next)
		return err
	})
}

// missing says what store.ErrNotFound is about.
func missing(what string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("sqlstore: no such %s: %w", what, store.ErrNotFound)
	}
	return err
}

// RevokeRole takes a role from the user, or returns [store.ErrNotFound] if he does not have it.
func (s *Store) RevokeRole(ctx context.Context, userID, role string) error {
	if !findable(userID) || !findable(role) {
		return s.answer(ctx, store.ErrNotFound)
	}
	return s.write(ctx, "revoking a role", func(r *run) error {
		return deleted(r.exec(ctx, s.queries.revokeRole, userID, role))
	})
}
