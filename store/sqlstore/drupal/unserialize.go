package drupal

import (
	"bytes"
	"errors"
	"strconv"
)

// Bounds on what unserialize takes. The configuration of a role is some kilobytes, and its arrays are three deep.
const (
	maxSerialized = 1 << 20
	maxDepth      = 16
)

// errSerialized tells nothing of the data.
var errSerialized = errors.New("not a PHP array of plain values")

// phpArray is a PHP array in its order. Keys are of type string or int64; values are of type string, int64, float64, bool or phpArray, or
// nil.
type phpArray []phpMember

type phpMember struct{ key, value any }

// get returns the value under a key.
func (a phpArray) get(key any) (any, bool) {
	for _, m := range a {
		if m.key == key {
			return m.value, true
		}
	}
	return nil, false
}

// unserialize reads an array as PHP's serialize writes it, and nothing else: no objects, which make PHP's own unserialize dangerous, no
// references, no spelling that serialize does not use, no key twice, nothing behind the end.
func unserialize(data []byte) (phpArray, error) {
	if len(data) > maxSerialized {
		return nil, errSerialized
	}
	r := &phpReader{rest: data}
	v := r.value(0)
	array, ok := v.(phpArray)
	if r.failed || !ok || len(r.rest) > 0 {
		return nil, errSerialized
	}
	return array, nil
}

// phpReader reads from the front of rest. Once it has failed, what it returns means nothing.
type phpReader struct {
	rest   []byte
	failed bool
}

func (r *phpReader) fail() any {
	r.failed, r.rest = true, nil
	return nil
}

// skip skips text, which must come next.
func (r *phpReader) skip(text string) {
	rest, ok := bytes.CutPrefix(r.rest, []byte(text))
	if !ok {
		r.fail()
		return
	}
	r.rest = rest
}

// until returns what stands before the mark, and skips both. What it is asked for is short.
func (r *phpReader) until(mark byte) []byte {
	end := bytes.IndexByte(r.rest[:min(len(r.rest), 32)], mark)
	if end < 0 {
		r.fail()
		return nil
	}
	text := r.rest[:end]
	r.rest = r.rest[end+1:]
	return text
}

// integer reads an integer in its one spelling.
func (r *phpReader) integer(mark byte) int64 {
	text := string(r.until(mark))
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text {
		r.fail()
	}
	return n
}

// length reads a length that the rest can have, if each unit takes so many bytes.
func (r *phpReader) length(unit int) int {
	n := r.integer(':')
	if n < 0 || n > int64(len(r.rest)/unit) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *phpReader) value(depth int) any {
	if len(r.rest) < 2 {
		return r.fail()
	}
	kind := string(r.rest[:2])
	r.rest = r.rest[2:]
	switch kind {
	case "N;":
		return nil
	case "b:":
		n := r.integer(';')
		if n != 0 && n != 1 {
			return r.fail()
		}
		return n == 1
	case "i:":
		return r.integer(';')
	case "d:":
		return r.float()
	case "s:":
		return r.text()
	case "a:":
		return r.array(depth)
	default:
		return r.fail()
	}
}

// float reads what third-party settings may have. PHP spells infinity and NaN its own way; they are not taken.
func (r *phpReader) float() any {
	text := r.until(';')
	for _, c := range text {
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'E' {
			return r.fail()
		}
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return r.fail()
	}
	return f
}

func (r *phpReader) text() any {
	n := r.length(1)
	r.skip(`"`)
	if len(r.rest) < n {
		return r.fail()
	}
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	r.skip(`";`)
	return text
}

// smallestMember is how many bytes a key and a value take at least: i:0;N;
const smallestMember = 6

func (r *phpReader) array(depth int) any {
	if depth == maxDepth {
		return r.fail()
	}
	n := r.length(smallestMember)
	r.skip("{")
	array := make(phpArray, 0, min(n, 16)) // n is only what the data says
	seen := make(map[any]bool, cap(array))
	for range n {
		key := r.value(depth + 1)
		value := r.value(depth + 1)
		if r.failed || !isKey(key) || seen[key] {
			return r.fail()
		}
		seen[key] = true
		array = append(array, phpMember{key, value})
	}
	r.skip("}")
	return array
}

// isKey reports whether PHP has such keys. A text that is an integer is one as a key, and so never stays a text.
func isKey(key any) bool {
	switch key := key.(type) {
	case int64:
		return true
	case string:
		n, err := strconv.ParseInt(key, 10, 64)
		return err != nil || strconv.FormatInt(n, 10) != key
	default:
		return false
	}
}
