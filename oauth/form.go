package oauth

import (
	"net/url"
	"strings"
	"unicode/utf8"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// The parameters of the endpoints.
const (
	paramGrantType     = "grant_type"
	paramClientID      = "client_id"
	paramClientSecret  = "client_secret"
	paramUsername      = "username"
	paramPassword      = "password"
	paramScope         = "scope"
	paramToken         = "token"
	paramTokenTypeHint = "token_type_hint"
	paramRefreshToken  = "refresh_token"
)

// aliases are spellings that the documented clients use: one manual prints Username once.
var aliases = map[string]string{"Username": paramUsername}

// trimmed are the parameters whose surrounding blanks are dropped. The manuals' own command lines send "client_id= <id>" and
// "username=<name >", and a blank is part of no grant type and of no token either; a token that is to be revoked must not stay in force
// because of one. Passwords and secrets are taken as they come.
var trimmed = map[string]bool{
	paramGrantType: true, paramClientID: true, paramUsername: true, paramToken: true, paramTokenTypeHint: true,
}

// form holds the parameters of a request that its endpoint knows, each sent once. A parameter that was sent without a value is "", as one that
// was not sent at all (RFC 6749 section 3.2).
type form map[string]string

// parseForm reads a body of the type application/x-www-form-urlencoded: the one place where bodies become parameters. The query of
// the request target is never looked at.
//
// A known parameter must not be repeated, not even without a value or in its other spelling: two readers would disagree about which
// one counts. Unknown ones are ignored (RFC 6749 section 3.2), but all must be well-formed: percent-encoding of valid UTF-8 without
// NUL. A semicolon is a character like any other, as it is to the documented system.
func parseForm(body string, method autherr.Method, known []string) (form, error) {
	f := make(form, len(known))
	for pair := range strings.SplitSeq(body, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, ok := decode(name)
		if !ok {
			return nil, invalid(method, "a parameter name is not well-formed")
		}
		if value, ok = decode(value); !ok {
			return nil, invalid(method, "a parameter value is not well-formed")
		}
		if err := f.set(method, known, name, value); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// set keeps a parameter if it is known.
func (f form) set(method autherr.Method, known []string, name, value string) error {
	if alias, ok := aliases[name]; ok {
		name = alias
	}
	for _, k := range known { // a handful: faster than another map
		if k != name {
			continue
		}
		if _, twice := f[name]; twice {
			return invalid(method, "parameter "+k+" is repeated")
		}
		if trimmed[name] {
			value = strings.Trim(value, " \t")
		}
		f[name] = value
		return nil
	}
	return nil
}

// decode undoes the encoding of application/x-www-form-urlencoded. Its result is valid UTF-8 without NUL.
func decode(s string) (string, bool) {
	s, err := url.QueryUnescape(s)
	if err != nil || !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return "", false
	}
	return s, true
}
