package sqlstore_test

import (
	"context"
	"time"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// call is one call of a method.
type call struct {
	name   string
	writes bool
	do     func(ctx context.Context, s *sqlstore.Store) error
}

// The tokens that are there before the calls are made, and those that the calls store.
var (
	oldToken  = store.Token{ID: store.TokenID{1}, Kind: store.RefreshToken, UserID: "1", ClientID: "c", Family: "f", ExpiresAt: time.Unix(1e9, 0)}
	sibling   = store.Token{ID: store.TokenID{2}, Kind: store.AccessToken, UserID: "1", ClientID: "c", Family: "f", ExpiresAt: time.Unix(1e9, 0)}
	nextToken = store.Token{ID: store.TokenID{3}, Kind: store.RefreshToken, UserID: "1", ClientID: "c", Family: "f", ExpiresAt: time.Unix(2e9, 0)}
	oldLimit  = store.Limit{Counter: store.CounterID{1}, Max: 1, Window: time.Hour}
	newLimit  = store.Limit{Counter: store.CounterID{2}, Max: 1, Window: time.Hour}
	oldKey    = store.APIKey{ID: store.KeyID{1}, UserID: "1"}
	oldUser   = store.User{ID: "1", Name: "hidden-name", PasswordHash: "hidden-hash", Stamp: "s", Roles: []string{"reader"}, Permissions: []string{"read"}}
)

// crowd is more tokens than one statement stores.
func crowd() []store.Token {
	tokens := make([]store.Token, 120)
	for i := range tokens {
		tokens[i] = nextToken
		tokens[i].ID = store.TokenID{9, byte(i)}
	}
	return tokens
}

// manyLimits are more than one statement takes.
func manyLimits() []store.Limit {
	limits := make([]store.Limit, 120)
	for i := range limits {
		limits[i] = store.Limit{Counter: store.CounterID{2, byte(i)}, Max: 1, Window: time.Hour}
	}
	return limits
}

// furnish stores what the calls work on.
func furnish(ctx context.Context, s *sqlstore.Store) error {
	for _, err := range []error{
		s.PutRole(ctx, "reader", []string{"read"}), s.PutRole(ctx, "writer", []string{"write"}), s.PutUser(ctx, oldUser),
		s.PutClient(ctx, store.Client{ID: "c", SecretHashes: []string{"hidden-secret"}}), s.PutAPIKey(ctx, oldKey),
		s.CreateTokens(ctx, oldToken, sibling), s.AppendAudit(ctx, store.AuditRecord{Time: time.Unix(1e9, 0)}),
		s.CountEvent(ctx, time.Unix(1e9, 0), store.EventID{1}, oldLimit),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// calls are calls of all methods that have to do with the records.
var calls = []call{
	{"UserByID", false, func(ctx context.Context, s *sqlstore.Store) error { _, err := s.UserByID(ctx, "1"); return err }},
	{"UserByName", false, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.UserByName(ctx, "hidden-name")
		return err
	}},
	{"ClientByID", false, func(ctx context.Context, s *sqlstore.Store) error { _, err := s.ClientByID(ctx, "c"); return err }},
	{"APIKeyByID", false, func(ctx context.Context, s *sqlstore.Store) error { _, err := s.APIKeyByID(ctx, oldKey.ID); return err }},
	{"TokenByID", false, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.TokenByID(ctx, oldToken.ID)
		return err
	}},
	{"ListAPIKeys", false, func(ctx context.Context, s *sqlstore.Store) error { _, err := s.ListAPIKeys(ctx, "1", 5); return err }},
	{"RolePermissions", false, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.RolePermissions(ctx, "reader")
		return err
	}},
	{"ListTokens", false, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.ListTokens(ctx, store.TokenMatch{Family: "f"}, 5)
		return err
	}},
	{"ListAudit", false, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.ListAudit(ctx, store.AuditFilter{}, 5)
		return err
	}},

	{"PutUser, new", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.PutUser(ctx, store.User{ID: "2", Name: "hidden-other", PasswordHash: "hidden-hash", Stamp: "s", Roles: []string{"reader", "writer"}})
	}},
	{"PutUser", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.PutUser(ctx, store.User{ID: "1", Name: "hidden-new", PasswordHash: "hidden-new", Stamp: "t", Roles: []string{"writer"}})
	}},
	{"CreateUser", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.CreateUser(ctx, store.User{ID: "2", Name: "hidden-other", Stamp: "s"})
	}},
	{"DeleteUser", true, func(ctx context.Context, s *sqlstore.Store) error { return s.DeleteUser(ctx, "1") }},
	{"SetPasswordHash", true, func(ctx context.Context, s *sqlstore.Store) error { return s.SetPasswordHash(ctx, "1", "hidden-new") }},
	{"RehashPassword", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.RehashPassword(ctx, "1", "hidden-hash", "hidden-new")
	}},
	{"SetActive", true, func(ctx context.Context, s *sqlstore.Store) error { return s.SetActive(ctx, "1", true) }},
	{"PutRole", true, func(ctx context.Context, s *sqlstore.Store) error { return s.PutRole(ctx, "reader", []string{"look"}) }},
	{"DeleteRole", true, func(ctx context.Context, s *sqlstore.Store) error { return s.DeleteRole(ctx, "reader") }},
	{"GrantRole", true, func(ctx context.Context, s *sqlstore.Store) error { return s.GrantRole(ctx, "1", "writer") }},
	{"RevokeRole", true, func(ctx context.Context, s *sqlstore.Store) error { return s.RevokeRole(ctx, "1", "reader") }},
	{"PutClient", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.PutClient(ctx, store.Client{ID: "c", SecretHashes: []string{"hidden-new"}})
	}},
	{"CreateClient", true, func(ctx context.Context, s *sqlstore.Store) error { return s.CreateClient(ctx, store.Client{ID: "d"}) }},
	{"DeleteClient", true, func(ctx context.Context, s *sqlstore.Store) error { return s.DeleteClient(ctx, "c") }},
	{"PutAPIKey", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.PutAPIKey(ctx, store.APIKey{ID: store.KeyID{2}, UserID: "1"})
	}},
	{"DeleteAPIKey", true, func(ctx context.Context, s *sqlstore.Store) error { return s.DeleteAPIKey(ctx, oldKey.ID) }},
	{"CreateTokens", true, func(ctx context.Context, s *sqlstore.Store) error { return s.CreateTokens(ctx, nextToken) }},
	{"CreateTokens, many", true, func(ctx context.Context, s *sqlstore.Store) error { return s.CreateTokens(ctx, crowd()...) }},
	{"TakeToken", true, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.TakeToken(ctx, oldToken.ID)
		return err
	}},
	{"RotateToken", true, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.RotateToken(ctx, oldToken.ID, nextToken)
		return err
	}},
	{"RotateToken, many", true, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.RotateToken(ctx, oldToken.ID, crowd()...)
		return err
	}},
	{"DeleteTokens", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.DeleteTokens(ctx, store.TokenMatch{Family: "f"})
	}},
	{"PurgeTokens", true, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.PurgeTokens(ctx, time.Unix(1e9+1, 0), 5)
		return err
	}},
	{"AppendAudit", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.AppendAudit(ctx, store.AuditRecord{Time: time.Unix(2e9, 0)}, store.AuditRecord{Time: time.Unix(2e9, 0)})
	}},
	{"AppendAudit, many", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.AppendAudit(ctx, make([]store.AuditRecord, 120)...)
	}},
	{"PurgeAudit", true, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.PurgeAudit(ctx, time.Unix(1e9+1, 0), 5)
		return err
	}},
	{"LimitedUntil", false, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.LimitedUntil(ctx, time.Unix(1e9, 0), oldLimit, newLimit)
		return err
	}},
	{"CountEvent", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.CountEvent(ctx, time.Unix(1e9, 0), store.EventID{2}, oldLimit, newLimit)
	}},
	{"CountEvent, many", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.CountEvent(ctx, time.Unix(1e9, 0), store.EventID{2}, manyLimits()...)
	}},
	{"ClearCounters", true, func(ctx context.Context, s *sqlstore.Store) error {
		return s.ClearCounters(ctx, newLimit.Counter, oldLimit.Counter)
	}},
	{"PurgeCounters", true, func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.PurgeCounters(ctx, time.Unix(2e9, 0), 5)
		return err
	}},
}
