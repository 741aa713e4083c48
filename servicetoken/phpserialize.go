package servicetoken

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxDepth bounds the nesting of maps, so that one that holds itself is an error and not the end of the program.
const maxDepth = 16

var errTooDeep = errors.New("maps are nested too deep")

// appendPHP appends m as PHP's serialize writes an array.
//
// A key that PHP would take for an integer ("7" or "-7", but not "07") is written as one, because no PHP array can have it
// as a string. Integer keys come first, in numeric order, then the others in the order of their bytes: as PHP's ksort arranges
// arrays whose keys are all of one sort.
func appendPHP(b []byte, m map[string]any) ([]byte, error) { return appendPHPMap(b, m, 1) }

func appendPHPMap(b []byte, m map[string]any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	b = appendPHPArray(b, len(m))
	var few [12]phpKey
	for _, k := range appendSortedKeys(few[:0], m) {
		if k.integer {
			b = appendPHPInt(b, k.n)
		} else {
			b = appendPHPString(b, k.s)
		}
		var err error
		if b, err = appendPHPValue(b, m[k.s], depth); err != nil {
			return nil, fmt.Errorf("%q: %w", k.s, err)
		}
	}
	return append(b, '}'), nil
}

// appendPHPValue appends one value. What PHP would write in a way that depends on its settings or its classes, such as a float, is refused.
func appendPHPValue(b []byte, v any, depth int) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "N;"...), nil
	case bool:
		if v {
			return append(b, "b:1;"...), nil
		}
		return append(b, "b:0;"...), nil
	case int:
		return appendPHPInt(b, int64(v)), nil
	case int64:
		return appendPHPInt(b, v), nil
	case string:
		return appendPHPString(b, v), nil
	case []string:
		b = appendPHPArray(b, len(v))
		for i, s := range v {
			b = appendPHPString(appendPHPInt(b, int64(i)), s)
		}
		return append(b, '}'), nil
	case map[string]any:
		return appendPHPMap(b, v, depth+1)
	case Properties:
		return appendPHPMap(b, v, depth+1)
	}
	return nil, fmt.Errorf("cannot serialize a %T", v)
}

func appendPHPArray(b []byte, n int) []byte {
	return append(strconv.AppendInt(append(b, "a:"...), int64(n), 10), ":{"...)
}

func appendPHPInt(b []byte, n int64) []byte {
	return append(strconv.AppendInt(append(b, "i:"...), n, 10), ';')
}

// appendPHPString appends s with its length in bytes. Nothing is escaped: the length tells where it ends.
func appendPHPString(b []byte, s string) []byte {
	b = strconv.AppendInt(append(b, "s:"...), int64(len(s)), 10)
	b = append(b, `:"`...)
	b = append(b, s...)
	return append(b, `";`...)
}

// phpKey is a key of a PHP array.
type phpKey struct {
	s       string
	n       int64
	integer bool
}

// integerKey returns the integer that PHP makes of a key: one of 64 bits in its shortest form.
func integerKey(s string) (n int64, ok bool) {
	if s == "" || s[0] > '9' { // spares nearly every key the cost of an error
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s
}

func appendSortedKeys(keys []phpKey, m map[string]any) []phpKey {
	for s := range m {
		n, ok := integerKey(s)
		keys = append(keys, phpKey{s, n, ok})
	}
	slices.SortFunc(keys, func(x, y phpKey) int {
		switch {
		case x.integer && y.integer:
			return cmp.Compare(x.n, y.n)
		case x.integer:
			return -1
		case y.integer:
			return 1
		}
		return strings.Compare(x.s, y.s)
	})
	return keys
}
