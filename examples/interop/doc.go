// Package interop shows that JavaScript and this library read each other's JSON Web Tokens. It has nothing to import: its
// tests start an API, and Node.js with the libraries that clients use there.
//
//   - Tokens given out here verify with jose (createRemoteJWKSet and jwtVerify) and with jsonwebtoken and jwks-rsa, through the key
//     set that the API publishes, and with the shared secret.
//   - Tokens that jose and jsonwebtoken made are accepted here, with the key set that jose exported.
//   - Hostile tokens that jose made are refused here, each with its documented answer.
//
// The README beside this file says how to run them.
package interop
