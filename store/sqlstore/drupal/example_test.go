package drupal_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
)

// demoSite returns the database of a small Drupal 7 site.
func demoSite() (db *sql.DB, remove func()) {
	dir, err := os.MkdirTemp("", "drupal")
	if err != nil {
		panic(err)
	}
	db, err = sql.Open("sqlite", filepath.Join(dir, "drupal.sqlite"))
	if err != nil {
		panic(err)
	}
	_, err = db.Exec(`
		CREATE TABLE users (uid INTEGER PRIMARY KEY, name VARCHAR(60) UNIQUE, pass VARCHAR(128), status INTEGER);
		CREATE TABLE role (rid INTEGER PRIMARY KEY, name VARCHAR(64));
		CREATE TABLE users_roles (uid INTEGER, rid INTEGER);
		CREATE TABLE role_permission (rid INTEGER, permission VARCHAR(128));
		INSERT INTO users VALUES (0, '', '', 0), (7, 'my_username', '$S$DObiphG/vEKkbXGK0F8XwRCstLZFuCs0z4Na9ZDn5XCXscbkwPAA', 1);
		INSERT INTO role VALUES (1, 'anonymous user'), (2, 'authenticated user'), (3, 'editor');
		INSERT INTO users_roles VALUES (7, 3);
		INSERT INTO role_permission VALUES (2, 'access content'), (3, 'create page content');`)
	if err != nil {
		panic(err)
	}
	return db, func() { db.Close(); os.RemoveAll(dir) }
}

func Example() {
	db, remove := demoSite() // sql.Open with the account that may only read
	defer remove()

	users, err := drupal.New(drupal.Config{DB: db, Dialect: drupal.SQLite, Version: drupal.Drupal7, SitePermissions: true})
	if err != nil {
		panic(err)
	}
	defer users.Close()
	ctx := context.Background()
	if err := users.Check(ctx); err != nil {
		panic(err)
	}
	u, err := users.UserByName(ctx, "My_Username")
	fmt.Println(u.ID, u.Name, u.Active, err)
	fmt.Printf("%q\n", u.Roles)
	fmt.Printf("%q\n", u.Permissions)
	_, err = users.UserByID(ctx, "0")
	fmt.Println(err)
	// Output:
	// 7 my_username true <nil>
	// ["authenticated user" "editor"]
	// ["access content" "create page content"]
	// store: not found
}

// An application with permissions of its own gives them to the roles of the site.
func ExampleConfig_rolePermissions() {
	db, remove := demoSite()
	defer remove()

	users, err := drupal.New(drupal.Config{
		DB: db, Dialect: drupal.SQLite, Version: drupal.Drupal7,
		RolePermissions: map[string][]string{"editor": {"publish"}, "authenticated user": {"read"}},
	})
	if err != nil {
		panic(err)
	}
	defer users.Close()
	u, err := users.UserByID(context.Background(), "7")
	fmt.Println(u.Permissions, err)
	// Output: [publish read] <nil>
}
