// Package auth protects net/http handlers: it finds out who sent a request, and refuses or lets pass.
//
// Start with [Require]. It wraps a handler with an [Authenticator]; inside, [FromContext] returns the caller's [Identity]:
//
//	login, err := auth.NewLogin(auth.LoginConfig{Users: users})
//	basic, err := auth.NewBasic(auth.BasicConfig{Login: login, Realm: "Example API"})
//	http.Handle("/", auth.Require(basic, nil)(handler))
//
// Users come from a [store.UserStore], refusals are those of package [autherr], and package [password] reads and makes the hashes.
//
// Authenticators are [Basic] and [APIKey] of this package, and the verifiers of packages [jwt], [oauth] and [servicetoken]. [Chain]
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
// What others have issued is claimed as narrowly. A [jwt.Verifier] claims the tokens that name its issuer (iss), so that a chain or
// [jwt.ByIssuer] can hold several; with SkipIssuer it claims those of every issuer. An [oauth.IntrospectionVerifier] and an
// [oauth.UserInfoVerifier], which ask another server, claim every other Bearer value that can be a token (RFC 6750 section 2.1): no JSON Web
// Token, and nothing that starts like a credential of ours, which nobody else must get to see. The tokens of two such servers look alike, so a
// chain holds one of them only; [ByHeader] offers several. AcceptJWTs and AcceptOwnShape of [oauth.IntrospectionConfig] claim what a
// [jwt.Verifier] or an [oauth.Verifier] would claim: they are for routes without one.
//
// # Failed logins
//
// [Login] counts failed logins and refuses more than [FloodLimits] allows, the right password included, with 429 and the time to wait: 5 of
// a user from one address in 6 hours, 50 from one address in an hour, 100 of a user from everywhere in a day. All ways to send a password to
// one Login count together. The same wrong password sent again counts once. A success clears the first of the three limits.
// Names of nobody are limited like those of users.
//
// The address is that of the connection. Whoever stands behind a proxy must name it in [TransportConfig.TrustedProxies]: otherwise all
// clients have one address, that of the proxy, and 50 failures of a stranger lock everybody out for an hour. The proxy must append to
// X-Forwarded-For; then the right-most address in it that is no trusted proxy's is the client's. What has no address, such as a
// proxy on a Unix socket, is one address too: let middleware in front set the RemoteAddr of the request.
//
// Failures are counted in the memory of the process, in [Counters], unless [LoginConfig.Counters] is a store that servers share and that
// outlives a restart; such servers should have one [LoginConfig.FloodKey], or a wrong password that a client repeats counts once for each of
// them. If the store is out of order, logins are answered with 503. [LimitForged] can count forged tokens and keys besides, and a
// [ForgedCounter] wrong client secrets (oauth.ServerConfig.ClientFailures).
//
// # Passwords with every request
//
// A hash takes some 20 ms of a processor, on purpose, and clients of Basic send the password with every request. [LoginConfig.CacheVerified]
// remembers for a short time that a password was right; such a request then costs about as much as one with a token. Better still is to
// exchange the password for a token once. The user is looked up each time either way.
//
// # Who may come in where
//
// Around Require, [RequireTLS] refuses clear text and [NewAddressFilter] refuses addresses. Inside, [NewPathRoles] says for a whole tree of
// paths which roles may use them, by rules that an operator can write. All of them are middleware and can be put together as one likes:
//
//	office, err := auth.NewAddressFilter(auth.AddressFilterConfig{Allow: prefixes})
//	rules, err := auth.NewPathRoles(auth.PathRolesConfig{Rules: []auth.PathRule{{Pattern: "/admin/*", Roles: []string{"admin"}}}})
//	http.Handle("/", office(auth.Require(basic, nil)(rules(handler))))
//
// A browser's preflight request (CORS) has no credentials: middleware that answers it goes around Require.
//
// # Events
//
// Every attempt to get in, every refusal by an access rule and every operation on a token is one [Event]: who, from where, how, what came of it,
// and why. An [EventSink] takes them. [Options.Events] tells it of protected routes, [EndpointConfig.Events] (and the field of that name in
// [oauth.ServerConfig], [jwt.IDTokenConfig] and [servicetoken.EndpointConfig]) of endpoints, [LoginConfig.Events] of passwords checked by an
// application's own forms, and that of [oauth.AdminConfig] and [jwt.RevocationsConfig] of tokens that an application ends. Behind a proxy, set the
// Transport there too.
//
// [NewSlogSink] logs events and does not let the same failure fill the log; [NewAuditSink] keeps them in a store.AuditStore; [NewBufferedSink]
// stands before sinks that are slow or may fail, and [MultiSink] before several. No sink can delay a request or change its answer. Package
// [examples/otel] has a sink for OpenTelemetry. Events hold no passwords, tokens, secrets or hashes.
//
// # Tests of an application
//
// Package [authtest] has what the tests of handlers behind Require need: callers without credentials, users with cheap hashes, and a sink to look at.
//
// # Closed by default
//
// Missing settings are errors at construction, a nil authenticator panics when the middleware is built, and zero values refuse
// every request. An outage of a store is answered with 503, never with 401.
//
// [jwt]: https://pkg.go.dev/github.com/apiauth-go/apiauth/jwt
// [oauth]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth
// [servicetoken]: https://pkg.go.dev/github.com/apiauth-go/apiauth/servicetoken
// [authtest]: https://pkg.go.dev/github.com/apiauth-go/apiauth/auth/authtest
// [examples/otel]: https://pkg.go.dev/github.com/apiauth-go/apiauth/examples/otel
// [oauth.AdminConfig]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth#AdminConfig
// [oauth.ServerConfig]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth#ServerConfig
// [jwt.RevocationsConfig]: https://pkg.go.dev/github.com/apiauth-go/apiauth/jwt#RevocationsConfig
// [jwt.IDTokenConfig]: https://pkg.go.dev/github.com/apiauth-go/apiauth/jwt#IDTokenConfig
// [servicetoken.EndpointConfig]: https://pkg.go.dev/github.com/apiauth-go/apiauth/servicetoken#EndpointConfig
// [oauth.Verifier]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth#Verifier
// [oauth.IntrospectionVerifier]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth#IntrospectionVerifier
// [oauth.UserInfoVerifier]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth#UserInfoVerifier
// [oauth.IntrospectionConfig]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth#IntrospectionConfig
// [jwt.Verifier]: https://pkg.go.dev/github.com/apiauth-go/apiauth/jwt#Verifier
// [jwt.ByIssuer]: https://pkg.go.dev/github.com/apiauth-go/apiauth/jwt#ByIssuer
package auth
