// Package redisstore keeps access tokens, refresh tokens, revocation marks and the counters of failed logins on a Redis server, where many
// machines share them. A [Store] implements [store.TokenStore], [store.TokenLister] and [store.CounterStore] over a client of
// github.com/redis/go-redis/v9:
//
//	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: addrs, ContextTimeoutEnabled: true})
//	s, err := redisstore.New(redisstore.Config{Client: client})
//	err = s.Check(ctx) // once, at the start: is this server one to keep tokens on?
//
// It needs Redis 7.0 or later, alone, behind sentinels or as a cluster. Users, clients and API keys are kept elsewhere. Any string can be
// kept; all are compared byte by byte.
//
// # What is where
//
// A token is one record under the hash of its text, and verifying it is one GET. Three sorted sets, by user, by client and by family,
// find the tokens to list and delete. Everything that changes is changed by one Lua script, which the server runs from beginning to
// end with nothing in between: that is what makes it all or nothing.
//
// Records go by themselves, by the server's clock, [store.ExpiredGrace] after their end, and the sets lose them as new ones come. So the
// server's clock must be about right: by as much as it is ahead, clients hear for less than an hour that a token has expired.
//
// # Counters
//
// A counter is a sorted set of the latest events, as many as reach its limit, and goes by itself a minute after the last of them is
// over. Windows are those of the callers' clocks; by the server's a counter lives for a length of time, so that the two need not agree. A
// Store does for both tokens and counters. In a cluster, or to keep a flood of failed logins away from the memory of the tokens, take a second
// one with a prefix or a server of its own:
//
//	login, err := auth.NewLogin(auth.LoginConfig{Users: users, Counters: s})
//
// # One slot
//
// In a cluster a script reaches the keys of one slot only. A token is asked for by its ID alone, which says nothing about its family; a
// rotation has to change tokens of unrelated IDs at once; and deleting the tokens of a user or a client goes through all families and
// must not stop half way. With tokens in several slots the first takes two questions instead of one, and the last cannot be had: a
// server that fails in between leaves a stolen family alive of which the caller was told that it is gone or that it is not. So all keys
// of a Store have one hash tag, its KeyPrefix in braces, and are in one slot: on one server of the cluster, and its replicas.
//
// That server is what limits a Store, and it is a high limit: of its one processor a GET costs some microseconds, issuing an access
// token some 20, refreshing a pair some 40. Applications that need more take a Store with its own prefix each (tokens belong to an application
// anyway), and one for the marks of package jwt. The cluster spreads them over its servers.
//
// Deleting costs the server some 10 microseconds for each token, and it does nothing else meanwhile. That is nothing for a family or a user.
// Deleting a client with a million live tokens stops the server for many seconds: all others hear that it is busy, which they pass on as an
// outage (503). Who expects that, deletes such a client's tokens user by user before.
//
// # When the server is away
//
// Every error but the sentinels of package store means that the server gave no answer that can be relied on. None of them shows a key,
// a digest or a record. A server out of memory is an error that is [store.ErrFull] besides; it takes no tokens, and still lets them be
// read, taken and deleted. Calls return when their context is done, whatever the client is waiting for.
//
// go-redis sends a command again when its answer gets lost. A rotation that is sent again recognises itself and is told that it is done,
// not that its token was used twice; an event that is counted again counts already; creations and takings are sent once, and fail. No
// setting is needed for that.
//
// # What the server must be like
//
// It must not evict keys: maxmemory-policy noeviction, which [Store.Check] looks at. It should write to disk (appendonly yes), or a restart
// signs everybody out and forgets revocations. And nil means durable only as far as the server is: with appendfsync everysec a power
// failure, and with replicas a failover, loses the last second or so of what was answered. A token issued then is unknown. A token
// revoked then lives again, until it expires. A refresh token used then is good again, and the one that it was exchanged for unknown. The file
// README.md has the settings that narrow this, and how much memory to reckon with.
package redisstore
