// Package sqlstore keeps users, clients, tokens, API keys, the audit and counters in a SQL database, by database/sql: SQLite, PostgreSQL,
// MySQL or MariaDB. One [Store] implements everything of package store except PasswordVerifier:
//
//	db, err := sql.Open("pgx", "postgres://…")
//	s, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.PostgreSQL})
//	err = s.Migrate(ctx)
//
// The driver is the application's choice; this package imports none. It is tested with modernc.org/sqlite, github.com/jackc/pgx/v5 (its
// package stdlib) and github.com/go-sql-driver/mysql. Any number of processes and machines may share a database: all they have in common
// is in it, and nothing is cached outside, so that a blocked user or a revoked token is refused everywhere at once.
//
// # Which database
//
// SQLite is for one machine: a file, no server, the fastest to read. It has one writer at a time, which is good for thousands of logins a
// minute. PostgreSQL needs the fewest round trips. Every operation of a request is one statement there, a rotation too; on MySQL a
// rotation is a transaction.
//
// # Data source names
//
//   - modernc.org/sqlite: file:auth.db?_pragma=busy_timeout(1000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate.
//     Without WAL readers wait for writers. The busy timeout makes processes wait for each other; that wait does not end with the context,
//     so let it be short: afterwards the Store tries again by itself for ten seconds or as long as the context allows. With synchronous
//     NORMAL a power failure may take back the last moments, with FULL it does not; the file is sound either way. A database in memory is
//     another one for each connection: SetMaxOpenConns(1).
//   - github.com/jackc/pgx/v5/stdlib: postgres://user:password@host/database. Behind PgBouncer it must be 1.21 or later with
//     max_prepared_statements set. The database must be in UTF8.
//   - github.com/go-sql-driver/mysql: user:password@tcp(host)/database. parseTime, loc and charset do not matter: no column is a date or
//     has a character set. A timeout and a readTimeout are wise. The binary log, if there is one, must have the format ROW or MIXED.
//
// Set the size of the pool: SetMaxOpenConns to what the server can bear divided by the number of machines, 10 to 30 as a rule, and
// SetMaxIdleConns to the same, because the default of two makes connections come and go; SetConnMaxLifetime to some minutes behind a
// proxy. A call never needs more than one connection at a time.
//
// # Texts
//
// IDs and names are compared byte by byte on every database: case, accents, blanks at the end and Unicode normal forms matter. Texts are
// UTF-8 without NUL, IDs, names and whatever else is looked for up to [MaxText] bytes, all texts of a record together up to [MaxRecord].
// Others are refused with [store.ErrInvalid], on every database alike, so that records can move from one to another; who looks for one
// finds nothing. Only the audit, whose texts come from strangers, keeps all: what the database could not is written in hex after \x.
//
// # Times
//
// Times are Unix microseconds in columns of integers: exact, in order, and independent of the time zones and date types of servers,
// sessions and drivers. They always come from the callers' clocks, never from the database's, so the clocks of the machines should agree.
// The database's clock has one say: nothing is purged that lives by it, so that one machine whose clock is fast cannot take away what is
// everybody's.
//
// # Users and roles
//
// A user has roles, a role has permissions, and the permissions of a user are worked out whenever he is read: [Store.PutRole] takes
// effect at once for all who have the role. Unlike that of [memstore], [Store.PutUser] stores no permissions and wants roles that exist.
// Whoever keeps his users elsewhere uses the Store for the rest: tokens and keys need no row in the table of users.
//
// # Schema
//
// [Store.Migrate] creates the tables and brings older ones up to date. Call it at every start, or from a job that has the right to create
// tables while the servers do not. A Store checks the version of the tables at its first use and refuses others with [ErrSchema]. A server
// of the release before that runs goes on after a migration, and one that is started does not work: README.md says what that means for
// a rolling update.
//
// # Purging
//
// Expired tokens stay until PurgeTokens removes them, audit records until PurgeAudit and the events of counters until PurgeCounters
// does. Call all three every few minutes, with batches of about a thousand as in the example: each batch is a short transaction, found
// by an index. Nothing else needs to be tidied up. What else deletes does so in one transaction, see [Store.DeleteTokens].
//
// # Failures
//
// Every change is one transaction: a killed process or a lost connection leaves all of it or nothing. What the database undid because of
// another transaction (deadlocks, serialization failures, a busy SQLite) is tried again for up to ten seconds or as long as the context
// allows. An error from a context that ended while the database was at work leaves open whether the change was made, as a whole, or not.
// Errors show the database's error code and no values.
//
// [memstore]: https://pkg.go.dev/github.com/apiauth-go/apiauth/store/memstore
package sqlstore
