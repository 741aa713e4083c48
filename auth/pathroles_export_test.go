package auth

import "net/url"

// CleanPath is the path that rules are compared with.
func CleanPath(u *url.URL) (string, error) { return cleanPath(u) }

// PatternMatches reports whether a path that is clean matches.
func PatternMatches(pattern, path string) (bool, error) {
	p, err := newPathPattern(pattern)
	return err == nil && p.matches(path), err
}
