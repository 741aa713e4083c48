// Package oauth gives out opaque access tokens, takes them back, and accepts them: the token endpoint of an OAuth 2.0
// authorization server (RFC 6749) in the form in which the documented system has it, and bearer tokens (RFC 6750).
//
// Start with [NewServer], whose [Server.TokenEndpoint] and [Server.RevokeEndpoint] are mounted, and [NewVerifier], which goes into
// auth.Require:
//
//	server, err := oauth.NewServer(oauth.ServerConfig{
//		Application: "oauth001", Clients: db, Tokens: db, Users: db, Login: login, Realm: "Example API",
//	})
//	http.Handle("/rest_api/access_token", server.TokenEndpoint())
//	http.Handle("/rest_api/revoke", server.RevokeEndpoint())
//
//	verifier, err := oauth.NewVerifier(oauth.VerifierConfig{
//		Application: "oauth001", Clients: db, Tokens: db, Users: db, Realm: "Example API",
//	})
//	http.Handle("/", auth.Require(verifier, nil)(handler))
//
// Clients are made with [NewClient].
//
// # Vocabulary
//
// A client is a program that asks for tokens; it is registered as a store.Client and belongs to an application. A grant is a
// way to get a token, named by grant_type. A scope limits what a token may be used for. An opaque token is a random text that
// means nothing without its record; the store knows its SHA-256 only.
//
// # The token endpoint
//
// It takes POST requests with a form, and checks in this order; the first thing that is wrong is the answer:
//
//  1. the HTTP method, the media type and the length of the body (64 KiB)
//  2. the parameters: well-formed, not repeated, client authentication in one place only; grant_type there and known; client_id,
//     username, password and client_secret there if the grant needs them
//  3. the connection: TLS, loopback, or a trusted proxy that says https (RFC 6749 section 3.2). The Transport of the
//     Login decides, for all grants: a client secret is worth as much as a password
//  4. the client: known, active, of this application; its secret right
//  5. whether the client may use the grant, and whether it may have the scopes
//  6. the user: with the password grant his password, with client_credentials whether the client may act for him
//
// A password is therefore never looked at before the client is known to be good.
//
// # Where this is not RFC 6749
//
// The password grant of the documented system sends no client secret. A client whose record says
// InsecurePasswordGrantWithoutSecret may do so, contrary to section 4.3.2, for which a confidential client authenticates; a secret that
// it does send is checked. With client_credentials, the parameter username names the account for which the token acts, because every
// token acts for a user here. The error codes of the documented profiles are not those of section 5.2; autherr.ProfileRFC has these.
//
// # What ends a token
//
// Its expiry; its revocation; and at once, because all are looked up with each request, a changed password, a user who is blocked or
// deleted, and a client that is switched off or deleted.
package oauth
