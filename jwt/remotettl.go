package jwt

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How long a set is taken to be current.
const (
	defaultKeySetTTL = 5 * time.Minute // where its server does not say
	minKeySetTTL     = 10 * time.Second
)

// keySetTTL returns how long the server says that its answer is current: max-age of Cache-Control, less the Age that it has already (RFC 9111
// sections 4.2 and 5.2.2), within bounds. Of several values the shortest counts; no-store and no-cache mean the least. s-maxage is meant for
// caches that many share.
func keySetTTL(h http.Header) time.Duration {
	ttl, said := MaxKeySetAge, false
	for _, field := range h.Values("Cache-Control") {
		for directive := range strings.SplitSeq(field, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "no-store", "no-cache":
				return minKeySetTTL
			case "max-age":
				if d, ok := wholeSeconds(strings.Trim(strings.TrimSpace(value), `"`)); ok {
					ttl, said = min(ttl, d), true
				}
			}
		}
	}
	if !said {
		return defaultKeySetTTL
	}
	if age, ok := wholeSeconds(strings.TrimSpace(h.Get("Age"))); ok {
		ttl -= age
	}
	return max(ttl, minKeySetTTL)
}

// wholeSeconds reads a number of seconds (RFC 9111 section 1.2.2). What is too large for anything becomes MaxKeySetAge.
func wholeSeconds(s string) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > int64(MaxKeySetAge/time.Second) {
		return MaxKeySetAge, true
	}
	return time.Duration(n) * time.Second, true
}
