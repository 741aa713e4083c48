package redisstore

import (
	"context"
	"fmt"
	"strconv"

	"github.com/apiauth-go/apiauth/store"
)

// DeleteTokens deletes all tokens that match, of every kind, spent or not, all or nothing. Nothing to delete is no error; a zero match
// is [store.ErrInvalid]. Once it returns, no rotation that began before can bring up another token of a deleted family.
//
// The server does nothing else meanwhile: see the package comment before deleting tokens by the hundred thousand.
func (s *Store) DeleteTokens(ctx context.Context, match store.TokenMatch) error {
	if err := alive(ctx); err != nil {
		return err
	}
	if match.IsZero() {
		return fmt.Errorf("redisstore: empty TokenMatch: %w", store.ErrInvalid)
	}
	a, err := s.search(ctx, "DeleteTokens", deleteScript, match)
	if err == nil && a.word != wordDone {
		err = newFailure("DeleteTokens", errMixed)
	}
	return err
}

// ListTokens returns up to limit matching tokens in no particular order, as they are at one moment. A zero match or a limit below 1 is
// [store.ErrInvalid].
func (s *Store) ListTokens(ctx context.Context, match store.TokenMatch, limit int) ([]store.Token, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	if match.IsZero() || limit < 1 {
		return nil, fmt.Errorf("redisstore: empty TokenMatch or limit below 1: %w", store.ErrInvalid)
	}
	a, err := s.search(ctx, "ListTokens", listScript, match, strconv.Itoa(limit))
	if err != nil {
		return nil, err
	}
	list, err := a.tokens(match)
	if err != nil {
		return nil, newFailure("ListTokens", err)
	}
	return list, nil
}

// search runs a script that begins with scripts/search.lua.
func (s *Store) search(ctx context.Context, op string, sc *script, match store.TokenMatch, args ...string) (answer, error) {
	var keys []string
	for _, key := range s.indexKeys(match.UserID, match.ClientID, match.Family) {
		if key != "" {
			keys = append(keys, key)
		}
	}
	return s.run(ctx, op, sc, keys, append([]string{s.prefix, match.UserID, match.ClientID, match.Family}, args...)...)
}

// tokens returns the tokens of an answer that lists IDs and records in turn.
func (a answer) tokens(match store.TokenMatch) ([]store.Token, error) {
	if a.word != wordDone || len(a.values)%2 != 0 {
		return nil, errMixed
	}
	list := make([]store.Token, len(a.values)/2)
	for i := range list {
		var id store.TokenID
		if copy(id[:], a.values[2*i]) != len(id) || len(a.values[2*i]) != len(id) {
			return nil, errMixed
		}
		t, err := parseRecord(id, a.values[2*i+1])
		if err != nil {
			return nil, err
		}
		if !match.Matches(&t) {
			return nil, errMixed
		}
		list[i] = t
	}
	return list, nil
}
