package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// site is where users come from. It is only read.
type site struct {
	cfg   drupal.Config
	users *drupal.Store
}

func newSite(cfg drupal.Config) (*site, error) {
	cfg.SitePermissions = false // users get theirs from the roles that are copied along
	users, err := drupal.New(cfg)
	if err != nil {
		return nil, err
	}
	return &site{cfg, users}, nil
}

// batch is how many uids are asked for at once.
const batch = 200

// each calls f for each user of the site, in the order of the uids, with the role of authenticated users among his roles.
func (s *site) each(ctx context.Context, f func(store.User) error) error {
	everybody, err := s.authenticated(ctx)
	if err != nil {
		return err
	}
	for last, more := int64(0), true; more; {
		uids, err := s.uids(ctx, last)
		if err != nil {
			return err
		}
		for _, last = range uids {
			u, err := s.users.UserByID(ctx, strconv.FormatInt(last, 10))
			if errors.Is(err, store.ErrNotFound) {
				continue // deleted in this moment, or a row that belongs to no account
			}
			if err != nil {
				return fmt.Errorf("user %d: %w", last, err)
			}
			if !slices.Contains(u.Roles, everybody) { // a blocked user has it again when he is unblocked
				u.Roles = slices.Insert(u.Roles, 0, everybody)
			}
			u.Permissions = nil
			if err := f(u); err != nil {
				return err
			}
		}
		more = len(uids) == batch
	}
	return nil
}

// table returns the name of a table of the site, quoted. New has checked the prefix.
func (s *site) table(name string) string {
	quote := `"`
	if s.cfg.Dialect == drupal.MySQL {
		quote = "`"
	}
	return quote + strings.Replace(s.cfg.TablePrefix, ".", quote+"."+quote, 1) + name + quote
}

// uids returns the next uids after this one.
func (s *site) uids(ctx context.Context, after int64) ([]int64, error) {
	query := fmt.Sprintf("SELECT uid FROM %s WHERE uid > %d ORDER BY uid LIMIT %d", s.table("users"), after, batch)
	rows, err := s.cfg.DB.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("the users of the site: %w", err)
	}
	defer rows.Close()
	var uids []int64
	for rows.Next() {
		var uid int64
		if err := rows.Scan(&uid); err != nil {
			return nil, err
		}
		uids = append(uids, uid)
	}
	return uids, rows.Err()
}

// authenticated returns the role that every user has without its being stored with him.
func (s *site) authenticated(ctx context.Context) (string, error) {
	if s.cfg.Version == drupal.Drupal8 {
		return "authenticated", nil
	}
	var name string
	err := s.cfg.DB.QueryRowContext(ctx, "SELECT name FROM "+s.table("role")+" WHERE rid = 2").Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		err = errors.New("the role of authenticated users (rid 2) is missing")
	}
	if err != nil {
		return "", fmt.Errorf("the roles of the site: %w", err)
	}
	return name, nil
}

// permissions returns those of a role, sorted. A role that users have and the site does not know any more has none.
func (s *site) permissions(ctx context.Context, role string) ([]string, error) {
	list, err := s.users.RolePermissions(ctx, role)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("role %q: %w", role, err)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}
