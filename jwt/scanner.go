package jwt

import (
	"errors"
	"unicode/utf8"
)

// maxDepth is how deeply objects and arrays may be nested.
const maxDepth = 32

var (
	errJSON       = errors.New("not a JSON object")
	errDuplicate  = errors.New("a member name occurs twice")
	errDepth      = errors.New("nested too deeply")
	errUTF8       = errors.New("not UTF-8")
	errMemberType = errors.New("a member has the wrong type")
	errSegment    = errors.New("not base64url")
)

// scanner reads one JSON object strictly, in one pass and without building a tree: valid UTF-8, no member name twice at any
// level, no lone surrogates, no text after the object. Names are compared as they are, with their case, after escapes are resolved.
//
//	p := newScanner(text)
//	for p.member() {
//		switch p.name {
//		case "iss":
//			iss, ok = p.text()
//		default:
//			p.skip()
//		}
//	}
//	err := p.end()
//
// Each member's value is read by exactly one call of text, texts, number or skip. After an error nothing is read any more.
type scanner struct {
	s    string
	i    int
	name string // of the current member
	seen names
	open bool
	err  error

	foldNames bool // names that differ only in case are twice, too
}

func newScanner(s string) scanner {
	p := scanner{s: s}
	if !utf8.ValidString(s) {
		p.err = errUTF8
	}
	return p
}

func (p *scanner) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// peek returns the next character that is not a blank, or 0.
func (p *scanner) peek() byte {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case ' ', '\t', '\r', '\n':
			p.i++
		default:
			return c
		}
	}
	return 0
}

// take skips c, which must be the next character.
func (p *scanner) take(c byte) bool {
	if p.err != nil {
		return false
	}
	if p.peek() != c {
		p.err = errJSON
		return false
	}
	p.i++
	return true
}

// member goes to the next member of the object and sets p.name. It is false at the end and after an error.
func (p *scanner) member() bool { return p.next(&p.open, &p.seen) }

// next is member for an object at any level.
func (p *scanner) next(open *bool, seen *names) bool {
	if p.err != nil {
		return false
	}
	if !*open {
		*open = true
		if !p.take('{') {
			return false
		}
		if p.peek() == '}' {
			p.i++
			return false
		}
	} else {
		switch p.peek() {
		case ',':
			p.i++
		case '}':
			p.i++
			return false
		default:
			p.err = errJSON
			return false
		}
	}
	raw, escaped, ok := p.str()
	if !ok || !p.take(':') {
		return false
	}
	p.name = raw
	if escaped {
		p.name = unescape(raw)
	}
	name := p.name
	if p.foldNames {
		name = folded(name)
	}
	if !seen.add(name) {
		p.err = errDuplicate
		return false
	}
	return true
}

// end reports whether the object, and nothing but it, was read without an error.
func (p *scanner) end() error {
	if p.err == nil && p.peek() != 0 || p.err == nil && p.i != len(p.s) {
		p.err = errJSON
	}
	return p.err
}

// text reads a string. It is false for another value, which is skipped.
func (p *scanner) text() (string, bool) {
	if p.err != nil {
		return "", false
	}
	if p.peek() != '"' {
		p.skip()
		return "", false
	}
	raw, escaped, ok := p.str()
	if escaped {
		raw = unescape(raw)
	}
	return raw, ok
}

// texts reads an array of strings. It is false for another value, which is skipped.
func (p *scanner) texts() ([]string, bool) {
	start := p.i
	p.skip()
	if p.err != nil {
		return nil, false
	}
	return textsOf(p.s[start:p.i])
}

// number reads a number as it is written. It is false for another value, which is skipped.
func (p *scanner) number() (string, bool) {
	if p.err != nil {
		return "", false
	}
	if c := p.peek(); c != '-' && (c < '0' || c > '9') {
		p.skip()
		return "", false
	}
	start := p.i
	p.num()
	return p.s[start:p.i], p.err == nil
}

// raw skips a value and returns its text.
func (p *scanner) raw() string {
	p.peek()
	start := p.i
	p.skip()
	if p.err != nil {
		return ""
	}
	return p.s[start:p.i]
}

// skip reads a value of any kind.
func (p *scanner) skip() { p.value(1) }
