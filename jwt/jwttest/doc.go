// Package jwttest is an issuer of JSON Web Tokens for tests: it signs what a test wants said, and publishes its keys over HTTP on a loopback port, as
// the identity providers do whose tokens a service takes.
//
//	func TestTheRoute(t *testing.T) {
//		issuer := jwttest.NewIssuer(t, nil)
//		handler := auth.Require(issuer.Verifier(users), nil)(route)
//		token := issuer.Token(jwttest.Claims{"preferred_username": "alan"})
//		…
//	}
//
// [Issuer.VerifierConfig] is for those who set their [jwt.Verifier] up themselves, and [Issuer.Name], [Issuer.Audience] and [Issuer.KeySetURL]
// for those whose program reads its settings.
//
// That a service refuses what it must is worth a test as well: [Flaws] are the usual attacks and mistakes, and [Issuer.FlawedToken] makes a token
// of each.
//
// Tokens of one's own are as easily made by a [jwt.Issuer]; this is for those of others. Package [authtest] has the users, and callers without any
// token.
//
// Like authtest, it takes the test and panics in a program that go test has not built.
//
// [authtest]: https://pkg.go.dev/github.com/apiauth-go/apiauth/auth/authtest
package jwttest
