package auth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
)

const serviceToken = "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM"

func TestRandomCredentialsHaveTheirShapeAndOnlyThey(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		s := auth.NewRandom(auth.PrefixAccessToken)
		require.True(t, auth.IsRandom(auth.PrefixAccessToken, s))
		require.False(t, auth.IsRandom(auth.PrefixRefreshToken, s))
		require.False(t, seen[s])
		seen[s] = true
	}
	s := auth.NewRandom(auth.PrefixAccessToken)
	require.Len(t, s, 36)
	for i := range len(s) {
		require.False(t, auth.IsRandom(auth.PrefixAccessToken, s[:i]), "a proper prefix")
	}
	for _, odd := range []string{s + "A", "A" + s, s[:35] + ".", s[:35] + "=", s[:35] + "+", s[:35] + "\n", s[:35] + "é"[:1], strings.ToUpper(s[:4]) + s[4:], ""} {
		require.False(t, auth.IsRandom(auth.PrefixAccessToken, odd), "%q", odd)
	}
}

func TestEveryBitOfARandomCredentialCounts(t *testing.T) {
	// 32 characters of base64url hold exactly 24 bytes, so no two spellings decode alike and none of them hashes alike.
	s := auth.NewRandom(auth.PrefixAPIKey)
	for i := 4; i < len(s); i++ {
		for bit := range 8 {
			b := []byte(s)
			b[i] ^= 1 << bit
			require.NotEqual(t, auth.KeyID(s), auth.KeyID(string(b)))
		}
	}
}

func TestThePrefixesAreDistinct(t *testing.T) {
	prefixes := []string{auth.PrefixAccessToken, auth.PrefixRefreshToken, auth.PrefixAPIKey, auth.PrefixClientSecret}
	for i, a := range prefixes {
		for j, b := range prefixes {
			require.Equal(t, i == j, strings.HasPrefix(a, b))
		}
	}
}

func TestIsServiceToken(t *testing.T) {
	mac := strings.Repeat("A", 43)
	for s, want := range map[string]bool{
		serviceToken:                    true,
		"uYWJj.5665e083." + mac:         true,
		"FF.5665E083." + mac:            true, // wrong spelling, for the services token authenticator to refuse
		"1.5665e083." + mac + "A":       false,
		"1.5665e083." + mac[1:]:         false,
		"1.5665e083." + mac[1:] + "=":   false,
		"1..5665e083." + mac:            false,
		".5665e083." + mac:              false,
		"1.." + mac:                     false,
		"1." + mac:                      false,
		mac:                             false,
		"":                              false,
		"1.5665e083." + mac + ".x":      false,
		"1 .5665e083." + mac:            false,
		"my.user.name":                  false,
		"a@example.com.5665e083." + mac: false,
	} {
		require.Equal(t, want, auth.IsServiceToken(s, ""), s)
		require.False(t, auth.IsServiceToken(s, "x"), "a password: %s", s)
	}
}

func TestIsJWT(t *testing.T) {
	for s, want := range map[string]bool{
		"a.b.c": true, "..": true, "a.b.": true, "a.b": false, "a": false, "": false, "a.b.c.d": false, "a.b.c.d.e": false,
		strings.Repeat(".", 1<<20): false,
	} {
		require.Equal(t, want, auth.IsJWT(s))
	}
}
