package jwt_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// FuzzKeyFile shows that what a key file holds is a key of the algorithm or an error, that nothing that signs passes for something that only verifies, and
// that no error repeats what was in the file.
func FuzzKeyFile(f *testing.F) {
	algs := []jwt.Algorithm{jwt.HS256, jwt.RS256, jwt.ES256, jwt.ES384, jwt.EdDSA}
	for _, alg := range algs {
		key := signingKey(f, alg, &jwt.KeyOptions{ID: "k1"})
		text, err := key.MarshalJWK()
		require.NoError(f, err)
		f.Add(text)
		if alg != jwt.HS256 {
			text, err = key.MarshalPEM()
			require.NoError(f, err)
			f.Add(text)
			f.Add([]byte(publicJWK(f, alg, nil)))
		}
	}
	// RFC 7517 appendix A.3, and what is nearly a key.
	f.Add([]byte(`{"kty":"oct","alg":"A128KW","k":"GawgguFyGrWKav7AX4VKUg"}`))
	f.Add([]byte(`{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow","kid":"HMAC key used in JWS spec Appendix A.1 example"}`))
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"","y":"","d":"AA"}`))
	f.Add([]byte(`{"kty":"OKP","crv":"X25519","x":"AA"}`))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{0x30, 0}}))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{0x30, 0x82, 0xff, 0xff}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, alg := range algs {
			var signing *jwt.SigningKey
			var verifying *jwt.VerificationKey
			var err, refused error
			// A key of RSA takes some 20 KiB.
			takesAtMost(t, 64<<10, 64, len(data), func() { signing, err = jwt.ParseSigningKey(alg, data, nil) })
			if err != nil {
				require.Nil(t, signing)
				repeatsNothing(t, err, data)
			}
			takesAtMost(t, 64<<10, 64, len(data), func() { verifying, refused = jwt.ParseVerificationKey(alg, data, nil) })
			if refused != nil {
				require.Nil(t, verifying)
				repeatsNothing(t, refused, data)
			}
			require.False(t, err == nil && refused == nil, "a private key is a public one")
			if err == nil {
				require.Equal(t, alg, signing.VerificationKey().Algorithm())
				sig, err := signing.Sign([]byte("x"))
				require.NoError(t, err)
				require.True(t, signing.VerificationKey().Verifies([]byte("x"), sig))
				text, err := signing.MarshalJWK()
				require.NoError(t, err)
				_, err = jwt.ParseSigningKey(alg, text, nil)
				require.NoError(t, err)
			}
			if refused == nil {
				require.Equal(t, alg, verifying.Algorithm())
				require.True(t, verifying.Public())
			}
		}
	})
}

// repeatsNothing fails if an error has a value in it that a JWK or a PEM block holds.
func repeatsNothing(t *testing.T, err error, data []byte) {
	t.Helper()
	var members map[string]any
	_ = json.Unmarshal(data, &members)
	for _, name := range []string{"k", "d", "p", "q", "dp", "dq", "qi"} {
		if s, ok := members[name].(string); ok && len(s) >= 16 {
			require.NotContains(t, err.Error(), s)
		}
	}
	if block, _ := pem.Decode(data); block != nil && len(block.Bytes) >= 16 {
		require.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString(block.Bytes))
		require.NotContains(t, err.Error(), string(block.Bytes))
	}
}

// FuzzKeySetTTL shows that a server cannot make its set be asked for more often, or believed for longer, than the bounds say.
func FuzzKeySetTTL(f *testing.F) {
	for _, field := range []string{"", "max-age=600", "public, max-age=21600, must-revalidate, no-transform", "no-store", `max-age="60"`, "MAX-AGE=1", "max-age=-1",
		"max-age=99999999999999999999", "max-age=1e3", "max-age=60, max-age=30", "s-maxage=5", ",,=", "max-age", "max-age =  60 "} {
		f.Add(field, "")
		f.Add(field, "30")
	}
	f.Add("max-age=60", "-9223372036854775808")
	f.Fuzz(func(t *testing.T, control, age string) {
		h := http.Header{"Cache-Control": {control}, "Age": {age}}
		ttl := jwt.KeySetTTL(h)
		require.GreaterOrEqual(t, ttl, 10*time.Second)
		require.LessOrEqual(t, ttl, jwt.MaxKeySetAge)
		older := jwt.KeySetTTL(http.Header{"Cache-Control": {control}, "Age": {"86400"}})
		if strings.Contains(control, "=") {
			require.LessOrEqual(t, older, max(ttl, 5*time.Minute))
		}
		h["Cache-Control"] = append(h["Cache-Control"], "no-store")
		require.LessOrEqual(t, jwt.KeySetTTL(h), ttl)
	})
}
