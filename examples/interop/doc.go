// Package interop shows that this library and those of others understand each other. It has nothing to import: its tests start an API or
// the example server, and client libraries written in JavaScript, Python and Go.
//
//   - OAuth clients find the endpoints, get tokens by all grants, refresh, revoke and ask about them, and turn refusals into their own errors:
//     oauth4webapi, openid-client, simple-oauth2, Authlib, requests-oauthlib and golang.org/x/oauth2.
//   - JSON Web Tokens given out here verify with jose (createRemoteJWKSet and jwtVerify) and with jsonwebtoken and jwks-rsa, through the key
//     set that the API publishes, and with the shared secret. Access tokens (RFC 9068) verify with oauth4webapi.
//   - Tokens that jose and jsonwebtoken made are accepted here, with the key set that jose exported.
//   - Hostile tokens that jose made are refused here, each with its documented answer.
//
// The README beside this file says how to run them.
package interop
