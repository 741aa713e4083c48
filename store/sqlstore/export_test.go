package sqlstore

import (
	"fmt"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// AdvisoryKey is the lock that Migrate takes on PostgreSQL.
var AdvisoryKey = advisoryKey

// RetryFor is how long a Store tries again.
const RetryFor = retryFor

// Statement is one as the Store runs it.
type Statement struct {
	Text string
	Args []any
}

// Ahead lets purges see a database whose clock is ahead by so much, and returns s. The suite of storetest purges what has yet to end.
func (s *Store) Ahead(by time.Duration) *Store {
	clock := s.dialect.clock()
	for _, query := range []*string{&s.queries.purgeTokens, &s.queries.purgeCounters} {
		*query = strings.ReplaceAll(*query, clock, fmt.Sprintf("%s + %d", clock, by.Microseconds()))
	}
	return s
}

// Hot returns the statements that must find their rows by an index, with the arguments given, under the name of that index.
func (s *Store) Hot(user, name, client string, token store.TokenID, key store.KeyID, m store.TokenMatch, before time.Time) map[string][]Statement {
	q := &s.queries
	match := func(m store.TokenMatch) []Statement {
		where, args := q.matching(m)
		return []Statement{
			{q.sql("DELETE FROM {}tokens WHERE " + where), args},
			{q.sql("SELECT " + tokenColumns + " FROM {}tokens WHERE " + where + " LIMIT ?"), append(args, 10)},
		}
	}
	list := func(f store.AuditFilter) Statement {
		text, args, err := q.listAudit(f, 10)
		if err != nil {
			panic(err)
		}
		return Statement{text, args}
	}
	micro := before.UnixMicro()
	inTokens := []Statement{{q.tokenByID, []any{token[:]}}, {q.lockToken, []any{token[:]}}, {q.deleteToken, []any{token[:]}}, {q.spendToken, []any{micro, token[:]}}}
	if s.dialect == PostgreSQL { // the others do the same in several statements
		inTokens = append(inTokens, Statement{q.takeToken, []any{token[:]}})
		for n := range 3 {
			next := make([]store.Token, n)
			for i := range next {
				next[i] = store.Token{ID: store.TokenID{byte(i + 1)}, IssuedAt: before, ExpiresAt: before}
			}
			args, err := s.tokenArgs(next)
			if err != nil {
				panic(err)
			}
			inTokens = append(inTokens, Statement{q.rotateToken(n), append([]any{micro, token[:]}, args...)})
		}
	}
	return map[string][]Statement{
		"users primary": {
			{q.userByID, []any{user}}, {q.lockUser, []any{user}}, {q.passwordOf, []any{user}}, {q.setActive, []any{true, user}},
			{q.setPassword, []any{"hash", "stamp", user}}, {q.rehash, []any{"hash", user, "old"}},
			{q.updateUser, []any{name, "hash", true, "stamp", user}}, {q.deleteUser, []any{user}},
		},
		"user_roles primary": {
			{q.rolesOf, []any{user}}, {q.deleteRolesOf, []any{user}}, {q.revokeRole, []any{user, "role 7"}},
		},
		"users_name":       {{q.userByName, []any{name}}},
		"clients primary":  {{q.clientByID, []any{client}}},
		"tokens primary":   inTokens,
		"tokens_user":      match(store.TokenMatch{UserID: m.UserID}),
		"tokens_client":    match(store.TokenMatch{ClientID: m.ClientID}),
		"tokens_family":    match(store.TokenMatch{Family: m.Family}),
		"tokens_expires":   {{q.purgeTokens, []any{micro, 10}}},
		"api_keys_user":    {{q.apiKeysOf, []any{user, 10}}, {q.deleteAPIKeysOf, []any{user}}},
		"api_keys primary": {{q.apiKeyByID, []any{key[:]}}},
		"user_roles_role":  {{q.deleteRoleOfAll, []any{"role 7"}}},
		"audit_at": {
			{q.purgeAudit, []any{micro, 10}}, list(store.AuditFilter{}), list(store.AuditFilter{From: before}),
			// What README.md advises for those that have no index of their own.
			list(store.AuditFilter{Kind: "login", From: before}), list(store.AuditFilter{Outcome: "success", Method: "basic", From: before}),
		},
		"audit_user":    {list(store.AuditFilter{User: name}), list(store.AuditFilter{User: name, From: before})},
		"audit_address": {list(store.AuditFilter{Address: "192.0.2.7"})},
	}
}
