package authtest

import "testing"

// OnlyInTests panics unless the program is a test, as go test builds it, and t is one that runs. It keeps helpers for tests, those of this module and
// your own, out of programs; name is that of the package that asks.
//
// Nobody but package testing makes a testing.TB, so a helper that takes one is hard to call elsewhere. It is not impossible, for an interface can be
// embedded; and what such helpers let in must be nowhere where strangers come.
func OnlyInTests(t testing.TB, name string) {
	if t == nil || !testing.Testing() {
		panic(name + ": this is for tests only")
	}
	t.Helper()
}
