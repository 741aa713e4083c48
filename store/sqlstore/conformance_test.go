package sqlstore_test

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
	"github.com/apiauth-go/apiauth/store/storetest"
)

// cannotStore is the same for all databases.
func cannotStore(text string) bool { return !utf8.ValidString(text) || strings.Contains(text, "\x00") }

// putUser puts a user whose permissions are those of his first role.
func putUser(s *sqlstore.Store) func(ctx context.Context, u store.User) error {
	return func(ctx context.Context, u store.User) error {
		for i, role := range u.Roles {
			var permissions []string
			if i == 0 {
				permissions = u.Permissions
			}
			if err := s.PutRole(ctx, role, permissions); err != nil {
				return err
			}
		}
		return s.PutUser(ctx, u)
	}
}

func TestUserStore(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		storetest.TestUserStore(t, func(t *testing.T) storetest.UserHarness {
			s, again := b.store(t)
			return storetest.UserHarness{
				Store: s, Put: putUser(s), Reopen: func() store.UserStore { return again() }, CannotStore: cannotStore,
			}
		})
	})
}

func TestClientStore(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		storetest.TestClientStore(t, func(t *testing.T) storetest.ClientHarness {
			s, again := b.store(t)
			return storetest.ClientHarness{
				Store: s, Put: s.PutClient, Reopen: func() store.ClientStore { return again() }, CannotStore: cannotStore,
			}
		})
	})
}

func TestTokenStore(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		storetest.TestTokenStore(t, func(t *testing.T) storetest.TokenHarness {
			s, again := b.store(t)
			return storetest.TokenHarness{Store: s, Reopen: func() store.TokenStore { return again() }, CannotStore: cannotStore}
		})
	})
}

func TestAPIKeyStore(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		storetest.TestAPIKeyStore(t, func(t *testing.T) storetest.APIKeyHarness {
			s, again := b.store(t)
			return storetest.APIKeyHarness{
				Store: s, Put: s.PutAPIKey, Delete: s.DeleteAPIKey, Reopen: func() store.APIKeyStore { return again() }, CannotStore: cannotStore,
			}
		})
	})
}

func TestAuditStore(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		storetest.TestAuditStore(t, func(t *testing.T) storetest.AuditHarness {
			s, again := b.store(t)
			return storetest.AuditHarness{Store: s, Reopen: func() store.AuditStore { return again() }} // any text can be kept
		})
	})
}
