package drupal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apiauth-go/apiauth/store"
)

// account is a user as the database has him.
type account struct {
	uid         int64
	name, pass  string
	active      bool
	langcode    string // Drupal 8: his own language
	roles       []string
	permissions []string
}

// row is what a query for users finds, as the driver has it: rows repeat most of it, so it is copied only where it is news.
type row struct {
	uid                int64
	name, pass         sql.RawBytes
	status             sql.NullInt64
	role, permission   sql.RawBytes
	language, langRole sql.RawBytes // Drupal 8: the account's own language, and that for which the role is stored
}

// columns are the places for the columns of a version's queries.
func (r *row) columns(v Version) []any {
	if v == Drupal7 {
		return []any{&r.uid, &r.name, &r.pass, &r.status, &r.role, &r.permission}
	}
	return []any{&r.uid, &r.name, &r.pass, &r.status, &r.language, &r.langRole, &r.role}
}

func (r *row) active() bool { return r.status.Int64 == 1 }

// account returns the account without its roles.
func (r *row) account() *account {
	return &account{uid: r.uid, name: string(r.name), pass: string(r.pass), active: r.active(), langcode: string(r.language)}
}

// agrees reports whether the row says the same of the account.
func (r *row) agrees(a *account) bool {
	return string(r.name) == a.name && string(r.pass) == a.pass && r.active() == a.active && string(r.language) == a.langcode
}

// addTo adds the row's role and permission to the account, if it has any.
func (r *row) addTo(a *account) {
	if len(r.role) > 0 && bytes.Equal(r.language, r.langRole) {
		if !slices.ContainsFunc(a.roles, func(known string) bool { return known == string(r.role) }) {
			a.roles = append(a.roles, string(r.role))
		}
	}
	if len(r.permission) > 0 {
		a.permissions = append(a.permissions, string(r.permission))
	}
}

// errAmbiguous: somebody has written into the tables what Drupal does not write.
var errAmbiguous = errors.New("the database has several records of one user that contradict each other")

// accounts returns the users whom the query finds, in the order of their uids.
func (s *Store) accounts(ctx context.Context, what, query string, arg any) (found []*account, err error) {
	var r row
	columns := r.columns(s.cfg.Version)
	err = s.each(ctx, what, query, func(rows *sql.Rows) error {
		if err := rows.Scan(columns...); err != nil {
			return err
		}
		last := len(found) - 1
		if last < 0 || found[last].uid != r.uid {
			found = append(found, r.account())
			last++
		}
		if !r.agrees(found[last]) {
			return errAmbiguous
		}
		r.addTo(found[last])
		return nil
	}, arg)
	return found, err
}

// named returns the one to whom the name belongs, or nil.
func named(candidates []*account, name string) *account {
	for _, same := range []func(string, string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		var found []*account
		for _, a := range candidates {
			if same(a.name, name) {
				found = append(found, a)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0]
		default:
			return nil // nobody can tell whom it means
		}
	}
	return nil
}

// authenticated8 is the role that Drupal 8 gives every account without storing it. In Drupal 7 it is a row like other roles.
const authenticated8 = "authenticated"

// user returns the account as callers know it.
func (s *Store) user(ctx context.Context, a *account) (store.User, error) {
	if s.cfg.Version == Drupal8 && a.active && !slices.Contains(a.roles, authenticated8) {
		a.roles = slices.Insert(a.roles, 0, authenticated8)
	}
	if s.cfg.Version == Drupal8 && s.cfg.SitePermissions {
		found, err := s.rolePermissions(ctx, a.roles)
		if err != nil {
			return store.User{}, err
		}
		for _, role := range a.roles {
			a.permissions = append(a.permissions, found[role]...)
		}
	}
	for _, role := range a.roles {
		a.permissions = append(a.permissions, s.cfg.RolePermissions[role]...)
	}
	if a.uid == 1 && a.active {
		a.permissions = append(a.permissions, s.cfg.SuperUserPermissions...)
	}
	slices.Sort(a.permissions)
	id := strconv.FormatInt(a.uid, 10)
	return store.User{
		ID: id, Name: a.name, PasswordHash: a.pass, Active: a.active,
		Roles: a.roles, Permissions: slices.Compact(a.permissions), Stamp: stamp(id, a.pass),
	}, nil
}

// stamp returns a text that changes with the stored hash. Tokens carry it readably, so nothing can be learned from it: without the salt,
// which is a part of the stored hash, not even a guess of the password can be tried. Two users with one hash have different stamps.
func stamp(id, hash string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "apiauth: stamp of a Drupal account\x00%s\x00%s", id, hash))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
