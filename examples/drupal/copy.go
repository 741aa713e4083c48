package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// copier copies from a site into a target.
type copier struct {
	site         *site
	target       *sqlstore.Store
	targetDB     *sql.DB
	targetPrefix string
	options      options
	out          io.Writer
	empty        bool // a dry run found no tables
}

// run looks, writes and looks again.
func (c *copier) run(ctx context.Context) error {
	if err := c.site.users.Check(ctx); err != nil {
		return err
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	p, err := c.look(ctx)
	if err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	c.describe(p)
	if err := c.refuse(p); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	if c.options.dryRun {
		fmt.Fprintln(c.out, "dry run: nothing was written")
		return nil
	}
	if err := c.write(ctx, p); err != nil {
		return err
	}
	again, err := c.look(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("all was written, but could not be checked: %w", err)
	case !again.nothing():
		return fmt.Errorf("while users were copied, %d users or roles changed on one of the two sides: run it again", len(again.users)+len(again.roles))
	}
	fmt.Fprintln(c.out, "checked: both sides have the same users, roles and permissions")
	return nil
}

// refuse returns why nothing may be written, if there is a reason.
func (c *copier) refuse(p *plan) error {
	var why []string
	if len(p.taken) > 0 {
		why = append(why, "names are taken: "+some(p.taken))
	}
	if len(p.differ) > 0 && !c.options.overwrite {
		why = append(why, "the target is different (-overwrite makes it as the site is): "+some(p.differ))
	}
	if len(p.others) > 0 && c.options.others == "" {
		why = append(why, "the target has users whom the site does not have (-others keep or -others delete): "+some(p.others))
	}
	if why == nil {
		return nil
	}
	return errors.New(strings.Join(why, "\n"))
}

// some returns the first of a list that may be long.
func some(list []string) string {
	const most = 20
	if len(list) > most {
		list = append(slices.Clone(list[:most]), fmt.Sprintf("… and %d more", len(list)-most))
	}
	return "\n  " + strings.Join(list, "\n  ")
}

// describe writes what was found.
func (c *copier) describe(p *plan) {
	fmt.Fprintf(c.out, "site:   %d users (%d blocked, %d without a password) with %d roles\n", p.total, p.blocked, p.noPassword, p.allRoles)
	for _, format := range slices.Sorted(maps.Keys(p.hashes)) {
		fmt.Fprintf(c.out, "        %d hashes %s%s\n", p.hashes[format], format, accepted(format))
	}
	if p.mixedCase > 0 {
		fmt.Fprintf(c.out, "        %d names with capitals: from now on they are to be written so (see README.md, \"Names\")\n", p.mixedCase)
	}
	fmt.Fprintf(c.out, "target: %d users to create, %d to change, %d as they are; %d roles to write\n", p.newUsers, len(p.users)-p.newUsers, p.same, len(p.roles))
	if len(p.others) > 0 {
		fmt.Fprintf(c.out, "        %d users whom the site does not have: %s\n", len(p.others), cmp.Or(c.options.others, "?"))
	}
}

// accepted says with which setting of package password hashes of this format are accepted.
func accepted(format string) string {
	switch format {
	case "$S$":
		return ", password.Config{Accept: password.Drupal7}"
	case "$2y$", "$2a$", "$2b$":
		return ", password.Config{Accept: password.Bcrypt}"
	case "$argon2id$":
		return ""
	case "$P$", "$H$", "U$S$", "U$P$", "U$H$":
		return ", password.Config{InsecureAcceptPHPass: true}"
	}
	return ": nobody can log in with them; these users need new passwords"
}

// write does what the plan says: first the roles, then the users, each in one transaction.
func (c *copier) write(ctx context.Context, p *plan) error {
	deleted := 0
	if c.options.others == deleteOthers { // first, for their names may be somebody else's by now
		for _, id := range p.others {
			if err := c.target.DeleteUser(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("after %d of %d users were deleted, and nothing else was done: user %s: %w", deleted, len(p.others), id, err)
			}
			deleted++
		}
	}
	for _, role := range slices.Sorted(maps.Keys(p.roles)) {
		if err := c.target.PutRole(ctx, role, p.roles[role]); err != nil {
			return fmt.Errorf("before any user was written: role %q: %w", role, err)
		}
	}
	written, refused, err := c.writeUsers(ctx, p.users)
	fmt.Fprintf(c.out, "done:   %d of %d users and %d roles written, %d users deleted\n", written, len(p.users), len(p.roles), deleted)
	switch {
	case err != nil:
		return fmt.Errorf("after %d of %d users; run it again to go on: %w", written, len(p.users), err)
	case len(refused) > 0:
		return fmt.Errorf("%d users were refused, all others are written: %s", len(refused), some(refused))
	}
	return nil
}

// writeUsers writes users one by one. Who cannot have his name yet, because somebody has it who is going to have another, comes once more afterwards.
func (c *copier) writeUsers(ctx context.Context, users []store.User) (written int, refused []string, err error) {
	for progress := true; progress && len(users) > 0; {
		progress, refused = false, nil
		var waiting []store.User
		for _, u := range users {
			switch err := c.target.PutUser(ctx, u); {
			case err == nil:
				written++
				progress = true
			case errors.Is(err, store.ErrExists):
				waiting = append(waiting, u)
				refused = append(refused, fmt.Sprintf("user %s (%q): the name is taken", u.ID, u.Name))
			case errors.Is(err, store.ErrInvalid):
				return written, nil, fmt.Errorf("user %s cannot be stored: %w", u.ID, err)
			default:
				return written, nil, fmt.Errorf("user %s: %w", u.ID, err)
			}
		}
		users = waiting
	}
	return written, refused, nil
}
