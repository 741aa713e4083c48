package password

// The limits of what a stored record may cost to verify. A record is data: whoever can write one into the user table,
// or restore a strange backup, must not be able to stop the service with it.
const (
	maxArgon2idMemory  = 256 * 1024 // KiB
	maxArgon2idTime    = 64
	maxArgon2idThreads = 64
	// maxArgon2idWork bounds memory times passes. It is the work of the most expensive option that RFC 9106 section 4
	// recommends, one pass over 2 GiB.
	maxArgon2idWork = 2 * 1024 * 1024 // KiB

	// maxArgon2idRecord is a little more than the longest argon2id record within the limits, in characters.
	maxArgon2idRecord = 256

	maxBcryptCost = 16 // 64 times the work of PHP's traditional 10

	// maxIterationsLog2 is 16 times the iterations of the highest default of any Drupal version, 2^16. An iteration reads
	// the whole password, so the longest input costs about ten times as much as a usual one.
	maxIterationsLog2 = 20
)

// The static cost model, by which New finds the slowest format for VerifyDummy: nanoseconds of one processor, as the
// benchmarks of this package show them on a server of 2024. Only their proportions matter, within a factor of two.
const (
	argon2idCost = 500    // to fill one KiB once
	bcryptCost   = 50_000 // one of the 2^cost rounds
	sha512Cost   = 200    // one iteration over a short password
	md5Cost      = 100
)

// Typical costs of stored records.
const (
	typicalBcryptCost  = 10 // PHP's password_hash before 8.4
	typicalDrupal7Log2 = 16 // $S$E, Drupal 8 to 10.0; Drupal 7 writes $S$D, half of it
	typicalPHPassLog2  = 13 // $P$B, WordPress
)

// work is memory times passes in KiB, what argon2id costs an attacker.
func (p Argon2idParams) work() uint64 { return uint64(p.Memory) * uint64(p.Time) }

// checkArgon2id returns what is wrong with memory m (KiB), time t and threads p, and which kind of error that is in a
// record: ErrMalformed if argon2 is not defined for them (x/crypto would panic or quietly take more memory), ErrCost if
// they are over the limits, nil if all is well.
func checkArgon2id(m, t, p uint64) (what string, kind error) {
	switch {
	case m == 0 || t == 0 || p == 0:
		return "a parameter is zero", ErrMalformed
	case m < 8*p: // RFC 9106 section 3.1
		return "memory is under 8 KiB per thread", ErrMalformed
	case m > maxArgon2idMemory:
		return "memory is over 256 MiB", ErrCost
	case t > maxArgon2idTime:
		return "time is over 64 passes", ErrCost
	case p > maxArgon2idThreads:
		return "over 64 threads", ErrCost
	case m*t > maxArgon2idWork:
		return "memory times time is over 2 GiB", ErrCost
	}
	return "", nil
}
