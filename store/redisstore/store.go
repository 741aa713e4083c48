package redisstore

import (
	"github.com/redis/go-redis/v9"

	"github.com/apiauth-go/apiauth/store"
)

// Store keeps tokens and counters on a Redis server. It implements [store.TokenStore], [store.TokenLister] and [store.CounterStore] and is safe for
// concurrent use.
type Store struct {
	client redis.UniversalClient
	prefix string // with its braces
}

var (
	_ store.TokenStore   = (*Store)(nil)
	_ store.TokenLister  = (*Store)(nil)
	_ store.CounterStore = (*Store)(nil)
)

// tokenKey returns the key of a token's record.
func (s *Store) tokenKey(id store.TokenID) string { return s.prefix + "t" + string(id[:]) }

// The index sets of users, clients and families: sorted sets of the IDs of tokens, as bytes, by the millisecond in which their records
// go. The scripts know these letters too.
const (
	userIndex   = "u"
	clientIndex = "c"
	familyIndex = "f"
)

// indexKeys returns the keys of the index sets for a user, a client and a family: "" for none.
func (s *Store) indexKeys(user, client, family string) (keys [3]string) {
	for i, index := range [3]struct{ letter, text string }{{userIndex, user}, {clientIndex, client}, {familyIndex, family}} {
		if index.text != "" {
			keys[i] = s.prefix + index.letter + index.text
		}
	}
	return keys
}
