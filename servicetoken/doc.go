// Package servicetoken makes and checks services tokens: signed tokens that end by themselves when their user changes, and
// that no store has to keep.
//
// A token names its user and its expiry, and is signed over the user's properties as they are now: name, stored password
// hash, status and realm. Renaming the user, changing his password or blocking him therefore invalidates all his tokens at
// once. Clients of the Services Token module for Drupal keep working: the format is the same, byte for byte.
//
// Start with [New]. The [Service] is an [auth.Authenticator] for the protected routes, and makes the endpoint at which clients
// get their tokens:
//
//	tokens, err := servicetoken.New(servicetoken.Config{Users: users, Keys: []servicetoken.Key{key}, Realm: "Example API"})
//	generate, err := tokens.GenerateEndpoint(servicetoken.EndpointConfig{Login: login})
//
//	mux.Handle("/api/services_token/generate", generate)
//	mux.Handle("/api/", auth.Require(tokens, nil)(api))
//
// A client sends its token as the user name of a Basic credential with an empty password, for which curl has a short form:
// curl https://<token>:@host/api/…
//
// # Format
//
//	token = hex(user ID) "." hex(expires) "." base64url(HMAC-SHA256(key, user ID + serialize(properties) + expires))
//
// Hex is in lower case without leading zeros, base64url without padding; expires is in Unix seconds, written in decimal in the
// signed text; serialize is PHP's function of that name, over the properties sorted by name. A user ID that is not a decimal
// number below 2^64 in its shortest form ("01" and "+1" are not) is written as the letter u, which is no hex digit, and the
// base64url of the ID; in the signed text every ID stands as it is. No two IDs share a spelling, and an ID with the characters ":{" is
// refused, so that the end of the ID in the signed text can never be mistaken.
//
// # Properties
//
// An application adds members to the signed set, such as the roles or the plan of a subscription, with [Config].Properties: tokens then end when one of them
// changes.
//
// # Vocabulary
//
// To mint is to make a token. Properties are what a token is signed over besides user and expiry; a member is one of them. The realm names what is
// protected: it is one of the properties, so a token of one realm does not open another.
package servicetoken
