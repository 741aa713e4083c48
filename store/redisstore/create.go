package redisstore

import (
	"context"
	"fmt"
	"strconv"

	"github.com/apiauth-go/apiauth/store"
)

// CreateTokens stores the tokens, all or nothing. It returns [store.ErrExists] if one of them is there already or occurs twice,
// [store.ErrInvalid] for no tokens, for one without an ID or ExpiresAt and for one larger than [MaxRecord], and an error that is
// [store.ErrFull] if the server is out of memory. A token that ended more than [store.ExpiredGrace] ago is gone at once.
func (s *Store) CreateTokens(ctx context.Context, tokens ...store.Token) error {
	if err := alive(ctx); err != nil {
		return err
	}
	if len(tokens) == 0 {
		return fmt.Errorf("redisstore: no tokens to create: %w", store.ErrInvalid)
	}
	twice, err := checkTokens(tokens)
	switch {
	case err != nil:
		return err
	case twice:
		return fmt.Errorf("redisstore: a token occurs twice: %w", store.ErrExists)
	}
	keys, args := s.additions(nil, []string{strconv.Itoa(len(tokens))}, tokens)
	a, err := s.run(ctx, "CreateTokens", createScript, keys, args...)
	switch {
	case err != nil:
		return err
	case a.word == wordExists:
		return store.ErrExists
	case a.word != wordDone:
		return newFailure("CreateTokens", errMixed)
	}
	return nil
}

// additions appends to the keys and the arguments of a script what scripts/add.lua wants: the keys of the tokens and of all their
// index sets, and for each token its record, when it goes, its ID and where its index sets are.
func (s *Store) additions(keys, args []string, tokens []store.Token) ([]string, []string) {
	for i := range tokens {
		keys = append(keys, s.tokenKey(tokens[i].ID))
	}
	places := make(map[string]string, 3)
	for i := range tokens {
		t := &tokens[i]
		args = append(args, string(appendRecord(nil, t)), strconv.FormatInt(goes(t), 10), string(t.ID[:]))
		for _, key := range s.indexKeys(t.UserID, t.ClientID, t.Family) {
			if key == "" {
				args = append(args, "0")
				continue
			}
			place, ok := places[key]
			if !ok {
				keys = append(keys, key)
				place = strconv.Itoa(len(keys))
				places[key] = place
			}
			args = append(args, place)
		}
	}
	return keys, args
}
