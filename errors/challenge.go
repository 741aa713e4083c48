package errors

import (
	"fmt"
	"strings"
)

// Challenge is one entry of WWW-Authenticate: it tells a client by which scheme, and in which realm, a route can be
// entered (RFC 9110 section 11.6.1). Make one with [BasicChallenge], [BasicTokenChallenge], [BearerChallenge],
// [APIKeyChallenge] or [NewChallenge]; the zero Challenge is left out of responses.
type Challenge struct {
	scheme string
	realm  string // as given
	field  string // the complete field value
}

const schemeBearer = "Bearer"

// BasicChallenge asks for a user name and a password in UTF-8 (RFC 7617).
func BasicChallenge(realm string) (Challenge, error) {
	return newChallenge("Basic", realm, `, charset="UTF-8"`)
}

// BasicTokenChallenge asks for a services token in place of a user name, in exactly the words of that system. A token
// is plain ASCII, so no charset is named.
func BasicTokenChallenge(realm string) (Challenge, error) {
	return newChallenge("Basic", realm, "")
}

// BearerChallenge asks for a bearer token (RFC 6750 section 3).
func BearerChallenge(realm string) (Challenge, error) {
	return newChallenge(schemeBearer, realm, "")
}

// APIKeyChallenge asks for an API key in its own header. The scheme is not registered; it lets a client see why it got a
// 401, which must name at least one scheme.
func APIKeyChallenge(realm string) (Challenge, error) {
	return newChallenge("ApiKey", realm, "")
}

// NewChallenge asks for a credential of a scheme that is none of the above, for an authenticator of an application's own.
// The scheme consists of ASCII letters, digits and hyphens, as all registered ones do.
func NewChallenge(scheme, realm string) (Challenge, error) {
	bad := func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	}
	if scheme == "" || strings.ContainsFunc(scheme, bad) {
		return Challenge{}, fmt.Errorf("scheme %q is empty or has other characters than letters, digits and hyphens", scheme)
	}
	return newChallenge(scheme, realm, "")
}

// newChallenge quotes the realm. A realm with control characters could start a header of its own, so it is refused.
func newChallenge(scheme, realm, params string) (Challenge, error) {
	q, err := quote(realm)
	if err != nil {
		return Challenge{}, fmt.Errorf("realm %q: %w", realm, err)
	}
	return Challenge{scheme: scheme, realm: realm, field: scheme + " realm=" + q + params}, nil
}

// String returns the field value.
func (c Challenge) String() string { return c.field }

// IsZero reports whether c is the zero Challenge.
func (c Challenge) IsZero() bool { return c.scheme == "" }

// MergeChallenges appends those of more to list that ask for something new: another scheme or another realm. Of two that
// ask for the same, the one that says more stays, such as the one with a charset. list is changed.
func MergeChallenges(list []Challenge, more ...Challenge) []Challenge {
next:
	for _, c := range more {
		if c.IsZero() {
			continue
		}
		for i, have := range list {
			if have.scheme == c.scheme && have.realm == c.realm {
				if len(c.field) > len(have.field) {
					list[i] = c
				}
				continue next
			}
		}
		list = append(list, c)
	}
	return list
}

// with returns the field value with the parameters of RFC 6750 section 3. Empty ones are left out, and so are values with
// characters that the section does not allow: what they would add is in the body.
func (c Challenge) with(code, description, scope string) string {
	if code == "" {
		return c.field
	}
	var b strings.Builder
	b.Grow(len(c.field) + len(code) + len(description) + len(scope) + len(`, error="", error_description="", scope=""`))
	b.WriteString(c.field)
	for _, p := range [...]struct{ before, value string }{
		{`, error="`, code}, {`, error_description="`, description}, {`, scope="`, scope},
	} {
		if p.value != "" && isBearerText(p.value) {
			b.WriteString(p.before)
			b.WriteString(p.value)
			b.WriteByte('"')
		}
	}
	return b.String()
}

// isBearerText reports whether s consists of the characters of RFC 6750 section 3: printable ASCII without quote and
// backslash, which need no escape.
func isBearerText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// quote writes a quoted-string of RFC 9110 section 5.6.4.
func quote(s string) (string, error) {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0x20 || c == 0x7f:
			return "", fmt.Errorf("control character at byte %d", i)
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String(), nil
}
