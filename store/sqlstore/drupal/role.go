package drupal

import (
	"context"
	"database/sql"
	"strings"
	"unicode/utf8"

	"github.com/apiauth-go/apiauth/store"
)

// RolePermissions returns the permissions that the site gives the role, in no particular order, or [store.ErrNotFound] if the site knows no such
// role. It reads what [Config.SitePermissions] is about, whether that is set or not; [Config.RolePermissions] is not looked at. It is meant for
// programs that copy roles elsewhere: a User has the permissions of his roles already.
func (s *Store) RolePermissions(ctx context.Context, role string) ([]string, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	if role == "" || !utf8.ValidString(role) || strings.ContainsRune(role, 0) {
		return nil, store.ErrNotFound
	}
	if s.cfg.Version == Drupal8 && !isASCII(role) {
		return nil, store.ErrNotFound // the machine names of configuration are ASCII
	}
	found, err := map[string][]string(nil), error(nil)
	if s.cfg.Version == Drupal7 {
		found, err = s.rolePermissions7(ctx, role)
	} else {
		found, err = s.rolePermissions(ctx, []string{role})
	}
	if s.cfg.Dialect == MySQL && !isASCII(role) && isUnknownCharacter(err) {
		return nil, store.ErrNotFound // the column of Drupal 7 could not hold such a name
	}
	if err != nil {
		return nil, err
	}
	permissions, there := found[role] // the collation may have found others besides
	if !there {
		return nil, store.ErrNotFound
	}
	return permissions, nil
}

// rolePermissions7 returns the permissions of the roles that Drupal 7 finds by this name.
func (s *Store) rolePermissions7(ctx context.Context, role string) (map[string][]string, error) {
	found := map[string][]string{}
	err := s.each(ctx, "permissions of a role", s.queries.roleByName, func(rows *sql.Rows) error {
		var name string
		var permission sql.NullString
		if err := rows.Scan(&name, &permission); err != nil {
			return err
		}
		list := found[name]
		if permission.Valid {
			list = append(list, permission.String)
		}
		found[name] = list
		return nil
	}, role)
	return found, err
}
