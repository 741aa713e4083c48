package drupal

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is the layout of the site's tables. There is no default, and nothing is guessed: the zero Version is refused.
type Version int

const (
	// Drupal7 has its users in the tables users, users_roles and role.
	Drupal7 Version = 7

	// Drupal8 is Drupal 8, 9, 10 or 11, which have their users in users_field_data and user__roles.
	Drupal8 Version = 8
)

func (v Version) valid() bool { return v == Drupal7 || v == Drupal8 }

// MaxTablePrefix is the longest Config.TablePrefix in bytes.
const MaxTablePrefix = 64

// Config says where the users are and what they may do.
type Config struct {
	// DB is the site's database. Required. The Store does not close it. Its account needs no right but to read, see README.md.
	DB *sql.DB

	// Dialect is the kind of the database. Required.
	Dialect Dialect

	// Version is that of the site. Required.
	Version Version

	// TablePrefix begins the names of the site's tables, as "prefix" in its settings.php does: letters, digits and underscores, after the
	// name of a schema and a dot if the tables are in another one than the connection's. Empty means none, which is what most sites have.
	TablePrefix string

	// SitePermissions gives users the permissions that their roles have on the site. Drupal 7 keeps them in the table role_permission,
	// later versions in their active configuration, in the table config; what settings.php overrides is not seen, nor is a configuration
	// that is kept elsewhere. The latter costs a second query for each lookup.
	SitePermissions bool

	// RolePermissions are permissions that roles have here, by name of the role, in addition to those of the site if SitePermissions is set.
	RolePermissions map[string][]string

	// SuperUserPermissions are permissions that user 1 has here in addition, while he is active. Empty means that he is a user like any other.
	SuperUserPermissions []string
}

// check returns an error that names the field that is wrong.
func (c *Config) check() error {
	switch {
	case c.DB == nil:
		return errors.New("drupal: Config.DB is nil")
	case !c.Dialect.valid():
		return fmt.Errorf("drupal: Config.Dialect is %s, none of SQLite, PostgreSQL and MySQL", c.Dialect)
	case !c.Version.valid():
		return fmt.Errorf("drupal: Config.Version is %d, neither Drupal7 nor Drupal8", int(c.Version))
	case len(c.TablePrefix) > MaxTablePrefix:
		return fmt.Errorf("drupal: Config.TablePrefix is longer than %d bytes", MaxTablePrefix)
	case !isPrefix(c.TablePrefix):
		return errors.New("drupal: Config.TablePrefix is not made of letters, digits and underscores, after a schema and a dot if need be")
	case hasEmpty(c.SuperUserPermissions):
		return errors.New("drupal: Config.SuperUserPermissions has an empty permission")
	}
	for role, permissions := range c.RolePermissions {
		if role == "" {
			return errors.New("drupal: Config.RolePermissions has a role without a name")
		}
		if hasEmpty(permissions) {
			return fmt.Errorf("drupal: Config.RolePermissions has an empty permission for the role %q", role)
		}
	}
	return nil
}

func hasEmpty(list []string) bool { return slices.Contains(list, "") }

// isPrefix reports whether s can begin the name of a table. What is checked here is written into statements as it is.
func isPrefix(s string) bool {
	schema, rest, dotted := strings.Cut(s, ".")
	if !dotted {
		schema, rest = rest, s
	}
	return isWord(schema) && isWord(rest) && (!dotted || schema != "")
}

// isWord reports whether s has no character that would need care between quotes. The empty text has none.
func isWord(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		default:
			return false
		}
	}
	return true
}

// Dialect names the database. There is no default: the zero Dialect is refused.
type Dialect int

// The databases on which Drupal runs.
const (
	SQLite Dialect = iota + 1
	PostgreSQL
	MySQL // or MariaDB
)

// String returns the name of the database.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "SQLite"
	case PostgreSQL:
		return "PostgreSQL"
	case MySQL:
		return "MySQL"
	default:
		return "Dialect(" + strconv.Itoa(int(d)) + ")"
	}
}

func (d Dialect) valid() bool { return d >= SQLite && d <= MySQL }
