// Package auth protects net/http handlers: it finds out who sent a request, and refuses or lets pass.
//
// Start with [Require]. It wraps a handler with an [Authenticator]; inside, [FromContext] returns the caller's [Identity]:
//
//	login, err := auth.NewLogin(auth.LoginConfig{Users: users})
//	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
//	http.Handle("/", auth.Require(basic, nil)(handler))
//
// Authenticators are [Basic] and [APIKey] of this package, and the verifiers of packages jwt, oauth and servicetoken. [Chain]
// offers several on one route, [ByHeader] lets the client name an application and uses that one's. [RequireRole],
// [RequirePermission] and [RequireScope] go between Require and the handler.
//
// # Vocabulary
//
// Credentials are what a request offers to prove who sent it. An authenticator claims a request when the credentials are
// meant for it; it then decides, and its answer is final. Otherwise it declines, and its answer says what to tell the client
// if nobody else claims the request. An identity is the user whom the credentials stand for, as he is now. A realm names what is
// protected; a challenge tells the client by which scheme to enter (WWW-Authenticate). An application is a named setting of one
// method, chosen by the client with the AUTH-METHOD header.
//
// # Who claims what
//
// Claims are decided from what needs no secret, and those of the shipped authenticators never overlap (shape.go): a Bearer
// value of three segments is a JSON Web Token, one with the prefix of access tokens is an access token; a Basic credential whose user name has
// the shape of a services token and whose password is empty is a services token, one whose password has the shape of an API
// key is an API key, and every other is a user name and password.
//
// # Closed by default
//
// Missing settings are errors at construction, a nil authenticator panics when the middleware is built, and zero values refuse
// every request. An outage of a store is answered with 503, never with 401.
package auth
