// Package memstore keeps users, clients, tokens, API keys and audit records in memory. It is the store to begin with, the store for
// tests, and a good store for one process whose tokens need not outlive it: after a restart clients log in again.
//
// One [Store] implements everything of package store except PasswordVerifier and CounterStore (failed logins are counted by auth.Counters), so it
// can be given wherever a store of records is asked for:
//
//	s, err := memstore.New(nil)
//	err = s.PutUser(ctx, store.User{ID: "1", Name: "editor", PasswordHash: hash, Active: true})
//
// IDs and names are compared byte by byte: case, spaces and Unicode normal forms matter. Any string can be kept.
//
// Finding nobody takes as many allocations as finding somebody, so that the time of a lookup tells little about who there is. It is not the same
// time: a map is left earlier when a key is not there.
//
// # Limits
//
// Memory is bounded: [Config] limits the number of records of each kind, [MaxRecord] the size of each. At a limit, new
// records are refused with [store.ErrFull]. A full store drops expired tokens to make room, never a valid one: otherwise
// whoever can ask for tokens could sign everybody else out.
//
// Only of audit records the oldest go when there are too many. They are for examples and tests: a stranger can push them out by making
// attempts, and a restart loses them.
//
// # Expiry
//
// No goroutine runs in the background and nothing needs closing. Each new token clears away a few that ended more than
// [store.ExpiredGrace] ago, so the store of a running service does not grow; PurgeTokens is there for those who want the
// memory back while no tokens are issued.
package memstore
