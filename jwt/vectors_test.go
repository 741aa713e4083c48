package jwt_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// vector is a signed text of RFC 7515 appendix A, RFC 7520 section 4 or RFC 8037 appendix A.
type vector struct {
	Name    string
	Alg     jwt.Algorithm
	Compact string
	Key     json.RawMessage
}

func vectors(t testing.TB) (list []vector) {
	t.Helper()
	data, err := os.ReadFile("testdata/rfc-vectors.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &list))
	require.Len(t, list, 9)
	return list
}

func TestSignaturesOfTheStandardsVerify(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			key, err := jwt.ParseSigningKey(v.Alg, v.Key, nil)
			require.NoError(t, err)
			dot := strings.LastIndexByte(v.Compact, '.')
			input := []byte(v.Compact[:dot])
			sig, err := base64.RawURLEncoding.DecodeString(v.Compact[dot+1:])
			require.NoError(t, err)
			require.True(t, key.VerificationKey().Verifies(input, sig))

			ours, err := key.Sign(input)
			require.NoError(t, err)
			require.True(t, key.VerificationKey().Verifies(input, ours))
			switch v.Alg {
			case jwt.HS256, jwt.RS256, jwt.EdDSA: // the deterministic ones
				require.Equal(t, sig, ours)
			}

			for i := range sig {
				sig[i] ^= 1
				require.False(t, key.VerificationKey().Verifies(input, sig), "byte %d", i)
				sig[i] ^= 1
			}
			require.False(t, key.VerificationKey().Verifies(input, sig[1:]))
			require.False(t, key.VerificationKey().Verifies(input, append(sig, 0)))
			require.False(t, key.VerificationKey().Verifies(input, nil))
			require.False(t, key.VerificationKey().Verifies(input[1:], sig))
		})
	}
}

// The tokens of RFC 7515 expired in 2011. In a bubble of synctest it is the year 2000.
func TestTokensOfTheStandardsAuthenticate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := newUsers(t, store.User{ID: "7", Name: "joe", Active: true})
		for _, v := range vectors(t)[:3] {
			key, err := jwt.ParseSigningKey(v.Alg, v.Key, nil)
			require.NoError(t, err)
			set, err := jwt.NewKeySet(key.VerificationKey())
			require.NoError(t, err)
			verifier, err := jwt.NewVerifier(jwt.VerifierConfig{
				Keys: set, Algorithms: []jwt.Algorithm{v.Alg}, Issuer: "joe", SkipAudience: true, UsernameClaim: "iss", Users: users, Realm: "x",
			})
			require.NoError(t, err)
			id, err := verifier.Verify(t.Context(), v.Compact)
			require.NoError(t, err, v.Name)
			require.Equal(t, "7", id.UserID)
			require.EqualValues(t, 1300819380, id.ExpiresAt.Unix())
			var claims map[string]any
			require.NoError(t, id.DecodeClaims(&claims))
			require.Equal(t, true, claims["http://example.com/is_root"])
		}
	})
}

// RFC 7638 section 3.1 and RFC 8037 appendix A.3.
func TestThumbprintsOfTheStandards(t *testing.T) {
	for _, c := range []struct {
		alg jwt.Algorithm
		jwk string
		id  string
	}{
		{jwt.RS256, `{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}`, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
		{jwt.EdDSA, `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
	} {
		key, err := jwt.ParseVerificationKey(c.alg, []byte(c.jwk), nil)
		require.NoError(t, err)
		require.Equal(t, c.id, key.ID())
	}
}
