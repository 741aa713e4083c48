// Package store defines what apiauth reads and writes: the records ([User], [Client], [Token], [APIKey], [AuditRecord]) and the small
// interfaces behind which an application keeps them.
//
// An application needs a [UserStore] and nothing else to use Basic and JSON Web Tokens. API keys add an [APIKeyStore],
// OAuth adds a [ClientStore] and a [TokenStore], a record of all attempts an [AuditStore]. Servers that count failed logins together need a
// [CounterStore]. Package [memstore] implements all but the last in memory, [sqlstore] all of them in a SQL database, and [redisstore] tokens and
// counters on a Redis server; package [storetest] is a conformance suite for your own.
//
// # Contract
//
// The following holds for every method of every interface here, and storetest checks it:
//
//   - Methods are safe for concurrent use.
//   - The context is honoured: once it is done, a method returns an error that wraps context.Cause(ctx), not only
//     ctx.Err(), and has no effect.
//   - "Not there" is [ErrNotFound], matched with errors.Is; implementations may wrap it. Every other error means that
//     the answer is not known: callers treat it as an outage (503) and never as "no".
//   - Records are values. A record that a store returns shares no memory with the store: a caller may change it.
//   - Stores keep and return hashes only. A [TokenID] and a [KeyID] are digests computed by the callers in auth and
//     oauth; no raw token, key or secret ever reaches a store.
//   - Expired tokens stay readable for [ExpiredGrace] after their end, so that "expired" can be told from "unknown".
//     Callers compare the clock themselves.
//
// # Optional capabilities
//
// [PasswordRehasher], [PasswordVerifier], [TokenLister], [TokenPurger], [AuditLister], [AuditPurger] and [CounterPurger] are one-method interfaces
// that a store may implement as well. Constructors look for them once; a configuration that needs a missing one is refused there.
//
// The package does not import errors: "not found" is a fact of storage, and what HTTP says about it is decided above.
//
// [memstore]: https://pkg.go.dev/github.com/apiauth-go/apiauth/store/memstore
// [storetest]: https://pkg.go.dev/github.com/apiauth-go/apiauth/store/storetest
// [sqlstore]: https://pkg.go.dev/github.com/apiauth-go/apiauth/store/sqlstore
// [redisstore]: https://pkg.go.dev/github.com/apiauth-go/apiauth/store/redisstore
package store
