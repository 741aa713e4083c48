package servicetoken_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readPHP reads one serialized array and nothing behind it.
func readPHP(t *testing.T, s string) map[string]any {
	t.Helper()
	p := &phpReader{t: t, rest: s}
	m, ok := p.value().(map[string]any)
	require.True(t, ok)
	require.Empty(t, p.rest)
	return m
}

// phpReader reads as PHP's unserialize does, with the rules that it has for the keys of arrays.
type phpReader struct {
	t    *testing.T
	rest string
}

// until returns what stands before the mark and skips both.
func (p *phpReader) until(mark string) string {
	before, rest, ok := strings.Cut(p.rest, mark)
	require.True(p.t, ok, "%q is missing in %q", mark, p.rest)
	p.rest = rest
	return before
}

func (p *phpReader) integer(mark string) int64 {
	n, err := strconv.ParseInt(p.until(mark), 10, 64)
	require.NoError(p.t, err)
	return n
}

func (p *phpReader) value() any {
	switch kind := p.rest[0]; kind {
	case 'N':
		require.Empty(p.t, strings.TrimPrefix(p.until(";"), "N"))
		return nil
	case 'b':
		p.until(":")
		return p.integer(";") == 1
	case 'i':
		p.until(":")
		return p.integer(";")
	case 's':
		p.until(":")
		n := p.integer(`:"`)
		s := p.rest[:n]
		p.rest = p.rest[n:]
		require.Empty(p.t, p.until(`";`))
		return s
	default:
		require.Equal(p.t, "a", string(kind))
		return p.array()
	}
}

func (p *phpReader) array() map[string]any {
	p.until(":")
	n := p.integer(":{")
	m := make(map[string]any, n)
	for range n {
		var key string
		switch k := p.value().(type) {
		case string:
			i, err := strconv.ParseInt(k, 10, 64)
			require.False(p.t, err == nil && strconv.FormatInt(i, 10) == k, "PHP has no string key %q", k)
			key = k
		case int64:
			key = strconv.FormatInt(k, 10)
		default:
			require.Fail(p.t, "a key is neither string nor integer")
		}
		require.NotContains(p.t, m, key)
		m[key] = p.value()
	}
	require.Empty(p.t, p.until("}"))
	return m
}
