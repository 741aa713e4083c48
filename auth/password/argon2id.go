package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What Hash writes. Shorter salts and hashes verify within the limits below.
const (
	argon2idSaltSize = 16 // bytes, RFC 9106 section 3.1
	argon2idHashSize = 32 // bytes
)

// argon2idRecord is $argon2id$v=19$m=…,t=…,p=…$salt$hash.
type argon2idRecord struct {
	params     Argon2idParams
	salt, hash []byte
}

// newArgon2idRecord returns a record with a random salt and no hash yet.
func newArgon2idRecord(p Argon2idParams) *argon2idRecord {
	return &argon2idRecord{params: p, salt: randomBytes(argon2idSaltSize), hash: make([]byte, argon2idHashSize)}
}

// randomArgon2id returns a record that nobody knows a password for.
func randomArgon2id(p Argon2idParams) string {
	r := newArgon2idRecord(p)
	r.hash = randomBytes(argon2idHashSize)
	return r.String()
}

func (r *argon2idRecord) format() Format { return Argon2id }
func (r *argon2idRecord) maxInput() int  { return MaxInput }
func (r *argon2idRecord) cost() uint64   { return argon2idCost * r.params.work() }

func (r *argon2idRecord) compute(password string) []byte {
	return argon2.IDKey([]byte(password), r.salt, r.params.Time, r.params.Memory, r.params.Threads, uint32(len(r.hash)))
}

func (r *argon2idRecord) matches(password string) bool {
	return subtle.ConstantTimeCompare(r.compute(password), r.hash) == 1
}

func (r *argon2idRecord) atLeast(p Argon2idParams) bool {
	return r.params.Memory >= p.Memory && r.params.Time >= p.Time && r.params.Threads >= p.Threads &&
		len(r.salt) >= argon2idSaltSize && len(r.hash) >= argon2idHashSize
}

func (r *argon2idRecord) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, r.params.Memory, r.params.Time,
		r.params.Threads, base64.RawStdEncoding.EncodeToString(r.salt), base64.RawStdEncoding.EncodeToString(r.hash))
}

// parseArgon2id reads a PHC string as strictly as its specification allows: the version is required and 19, the
// parameters come in the order m, t, p as decimals without sign and leading zeros, nothing follows them. The optional
// keyid and data need values that a record does not hold.
func parseArgon2id(s string) (*argon2idRecord, error) {
	rest, ok := strings.CutPrefix(s, "$argon2id$")
	if !ok {
		return nil, ErrUnsupported
	}
	if len(s) > maxArgon2idRecord {
		return nil, malformed("argon2id record too long")
	}
	rest, ok = strings.CutPrefix(rest, "v=19$")
	if !ok {
		return nil, unsupported("argon2id version other than 19")
	}
	fields := strings.Split(rest, "$")
	if len(fields) != 3 {
		return nil, malformed("argon2id fields")
	}
	params, err := parseArgon2idParams(fields[0])
	if err != nil {
		return nil, err
	}
	r := &argon2idRecord{params: params}
	if r.salt, ok = decodeB64(fields[1], 8, 64); !ok {
		return nil, malformed("argon2id salt")
	}
	if r.hash, ok = decodeB64(fields[2], 16, 64); !ok {
		return nil, malformed("argon2id hash")
	}
	return r, nil
}

func parseArgon2idParams(s string) (Argon2idParams, error) {
	fields := strings.Split(s, ",")
	if len(fields) < 3 {
		return Argon2idParams{}, malformed("argon2id parameters")
	}
	var v [3]uint64
	for i, name := range [...]string{"m=", "t=", "p="} {
		digits, named := strings.CutPrefix(fields[i], name)
		n, ok := parseDecimal(digits)
		if !named || !ok {
			return Argon2idParams{}, malformed("argon2id parameters")
		}
		v[i] = n
	}
	if len(fields) > 3 {
		return Argon2idParams{}, unsupported("argon2id with further parameters")
	}
	if what, kind := checkArgon2id(v[0], v[1], v[2]); kind != nil {
		return Argon2idParams{}, &recordError{kind, "argon2id " + what}
	}
	return Argon2idParams{Memory: uint32(v[0]), Time: uint32(v[1]), Threads: uint8(v[2])}, nil
}

// parseDecimal reads a PHC decimal that fits in 32 bits, as all of argon2's do.
func parseDecimal(s string) (uint64, bool) {
	if len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	v, err := strconv.ParseUint(s, 10, 32) // takes no sign, blank or underscore
	return v, err == nil
}

// decodeB64 decodes unpadded base64 of minSize to maxSize bytes. Each value has one accepted spelling: the decoder skips
// line breaks and drops trailing bits, so the result must encode to what was read.
func decodeB64(s string, minSize, maxSize int) ([]byte, bool) {
	enc := base64.RawStdEncoding
	if len(s) < enc.EncodedLen(minSize) || len(s) > enc.EncodedLen(maxSize) {
		return nil, false
	}
	b, err := enc.DecodeString(s)
	return b, err == nil && enc.EncodeToString(b) == s
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}
