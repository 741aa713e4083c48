package drupal

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// roleConfigName begins the name under which Drupal 8 keeps a role.
const roleConfigName = "user.role."

// rolePermissions returns the permissions that the site gives the roles, for those of them that it knows.
func (s *Store) rolePermissions(ctx context.Context, roles []string) (map[string][]string, error) {
	found := make(map[string][]string, len(roles))
	for batch := range slices.Chunk(roles, roleBatch) {
		args := make([]any, roleBatch)
		for i := range args {
			args[i] = roleConfigName + batch[min(i, len(batch)-1)]
		}
		err := s.each(ctx, "permissions of roles", s.queries.roleConfig, func(rows *sql.Rows) error {
			var name string
			var data sql.RawBytes
			if err := rows.Scan(&name, &data); err != nil {
				return err
			}
			role := strings.TrimPrefix(name, roleConfigName) // another one, where the collation takes two names for one
			permissions, err := permissionsOf(data)
			if err != nil {
				return fmt.Errorf("configuration of the role %q: %w", role, err)
			}
			found[role] = permissions
			return nil
		}, args...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// permissionsOf returns the permissions in the serialized configuration of a role.
func permissionsOf(data []byte) ([]string, error) {
	role, err := unserialize(data)
	if err != nil {
		return nil, err
	}
	list, there := role.get("permissions")
	if !there {
		return nil, fmt.Errorf("%w: no permissions", errSerialized)
	}
	array, ok := list.(phpArray)
	if !ok {
		return nil, fmt.Errorf("%w: permissions are not an array", errSerialized)
	}
	permissions := make([]string, len(array))
	for i, member := range array {
		permission, ok := member.value.(string)
		if !ok || permission == "" {
			return nil, fmt.Errorf("%w: a permission is not a text", errSerialized)
		}
		permissions[i] = permission
	}
	return permissions, nil
}
