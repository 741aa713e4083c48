package auth

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// RequireRole returns middleware that lets only users pass who have one of the roles. It stands inside [Require]; anywhere
// else it refuses every request with 500, and says so once in the log of the http.Server. It panics without a role or with an empty one.
func RequireRole(roles ...string) func(http.Handler) http.Handler {
	mustName("RequireRole", roles)
	roles = slices.Clone(roles)
	return access(rule{
		missing: fmt.Errorf("none of the roles %q", roles),
		allowed: func(id *Identity) bool { return slices.ContainsFunc(roles, id.HasRole) },
	}.decide)
}

// RequirePermission returns middleware that lets only users pass who have the permission. The rules of [RequireRole] apply.
func RequirePermission(permission string) func(http.Handler) http.Handler {
	mustName("RequirePermission", []string{permission})
	return access(rule{
		missing: fmt.Errorf("no permission %q", permission),
		allowed: func(id *Identity) bool { return id.HasPermission(permission) },
	}.decide)
}

// RequireScope returns middleware that lets only tokens pass that were granted all of the scopes. Credentials without scopes, such as a
// password, do not pass. A refused bearer token is told the scope (RFC 6750 section 3.1). The rules of [RequireRole] apply; a scope
// must be a scope-token of RFC 6749 section 3.3.
func RequireScope(scopes ...string) func(http.Handler) http.Handler {
	mustName("RequireScope", scopes)
	for _, s := range scopes {
		if !IsScope(s) {
			panic("auth: RequireScope: not a scope: " + s)
		}
	}
	scopes = slices.Clone(scopes)
	return access(rule{
		missing: fmt.Errorf("not all of the scopes %q", scopes),
		scope:   strings.Join(scopes, " "),
		allowed: func(id *Identity) bool {
			return !slices.ContainsFunc(scopes, func(s string) bool { return !id.HasScope(s) })
		},
	}.decide)
}

// IsScope reports whether s is a scope-token of RFC 6749 section 3.3: printable ASCII without blank, quote and backslash.
func IsScope(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// tellNoGate says in the log of the server, as package net/http does, why a rule refuses everybody: there is no Require whose OnError or Events could.
func tellNoGate(r *http.Request) {
	if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ErrorLog != nil {
		s.ErrorLog.Print(errNoGate)
		return
	}
	log.Print(errNoGate)
}

var errNoGate = autherr.Internal(autherr.MethodAny, errors.New("auth: an access rule stands outside Require"))

// rule decides whom to let pass.
type rule struct {
	missing error  // what the others lack, for the log
	scope   string // what a bearer token is told to bring, if scopes decide
	allowed func(*Identity) bool
}

// decide returns nil for those who may pass, and the refusal for others.
func (rule rule) decide(_ *http.Request, id *Identity) error {
	if rule.allowed(id) {
		return nil
	}
	return denied(id, rule.scope, rule.missing)
}

// denied refuses somebody who lacks something.
func denied(id *Identity, scope string, missing error) error {
	return &autherr.Error{Code: autherr.AccessDenied, Method: id.Method, User: id.Name, Scope: scope, Cause: missing}
}

// access returns middleware that lets those pass for whom decide returns no refusal.
func access(decide func(*http.Request, *Identity) error) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("auth: access rule: nil handler")
		}
		var told sync.Once
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, _ := r.Context().Value(contextKey{}).(*authContext)
			if c == nil {
				told.Do(func() { tellNoGate(r) })
				autherr.Respond(w, r, nil, errNoGate)
				return
			}
			start := c.gate.start()
			err := c.anonymous
			if c.identity != nil {
				err = decide(r, c.identity)
			}
			if err != nil {
				c.gate.keepOut(w, r, start, c.identity, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// keepOut refuses a request by an access rule. id is nil if it came without credentials.
func (g *gate) keepOut(w http.ResponseWriter, r *http.Request, start time.Time, id *Identity, err error) {
	var e *Event
	if g.events != nil {
		told := g.event(EventAccess, r, start)
		if e = &told; id != nil {
			e.by(id)
		}
	}
	g.refuse(w, r, e, err, g.challenges)
}

func mustName(where string, names []string) {
	if len(names) == 0 || slices.Contains(names, "") {
		panic("auth: " + where + ": nothing is required")
	}
}
