package main

import (
	"net/http"
	"strings"
)

// keepPrivate keeps shared caches from giving one caller's answer to another. The service does not know that there are callers, so it may well
// say that its answers are for everybody. What else it says about caches stays.
//
// What Require sets is not enough here: ReverseProxy adds the fields of the service to it, and forgets it when the service sends an
// informational response (103 Early Hints) first.
func keepPrivate(resp *http.Response) error {
	for name := range resp.Header {
		switch n := spelling(name); {
		case strings.HasSuffix(n, "cdn-cache-control"), n == "surrogate-control", n == "edge-control", n == "x-accel-expires":
			delete(resp.Header, name) // RFC 9213, and what is like it: they count for more than Cache-Control
		}
	}
	directives := []string{"private"}
	for d := range strings.SplitSeq(strings.Join(resp.Header["Cache-Control"], ","), ",") {
		d = strings.TrimSpace(d)
		name, _, _ := strings.Cut(strings.ToLower(d), "=")
		if d != "" && name != "public" && name != "s-maxage" && name != "private" {
			directives = append(directives, d)
		}
	}
	resp.Header["Cache-Control"] = []string{strings.Join(directives, ", ")}
	resp.Header.Add("Vary", "Authorization, API-KEY")
	return nil
}
