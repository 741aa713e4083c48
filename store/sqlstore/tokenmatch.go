package sqlstore

import (
	"context"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// DeleteTokens deletes all tokens that match, of every kind, spent or not. Nothing to delete is no error; a zero match is
// [store.ErrInvalid].
//
// They go in one transaction however many they are, so that none is left of what was to end: for each 1,000 of them some 4 ms on
// PostgreSQL, 61 ms on SQLite, where nobody else writes meanwhile, and 0.4 s on MariaDB. That is nothing for a family or a user. For a
// client with a great many, see [Store.DeleteClient].
func (s *Store) DeleteTokens(ctx context.Context, match store.TokenMatch) error {
	if match.IsZero() {
		return s.answer(ctx, invalid("the match is empty"))
	}
	if !matchable(match) {
		return s.usable(ctx)
	}
	return s.transact(ctx, "deleting tokens", func(r *run) error { return r.deleteTokens(ctx, match) })
}

// matchable reports whether there can be tokens that match.
func matchable(m store.TokenMatch) bool {
	return findable(m.UserID) && findable(m.ClientID) && findable(m.Family)
}

// deleteTokens deletes until nothing is left to delete. Once is not enough where others write at the same time: the statement waits for
// a rotation that holds one of the rows, but does not see the rows that this rotation adds, for it began before they were there. When
// it finds nothing, no rotation of such tokens is under way: it would have held a row that matches, and either it had ended before we
// came, and its new rows were found, or it waits for us and will find its old token gone.
func (r *run) deleteTokens(ctx context.Context, match store.TokenMatch) error {
	where, args := r.s.queries.matching(match)
	query := r.s.queries.sql("DELETE FROM {}tokens WHERE " + where)
	for {
		n, err := r.exec(ctx, query, args...)
		if err != nil || n == 0 {
			return err
		}
		if r.s.dialect == SQLite { // where we are the only writer
			return nil
		}
	}
}

// ListTokens returns up to limit matching tokens in no particular order. A zero match or a limit below 1 is [store.ErrInvalid].
func (s *Store) ListTokens(ctx context.Context, match store.TokenMatch, limit int) ([]store.Token, error) {
	switch {
	case match.IsZero():
		return nil, s.answer(ctx, invalid("the match is empty"))
	case limit < 1:
		return nil, s.answer(ctx, invalid("limit is below 1"))
	case !matchable(match):
		return nil, s.usable(ctx)
	}
	where, args := s.queries.matching(match)
	query := s.queries.sql("SELECT " + tokenColumns + " FROM {}tokens WHERE " + where + " LIMIT ?")
	var tokens []store.Token
	err := s.read(ctx, "listing tokens", func(r *run) error {
		tokens = nil
		return r.each(ctx, query, func(scan scan) error {
			var t store.Token
			err := scanToken(scan, &t)
			tokens = append(tokens, t)
			return err
		}, append(args, limit)...)
	})
	if err != nil {
		return nil, err
	}
	return tokens, nil
}

// PurgeTokens deletes up to limit tokens that expired before the given time and returns how many it deleted. Callers pass a time at
// least [store.ExpiredGrace] ago, and repeat while the result equals limit. Tokens that ended less than that ago by the database's clock
// stay, whatever time is given: a machine whose clock is fast takes nothing from the others. A limit below 1 is [store.ErrInvalid].
func (s *Store) PurgeTokens(ctx context.Context, before time.Time, limit int) (int, error) {
	return s.purge(ctx, "purging tokens", s.queries.purgeTokens, before, limit)
}

// purge deletes the first rows from before a time.
func (s *Store) purge(ctx context.Context, what, query string, before time.Time, limit int) (int, error) {
	switch {
	case limit < 1:
		return 0, s.answer(ctx, invalid("limit is below 1"))
	case !recordable(before):
		return 0, s.answer(ctx, invalid("the time is not in the years 1 to 9999"))
	}
	var n int64
	doing := s.write
	if s.dialect == MySQL {
		doing = s.transact // for its isolation: else the gap behind the last row is locked, in which new tokens may belong
	}
	err := doing(ctx, what, func(r *run) (err error) {
		n, err = r.exec(ctx, query, before.UnixMicro(), limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(n), nil
}
