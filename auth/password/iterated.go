package password

import (
	"crypto/md5"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// itoa64 are the digits of phpass and Drupal, in the order of crypt(3).
const itoa64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// digest is the hash function that a record iterates.
type digest struct {
	size      int                   // bytes
	recordLen int                   // characters of a record, without U
	cost      uint64                // of one iteration, see cost.go
	sum       func(dst, src []byte) // may overlap
}

var (
	md5Digest = &digest{md5.Size, 34, md5Cost, func(dst, src []byte) {
		sum := md5.Sum(src)
		copy(dst, sum[:])
	}}
	// Drupal cuts its records to 55 characters, which leaves 258 of the 512 bits.
	sha512Digest = &digest{sha512.Size, 55, sha512Cost, func(dst, src []byte) {
		sum := sha512.Sum512(src)
		copy(dst, sum[:])
	}}
)

// iteratedRecord is $S$, $P$ or $H$, one digit for the base-2 logarithm of the iterations, 8 characters of salt, and the
// hash; a leading U says that not the password was hashed but its MD5 in hexadecimal.
type iteratedRecord struct {
	kind   Format
	digest *digest
	ofMD5  bool
	log2   int
	salt   string
	hash   string
}

// parseIterated reads a record whose prefix is known.
func parseIterated(s string) (record, error) {
	s, ofMD5 := strings.CutPrefix(s, "U")
	r := &iteratedRecord{kind: PHPass, digest: md5Digest, ofMD5: ofMD5}
	if s[1] == 'S' {
		r.digest = sha512Digest
		if !ofMD5 {
			r.kind = Drupal7
		}
	}
	if len(s) != r.digest.recordLen {
		return nil, malformed("length of phpass or Drupal 7 record")
	}
	if !only(itoa64, s[3:]) {
		return nil, malformed("character in phpass or Drupal 7 record")
	}
	r.log2, r.salt, r.hash = strings.IndexByte(itoa64, s[3]), s[4:12], s[12:]
	if r.log2 < 7 || r.log2 > 30 { // the limits of phpass and Drupal
		return nil, malformed("iterations of phpass or Drupal 7 record")
	}
	if r.log2 > maxIterationsLog2 {
		return nil, costly("iterations of phpass or Drupal 7 record")
	}
	return r, nil
}

// randomIterated returns a record that nobody knows a password for.
func randomIterated(prefix string, d *digest, log2 int) string {
	return prefix + itoa64[log2:log2+1] + encode64(randomBytes(6)) + encode64(randomBytes(d.size))[:d.recordLen-12]
}

func (r *iteratedRecord) format() Format { return r.kind }
func (r *iteratedRecord) maxInput() int  { return MaxInput }
func (r *iteratedRecord) cost() uint64   { return r.digest.cost << r.log2 }

// matches computes H(… H(H(salt ‖ password) ‖ password) … ‖ password): the first and then 2^log2 more.
func (r *iteratedRecord) matches(password string) bool {
	if r.ofMD5 {
		sum := md5.Sum([]byte(password))
		password = hex.EncodeToString(sum[:])
	}
	size := r.digest.size
	buf := make([]byte, size+len(password))
	r.digest.sum(buf, []byte(r.salt+password))
	copy(buf[size:], password)
	for range 1 << r.log2 {
		r.digest.sum(buf, buf)
	}
	got := encode64(buf[:size])[:len(r.hash)]
	return subtle.ConstantTimeCompare([]byte(got), []byte(r.hash)) == 1
}

// encode64 writes each 3 bytes, least significant first, as 4 digits; an incomplete group of n bytes as n+1.
func encode64(src []byte) string {
	var out strings.Builder
	for len(src) > 0 {
		n := min(3, len(src))
		var v uint32
		for i, b := range src[:n] {
			v |= uint32(b) << (8 * i)
		}
		for range n + 1 {
			out.WriteByte(itoa64[v&63])
			v >>= 6
		}
		src = src[n:]
	}
	return out.String()
}
