package jwt

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// value reads a value at the given depth.
func (p *scanner) value(depth int) {
	if p.err != nil {
		return
	}
	switch c := p.peek(); {
	case c == '"':
		p.str()
	case c == '{', c == '[':
		if depth >= maxDepth {
			p.err = errDepth
			return
		}
		if c == '[' {
			p.array(depth + 1)
		} else {
			p.object(depth + 1)
		}
	case c == '-', '0' <= c && c <= '9':
		p.num()
	case c == 't':
		p.word("true")
	case c == 'f':
		p.word("false")
	case c == 'n':
		p.word("null")
	default:
		p.err = errJSON
	}
}

// object reads a nested object. The name of the outer member is kept.
func (p *scanner) object(depth int) {
	var seen names
	var open bool
	outer := p.name
	for p.next(&open, &seen) {
		p.value(depth)
	}
	p.name = outer
}

func (p *scanner) array(depth int) {
	p.i++
	if p.peek() == ']' {
		p.i++
		return
	}
	for {
		p.value(depth)
		if p.err != nil {
			return
		}
		if p.peek() == ']' {
			p.i++
			return
		}
		if !p.take(',') {
			return
		}
	}
}

func (p *scanner) word(w string) {
	if !strings.HasPrefix(p.s[p.i:], w) {
		p.err = errJSON
		return
	}
	p.i += len(w)
}

// num reads a number by the grammar of RFC 8259 section 6.
func (p *scanner) num() {
	if p.i < len(p.s) && p.s[p.i] == '-' {
		p.i++
	}
	if p.i < len(p.s) && p.s[p.i] == '0' {
		p.i++
	} else if p.digits() == 0 {
		return
	}
	if p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		if p.digits() == 0 {
			return
		}
	}
	if p.i < len(p.s) && p.s[p.i]|0x20 == 'e' {
		p.i++
		if p.i < len(p.s) && (p.s[p.i] == '+' || p.s[p.i] == '-') {
			p.i++
		}
		p.digits()
	}
}

// digits reads at least one digit and returns how many.
func (p *scanner) digits() int {
	start := p.i
	for p.i < len(p.s) && '0' <= p.s[p.i] && p.s[p.i] <= '9' {
		p.i++
	}
	if p.i == start {
		p.fail(errJSON)
	}
	return p.i - start
}

// str reads a string and returns what is between the quotes, as it is written.
func (p *scanner) str() (raw string, escaped, ok bool) {
	if !p.take('"') {
		return "", false, false
	}
	start := p.i
	for p.plain(); p.i < len(p.s); p.plain() {
		c := p.s[p.i]
		if c == '"' {
			p.i++
			return p.s[start : p.i-1], escaped, true
		}
		escaped = true
		if c != '\\' || !p.escape() {
			break
		}
	}
	p.err = errJSON
	return "", false, false
}

// plain skips what stands for itself in a string: all but quotes, backslashes and control characters.
func (p *scanner) plain() {
	const (
		each  = 0x0101010101010101 // once in each byte
		signs = 0x80 * each
	)
	s, i := p.s, p.i
	for ; len(s)-i >= 8; i += 8 {
		w := s[i : i+8]
		x := uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
			uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56
		// Subtracting borrows from the sign of each byte that is below, or equal once the equal bits are gone. A borrow may carry
		// on into the bytes above, never below: the lowest sign is right.
		quote, backslash := x^'"'*each, x^'\\'*each
		found := (x - ' '*each) &^ x
		found |= (quote - each) &^ quote
		found |= (backslash - each) &^ backslash
		if found &= signs; found != 0 {
			p.i = i + bits.TrailingZeros64(found)/8
			return
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	p.i = i
}

// escape reads an escape sequence. A surrogate must be one of a pair.
func (p *scanner) escape() bool {
	rest := p.s[p.i:]
	if len(rest) < 2 {
		return false
	}
	if rest[1] != 'u' {
		p.i += 2
		return strings.IndexByte(`"\/bfnrt`, rest[1]) >= 0
	}
	r, ok := unicodeEscape(rest)
	if !ok {
		return false
	}
	p.i += 6
	if !utf16.IsSurrogate(r) {
		return true
	}
	low, ok := unicodeEscape(rest[6:])
	if !ok {
		return false
	}
	p.i += 6
	return utf16.DecodeRune(r, low) != utf8.RuneError
}

// unicodeEscape reads \uXXXX at the start of s.
func unicodeEscape(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}

// unescape resolves the escapes of what str returned.
func unescape(raw string) string {
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			b = append(b, raw[i])
			i++
			continue
		}
		switch c := raw[i+1]; c {
		case 'u':
			r, _ := unicodeEscape(raw[i:])
			i += 6
			if utf16.IsSurrogate(r) {
				low, _ := unicodeEscape(raw[i:])
				i += 6
				r = utf16.DecodeRune(r, low)
			}
			b = utf8.AppendRune(b, r)
			continue
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		default:
			b = append(b, c)
		}
		i += 2
	}
	return string(b)
}

// elements calls f with each element of an array, whose text value has been read before. It is false if value is not an
// array of strings, or once f is.
func elements(value string, f func(string) bool) bool {
	p := scanner{s: value}
	if p.peek() != '[' {
		return false
	}
	p.i++
	for p.peek() != ']' {
		v, ok := p.text()
		if !ok || !f(v) {
			return false
		}
		if p.peek() == ',' {
			p.i++
		}
	}
	return true
}

// textsOf returns the elements of an array of strings.
func textsOf(value string) (list []string, ok bool) {
	ok = elements(value, func(v string) bool {
		list = append(list, v)
		return true
	})
	return list, ok
}
