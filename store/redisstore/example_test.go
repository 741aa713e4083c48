package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// A store for the tokens of one application, on a server that is shared by all machines.
func Example() {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs:                 []string{"127.0.0.1:6379"}, // several for a cluster; with MasterName, the sentinels
		ContextTimeoutEnabled: true,                       // a call that has ended gives its connection back
	})
	defer client.Close() // the Store does not own it

	s, err := redisstore.New(redisstore.Config{Client: client, KeyPrefix: "apiauth:oauth001:"})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Check(ctx); err != nil {
		fmt.Println("not a server to keep tokens on:", err)
		return
	}
	var tokens store.TokenStore = s // for packages oauth and jwt
	_, err = tokens.TokenByID(ctx, store.TokenID{1})
	fmt.Println(err, errors.Is(err, store.ErrNotFound))
}

// What New refuses would let revoked tokens live on.
func ExampleNew() {
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:7000"}, RouteByLatency: true})
	defer client.Close()
	_, err := redisstore.New(redisstore.Config{Client: client})
	fmt.Println(err)
	// Output:
	// redisstore: Config.Client reads from replicas (ReadOnly, RouteByLatency, RouteRandomly), which show revoked tokens for a while: store: invalid argument
}
