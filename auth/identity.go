package auth

import (
	"errors"
	"slices"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
)

// Identity is who sent a request, as the store knows him now, and how he proved it.
type Identity struct {
	// UserID and Name are those of the user on record.
	UserID, Name string

	// Roles and Permissions are those the user has now.
	Roles, Permissions []string

	// Scopes are those granted to the token with which the request came. Credentials without scopes, such as a password,
	// leave it empty.
	Scopes []string

	// Method is how the caller proved who he is.
	Method autherr.Method

	// Application is the id of the application under which the request was authenticated. Empty if there is none.
	Application string

	// ClientID is the OAuth client to which the token was issued. Empty for other credentials.
	ClientID string

	// ExpiresAt is the end of the credential, zero if it has none.
	ExpiresAt time.Time

	// Claims gives access to the claims of a JSON Web Token. It is nil for other credentials; see DecodeClaims.
	Claims ClaimsDecoder
}

// ClaimsDecoder decodes the claims of a verified token into a pointer to the caller's type, as encoding/json does.
type ClaimsDecoder interface {
	// DecodeClaims decodes the claims into v, or returns an error that says what does not fit.
	DecodeClaims(v any) error
}

// NewIdentity returns the identity of u, proved by method.
func NewIdentity(u store.User, method autherr.Method) *Identity {
	return &Identity{UserID: u.ID, Name: u.Name, Roles: u.Roles, Permissions: u.Permissions, Method: method}
}

// HasRole reports whether the user has the role.
func (id *Identity) HasRole(role string) bool {
	return id != nil && role != "" && slices.Contains(id.Roles, role)
}

// HasPermission reports whether the user has the permission.
func (id *Identity) HasPermission(permission string) bool {
	return id != nil && permission != "" && slices.Contains(id.Permissions, permission)
}

// HasScope reports whether the token was granted the scope. It is false for credentials without scopes.
func (id *Identity) HasScope(scope string) bool {
	return id != nil && scope != "" && slices.Contains(id.Scopes, scope)
}

// DecodeClaims decodes the claims of the JSON Web Token with which the request came into v, a pointer. It is an error if it came
// with other credentials.
func (id *Identity) DecodeClaims(v any) error {
	if id == nil || id.Claims == nil {
		return errors.New("auth: the identity has no claims")
	}
	return id.Claims.DecodeClaims(v)
}
