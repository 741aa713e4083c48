package main

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// openFile opens the demo database of a test.
func openFile(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := open(t.Context(), file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestTheStoreKeepsTheContract is what everybody who writes a store runs.
func TestTheStoreKeepsTheContract(t *testing.T) {
	storetest.TestUserStore(t, func(t *testing.T) storetest.UserHarness {
		db := openFile(t, filepath.Join(t.TempDir(), "accounts.db"))
		_, err := db.ExecContext(t.Context(), "DELETE FROM account_roles; DELETE FROM role_permissions; DELETE FROM roles; DELETE FROM accounts")
		require.NoError(t, err)
		h := harness{db}
		return storetest.UserHarness{
			Store: &accounts{db}, Put: h.put, Expect: h.expect,
			CannotStore: func(text string) bool { return !storable(text) },
		}
	})
}

// harness writes the suite's users into the tables of the application, which gives out IDs itself.
type harness struct{ db *sql.DB }

// number returns the ID in the table of a user whom the suite calls id.
func (harness) number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 1_000_000 + int64(id[0]) // "alan" is the only one
	}
	return n
}

func (h harness) expect(u store.User) store.User {
	u.ID = strconv.FormatInt(h.number(u.ID), 10)
	u.Stamp = "" // any: it is the table's version
	slices.Sort(u.Roles)
	slices.Sort(u.Permissions)
	return u
}

func (h harness) put(ctx context.Context, u store.User) error {
	if !storable(u.Name) {
		return store.ErrInvalid
	}
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	exec := func(query string, args ...any) {
		if err == nil {
			_, err = tx.ExecContext(ctx, query, args...)
		}
	}
	id := h.number(u.ID)
	exec(`INSERT INTO accounts (id, login, password, is_active) VALUES (?, ?, nullif(?, ''), ?)
		ON CONFLICT (id) DO UPDATE SET login = excluded.login, password = excluded.password, is_active = excluded.is_active`, id, u.Name, u.PasswordHash, u.Active)
	exec("DELETE FROM account_roles WHERE account_id = ?", id)
	for _, role := range u.Roles {
		exec("INSERT INTO roles (name) VALUES (?) ON CONFLICT DO NOTHING", role)
		exec("INSERT INTO account_roles SELECT ?, id FROM roles WHERE name = ?", id, role)
		for _, permission := range u.Permissions {
			exec("INSERT INTO role_permissions SELECT id, ? FROM roles WHERE name = ? ON CONFLICT DO NOTHING", permission, role)
		}
	}
	return errors.Join(err, commitUnless(err, tx))
}

func commitUnless(err error, tx *sql.Tx) error {
	if err != nil {
		return nil
	}
	return tx.Commit()
}

func TestTheStampGrowsWithThePasswordAndNothingElse(t *testing.T) {
	ctx := t.Context()
	db := openFile(t, filepath.Join(t.TempDir(), "accounts.db"))
	a := &accounts{db}
	alan := func() store.User {
		u, err := a.UserByName(ctx, "ALAN")
		require.NoError(t, err)
		require.Equal(t, "17", u.ID)
		return u
	}
	before := alan()
	require.Equal(t, "1", before.Stamp)
	require.Equal(t, []string{"accountant", "reader, abroad"}, before.Roles)
	require.Equal(t, []string{"close the books", "read reports"}, before.Permissions)

	require.NoError(t, a.RehashPassword(ctx, before.ID, before.PasswordHash, "$argon2id$the same password"))
	require.Equal(t, "1", alan().Stamp, "a better hash of the same password")
	require.True(t, strings.HasPrefix(alan().PasswordHash, "$argon2id$"))

	require.NoError(t, a.SetPassword(ctx, before.ID, "$argon2id$another"))
	require.Equal(t, "2", alan().Stamp, "changed here")

	_, err := db.ExecContext(ctx, "UPDATE accounts SET password = '$2y$10$another' WHERE login = 'alan'")
	require.NoError(t, err)
	require.Equal(t, "3", alan().Stamp, "changed by the former framework")

	_, err = db.ExecContext(ctx, "UPDATE accounts SET is_active = 0, password = password WHERE login = 'alan'")
	require.NoError(t, err)
	require.Equal(t, "3", alan().Stamp, "nothing changed")
}
