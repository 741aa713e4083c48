package jwt

import (
	"encoding/base64"
	"slices"
)

// The base64url of a JWS has one spelling for each value (RFC 7515 section 2): no padding, no blanks or line ends, and zeros in the bits
// that are left over. The standard decoder skips line ends, so two texts would be one token to it.

func encodeSegment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

const invalidChar = 0xff

// decodeTable holds the value of each character.
var decodeTable = func() (t [256]byte) {
	for i := range t {
		t[i] = invalidChar
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		t[c] = byte(i)
	}
	return t
}()

// decodeSegment appends what s stands for to dst. It is false if s is not base64url in its one spelling.
func decodeSegment(dst []byte, s string) ([]byte, bool) {
	n := len(dst)
	dst = slices.Grow(dst, len(s)/4*3+2)
	out := dst[n : n+len(s)/4*3+2]
	for len(s) >= 4 {
		a, b, c, d := decodeTable[s[0]], decodeTable[s[1]], decodeTable[s[2]], decodeTable[s[3]]
		if (a|b|c|d)&0xc0 != 0 {
			return dst, false
		}
		out[0], out[1], out[2] = a<<2|b>>4, b<<4|c>>2, c<<6|d
		out, s, n = out[3:], s[4:], n+3
	}
	switch len(s) {
	case 0:
		return dst[:n], true
	case 2:
		a, b := decodeTable[s[0]], decodeTable[s[1]]
		out[0] = a<<2 | b>>4
		return dst[:n+1], (a|b)&0xc0 == 0 && b&0x0f == 0
	case 3:
		a, b, c := decodeTable[s[0]], decodeTable[s[1]], decodeTable[s[2]]
		out[0], out[1] = a<<2|b>>4, b<<4|c>>2
		return dst[:n+2], (a|b|c)&0xc0 == 0 && c&0x03 == 0
	}
	return dst, false // no number of bytes takes 4n+1 characters
}
