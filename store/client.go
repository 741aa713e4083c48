package store

import (
	"context"
	"time"
)

// Client is a registered OAuth client. The zero Client is not Active and is allowed nothing; every right is a field of
// its own.
type Client struct {
	// ID is the public client identifier. Required.
	ID string

	// Application is the id of the application to which the client belongs. A client of one application is unknown
	// under every other.
	Application string

	// Name describes the client to people. Optional.
	Name string

	// Active tells whether the client may be used. Switching it off takes effect at once.
	Active bool

	// SecretHashes are hashes of the accepted secrets as made by package oauth: one, or two while a secret is being
	// replaced. Empty means that the client has no secret and can only do what needs none.
	SecretHashes []string

	// Grants are the grant types that the client may use, such as "client_credentials". Empty allows none.
	Grants []string

	// InsecurePasswordGrantWithoutSecret lets the client use the password grant without a secret, as the documented
	// system does. A secret that is sent is checked all the same. It needs "password" in Grants too.
	InsecurePasswordGrantWithoutSecret bool

	// Scopes are the scopes that the client may ask for; DefaultScopes are those it gets when it asks for none and must
	// be among Scopes.
	Scopes, DefaultScopes []string

	// Users are the IDs of the users for whom the client may act with client_credentials. AnyUser allows every active
	// user instead.
	Users   []string
	AnyUser bool

	// TokenLifetime of access tokens. Zero means the default of the token endpoint.
	TokenLifetime time.Duration

	// Introspect lets the client ask about tokens of its application (RFC 7662). Reserved: no endpoint asks yet.
	Introspect bool
}

// Clone returns a copy that shares no memory with c.
func (c Client) Clone() Client {
	cloneLists(&c.SecretHashes, &c.Grants, &c.Scopes, &c.DefaultScopes, &c.Users)
	return c
}

// ClientStore finds OAuth clients.
type ClientStore interface {
	// ClientByID returns the client with exactly this ID, active or not, or [ErrNotFound].
	ClientByID(ctx context.Context, id string) (Client, error)
}
