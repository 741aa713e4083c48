package interop

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is answered to the hostile tokens of make.mjs.
var hostile = map[string]string{
	// Good signatures of claims that are not acceptable.
	"expired":               "TOKEN_EXPIRED",
	"expires this second":   "TOKEN_EXPIRED",
	"no exp":                "INVALID_TOKEN",
	"exp is a string":       "INVALID_TOKEN",
	"not valid yet":         "INVALID_TOKEN",
	"issued in the future":  "INVALID_TOKEN",
	"other aud":             "INVALID_TOKEN",
	"aud in other case":     "INVALID_TOKEN",
	"no aud":                "INVALID_TOKEN",
	"other iss":             "INVALID_SIGNATURE",
	"no iss":                "INVALID_SIGNATURE",
	"expired and other aud": "INVALID_TOKEN",
	"bound to a key":        "INVALID_TOKEN",
	"no user name":          "INVALID_TOKEN",
	"user name is a number": "INVALID_TOKEN",
	"unknown user":          "USER_INFORMATION_NOT_FOUND",
	"blocked user":          "USER_INFORMATION_NOT_FOUND",

	// Nobody is told that a token has expired which was never good.
	"expired and another key": "INVALID_SIGNATURE",

	// Other kinds of tokens. An access token is left to a verifier of access tokens, and there is none here.
	"typ at+jwt":       "INVALID_SIGNATURE",
	"typ secevent+jwt": "INVALID_TOKEN",
	"typ dpop+jwt":     "INVALID_TOKEN",
	"nested":           "INVALID_SIGNATURE",
	"cty JWT":          "INVALID_SIGNATURE",

	// No signature, or none that counts.
	"none":                               "INVALID_SIGNATURE",
	"HS256 with the RSA public key, PEM": "INVALID_SIGNATURE",
	"HS256 with the RSA public key, PEM without the last line end": "INVALID_SIGNATURE",
	"HS256 with the RSA public key, JWK":                           "INVALID_SIGNATURE",
	"HS256 with the RSA public key, modulus":                       "INVALID_SIGNATURE",
	"another key under the same kid":                               "INVALID_SIGNATURE",
	"another key under its own kid":                                "INVALID_SIGNATURE",
	"another key without kid":                                      "INVALID_SIGNATURE",
	"another algorithm of the RSA key":                             "INVALID_SIGNATURE",
	"Ed25519, the other name of EdDSA":                             "INVALID_SIGNATURE",

	// Keys that the token brings along.
	"jwk":                    "INVALID_SIGNATURE",
	"jwk under the same kid": "INVALID_SIGNATURE",
	"jwk without kid":        "INVALID_SIGNATURE",
	"jku":                    "INVALID_SIGNATURE",
	"x5u":                    "INVALID_SIGNATURE",

	// Extensions.
	"crit":           "INVALID_SIGNATURE",
	"crit b64, true": "INVALID_SIGNATURE",
	"b64 false":      "INVALID_SIGNATURE",
	"b64 false, payload encoded all the same": "INVALID_SIGNATURE",

	// Other serializations.
	"encrypted":                      "INVALID_SIGNATURE",
	"encrypted to the published key": "INVALID_SIGNATURE",
	"detached":                       "INVALID_SIGNATURE",
	"flattened JSON":                 "INVALID_SIGNATURE",
	"general JSON":                   "INVALID_SIGNATURE",
}

// What is answered to hostile tokens where tokens are signed with a shared secret.
var hostileSecret = map[string]string{
	"another secret":               "INVALID_SIGNATURE",
	"HS512 under the kid of HS256": "INVALID_SIGNATURE",
	"half the secret":              "INVALID_SIGNATURE",
	"none":                         "INVALID_SIGNATURE",
	"a public key":                 "INVALID_SIGNATURE",
}

// The documented answers, byte for byte.
var bodies = map[string]string{
	"INVALID_SIGNATURE":          `{"status":"error","error":"INVALID_SIGNATURE","message":"Invalid Token signature."}`,
	"INVALID_TOKEN":              `{"status":"error","error":"INVALID_TOKEN","error_description":"Invalid Token."}`,
	"TOKEN_EXPIRED":              `{"status":"error","error":"TOKEN_EXPIRED","message":"Invalid request: Token Expired."}`,
	"USER_INFORMATION_NOT_FOUND": `{"status":"error","error":"USER_INFORMATION_NOT_FOUND","message":"Could Not Retrieve User Information."}`,
}

func TestHostileTokensMadeInJavaScriptAreRefused(t *testing.T) {
	p := newPartner(t)
	refuses := func(api string, codes, tokens map[string]string) func(*testing.T) {
		return func(t *testing.T) {
			require.Len(t, tokens, len(codes))
			for name, code := range codes {
				t.Run(name, func(t *testing.T) {
					require.Contains(t, tokens, name)
					res, body := use(t, api, tokens[name])
					require.Equal(t, bodies[code], body)
					require.Equal(t, http.StatusUnauthorized, res.StatusCode)
					require.Equal(t, "application/json", res.Header.Get("Content-Type"))
					require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
					require.Contains(t, res.Header.Get("WWW-Authenticate"), `Bearer realm="Example API"`)
				})
			}
		}
	}
	t.Run("key set", refuses(p.public, hostile, p.Hostile))
	t.Run("shared secret", refuses(p.secret, hostileSecret, p.HostileSecret))
	require.Zero(t, p.handled.Load(), "nothing reached the handler")
	require.Zero(t, p.trapped.Load(), "no address in a token was asked")
}
