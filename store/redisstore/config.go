package redisstore

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/apiauth-go/apiauth/store"
)

// DefaultKeyPrefix is the default of [Config.KeyPrefix].
const DefaultKeyPrefix = "apiauth:"

// MaxRecord is the greatest size of one record: the length in bytes of all its texts together. Larger records are refused with
// [store.ErrInvalid].
const MaxRecord = 64 << 10

// maxKeyPrefix bounds what every key begins with.
const maxKeyPrefix = 64

// Config says where a [Store] keeps its tokens.
type Config struct {
	// Client leads to the server: a *redis.Client, alone or made by redis.NewFailoverClient for sentinels, or a *redis.ClusterClient.
	// Required. The Store uses it and does not own it: whoever made it closes it, after the Store's last use.
	//
	// Refused are a *redis.Ring and clients that read from replicas or from a cache of their own, for they would go on to show tokens
	// that have been revoked. Of another implementation this cannot be seen: it must read from the primary.
	Client redis.UniversalClient

	// KeyPrefix is what the keys of this Store begin with, in braces, which put them into one slot of a cluster: with the default they
	// all begin with {apiauth:}. Stores with different prefixes share nothing. Up to 64 printable ASCII characters, no spaces and
	// none of {}*?[]\ . Default: [DefaultKeyPrefix].
	KeyPrefix string
}

// New returns a Store. It does not speak to the server; [Store.Check] does.
func New(cfg Config) (*Store, error) {
	if err := checkClient(cfg.Client); err != nil {
		return nil, err
	}
	prefix := cmp.Or(cfg.KeyPrefix, DefaultKeyPrefix)
	if len(prefix) > maxKeyPrefix || strings.ContainsFunc(prefix, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`{}*?[]\`, r)
	}) {
		return nil, fmt.Errorf(`redisstore: Config.KeyPrefix must be up to %d printable ASCII characters without spaces and {}*?[]\: %w`,
			maxKeyPrefix, store.ErrInvalid)
	}
	return &Store{client: cfg.Client, prefix: "{" + prefix + "}"}, nil
}

// checkClient refuses the clients with which a revoked token could come back to life.
func checkClient(client redis.UniversalClient) error {
	if v := reflect.ValueOf(client); client == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("redisstore: Config.Client is nil: %w", store.ErrInvalid)
	}
	why := ""
	switch c := client.(type) {
	case *redis.Client:
		if o := c.Options(); o.ClientSideCache != nil || o.ClientSideCacheConfig != nil {
			why = "has a client-side cache, which shows revoked tokens for a while"
		}
	case *redis.ClusterClient:
		if o := c.Options(); o.ReadOnly || o.RouteByLatency || o.RouteRandomly {
			why = "reads from replicas (ReadOnly, RouteByLatency, RouteRandomly), which show revoked tokens for a while"
		}
	case *redis.Ring:
		why = "is a *redis.Ring, which takes another server when one is down, and that knows no token and no revocation"
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("redisstore: Config.Client %s: %w", why, store.ErrInvalid)
}
