package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"
)

// checkVerification fails unless the contender lets exactly the good tokens through, each for its user.
func checkVerification(c authContender, server *authServer, tokens []string) error {
	ask := asking(server)
	for i, token := range tokens {
		if status, served, user := ask(token); !served || user != userID(i) {
			return fmt.Errorf("%s: answers the token of user %s with status %d (handler reached: %t, for %q)", c.name, userID(i), status, served, user)
		}
	}
	expired, err := server.give(0, time.Now().Add(-time.Minute))
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	for what, token := range badTokens(tokens[0], expired) {
		if status, served, _ := ask(token); served || status != http.StatusUnauthorized {
			return fmt.Errorf("%s: answers a token with %s with status %d (handler reached: %t)", c.name, what, status, served)
		}
	}
	return nil
}

// badTokens are tokens that nobody may accept, by what is wrong with them.
func badTokens(good, expired string) map[string]string {
	return map[string]string{
		"another beginning":  changed(good, len(good)/4),
		"another end":        changed(good, len(good)-2),
		"its end cut off":    good[:len(good)-1],
		"an end in the past": expired,
	}
}

// asking returns a function that sends a token to a handler behind the server's protection and returns the status, whether the handler was
// reached, and for which user.
func asking(server *authServer) func(token string) (status int, served bool, user string) {
	var served bool
	var user string
	handler := server.protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { served, user = true, server.who(r) }))
	return func(token string) (int, bool, string) {
		served, user = false, ""
		w := &discard{header: http.Header{}}
		handler.ServeHTTP(w, newRequest(token))
		return w.status, served, user
	}
}

// checkIssuing fails unless the contender gives the client a new token each time, which it accepts, and nobody else any.
func checkIssuing(m *authMaterial, c authContender, server *authServer) error {
	ask := asking(server)
	seen := map[string]bool{}
	for range 2 {
		status, token := requestToken(server, m.form(m.secret))
		if status != http.StatusOK || token == "" || seen[token] {
			return fmt.Errorf("%s: answers the client with status %d, a token of %d bytes, seen before: %t", c.name, status, len(token), seen[token])
		}
		seen[token] = true
		if status, served, _ := ask(token); !served {
			return fmt.Errorf("%s: refuses the token that it gave out with status %d", c.name, status)
		}
	}
	for what, secret := range map[string]string{
		"a wrong secret":          changed(m.secret, len(m.secret)-2),
		"the start of its secret": m.secret[:len(m.secret)-1],
	} {
		if status, token := requestToken(server, m.form(secret)); status != http.StatusUnauthorized || token != "" {
			return fmt.Errorf("%s: answers the client with %s with status %d, token given: %t", c.name, what, status, token != "")
		}
	}
	return nil
}

// requestToken sends a form to the token endpoint and returns the status and the token, "" if there is none.
func requestToken(server *authServer, form string) (status int, token string) {
	w := httptest.NewRecorder()
	server.endpoint.ServeHTTP(w, newTokenRequest(form))
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		return w.Code, ""
	}
	return w.Code, answer.AccessToken
}

// changed returns the text with the character at i replaced by another that may stand there.
func changed(text string, i int) string {
	other := "A"
	if text[i] == 'A' {
		other = "B"
	}
	return text[:i] + other + text[i+1:]
}
