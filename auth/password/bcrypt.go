package password

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

	// bcryptMaxInput is how far bcrypt reads: its key schedule takes 18 words of 4 bytes. Longer passwords that agree so
	// far would match.
	bcryptMaxInput = 72
)

// bcryptRecord is $2a$, the cost in two digits, $, 22 characters of salt and 31 of hash.
type bcryptRecord struct {
	text string // always with $2a$
	log2 int
}

// parseBcrypt reads a record whose prefix is known to be $2a$, $2b$ or $2y$. The last character of the salt holds
// bits that bcrypt does not use; some writers left them set, so they are not examined.
func parseBcrypt(s string) (record, error) {
	if len(s) != 60 || s[6] != '$' {
		return nil, malformed("bcrypt record")
	}
	if s[4] < '0' || s[4] > '9' || s[5] < '0' || s[5] > '9' {
		return nil, malformed("bcrypt cost")
	}
	log2 := int(s[4]-'0')*10 + int(s[5]-'0')
	if log2 < bcrypt.MinCost || log2 > bcrypt.MaxCost {
		return nil, malformed("bcrypt cost")
	}
	if log2 > maxBcryptCost {
		return nil, costly("bcrypt cost")
	}
	if !only(bcryptAlphabet, s[7:]) {
		return nil, malformed("bcrypt salt or hash")
	}
	// The letter says which implementation wrote the record. All three are the same function of the passwords that get
	// here, and $2a$ is the one that x/crypto documents.
	return &bcryptRecord{text: "$2a$" + s[4:], log2: log2}, nil
}

// randomBcrypt returns a record that nobody knows a password for.
func randomBcrypt(log2 int) string {
	enc := base64.NewEncoding(bcryptAlphabet).WithPadding(base64.NoPadding)
	return fmt.Sprintf("$2y$%02d$%s%s", log2, enc.EncodeToString(randomBytes(16)), enc.EncodeToString(randomBytes(23)))
}

func (r *bcryptRecord) format() Format { return Bcrypt }
func (r *bcryptRecord) maxInput() int  { return bcryptMaxInput }
func (r *bcryptRecord) cost() uint64   { return bcryptCost << r.log2 }

func (r *bcryptRecord) matches(password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(r.text), []byte(password)) == nil
}

// only reports whether s has no character outside alphabet.
func only(alphabet, s string) bool {
	return strings.Trim(s, alphabet) == ""
}
