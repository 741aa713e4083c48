package store

import (
	"context"
	"time"
)

// Client is a registered OAuth client. The zero Client is not Active and is allowed nothing; every right is a field of
// its own.
type Client struct {
	// ID is the public client identifier. It never changes and is never given to another client: tokens that were issued under it would
	// work for that one. Required.
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

	// Users are the IDs of the users for whom the client may act, by any grant, also when it refreshes a token that it got earlier. Without
	// any, it may act with client_credentials for nobody but DefaultUser, and with the password grant for whoever shows a password. AnyUser
	// allows every active user instead.
	Users   []string
	AnyUser bool

	// DefaultUser is the ID of the user for whom the client acts with client_credentials when the request names none, as
	// clients written for RFC 6749 do: the client's own account. It need not be among Users. Empty means that every
	// request must name one, as the documented system has it.
	DefaultUser string

	// TokenLifetime of access tokens. Zero means the default of the token endpoint. With JWTAccessTokens it is cut to what the
	// verifier of these tokens accepts.
	TokenLifetime time.Duration

	// RefreshTokenLifetime is how long the client can go on with refresh tokens after the grant that began it, however often it refreshes. It
	// needs "refresh_token" in Grants. Zero means the default of the token endpoint.
	RefreshTokenLifetime time.Duration

	// JWTAccessTokens gives the client access tokens in the form of JSON Web Tokens (RFC 9068), which a resource server verifies
	// without asking. They need no record, and so work until they expire or are listed as revoked; opaque tokens are the default.
	JWTAccessTokens bool

	// Introspect lets the client ask about tokens of its application (RFC 7662): the right of a resource server.
	Introspect bool
}

// Clone returns a copy that shares no memory with c.
func (c Client) Clone() Client {
	cloneLists(&c.SecretHashes, &c.Grants, &c.Scopes, &c.DefaultScopes, &c.Users)
	return c
}

// ClientStore finds OAuth clients. Where the [TokenStore] is another one, a method of this one that deletes a client does not reach its
// tokens: end them there first, with DeleteTokens.
type ClientStore interface {
	// ClientByID returns the client with exactly this ID, active or not, or [ErrNotFound].
	ClientByID(ctx context.Context, id string) (Client, error)
}
