package drupal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/apiauth-go/apiauth/store"
)

// Store finds users in a Drupal database. Make one with [New]. All methods are safe for concurrent use.
type Store struct {
	cfg      Config
	queries  queries
	prepared sync.Map // of *sql.Stmt by text
}

var _ store.UserStore = (*Store)(nil)

// New returns a Store. It copies the configuration and does not connect: whether the database answers and is as it should be shows in
// [Store.Check] or the first lookup.
func New(cfg Config) (*Store, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.SuperUserPermissions = slices.Clone(cfg.SuperUserPermissions)
	cfg.RolePermissions = maps.Clone(cfg.RolePermissions)
	for role, permissions := range cfg.RolePermissions {
		cfg.RolePermissions[role] = slices.Clone(permissions)
	}
	return &Store{cfg: cfg, queries: newQueries(&cfg)}, nil
}

// UserByID returns the user with this uid, blocked or not, or [store.ErrNotFound].
func (s *Store) UserByID(ctx context.Context, id string) (store.User, error) {
	if err := alive(ctx); err != nil {
		return store.User{}, err
	}
	uid, ok := parseID(id)
	if !ok {
		return store.User{}, store.ErrNotFound
	}
	found, err := s.accounts(ctx, "user by ID", s.queries.byID, uid)
	if err != nil {
		return store.User{}, err
	}
	if len(found) == 0 {
		return store.User{}, store.ErrNotFound
	}
	return s.user(ctx, found[0])
}

// UserByName returns the user with this name, blocked or not, or [store.ErrNotFound]. The package documentation says which names are the
// same.
func (s *Store) UserByName(ctx context.Context, name string) (store.User, error) {
	if err := alive(ctx); err != nil {
		return store.User{}, err
	}
	if name == "" || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return store.User{}, store.ErrNotFound // Drupal keeps no such name, and not every database can be asked for it
	}
	found, err := s.accounts(ctx, "user by name", s.queries.byName, name)
	if s.cfg.Dialect == MySQL && !isASCII(name) && isUnknownCharacter(err) {
		return store.User{}, store.ErrNotFound // the column could not hold such a name
	}
	if err != nil {
		return store.User{}, err
	}
	a := named(found, name)
	if a == nil {
		return store.User{}, store.ErrNotFound
	}
	return s.user(ctx, a)
}

// Check reads what lookups read, without looking for anybody in particular, and returns an error if the database does not answer, is not
// that of a site of this version, or does not let us read. It is meant for the start of a program.
func (s *Store) Check(ctx context.Context) error {
	if _, err := s.UserByID(ctx, "1"); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if _, err := s.UserByName(ctx, "check"); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if s.cfg.Version == Drupal8 && s.cfg.SitePermissions {
		found, err := s.rolePermissions(ctx, []string{authenticated8})
		if err != nil {
			return err
		}
		if _, there := found[authenticated8]; !there {
			return errors.New("drupal: the configuration of the role \"authenticated\" is not in the database; it may be kept elsewhere")
		}
	}
	return nil
}

// Close releases the prepared statements. It does not close the database, which belongs to whoever opened it. There must be no lookup at
// the time or afterwards.
func (s *Store) Close() error {
	s.prepared.Range(func(query, stmt any) bool {
		s.prepared.Delete(query)
		_ = stmt.(*sql.Stmt).Close()
		return true
	})
	return nil
}

// String returns a fixed text: a Store in a log line must not spill what its database handle holds.
func (s *Store) String() string { return "drupal.Store" }

// Format prints String for every verb.
func (s *Store) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// parseID returns the uid that is written as Drupal writes it. Every user has one spelling.
func parseID(id string) (uid int64, ok bool) {
	uid, err := strconv.ParseInt(id, 10, 64)
	return uid, err == nil && uid > 0 && strconv.FormatInt(uid, 10) == id
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// alive returns the cause of ctx's end as an error, or nil while ctx goes on.
func alive(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("drupal: %w", context.Cause(ctx))
}
