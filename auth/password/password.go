// Package password hashes passwords and verifies them against stored hashes, the new ones and those that an older
// system left behind.
//
// It exists because a user table outlives the program that filled it. New hashes are always argon2id; the hashes that
// PHP and Drupal wrote verify as they are, and [Hasher.NeedsRehash] says which of them to replace at the next login.
//
// Start with [New]; its zero [Config] is a good one. [Hasher.Hash] makes the hash of a new password, [Hasher.Verify]
// checks a password. A login calls [Hasher.VerifyOrDummy], with an empty record for a name that it does not know, so that
// an unknown name takes as long as a wrong password.
//
// # Vocabulary
//
// A record is a stored hash in its text form, such as $argon2id$v=19$m=19456,t=2,p=1$salt$hash: it names its format,
// its cost, its salt and its hash. A record is data from a database and is not trusted: its cost is bounded before
// anything is computed (see [ErrCost]). A computation is one run of the slow function, and what a guess costs an
// attacker; every login attempt should do exactly one, and one more only when it succeeds and replaces the record.
//
// # What a computation takes
//
// An argon2id computation allocates its memory parameter, 19 MiB by default, and every computation keeps a processor
// busy for tens of milliseconds. This package does not limit how many run at once. Its caller must.
//
// # Sources
//
// RFC 9106 (argon2id), the PHC string format of the Password Hashing Competition, Provos and Mazières, "A
// Future-Adaptable Password Scheme" (bcrypt), Openwall's phpass, and the password hashing of Drupal 7, which is phpass
// with SHA-512.
package password

import (
	"fmt"
	"io"
)

// Format names a kind of record.
type Format string

const (
	// Argon2id is a PHC string, $argon2id$v=19$m=…,t=…,p=…$salt$hash, without the optional keyid and data. It is the
	// only format that Hash creates.
	Argon2id Format = "argon2id"

	// Bcrypt is $2a$, $2b$ or $2y$, the default of PHP's password_hash and so of Drupal since 10.1. The three prefixes
	// mean the same function. $2x$ marks hashes of a faulty implementation and is not accepted.
	Bcrypt Format = "bcrypt"

	// Drupal7 is $S$, iterated SHA-512, the default of Drupal 7 to 10.0.
	Drupal7 Format = "drupal7"

	// PHPass is every record in which MD5 takes part: $P$ and $H$, iterated MD5, of phpass, WordPress and phpBB, and
	// U$S$, U$P$ and U$H$, which hash md5(password) and were written when a site was upgraded to Drupal 7.
	PHPass Format = "phpass"
)

// Hasher creates and verifies records. Make one with New; the zero value and a nil pointer refuse everything. A Hasher
// is safe for concurrent use.
type Hasher struct {
	s *settings // nil in the zero value
}

// settings are a Config, checked and completed.
type settings struct {
	params Argon2idParams
	accept map[Format]bool // never written after New
	onHash func(Format)    // never nil
	dummy  string          // a record that read takes
}

// Hash returns a new Argon2id record for password, with a random salt. An input that CheckInput refuses, and the empty
// password, which no account should have, are ErrInput.
func (h *Hasher) Hash(password string) (string, error) {
	if h == nil || h.s == nil {
		return "", ErrNotConfigured
	}
	if err := CheckInput(password); err != nil {
		return "", err
	}
	if password == "" {
		return "", fmt.Errorf("%w: empty", ErrInput)
	}
	r := newArgon2idRecord(h.s.params)
	h.s.onHash(Argon2id)
	r.hash = r.compute(password)
	return r.String(), nil
}

// Verify reports whether password is the one that the record hash was made from.
//
// If the error is nil, exactly one computation was done, match or not. If it is not nil, none was, and the result is
// false: the error wraps ErrInput for a password that CheckInput refuses or the format cannot take (bcrypt reads 72
// bytes and refuses more), ErrUnsupported, ErrMalformed or ErrCost for a record. What the last three say depends on the
// stored record, so a login that meets one calls VerifyDummy and answers as for a wrong password. ErrInput for a
// password that CheckInput accepts depends on the record too.
func (h *Hasher) Verify(hash, password string) (bool, error) {
	if h == nil || h.s == nil {
		return false, ErrNotConfigured
	}
	r, err := h.s.read(hash, password)
	if err != nil {
		return false, err
	}
	return h.s.compare(r, password), nil
}

// VerifyOrDummy is Verify for a login, of a user who is known or not: whatever the record is, exactly one computation is
// done. Where Verify refuses the record, and for the empty one, which stands for a user who is unknown or has no
// password, it is that of VerifyDummy; the result is then false and the error what Verify says. A usable record and the
// empty one are treated by the same instructions, so that the time of nothing around the computation tells them apart.
func (h *Hasher) VerifyOrDummy(hash, password string) (bool, error) {
	if h == nil || h.s == nil {
		return false, ErrNotConfigured
	}
	var refused error
	if hash == "" {
		hash, refused = h.s.dummy, ErrUnsupported
	}
	r, err := h.s.read(hash, password)
	if err != nil {
		refused = err
		r, _ = parse(h.s.dummy, h.s.accept)
		password = password[:min(len(password), r.maxInput())]
	}
	match := h.s.compare(r, password)
	return match && refused == nil, refused
}

// VerifyDummy does one computation of the slowest kind that this Hasher is configured for, for a login that has no
// record to verify: the user is unknown, has none, or has one that Verify refused. Which kind is the slowest is decided
// in New from typical costs, see Config. The record behind it is random and known to nobody, and the outcome is dropped,
// so that nothing ever matches it.
//
// The password is not checked, because nothing depends on it; what is longer than the kind reads is cut. A login that
// has a name and no user yet is better served by VerifyOrDummy.
func (h *Hasher) VerifyDummy(password string) { _, _ = h.VerifyOrDummy("", password) }

// read returns the record of hash if it is one that password can be compared with.
func (s *settings) read(hash, password string) (record, error) {
	if err := CheckInput(password); err != nil {
		return nil, err
	}
	r, err := parse(hash, s.accept)
	if err != nil {
		return nil, err
	}
	if len(password) > r.maxInput() {
		return nil, errTooLong
	}
	return r, nil
}

var errTooLong = fmt.Errorf("%w: longer than the stored format reads", ErrInput)

// compare does one computation. It is the only place that does: the iterated formats run measurably faster or slower by where on the stack
// they are called.
func (s *settings) compare(r record, password string) bool {
	s.onHash(r.format())
	return r.matches(password)
}

// NeedsRehash reports whether a password that was just verified against the record hash should be hashed anew: the
// record is not Argon2id or not one that Verify takes, or its memory, time, threads, salt or hash length is below what
// Hash uses now. Records above it are kept. Nothing is computed.
func (h *Hasher) NeedsRehash(hash string) bool {
	if h == nil || h.s == nil {
		return false // Hash would fail.
	}
	r, err := parseArgon2id(hash)
	return err != nil || !r.atLeast(h.s.params)
}

// Format implements [fmt.Formatter]: every verb prints the parameters of new hashes, never the dummy record. It is
// declared on the value so that a dereferenced Hasher prints the same.
func (h Hasher) Format(f fmt.State, _ rune) {
	if h.s == nil {
		io.WriteString(f, "password.Hasher(not configured)")
		return
	}
	p := h.s.params
	fmt.Fprintf(f, "password.Hasher(argon2id m=%d,t=%d,p=%d)", p.Memory, p.Time, p.Threads)
}
