package jwt

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// The base64url of a JWS has one spelling for each value (RFC 7515 section 2): no padding, no blanks or line ends, and zeros in the bits
// that are left over. The standard decoder skips line ends, so two texts would be one token to it.

func encodeSegment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// A bit above the 24 that four characters stand for tells that one of them is none of the alphabet.
const invalidChar = 1 << 31

// decodeTables hold the value of each character at each of the four places of a group.
var decodeTables = func() (t [4][256]uint32) {
	for place := range t {
		for c := range t[place] {
			t[place][c] = invalidChar
		}
		for v, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
			t[place][c] = uint32(v) << (18 - 6*place)
		}
	}
	return t
}()

// decodeSegment appends what s stands for to dst. It is false if s is not base64url in its one spelling.
func decodeSegment(dst []byte, s string) ([]byte, bool) {
	n := len(dst)
	size := len(s)/4*3 + 2
	dst = slices.Grow(dst, size)
	out := dst[n : n+size]
	t0, t1, t2, t3 := &decodeTables[0], &decodeTables[1], &decodeTables[2], &decodeTables[3]
	for len(s) >= 8 && len(out) >= 8 { // two groups at a time, of whose eight bytes the last two are written over
		a := t0[s[0]] | t1[s[1]] | t2[s[2]] | t3[s[3]]
		b := t0[s[4]] | t1[s[5]] | t2[s[6]] | t3[s[7]]
		if (a|b)&invalidChar != 0 {
			return dst, false
		}
		binary.BigEndian.PutUint64(out, uint64(a)<<40|uint64(b)<<16)
		out, s, n = out[6:], s[8:], n+6
	}
	for len(s) >= 4 {
		v := t0[s[0]] | t1[s[1]] | t2[s[2]] | t3[s[3]]
		if v&invalidChar != 0 {
			return dst, false
		}
		out[0], out[1], out[2] = byte(v>>16), byte(v>>8), byte(v)
		out, s, n = out[3:], s[4:], n+3
	}
	switch len(s) {
	case 0:
		return dst[:n], true
	case 2:
		v := t0[s[0]] | t1[s[1]]
		out[0] = byte(v >> 16)
		return dst[:n+1], v&(invalidChar|0xffff) == 0
	case 3:
		v := t0[s[0]] | t1[s[1]] | t2[s[2]]
		out[0], out[1] = byte(v>>16), byte(v>>8)
		return dst[:n+2], v&(invalidChar|0xff) == 0
	}
	return dst, false // no number of bytes takes 4n+1 characters
}
