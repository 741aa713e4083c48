package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/apiauth-go/apiauth/store"
)

// UserByID returns the user with exactly this ID, blocked or not, or [store.ErrNotFound].
func (s *Store) UserByID(ctx context.Context, id string) (store.User, error) {
	return s.user(ctx, s.queries.userByID, id)
}

// UserByName returns the user with exactly this name, blocked or not, or [store.ErrNotFound]. Case matters, as do accents and blanks at
// the end, in every database.
func (s *Store) UserByName(ctx context.Context, name string) (store.User, error) {
	return s.user(ctx, s.queries.userByName, name)
}

// granted is a role of a user.
type granted struct {
	position    sql.Null[int]
	name        sql.Null[string]
	permissions sql.Null[string]
}

// user reads the one user whom query finds, in one round trip: a row for each of his roles, or one without a role. They are put in order
// here, because MariaDB would make a temporary table for that.
func (s *Store) user(ctx context.Context, query, key string) (store.User, error) {
	if !findable(key) {
		return store.User{}, s.answer(ctx, store.ErrNotFound)
	}
	var u store.User
	err := s.read(ctx, "reading a user", func(r *run) error {
		u = store.User{}
		var roles []granted
		err := r.one(ctx, query, func(scan scan) error {
			var role granted
			err := scan(&u.ID, &u.Name, &u.PasswordHash, &u.Active, &u.Stamp, &role.position, &role.name, &role.permissions)
			if role.name.Valid {
				roles = append(roles, role)
			}
			return err
		}, key)
		if err != nil {
			return err
		}
		slices.SortFunc(roles, func(a, b granted) int { return cmp.Compare(a.position.V, b.position.V) })
		for _, role := range roles {
			permissions, err := parseList(role.permissions.V)
			if err != nil {
				return err
			}
			u.Roles = append(u.Roles, role.name.V)
			u.Permissions = union(u.Permissions, permissions)
		}
		return nil
	})
	if err != nil {
		return store.User{}, err
	}
	return u, nil
}

// union appends those of more to list that are not in it.
func union(list, more []string) []string {
	if len(list)+len(more) <= 32 {
		for _, s := range more {
			if !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
		return list
	}
	there := make(map[string]bool, len(list)+len(more))
	for _, s := range list {
		there[s] = true
	}
	for _, s := range more {
		if !there[s] {
			there[s] = true
			list = append(list, s)
		}
	}
	return list
}
