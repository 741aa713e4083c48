package store

import (
	"errors"
	"time"
)

// Sentinels of storage, matched with errors.Is. Any other error is an outage.
var (
	// ErrNotFound: there is no such record. For tokens: it never existed, was deleted, or was purged.
	ErrNotFound = errors.New("store: not found")

	// ErrExists: a record with this key exists already. Nothing was written.
	ErrExists = errors.New("store: already exists")

	// ErrSpent: the token was rotated before. The spent record is returned along with it.
	ErrSpent = errors.New("store: token already spent")

	// ErrConflict: a compare-and-swap found another value than the expected one. Nothing was written.
	ErrConflict = errors.New("store: changed in between")

	// ErrInvalid: the arguments make no sense, such as an empty [TokenMatch], which would delete everything.
	ErrInvalid = errors.New("store: invalid argument")

	// ErrPasswordMismatch: a [PasswordVerifier] knows the user and refuses the password.
	ErrPasswordMismatch = errors.New("store: password mismatch")

	// ErrFull: the store is at its configured limit. It is an outage (503), not an answer about the record.
	ErrFull = errors.New("store: full")
)

// ExpiredGrace is how long an expired token must stay readable after its end. Within that time a client is told that
// its token has expired; afterwards the token is unknown.
const ExpiredGrace = time.Hour
