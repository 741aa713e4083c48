// Package authtest has what tests of handlers behind [auth.Require] need: callers without credentials, users whose passwords cost nothing to check,
// and events to look at.
//
// Start with [Request], which returns a request as a handler sees it when Require has let a caller through:
//
//	func TestTheTitleIsKept(t *testing.T) {
//		r := authtest.Request(t, httptest.NewRequest("POST", "/node", body), auth.Identity{Name: "alan", Permissions: []string{"create page content"}})
//		w := httptest.NewRecorder()
//		handler.ServeHTTP(w, r)
//	}
//
// The rules inside, such as [auth.RequirePermission], work on it as they always do. Where the whole route is to be tested, put [As] in the place
// of its authenticator, or [Refusing], [Outage] and [Nobody] for what else an authenticator can say; and an [EventRecorder] in
// [auth.Options].Events.
//
// To test with real credentials, make [Users] and a [Login] over them. Their hashes are so cheap that they protect nothing.
//
// # Not for programs
//
// Every function takes the test, which nobody but package testing can make, and panics in a program that go test has not built: nothing of this can
// get into production, where As would let everybody in.
//
// Packages [jwttest] and [oauthtest] make tokens for tests.
//
// [jwttest]: https://pkg.go.dev/github.com/apiauth-go/apiauth/jwt/jwttest
// [oauthtest]: https://pkg.go.dev/github.com/apiauth-go/apiauth/oauth/oauthtest
package authtest
