package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
)

// accounts is a store.UserStore over the table of users that an application has: all that is needed for passwords and JSON Web Tokens.
type accounts struct{ db *sql.DB }

// UserByID implements store.UserStore.
func (a accounts) UserByID(ctx context.Context, id string) (store.User, error) {
	return a.user(ctx, "WHERE id = ?", id)
}

// UserByName implements store.UserStore.
func (a accounts) UserByName(ctx context.Context, name string) (store.User, error) {
	return a.user(ctx, "WHERE login = ?", name)
}

func (a accounts) user(ctx context.Context, where, value string) (store.User, error) {
	var u store.User
	var editor bool
	err := a.db.QueryRowContext(ctx, "SELECT id, login, password, enabled, password_changed, editor FROM accounts "+where, value).
		Scan(&u.ID, &u.Name, &u.PasswordHash, &u.Active, &u.Stamp, &editor) // the stamp is what changes with the password
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return store.User{}, context.Cause(ctx)
	case errors.Is(err, sql.ErrNoRows):
		return store.User{}, store.ErrNotFound // nobody is called so: that is known
	default:
		return store.User{}, fmt.Errorf("accounts: %w", err) // it is not known: an outage, 503
	}
	if editor {
		u.Roles, u.Permissions = []string{"editor"}, []string{"create page content"}
	}
	return u, nil
}

// An application with users of its own implements the two methods of UserStore. It lets storetest.TestUserStore run over it.
func ExampleUserStore() {
	var users store.UserStore = accounts{openAccounts()}

	alan, err := users.UserByName(context.Background(), "alan")
	fmt.Println(alan.ID, alan.Active, alan.Roles, err)
	_, err = users.UserByName(context.Background(), "mallory")
	fmt.Println(errors.Is(err, store.ErrNotFound))
	// Output:
	// 7 true [editor] <nil>
	// true
}
