package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// plan is what is to be done, and what was found on the way.
type plan struct {
	roles  map[string][]string // to be written
	users  []store.User        // to be written
	others []string            // IDs of users whom the site does not have

	total, blocked, noPassword int
	hashes                     map[string]int // by the beginning of the hash
	mixedCase                  int
	newUsers, same             int
	allRoles                   int

	differ []string // what is there and is different, for people
	taken  []string // names that somebody else has there, for people
}

// nothing reports whether both sides are the same.
func (p *plan) nothing() bool { return len(p.roles)+len(p.users)+len(p.taken) == 0 }

// look compares the site with the target and writes nothing.
func (c *copier) look(ctx context.Context) (*plan, error) {
	p := &plan{roles: map[string][]string{}, hashes: map[string]int{}}
	known := map[string]bool{}
	roles := map[string]bool{}
	names := map[string]string{} // of users who get another name or are new, by ID
	err := c.site.each(ctx, func(u store.User) error {
		known[u.ID] = true
		p.count(u)
		for _, role := range u.Roles {
			roles[role] = true
		}
		there, err := c.userByID(ctx, u.ID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			p.newUsers++
		case err != nil:
			return fmt.Errorf("user %s in the target: %w", u.ID, err)
		default:
			fields := different(u, there)
			if fields == nil {
				p.same++
				return nil
			}
			if u.Stamp == there.Stamp { // the same password: what a login there has made of its hash stays, and with it the stamp
				u.PasswordHash = there.PasswordHash
			}
			p.differ = append(p.differ, fmt.Sprintf("user %s (%q): %s", u.ID, u.Name, strings.Join(fields, ", ")))
		}
		names[u.ID] = u.Name
		p.users = append(p.users, u)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := c.lookAtRoles(ctx, p, slices.Sorted(maps.Keys(roles))); err != nil {
		return nil, err
	}
	for _, u := range p.users {
		owner, err := c.userByName(ctx, u.Name)
		if errors.Is(err, store.ErrNotFound) || err == nil && owner.ID == u.ID {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("the name of user %s in the target: %w", u.ID, err)
		}
		if next, changes := names[owner.ID]; changes && next != u.Name {
			continue // he is going to have another name
		}
		if c.options.others == deleteOthers && !known[owner.ID] && isUID(owner.ID) {
			continue // he is going to be deleted
		}
		p.taken = append(p.taken, fmt.Sprintf("user %s (%q): the user %s has this name there", u.ID, u.Name, owner.ID))
	}
	p.others, err = c.otherUsers(ctx, known)
	return p, err
}

// lookAtRoles finds the roles that are missing or different in the target.
func (c *copier) lookAtRoles(ctx context.Context, p *plan, roles []string) error {
	p.allRoles = len(roles)
	for _, role := range roles {
		want, err := c.site.permissions(ctx, role)
		if err != nil {
			return err
		}
		got, err := c.rolePermissions(ctx, role)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return fmt.Errorf("role %q in the target: %w", role, err)
		case slices.Equal(want, slices.Sorted(slices.Values(got))):
			continue
		default:
			p.differ = append(p.differ, fmt.Sprintf("role %q: permissions", role))
		}
		p.roles[role] = want
	}
	return nil
}

// different names the fields in which the user of the target is not the one of the site, or returns nil.
//
// The stamp of a user is, on the site, a digest of his hash. The target keeps it until the password is changed there. So as long as it is the same,
// neither side has another password, and a hash that differs all the same is one that a login here has brought up to date.
func different(site, target store.User) (fields []string) {
	if site.Name != target.Name {
		fields = append(fields, "name")
	}
	if site.Stamp != target.Stamp {
		fields = append(fields, "password")
	}
	if site.Active != target.Active {
		fields = append(fields, "status")
	}
	if !slices.Equal(site.Roles, target.Roles) {
		fields = append(fields, "roles")
	}
	return fields
}

// count counts what an operator wants to know before he moves.
func (p *plan) count(u store.User) {
	p.total++
	if !u.Active {
		p.blocked++
	}
	if u.PasswordHash == "" {
		p.noPassword++
	} else {
		p.hashes[beginning(u.PasswordHash)]++
	}
	if strings.ToLower(u.Name) != u.Name {
		p.mixedCase++
	}
}

// formats are beginnings of hashes. U is what Drupal put before those that it brought up to date without the password.
var formats = []string{"$S$", "$2y$", "$2a$", "$2b$", "$argon2id$", "$argon2i$", "$P$", "$H$", "U$S$", "U$P$", "U$H$"}

// beginning returns what tells the format of a hash. Of others nothing is shown: they may be no hashes at all.
func beginning(hash string) string {
	for _, format := range formats {
		if strings.HasPrefix(hash, format) {
			return format
		}
	}
	return "without a known format"
}

// isUID reports whether an ID can be that of a Drupal user. Other IDs were never copied from a site.
func isUID(id string) bool {
	n, err := strconv.ParseInt(id, 10, 64)
	return err == nil && n > 0 && strconv.FormatInt(n, 10) == id
}

// otherUsers returns the IDs in the target that are not known to the site. The table and the column are those that the README of sqlstore
// documents.
func (c *copier) otherUsers(ctx context.Context, known map[string]bool) ([]string, error) {
	if c.empty {
		return nil, nil
	}
	rows, err := c.targetDB.QueryContext(ctx, "SELECT id FROM "+c.targetPrefix+"users ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("the users of the target: %w", err)
	}
	defer rows.Close()
	var others []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		if !known[id] && isUID(id) {
			others = append(others, id)
		}
	}
	return others, rows.Err()
}

// The lookups in a target that has no tables yet find nothing.

func (c *copier) userByID(ctx context.Context, id string) (store.User, error) {
	if c.empty {
		return store.User{}, store.ErrNotFound
	}
	return c.target.UserByID(ctx, id)
}

func (c *copier) userByName(ctx context.Context, name string) (store.User, error) {
	if c.empty {
		return store.User{}, store.ErrNotFound
	}
	return c.target.UserByName(ctx, name)
}

func (c *copier) rolePermissions(ctx context.Context, role string) ([]string, error) {
	if c.empty {
		return nil, store.ErrNotFound
	}
	return c.target.RolePermissions(ctx, role)
}

// prepare makes the tables of the target, or finds out for a dry run that there are none.
func (c *copier) prepare(ctx context.Context) error {
	if !c.options.dryRun {
		return c.target.Migrate(ctx)
	}
	err := c.target.CheckSchema(ctx)
	if errors.Is(err, sqlstore.ErrSchema) {
		c.empty = true
		return nil
	}
	return err
}
