package password

import "errors"

// The errors of this package wrap one of these and add at most a fixed text: never a part of the password or the record.
var (
	// ErrUnsupported: the record is of no format, version or variant that the Hasher accepts. Plain text, bare MD5 or
	// SHA-1, crypt(3) and the empty record of a user without a password are such.
	ErrUnsupported = errors.New("password: hash format not accepted")

	// ErrMalformed: the record begins like an accepted format and then breaks its rules.
	ErrMalformed = errors.New("password: hash record malformed")

	// ErrCost: the record is well-formed and demands more work or memory than this package gives to a single guess:
	// for argon2id over 256 MiB, 64 passes, 64 threads or 2 GiB of memory filled in all passes, for bcrypt a cost over
	// 16, for Drupal7 and PHPass over 2^20 iterations. Each limit keeps a computation to a few seconds.
	ErrCost = errors.New("password: hash record too costly")

	// ErrInput: the password cannot be a password here, see CheckInput.
	ErrInput = errors.New("password: input not acceptable")

	// ErrNotConfigured: the Hasher is nil or zero.
	ErrNotConfigured = errors.New("password: hasher not configured")
)
