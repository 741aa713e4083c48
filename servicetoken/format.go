package servicetoken

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// MaxUserID is the longest user ID in bytes for which tokens are made. The token of such a user still fits into a Basic
// credential.
const MaxUserID = 1024

// maxExpires is the end of the year 9999, the last that has a date in the usual layouts.
const maxExpires = 253402300799

// macLen is the length of the MAC in characters.
const macLen = 43

// idMark starts the spelling of an ID that is not a decimal number. It is no hex digit.
const idMark = 'u'

// checkUserID returns an error if no tokens can be made for this ID.
//
// In the signed text the ID is followed directly by the serialized properties, which start with "a:", a number and ":{".
// Among IDs that are free of the last two characters, none can be another one and the beginning of its properties.
func checkUserID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("servicetoken: the user has no ID")
	case len(id) > MaxUserID:
		return fmt.Errorf("servicetoken: user ID of %d bytes: want at most %d", len(id), MaxUserID)
	case strings.Contains(id, ":{"):
		return fmt.Errorf("servicetoken: user ID %.64q contains %q", id, ":{")
	}
	return nil
}

// decimal returns the number that id is, if it is one in its shortest form.
func decimal(id string) (n uint64, ok bool) {
	if id == "" || len(id) > 20 || id[0] == '0' && len(id) > 1 {
		return 0, false
	}
	for i := range len(id) {
		if id[i] < '0' || id[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(id, 10, 64)
	return n, err == nil
}

// appendHead appends the token up to its MAC.
func appendHead(b []byte, id string, expires int64) []byte {
	if n, ok := decimal(id); ok {
		b = strconv.AppendUint(b, n, 16)
	} else {
		b = base64.RawURLEncoding.AppendEncode(append(b, idMark), []byte(id))
	}
	b = strconv.AppendInt(append(b, '.'), expires, 16)
	return append(b, '.')
}

// parseToken returns what the token claims. Only the canonical spelling is accepted, so that a user cannot be looked up
// under several; whether the claim is true is not known yet.
func parseToken(token string) (id string, expires int64, ok bool) {
	user, rest, _ := strings.Cut(token, ".")
	end, mac, _ := strings.Cut(rest, ".")
	if len(mac) != macLen {
		return "", 0, false
	}
	n, ok := parseHex(end)
	if !ok || n == 0 || n > maxExpires {
		return "", 0, false
	}
	id, ok = parseUser(user)
	return id, int64(n), ok
}

func parseUser(s string) (id string, ok bool) {
	if s == "" || s[0] != idMark {
		n, ok := parseHex(s)
		if !ok {
			return "", false
		}
		return strconv.FormatUint(n, 10), true
	}
	if strings.ContainsAny(s, "\r\n") { // which the decoder would skip
		return "", false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s[1:])
	if err != nil {
		return "", false
	}
	id = string(b)
	if _, number := decimal(id); number || checkUserID(id) != nil {
		return "", false
	}
	return id, true
}

// parseHex reads lower-case hex without leading zeros.
func parseHex(s string) (n uint64, ok bool) {
	if s == "" || len(s) > 16 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		default:
			return 0, false
		}
		n = n<<4 | uint64(c)
	}
	return n, true
}
