package auth

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// The prefixes by which our random credentials are recognised, by authenticators and by people who search for leaked ones.
const (
	PrefixAccessToken  = "aat_"
	PrefixRefreshToken = "art_"
	PrefixAPIKey       = "aak_"
	PrefixClientSecret = "acs_"
)

// randomBytes is the entropy of our random credentials: 192 bits, which encode to 32 characters without a remainder, so that
// no two spellings decode alike.
const randomBytes = 24

// NewRandom returns prefix followed by 32 characters (A–Z a–z 0–9 - _) that hold 192 bits from crypto/rand. Tokens, keys and
// secrets are all made by it.
func NewRandom(prefix string) string {
	var b [randomBytes]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the program instead
	return prefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// IsRandom reports whether s has the shape of what NewRandom(prefix) returns.
func IsRandom(prefix, s string) bool {
	return len(s) == len(prefix)+base64.RawURLEncoding.EncodedLen(randomBytes) && strings.HasPrefix(s, prefix) && isBase64URL(s[len(prefix):])
}

// IsServiceToken reports whether a Basic credential has the shape of a services token: three segments, the last of 43
// characters, and an empty password. Upper-case hex and other wrong spellings have the shape too, so that the
// authenticator for services tokens refuses them.
func IsServiceToken(name, password string) bool {
	if password != "" {
		return false
	}
	user, rest, _ := strings.Cut(name, ".")
	expires, mac, ok := strings.Cut(rest, ".")
	return ok && len(mac) == 43 && user != "" && expires != "" && isBase64URL(user) && isBase64URL(expires) && isBase64URL(mac)
}

// IsJWT reports whether a Bearer value has the shape of a signed JSON Web Token: three segments.
func IsJWT(value string) bool {
	first := strings.IndexByte(value, '.')
	if first < 0 {
		return false
	}
	last := strings.IndexByte(value[first+1:], '.')
	return last >= 0 && strings.IndexByte(value[first+1+last+1:], '.') < 0
}

func isBase64URL(s string) bool {
	var other byte
	for i := range len(s) { // without a branch for each character: in a random text none can be foreseen
		other |= notBase64URL[s[i]]
	}
	return other == 0
}

// notBase64URL is 1 for bytes that are not in the alphabet.
var notBase64URL = func() (t [256]byte) {
	for c := range t {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			t[c] = 1
		}
	}
	return t
}()
