package sqlstore

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// DefaultTablePrefix is that of [Config].
const DefaultTablePrefix = "apiauth_"

// MaxTablePrefix is the longest Config.TablePrefix in bytes.
const MaxTablePrefix = 30

// Config says where a [Store] keeps its records.
type Config struct {
	// DB is the database. Required. The store does not close it, and needs no more than one connection at a time per call.
	DB *sql.DB

	// Dialect is the kind of the database. Required.
	Dialect Dialect

	// TablePrefix begins the names of all tables and indexes: lower-case letters, digits and underscores, no digit first, at most
	// [MaxTablePrefix]. Stores with different prefixes share nothing, for which reason there are no upper-case letters: to most databases
	// a prefix that differs in case only is the same one. Default: [DefaultTablePrefix].
	TablePrefix string
}

// withDefaults returns c with every field set.
func (c Config) withDefaults() (Config, error) {
	c.TablePrefix = cmp.Or(c.TablePrefix, DefaultTablePrefix)
	switch {
	case c.DB == nil:
		return Config{}, errors.New("sqlstore: Config.DB is nil")
	case !c.Dialect.valid():
		return Config{}, fmt.Errorf("sqlstore: Config.Dialect is %s, none of SQLite, PostgreSQL and MySQL", c.Dialect)
	case len(c.TablePrefix) > MaxTablePrefix:
		return Config{}, fmt.Errorf("sqlstore: Config.TablePrefix is longer than %d bytes", MaxTablePrefix)
	case strings.ToLower(c.TablePrefix) != c.TablePrefix:
		return Config{}, errors.New("sqlstore: Config.TablePrefix has an upper-case letter, which databases take for the lower-case one")
	case !isIdentifier(c.TablePrefix):
		return Config{}, errors.New("sqlstore: Config.TablePrefix is not made of lower-case letters, digits and underscores, or begins with a digit")
	}
	return c, nil
}

// isIdentifier reports whether s can stand in SQL without quotes. What is checked here is written into statements as it is.
func isIdentifier(s string) bool {
	for i, c := range []byte(s) {
		switch {
		case c == '_', 'a' <= c && c <= 'z':
		case '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return s != ""
}
