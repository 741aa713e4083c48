package password

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/bcrypt"
)

// Argon2idParams are the cost parameters of argon2id, RFC 9106 section 3.1. A zero field means its default.
type Argon2idParams struct {
	Memory  uint32 // in KiB, default 19456 (19 MiB), at most 262144 (256 MiB); allocated by each computation
	Time    uint32 // passes over the memory, default 2, at most 64
	Threads uint8  // lanes computed in parallel, default 1, at most 64
}

// The default is the first choice of the OWASP Password Storage Cheat Sheet for a server without memory to spare.
var defaultArgon2id = Argon2idParams{Memory: 19 * 1024, Time: 2, Threads: 1}

// Config configures a Hasher. The zero value hashes with 19 MiB, 2 passes and 1 thread, and verifies Argon2id alone.
type Config struct {
	// Argon2id are the parameters of new hashes. They must not be weaker than the default: at least 19 MiB, and memory
	// times time no less. Fields that are zero take their default.
	Argon2id Argon2idParams

	// InsecureWeakArgon2id permits weaker parameters, for tests that hash often.
	InsecureWeakArgon2id bool

	// Accept lists the older formats that Verify takes besides Argon2id, which it always takes: Bcrypt, Drupal7 or both.
	//
	// Name what your user table holds, and nothing else. VerifyDummy costs as much as the slowest accepted format, and
	// whether a name exists is best hidden where that is also what the stored records cost: with Argon2id alone, an
	// unknown user and a known one take the same time. In a table of mixed formats the cheaper records stand out until
	// they are rehashed.
	Accept []Format

	// InsecureAcceptPHPass accepts PHPass, too, the formats that rely on MD5.
	InsecureAcceptPHPass bool

	// BcryptCost is the cost of the Bcrypt records in the user table, 4 to 16, for VerifyDummy alone. Zero means 10, the
	// default of PHP before 8.4; newer ones write 12.
	BcryptCost int

	// OnHash, unless nil, is called as each computation begins, in Hash, Verify and VerifyDummy, for metrics and tests.
	// Calls may be concurrent.
	OnHash func(Format)
}

// New returns a Hasher, or an error that names the field that is wrong. It copies what it is given. It hashes nothing.
func New(cfg Config) (*Hasher, error) {
	params, err := cfg.argon2id()
	if err != nil {
		return nil, err
	}
	accept, err := cfg.accept()
	if err != nil {
		return nil, err
	}
	if c := cfg.BcryptCost; c != 0 && (c < bcrypt.MinCost || c > maxBcryptCost) {
		return nil, fmt.Errorf("password: Config.BcryptCost %d is not between %d and %d", c, bcrypt.MinCost, maxBcryptCost)
	}
	onHash := cfg.OnHash
	if onHash == nil {
		onHash = func(Format) {}
	}
	return &Hasher{&settings{
		params: params,
		accept: accept,
		onHash: onHash,
		dummy:  slowest(params, accept, cmp.Or(cfg.BcryptCost, typicalBcryptCost)),
	}}, nil
}

func (cfg Config) argon2id() (Argon2idParams, error) {
	p := Argon2idParams{
		Memory:  cmp.Or(cfg.Argon2id.Memory, defaultArgon2id.Memory),
		Time:    cmp.Or(cfg.Argon2id.Time, defaultArgon2id.Time),
		Threads: cmp.Or(cfg.Argon2id.Threads, defaultArgon2id.Threads),
	}
	// The limits for records hold here, too: what Hash writes, Verify must accept.
	if what, kind := checkArgon2id(uint64(p.Memory), uint64(p.Time), uint64(p.Threads)); kind != nil {
		return p, fmt.Errorf("password: Config.Argon2id: %s", what)
	}
	weak := p.Memory < defaultArgon2id.Memory || p.work() < defaultArgon2id.work()
	if weak && !cfg.InsecureWeakArgon2id {
		return p, errors.New("password: Config.Argon2id: weaker than 19 MiB and 2 passes, and InsecureWeakArgon2id is not set")
	}
	return p, nil
}

func (cfg Config) accept() (map[Format]bool, error) {
	accept := map[Format]bool{Argon2id: true}
	for _, f := range cfg.Accept {
		switch f {
		case Argon2id, Bcrypt, Drupal7:
			accept[f] = true
		case PHPass:
			return nil, errors.New("password: Config.Accept lists phpass; only InsecureAcceptPHPass enables it")
		default:
			return nil, fmt.Errorf("password: Config.Accept lists the unknown format %q", f)
		}
	}
	if cfg.InsecureAcceptPHPass {
		accept[PHPass] = true
	}
	return accept, nil
}

// slowest returns a random record of the accepted format whose typical record takes longest. It is kept as a text and parsed each time, like
// those that it stands for.
func slowest(params Argon2idParams, accept map[Format]bool, bcryptCost int) string {
	candidates := []string{randomArgon2id(params)}
	if accept[Bcrypt] {
		candidates = append(candidates, randomBcrypt(bcryptCost))
	}
	if accept[Drupal7] {
		candidates = append(candidates, randomIterated("$S$", sha512Digest, typicalDrupal7Log2))
	}
	if accept[PHPass] {
		candidates = append(candidates, randomIterated("$P$", md5Digest, typicalPHPassLog2))
	}
	cost := func(text string) uint64 {
		r, err := parse(text, accept)
		if err != nil {
			panic(err) // it was made a moment ago
		}
		return r.cost()
	}
	return slices.MaxFunc(candidates, func(a, b string) int { return cmp.Compare(cost(a), cost(b)) })
}
