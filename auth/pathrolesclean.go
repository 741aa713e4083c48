package auth

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Causes of refusals of paths, for the log.
var (
	errPathStart     = errors.New("the path begins with no slash")
	errPathDots      = errors.New("the path has a segment of dots only, . or .., in it")
	errPathBackslash = errors.New("the path has a backslash")
	errPathSlash     = errors.New("the path has an encoded slash")
	errPathSemicolon = errors.New("the path has a semicolon")
	errPathControl   = errors.New("the path has a control character")
	errPathUTF8      = errors.New("the path is no UTF-8")
	errPathTwice     = errors.New("the path is encoded twice")
)

// cleanPath returns the path of a request in the one form that is compared with patterns, or an error if it is one that what is behind might read
// otherwise.
func cleanPath(u *url.URL) (string, error) {
	path := u.Path
	switch {
	case u.Opaque != "": // a proxy passes on that and not the path
		return "", errPathStart
	case path == "" && u.RawPath == "": // what http.StripPrefix leaves of the prefix
		return "/", nil
	case path == "" || path[0] != '/':
		return "", errPathStart
	case hasEncodedSlash(u.RawPath):
		return "", errPathSlash
	case encodedTwice(path):
		return "", errPathTwice
	}
	if err := checkPath(path); err != nil {
		return "", err
	}
	if strings.Contains(path, "//") {
		path = collapse(path)
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return path, nil
}

// checkPath finds what neither a path nor a pattern has.
func checkPath(s string) error {
	if !utf8.ValidString(s) {
		return errPathUTF8
	}
	segment := 0 // where it begins
	for i, r := range s {
		switch {
		case r == '/':
			if isDots(s[segment:i]) {
				return errPathDots
			}
			segment = i + 1
		case r == '\\':
			return errPathBackslash
		case r == ';':
			return errPathSemicolon
		case unicode.IsControl(r):
			return errPathControl
		}
	}
	if isDots(s[segment:]) {
		return errPathDots
	}
	return nil
}

func isDots(segment string) bool { return segment == "." || segment == ".." }

// hasEncodedSlash reports whether a path as it was sent has a slash that does not separate segments. An encoded backslash need not be looked
// for: it is one in the decoded path.
func hasEncodedSlash(raw string) bool {
	for {
		at := strings.Index(raw, "%2")
		if at < 0 || at+2 >= len(raw) {
			return false
		}
		if raw[at+2]|0x20 == 'f' {
			return true
		}
		raw = raw[at+2:]
	}
}

// encodedTwice reports whether a decoded path could be decoded once more.
func encodedTwice(path string) bool {
	for i := 0; i+2 < len(path); i++ {
		if path[i] == '%' && isHex(path[i+1]) && isHex(path[i+2]) {
			return true
		}
	}
	return false
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// collapse returns path with one slash in place of several.
func collapse(path string) string {
	b := make([]byte, 0, len(path))
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			b = append(b, path[i])
		}
	}
	return string(b)
}
