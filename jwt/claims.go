package jwt

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Claims are the claims of a verified token. [auth.Identity.Claims] holds a pointer to them, and so does what
// [VerifierConfig.MapUser] is given.
type Claims struct {
	// Issuer, Subject and ID are iss, sub and jti. Each may be empty in tokens of others.
	Issuer, Subject, ID string

	// IssuedAt and ExpiresAt are iat and exp, zero where they are missing.
	IssuedAt, ExpiresAt time.Time

	payload string
}

// DecodeClaims implements [auth.ClaimsDecoder]: it decodes all claims into v, a pointer, by encoding/json. That package takes the
// case of names lightly, so names that differ in nothing else are an error, at every level: one would overwrite the other. A
// *map[string]json.RawMessage gets them all, as they are written.
func (c *Claims) DecodeClaims(v any) error {
	if c == nil || c.payload == "" {
		return errors.New("jwt: no claims")
	}
	if _, exact := v.(*map[string]json.RawMessage); !exact {
		p := newScanner(c.payload)
		p.foldNames = true
		p.value(0)
		if p.err != nil { // they were strict JSON before
			return errors.New("jwt: two names in the claims differ only in case")
		}
	}
	if err := json.Unmarshal([]byte(c.payload), v); err != nil {
		return fmt.Errorf("jwt: claims: %w", err)
	}
	return nil
}

// folded returns the same text for all names that encoding/json takes for each other.
func folded(name string) string { return strings.Map(fold, name) }

// fold returns the same rune for all that encoding/json takes for each other: K, k and the sign for Kelvin.
func fold(r rune) rune {
	for {
		next := unicode.SimpleFold(r)
		if next <= r {
			return next
		}
		r = next
	}
}

// record is what is used of the claims of a token.
type record struct {
	iss, sub, name, jti, stamp string
	clientID, application      string
	scope                      string
	scopeType                  bool   // scope is there and not a string
	username                   string // the claim that names the user
	aud, roles                 string // as they are written
	exp, nbf, iat              date
	payload                    string

	// Which key has signed the token, and how its header names it.
	alg Algorithm
	kid string
	key *VerificationKey

	// refuse is why the claims cannot be accepted, although they are well-formed.
	refuse error
}

var (
	errIssType      = errors.New("iss is not a string")
	errSubType      = errors.New("sub is empty or not a string")
	errDateType     = errors.New("a date is not a number")
	errConfirmation = errors.New("the token is bound to a key (cnf) and not a bearer token")
)

// parseClaims reads decoded claims in one pass. An error means that they are not a strict JSON object.
func parseClaims(text, usernameClaim string, c *record) error {
	c.payload = text
	p := newScanner(text)
	for p.member() {
		if usernameClaim != "" && p.name == usernameClaim {
			at := p.i
			c.username, _ = p.text()
			p.i = at // it may be one of those below as well
		}
		switch p.name {
		case "iss":
			var ok bool
			if c.iss, ok = p.text(); !ok {
				c.fail(errIssType)
			}
		case "sub":
			if c.sub, _ = p.text(); c.sub == "" {
				c.fail(errSubType)
			}
		case "name":
			c.name, _ = p.text()
		case "jti":
			c.jti, _ = p.text()
		case "stamp":
			c.stamp, _ = p.text()
		case "client_id":
			c.clientID, _ = p.text()
		case "scope":
			var ok bool
			c.scope, ok = p.text()
			c.scopeType = !ok
		case "application":
			c.application, _ = p.text()
		case "aud":
			c.aud = p.raw()
		case "roles":
			c.roles = p.raw()
		case "exp":
			c.date(&p, &c.exp)
		case "nbf":
			c.date(&p, &c.nbf)
		case "iat":
			c.date(&p, &c.iat)
		case "cnf": // RFC 7800
			c.fail(errConfirmation)
			p.skip()
		default:
			p.skip()
		}
	}
	return p.end()
}

// claims returns what others may see of c.
func (c *record) claims() Claims {
	return Claims{Issuer: c.iss, Subject: c.sub, ID: c.jti, IssuedAt: c.iat.time(), ExpiresAt: c.exp.time(), payload: c.payload}
}

func (c *record) fail(err error) {
	if c.refuse == nil {
		c.refuse = err
	}
}

func (c *record) date(p *scanner, d *date) {
	text, ok := p.number()
	if !ok {
		c.fail(errDateType)
		return
	}
	*d = parseDate(text)
}

// hasAudience reports whether aud, a string or an array of strings, is or has one of those wanted.
func (c *record) hasAudience(wanted []string) bool {
	has := false
	p := scanner{s: c.aud}
	switch p.peek() {
	case '"':
		v, _ := p.text()
		has = contains(wanted, v)
	case '[':
		ok := elements(c.aud, func(v string) bool {
			has = has || contains(wanted, v)
			return true
		})
		has = has && ok
	}
	return has
}

// contains is slices.Contains, which would make the caller's closure escape.
func contains(list []string, v string) bool {
	for _, s := range list {
		if s == v {
			return true
		}
	}
	return false
}
