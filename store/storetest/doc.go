// Package storetest checks that a store does what package store promises. The code above the stores relies on every
// clause of that contract, and most of them are invisible until two requests meet: that a token is taken once, that a
// spent refresh token is recognised, that an outage is not mistaken for "no such user". Whoever writes a store runs the
// suite over it:
//
//	func TestUserStore(t *testing.T) {
//		storetest.TestUserStore(t, func(t *testing.T) storetest.UserHarness {
//			s := openEmptyStore(t) // closes itself by t.Cleanup
//			return storetest.UserHarness{Store: s, Put: s.PutUser}
//		})
//	}
//
// There is one such function for each interface: [TestUserStore], [TestClientStore], [TestTokenStore], [TestAPIKeyStore],
// [TestAuditStore] and [TestCounterStore]. Each check is a subtest with a store of its own and reports the clause that does not hold. Optional
// capabilities are checked if the store has them and skipped if not; none need be announced.
//
// Checks of concurrency repeat themselves in rounds; go test -short runs few of them, go test -race finds more.
package storetest
