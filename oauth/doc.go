// Package oauth is an OAuth 2.0 authorization server for clients that need no browser (RFC 6749): it gives out access tokens, renews them, takes
// them back, answers questions about them, and accepts them as bearer tokens (RFC 6750). Its token endpoint is that of the documented
// system, whose clients go on working; what it adds is as the RFCs have it.
//
// Start with [NewServer], whose endpoints are mounted, and [NewVerifier], which goes into [auth.Require]:
//
//	server, err := oauth.NewServer(oauth.ServerConfig{
//		Application: "oauth001", Clients: db, Tokens: db, Users: db, Login: login, Realm: "Example API",
//	})
//	http.Handle("/rest_api/access_token", server.TokenEndpoint())
//	http.Handle("/rest_api/revoke", server.RevokeEndpoint())         // for users
//	http.Handle("/oauth/revoke", server.RevocationEndpoint())        // for clients, RFC 7009
//	http.Handle("/oauth/introspect", server.IntrospectionEndpoint()) // for resource servers, RFC 7662
//
//	verifier, err := oauth.NewVerifier(oauth.VerifierConfig{
//		Application: "oauth001", Clients: db, Tokens: db, Users: db, Realm: "Example API",
//	})
//	http.Handle("/", auth.Require(verifier, nil)(handler))
//
// Clients are made with [NewClient]; [Server.MetadataHandler] tells them where everything is (RFC 8414). Package [oauthtest] makes tokens for tests.
//
// # Vocabulary
//
// A client is a program that asks for tokens; it is registered as a [store.Client] and belongs to an application. A grant is a
// way to get a token, named by grant_type. A scope limits what a token may be used for. An opaque token is a random text that
// means nothing without its record; the store knows its SHA-256 only. A refresh token is good for one new pair of tokens; all that
// descends from one login through it is a family.
//
// # The token endpoint
//
// It takes POST requests with a form, and checks in this order; the first thing that is wrong is the answer:
//
//  1. the HTTP method, the media type and the length of the body (64 KiB)
//  2. the parameters: well-formed, not repeated, client authentication in one place only; grant_type there and known; client_id,
//     username, password, refresh_token and client_secret there if the grant needs them. Whether client_credentials with a secret needs
//     a username depends on the client's record (DefaultUser), so that is answered after step 5
//  3. the connection: TLS, loopback, or a trusted proxy that says https (RFC 6749 section 3.2). The Transport of the
//     Login decides, for all grants: a client secret is worth as much as a password
//  4. the client: known, active, of this application; its secret right
//  5. whether the client may use the grant, and whether it may have the scopes
//  6. the grant's own: with the password grant the user's password, with client_credentials the user, with refresh_token the token, its user
//     and its scopes
//  7. whether the client may act for the user
//
// A password is therefore never looked at before the client is known to be good. Unknown clients and wrong secrets can be counted by address:
// [ServerConfig.ClientFailures].
//
// # Refresh tokens
//
// A client whose Grants hold "refresh_token" gets one with each access token of the password grant, if it has shown its secret. With it the client
// gets a new access token and a new refresh token, of the user as he is then, with the scopes of the first grant or fewer. The old one is spent. Of
// several concurrent uses exactly one succeeds.
//
// A spent token that comes again means that two have it, and nobody can tell which is the thief: the whole family is revoked, access tokens
// included (RFC 9700 section 4.14.2). So a client must not use one from several threads at once, nor repeat a request whose answer it
// did not get; for clients that cannot help it, [ServerConfig.RefreshGrace] refuses the repeat for a while without revoking anything. Nobody is ever
// given a token for a spent one. Events call it [auth.EventTokenReuse]. A family ends RefreshTokenLifetime after the login, however often it was refreshed.
//
// # Opaque tokens and JSON Web Tokens
//
// Access tokens are opaque unless the client's record says JWTAccessTokens. Such a token (RFC 9068) is verified without asking this
// server: where the resource server is elsewhere, that saves a request for each request. The price is that nothing of it is on record. A family
// that is revoked takes the refresh token with it but leaves such an access token to its end, unless it is revoked by itself: give
// these clients a short TokenLifetime. A [Verifier] with a JWTVerifier looks the client and the user up all the same, so that switching either off is
// felt at once.
//
// # Where this is not RFC 6749
//
// The password grant of the documented system sends no client secret. A client whose record says
// InsecurePasswordGrantWithoutSecret may do so, contrary to section 4.3.2, for which a confidential client authenticates; a secret that
// it does send is checked; one that is not sent earns no refresh token. With client_credentials, the parameter username names the account for which
// the token acts, because every token acts for a user here: the sub of a token is always a user's ID, and a user who is named like a client is still
// another (RFC 9700 section 4.15). Without that parameter it is the DefaultUser of the client's record. The error codes of the documented profiles are not those of section 5.2; [autherr.ProfileRFC] has these.
//
// # Tokens of other servers
//
// There are three ways to accept a token that another server has issued, the best first. All end with a user of this service, who is looked up with
// each request.
//
//   - The token is a JSON Web Token and its issuer publishes keys: a Verifier of package [jwt] with a RemoteKeySet. It needs no call for each token.
//   - The server has an introspection endpoint (RFC 7662): [IntrospectionVerifier]. It asks the server, as a client of it, whether the token is
//     good and for whom it was issued.
//   - The server only has a user-info endpoint: [UserInfoVerifier]. It cannot find out for whom the token was issued.
//
// # What ends a token
//
// Its expiry; its revocation; and at once, because all are looked up with each request, a changed password, a user who is blocked or
// deleted, and a client that is switched off or deleted.
//
// [jwt]: https://pkg.go.dev/github.com/apiauth-go/apiauth/jwt
// [oauthtest]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth/oauthtest
package oauth
