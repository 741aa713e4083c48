package auth

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// Header fields that carry credentials, in the form in which net/http stores them.
const (
	headerAuthorization = "Authorization"
	headerAPIKey        = "Api-Key"
)

// MaxBasic is the longest Basic credential in bytes, encoded, that is looked at. It is enough for the longest user name
// together with the longest password that Login takes.
const MaxBasic = 4096

// Credentials is what a request offers in its Authorization field: a scheme and what follows.
type Credentials struct {
	// Scheme as it was sent; compare it with Is. Empty in a field that is empty or does not start with a scheme.
	Scheme string

	// Value is the rest of the field without the blanks before it. Whoever reads it is strict about it: commas, blanks or
	// anything else that does not belong are still in there.
	Value string

	present bool
}

var (
	errSeveral = autherr.New(autherr.MethodAny, autherr.InvalidRequest, errors.New("credentials come in more than one header field"))
	errBoth    = autherr.New(autherr.MethodAny, autherr.InvalidRequest, errors.New("both Authorization and API-KEY are sent"))
)

// ReadCredentials returns the credentials of r: the one place where header fields become credentials.
//
// They come from the field Authorization or, if that is absent, from the field named by fallback, if any. Repeated
// fields, and Authorization (or its fallback) together with API-KEY, are refused with INVALID_REQUEST: a request that says who it is
// in two ways is understood differently by different readers. Trailers, proxy fields and user info in the request target are never looked at.
func ReadCredentials(r *http.Request, fallback string) (Credentials, error) {
	values := r.Header[headerAuthorization]
	if len(values) == 0 && fallback != "" {
		values = r.Header.Values(fallback)
	}
	switch {
	case len(values) == 0:
		return Credentials{}, nil
	case len(values) > 1:
		return Credentials{}, errSeveral
	case len(r.Header[headerAPIKey]) > 0:
		return Credentials{}, errBoth
	}
	scheme, value, _ := strings.Cut(values[0], " ")
	if !isFieldToken(scheme) {
		return Credentials{present: true}, nil
	}
	return Credentials{Scheme: scheme, Value: strings.TrimLeft(value, " "), present: true}, nil
}

// readAPIKeyHeader returns the value of the API-KEY field.
func readAPIKeyHeader(r *http.Request) (value string, present bool, err error) {
	values := r.Header[headerAPIKey]
	switch {
	case len(values) == 0:
		return "", false, nil
	case len(values) > 1:
		return "", true, errSeveral
	case len(r.Header[headerAuthorization]) > 0:
		return "", true, errBoth
	}
	return values[0], true, nil
}

// carriesCredentials reports whether r has one of the header fields of credentials, whoever reads them.
func carriesCredentials(r *http.Request) bool {
	return len(r.Header[headerAuthorization]) > 0 || len(r.Header[headerAPIKey]) > 0
}

// Present reports whether the request has the field at all.
func (c Credentials) Present() bool { return c.present }

// Is reports whether the scheme is this one. Schemes are compared without regard to case (RFC 9110 section 11.1), and only
// ASCII letters have case here.
func (c Credentials) Is(scheme string) bool { return equalFoldASCII(c.Scheme, scheme) }

// Basic splits the value of a Basic credential into user name and password (RFC 7617): strict base64 of valid UTF-8 without control
// characters, split at the first colon. Either may be empty.
func (c Credentials) Basic() (name, password string, ok bool) { return splitBasic(c.Value) }

// splitBasic is the one place where a pair is decoded, wherever it was sent.
func splitBasic(value string) (name, password string, ok bool) {
	// The decoder skips line ends. It must not: one credential has one spelling.
	if value == "" || len(value) > MaxBasic || strings.ContainsAny(value, "\r\n") {
		return "", "", false
	}
	var buf [512]byte
	dst := buf[:]
	if n := base64.StdEncoding.DecodedLen(len(value)); n > len(dst) {
		dst = make([]byte, n)
	}
	n, err := strictBase64.Decode(dst, []byte(value))
	if err != nil {
		return "", "", false
	}
	pair := string(dst[:n])
	if !utf8.ValidString(pair) || hasControl(pair) {
		return "", "", false
	}
	return strings.Cut(pair, ":")
}

var strictBase64 = base64.StdEncoding.Strict()

// hasControl reports whether s has a control character of ASCII or of Latin-1 (C1).
func hasControl(s string) bool {
	for _, r := range s {
		if r < 0x20 || 0x7f <= r && r < 0xa0 {
			return true
		}
	}
	return false
}

// isFieldToken reports whether s is a token of RFC 9110 section 5.6.2.
func isFieldToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	return s != ""
}

// equalFoldASCII is strings.EqualFold without Unicode: to that function, the long s of "Baſic" is an s.
func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z' {
			return false
		}
	}
	return true
}
