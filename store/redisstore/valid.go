package redisstore

import (
	"fmt"
	"time"

	"github.com/apiauth-go/apiauth/store"
)

// checkTokens refuses what cannot be kept, and reports whether an ID occurs twice.
func checkTokens(tokens []store.Token) (twice bool, err error) {
	seen := make(map[store.TokenID]bool, len(tokens))
	for i := range tokens {
		if err := checkToken(&tokens[i]); err != nil {
			return false, err
		}
		twice = twice || seen[tokens[i].ID]
		seen[tokens[i].ID] = true
	}
	return twice, nil
}

func checkToken(t *store.Token) error {
	switch {
	case t.ID == store.TokenID{}:
		return fmt.Errorf("redisstore: token without an ID: %w", store.ErrInvalid)
	case t.ExpiresAt.IsZero():
		return fmt.Errorf("redisstore: token without ExpiresAt: %w", store.ErrInvalid)
	}
	for _, at := range [...]struct {
		name string
		time time.Time
	}{{"IssuedAt", t.IssuedAt}, {"ExpiresAt", t.ExpiresAt}, {"SpentAt", t.SpentAt}} {
		if year := at.time.UTC().Year(); year < 1 || year > 9999 {
			return fmt.Errorf("redisstore: token with %s in the year %d: %w", at.name, year, store.ErrInvalid)
		}
	}
	size := len(t.UserID) + len(t.ClientID) + len(t.Family) + len(t.Kind) + len(t.Application) + len(t.Stamp) + len(t.Scopes)
	for _, scope := range t.Scopes {
		size += len(scope)
	}
	if size > MaxRecord {
		return fmt.Errorf("redisstore: record of %d bytes: %w", size, store.ErrInvalid)
	}
	return nil
}

// goes returns when the record goes, in milliseconds since 1970: store.ExpiredGrace after the token's end, and not a moment before.
func goes(t *store.Token) int64 {
	return t.ExpiresAt.Add(store.ExpiredGrace + time.Millisecond - 1).UnixMilli()
}
