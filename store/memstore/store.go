package memstore

import (
	"context"
	"fmt"
	"io"

	"github.com/apiauth-go/apiauth/store"
)

// Store keeps all records in memory. Make one with [New]; the zero value panics. All methods are safe for concurrent use.
type Store struct {
	users   *users
	clients *table[string, store.Client]
	keys    *table[store.KeyID, store.APIKey]
	tokens  *tokens
	audit   *audit
}

var (
	_ store.UserStore        = (*Store)(nil)
	_ store.PasswordRehasher = (*Store)(nil)
	_ store.ClientStore      = (*Store)(nil)
	_ store.APIKeyStore      = (*Store)(nil)
	_ store.TokenStore       = (*Store)(nil)
	_ store.TokenLister      = (*Store)(nil)
	_ store.TokenPurger      = (*Store)(nil)
	_ store.AuditStore       = (*Store)(nil)
	_ store.AuditLister      = (*Store)(nil)
	_ store.AuditPurger      = (*Store)(nil)
)

// New returns an empty Store. A nil cfg means all defaults.
func New(cfg *Config) (*Store, error) {
	c, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Store{
		users:   newUsers(c.MaxUsers),
		clients: newTable[string, store.Client]("client", c.MaxClients),
		keys:    newTable[store.KeyID, store.APIKey]("API key", c.MaxAPIKeys),
		tokens:  newTokens(c.MaxTokens),
		audit:   &audit{limit: c.MaxAudit},
	}, nil
}

// String returns a fixed text: a Store in a log line must not spill password hashes.
func (s Store) String() string { return "memstore.Store" }

// Format prints String for every verb. With one that a type does not support, fmt would print all that there is.
func (s Store) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// alive returns the cause of ctx's end as an error, or nil while ctx goes on. Every method asks first, before it has
// done anything; nothing here takes long enough to ask again.
func alive(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("memstore: %w", context.Cause(ctx))
}
