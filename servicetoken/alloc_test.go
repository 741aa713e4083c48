package servicetoken_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/servicetoken"
)

func TestTheRequestPathAllocatesLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations cannot be counted under the race detector")
	}
	s := newService(t, servicetoken.Config{})
	token := mustMint(t, s)
	r := request(token, "")
	// The decoded pair, the roles and the permissions of the store's copy, and the Identity.
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _ = s.Authenticate(r) }), 4.0)
	// The store's copy again, and the token.
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _, _ = s.Mint(t.Context(), "1") }), 3.0)
	// A forged one costs no more than its refusal.
	forged := request(token[:len(token)-1]+"_", "")
	ofKnown := testing.AllocsPerRun(200, func() { _, _ = s.Authenticate(forged) })
	require.LessOrEqual(t, ofKnown, 4.0)
	require.True(t, strings.HasPrefix(token, "1."))
	nobodys := request("f"+token[1:], "")
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _ = s.Authenticate(nobodys) }), ofKnown, "nor does one of nobody")
}

// TestAHugeTokenIsRefusedBeforeItIsDecoded: nothing of its size is allocated.
func TestAHugeTokenIsRefusedBeforeItIsDecoded(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations cannot be counted under the race detector")
	}
	s := newService(t, servicetoken.Config{})
	huge := make([]byte, 1<<20)
	for i := range huge {
		huge[i] = '.'
	}
	r := request(string(huge), "")
	require.Zero(t, testing.AllocsPerRun(10, func() { _, _ = s.Authenticate(r) }))
}
