package auth

import (
	"net/http"
	"slices"
	"strings"
)

// keepPrivate keeps shared caches from storing the response (RFC 9111 section 5.2.2). A handler may set its own rules over
// it; middleware outside, which does not know who is asking, may only be as strict. Vary only grows. values is room for the fields that is nobody
// else's, for a handler may change them in place.
func (g *gate) keepPrivate(h http.Header, values *[2]string) {
	*values = [2]string{"private", g.vary}
	if !isPrivate(h["Cache-Control"]) {
		h["Cache-Control"] = values[0:1:1]
	}
	if outer := h["Vary"]; len(outer) == 0 {
		h["Vary"] = values[1:2:2]
	} else {
		h["Vary"] = append(slices.Clip(outer), g.vary)
	}
}

// isPrivate reports whether the values of Cache-Control keep the whole response out of shared caches.
func isPrivate(values []string) bool {
	for _, v := range values {
		for directive := range strings.SplitSeq(v, ",") {
			if d := strings.Trim(directive, " \t"); equalFoldASCII(d, "private") || equalFoldASCII(d, "no-store") {
				return true
			}
		}
	}
	return false
}

// makePrivate keeps shared caches from storing a response that is not for everybody, though nobody has said who asks.
func makePrivate(h http.Header) {
	if !isPrivate(h["Cache-Control"]) {
		h["Cache-Control"] = []string{"private"}
	}
}
