package main

import (
	"fmt"
	"net/http"
	"slices"
)

// check fails unless the contender lets exactly the good tokens through, each for its user. Speed without it would mean nothing.
func check(m *material, c contender, middleware func(http.Handler) http.Handler) error {
	var served bool
	var name string
	var roles []string
	handler := middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		served = true
		name, roles = c.who(r)
	}))
	send := func(token string) (status int) {
		served, name, roles = false, "", nil
		w := &discard{header: http.Header{}}
		handler.ServeHTTP(w, newRequest(token))
		return w.status
	}
	for range 2 { // a second time from whatever was kept of the first
		for i, token := range m.tokens {
			status := send(token)
			if !served {
				return fmt.Errorf("%s, %s: refuses a good token with status %d", m.alg, c.name, status)
			}
			if name != userName(i) || !slices.Equal(roles, []string{userRole}) {
				return fmt.Errorf("%s, %s: takes %s, an %s, for %q, %q", m.alg, c.name, userName(i), userRole, name, roles)
			}
		}
		for what, token := range m.bad {
			if status := send(token); served || status != http.StatusUnauthorized {
				return fmt.Errorf("%s, %s: answers a token with %s with status %d (handler reached: %t)", m.alg, c.name, what, status, served)
			}
		}
	}
	return nil
}
