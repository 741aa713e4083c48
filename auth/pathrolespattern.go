package auth

import (
	"errors"
	"strings"
)

// maxPattern is the longest pattern in bytes.
const maxPattern = 1024

// pathPattern is a pattern of paths that has been read. A path matches it if it matches one of the globs: two spellings of one path, with a
// slash at its end and without, are answered by asking for both.
type pathPattern []glob

// newPathPattern reads a pattern.
func newPathPattern(s string) (pathPattern, error) {
	switch {
	case s == "":
		return nil, errors.New("the Pattern is missing")
	case len(s) > maxPattern:
		return nil, errors.New("the Pattern is too long")
	case s[0] != '/' && s[0] != '*':
		return nil, errors.New("the Pattern begins with neither / nor *")
	case strings.ContainsAny(s, "?#%"):
		return nil, errors.New("the Pattern has a query, a fragment or an encoding: write the path only, and decoded")
	case strings.Contains(s, "//"):
		return nil, errors.New("the Pattern has several slashes in a row, which no path has")
	}
	if err := checkPath(s); err != nil {
		return nil, err
	}
	for strings.Contains(s, "**") {
		s = strings.ReplaceAll(s, "**", "*")
	}
	// A path has no slash at its end here. With one it matches "…/" if it matches "…" without, and "…/*", whose star then stands for nothing,
	// likewise.
	if len(s) > 1 {
		s = strings.TrimSuffix(s, "/")
	}
	parent, children := strings.CutSuffix(s, "/*")
	p := pathPattern{newGlob(s)}
	if children && parent != "" {
		p = append(p, newGlob(parent))
	}
	return p, nil
}

func (p pathPattern) matches(path string) bool {
	for _, g := range p {
		if g.matches(path) {
			return true
		}
	}
	return false
}

// covers reports whether a rule with q is never asked behind one with p, because for each glob of q there is one of p that matches all the same
// paths. Here a star of q is read as a character: only a star of p can stand for it, and that one stands for whatever q's star does as well.
func (p pathPattern) covers(q pathPattern) bool {
	for _, g := range q {
		if !p.matches(strings.Join(g, "*")) {
			return false
		}
	}
	return true
}

// glob is a text with stars, cut at them. The first part begins what matches, the last ends it, the others stand between in their order.
type glob []string

func newGlob(s string) glob { return strings.Split(s, "*") }

// matches takes each part where it stands first. If the rest matched behind a later place, it matches behind the first as well, for the star
// before it takes what lies between: so nothing is tried twice, and the time is linear in the length of s.
func (g glob) matches(s string) bool {
	first, last := g[0], len(g)-1
	if last == 0 {
		return s == first
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	for _, part := range g[1:last] {
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return strings.HasSuffix(s, g[last])
}
