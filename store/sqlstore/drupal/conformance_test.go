package drupal_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore/drupal"
	"github.com/apiauth-go/apiauth/store/storetest"
)

func TestUserStore(t *testing.T) {
	for _, version := range []drupal.Version{drupal.Drupal7, drupal.Drupal8} {
		for _, dialect := range []drupal.Dialect{drupal.SQLite, drupal.MySQL, drupal.PostgreSQL} {
			t.Run("Drupal"+strconv.Itoa(int(version))+" on "+dialect.String(), func(t *testing.T) {
				storetest.TestUserStore(t, func(t *testing.T) storetest.UserHarness {
					s := newSite(t, version, dialect)
					return storetest.UserHarness{
						Store: s.store(t), Put: s.put, Expect: s.expect, CannotStore: s.cannotStore,
						Reopen: func() store.UserStore { return s.store(t) },
					}
				})
			})
		}
	}
}

// expect returns the user as he is found.
func (s *site) expect(u store.User) store.User {
	u.ID = strconv.FormatInt(s.uid(u.ID), 10)
	if u.Active {
		u.Roles = slices.Insert(u.Roles, 0, s.implicit())
	}
	slices.Sort(u.Permissions)
	u.Stamp = "" // any
	return u
}
