package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/apiauth-go/apiauth/store"
)

// accounts is a store.UserStore over the tables of schema.sql. It keeps nothing in memory, so what the application changes counts with
// the next request, and it is safe for concurrent use because *sql.DB is.
type accounts struct{ db *sql.DB }

var (
	_ store.UserStore        = (*accounts)(nil)
	_ store.PasswordRehasher = (*accounts)(nil) // found by auth.NewLogin by itself
)

// The account with its roles in one statement, so that no change can come in between. JSON, because a role may have a comma in its name.
const selectAccount = `
SELECT id, login, coalesce(password, ''), is_active, password_version,
	(SELECT json_group_array(name ORDER BY name) FROM (
		SELECT r.name FROM account_roles ar JOIN roles r ON r.id = ar.role_id WHERE ar.account_id = a.id)),
	(SELECT json_group_array(permission ORDER BY permission) FROM (
		SELECT DISTINCT p.permission FROM account_roles ar JOIN role_permissions p ON p.role_id = ar.role_id WHERE ar.account_id = a.id))
FROM accounts a WHERE `

// UserByID implements store.UserStore.
func (a *accounts) UserByID(ctx context.Context, id string) (store.User, error) {
	n, ok := accountID(id)
	if !ok {
		return store.User{}, a.notFound(ctx)
	}
	return a.user(ctx, selectAccount+"id = ?", n)
}

// UserByName implements store.UserStore. Case is the column's matter: with NOCASE, "Alan" and "alan" are one login name.
func (a *accounts) UserByName(ctx context.Context, name string) (store.User, error) {
	if !storable(name) {
		return store.User{}, a.notFound(ctx)
	}
	return a.user(ctx, selectAccount+"login = ?", name)
}

func (a *accounts) user(ctx context.Context, query string, key any) (store.User, error) {
	var u store.User
	var id, version int64
	var roles, permissions []byte
	err := a.db.QueryRowContext(ctx, query, key).Scan(&id, &u.Name, &u.PasswordHash, &u.Active, &version, &roles, &permissions)
	if err == nil {
		err = errors.Join(json.Unmarshal(roles, &u.Roles), json.Unmarshal(permissions, &u.Permissions))
	}
	if err != nil {
		return store.User{}, a.failure(ctx, err)
	}
	u.ID = strconv.FormatInt(id, 10)
	u.Stamp = strconv.FormatInt(version, 10)
	return u, nil
}

// RehashPassword implements store.PasswordRehasher: the same password in a better format, so the version stays as it is.
func (a *accounts) RehashPassword(ctx context.Context, userID, oldHash, newHash string) error {
	if oldHash == "" || newHash == "" {
		return store.ErrInvalid
	}
	id, ok := accountID(userID)
	if !ok {
		return a.notFound(ctx)
	}
	// The old hash stands in the WHERE: a password that was changed a moment ago is not undone.
	result, err := a.db.ExecContext(ctx, "UPDATE accounts SET password = ? WHERE id = ? AND password = ?", newHash, id, oldHash)
	if err != nil {
		return a.failure(ctx, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	if _, err := a.UserByID(ctx, userID); err != nil {
		return err // ErrNotFound, most likely
	}
	return store.ErrConflict
}

// SetPassword is the application's own: a new password gets a new version, which ends the tokens issued before.
func (a *accounts) SetPassword(ctx context.Context, userID, hash string) error {
	id, ok := accountID(userID)
	if !ok {
		return a.notFound(ctx)
	}
	_, err := a.db.ExecContext(ctx, "UPDATE accounts SET password = ?, password_version = password_version + 1 WHERE id = ?", hash, id)
	return a.failure(ctx, err)
}

// failure maps what database/sql says to what package store says.
func (a *accounts) failure(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil: // the client is gone, or time is up: its cause, not only "context canceled"
		return fmt.Errorf("accounts: %w", context.Cause(ctx))
	case errors.Is(err, sql.ErrNoRows):
		return store.ErrNotFound
	}
	return fmt.Errorf("accounts: %w", err) // nobody knows the answer: 503, never "no such user"
}

// notFound answers for keys that cannot be there, without asking the database.
func (a *accounts) notFound(ctx context.Context) error { return a.failure(ctx, sql.ErrNoRows) }

// accountID reads an ID. Only the one spelling that user() writes is an ID: "007" and "+7" are not 7.
func accountID(id string) (int64, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == id
}

// storable reports whether the column can tell the name from others. NOCASE compares up to the first NUL and no further.
func storable(name string) bool { return !strings.Contains(name, "\x00") }
