package oauth

import (
	"github.com/apiauth-go/apiauth/store"
)

// CheckDecision asks the last question before a token is made for a grant's decision.
func CheckDecision(client store.Client, user store.User, scopes ...string) error {
	return checkDecision(tokenRequest{client: client}, decision{user: user, scopes: scopes})
}

// FillLine lets as many callers wait for the other server as may, or none.
func (v *IntrospectionVerifier) FillLine(full bool) {
	v.external.mu.Lock()
	defer v.external.mu.Unlock()
	if v.external.waiting = 0; full {
		v.external.waiting = maxWaitingExternal
	}
}

// InLine returns how many callers wait for the other server.
func (v *IntrospectionVerifier) InLine() int {
	v.external.mu.Lock()
	defer v.external.mu.Unlock()
	return v.external.waiting
}
