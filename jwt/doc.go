// Package jwt issues and verifies JSON Web Tokens (RFC 7519): signed statements of who a user is, which a service checks without asking
// anybody who issued them.
//
// Start with an [Issuer], the endpoint that gives out its tokens, and a [Verifier] for them:
//
//	key, err := jwt.GenerateKey(jwt.RS256, nil)
//	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://api.example.com", Audience: []string{"https://api.example.com"}, Key: key})
//	endpoint, err := jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: "Example API"})
//	keys, err := jwt.NewJWKSHandler(issuer, nil)
//	verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
//		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.RS256},
//		Issuer: "https://api.example.com", Audience: []string{"https://api.example.com"},
//		Users: users, Realm: "Example API",
//	})
//	http.Handle("/rest_api/id_token", endpoint)
//	http.Handle("/.well-known/jwks.json", keys)
//	http.Handle("/", auth.Require(verifier, nil)(handler))
//
// Tokens of another issuer get a Verifier of their own, with that issuer's keys ([NewRemoteKeySet] for the address where it publishes them;
// [ParseKeySet], [ParseVerificationKey], [NewVerificationSecret]) and a rule by which its users become users here ([VerifierConfig]). Verifiers of
// several issuers are put together by [ByIssuer], and stand with other methods in an [auth.Chain]. Package
// [jwttest] is an issuer for tests, of good tokens and of bad ones.
//
// Access tokens of another server that is made with apiauth take Type AccessToken, UsernameClaim "name" for users who go by the same names here, those
// of its scopes that are to count in TrustScopes, and its key set (jwks_uri) as the URL of the RemoteKeySet.
//
// # Vocabulary
//
// An issuer (iss) signs tokens; an audience (aud) is for whom they are. A [SigningKey] signs, a [VerificationKey] verifies; each is for one
// [Algorithm], and no token can choose another. Keys go by an ID (kid) and come from a [KeySource], often a [KeySet] or a [RemoteKeySet]. A stamp
// is a claim of our own tokens that must be that of the user's record: it ends them when he changes his password.
//
// # The two kinds of tokens
//
// An [IdentityToken] says who the user is: [Issuer.Issue] makes one for a password, and the user has all his rights with it. An [AccessToken]
// (RFC 9068) says what a client may do for the user: [Issuer.IssueAccessToken] makes one for the token endpoint of package [oauth], with the client's
// ID, the scopes that it was granted, and the lifetime that it was told. A resource server takes it without asking anybody, and [auth.RequireScope]
// guards what needs a scope.
//
// One Issuer signs both, with one key, and the type (typ) tells them apart: a Verifier takes the kind of [VerifierConfig.Type] and no other, so
// that a token for one client never passes for the user himself. A service that takes both has a Verifier for each, put together by [ByIssuer].
// With [VerifierConfig.Application], it takes the access tokens of one application only.
//
// Scopes, and clients, are those of their issuer. From our own tokens they are taken as they are; from another issuer's, no scope counts that is not
// among [VerifierConfig.TrustScopes], and no client at all.
//
// # Before their time
//
// A token works until it expires or its user is blocked or changes his password. [Revocations], given to the Verifier, end single tokens and all that a
// user was issued up to a moment; a Verifier with them serves the revocation endpoint of package oauth. That endpoint is part of an oauth.Server, also
// in a service that gives out JSON Web Tokens alone: it needs Clients and Tokens then too, and the Verifier as its JWTRevoker.
//
// # Speed
//
// Little but the signature takes time. [VerifierConfig.CacheTokens] saves that as well, for tokens that come again: all that may have
// changed since, which is the key, the clock, the user and revocations, is looked at with each request.
//
// # What is accepted
//
// Less than the standards allow, because each liberty has been somebody's hole. Only signed tokens in compact serialization with
// three segments; base64url in its one spelling; JSON without repeated names; no critical extensions, no encryption, no
// nesting, no detached payload; no keys or addresses of keys from the token itself. Dates are read exactly. Nothing of a
// token is believed, and nothing returned, before its signature, its issuer, its audience and its dates are good.
//
// [oauth]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth
// [jwttest]: https://pkg.go.dev/github.com/apiauth-go/apiauth/jwt/jwttest
package jwt
