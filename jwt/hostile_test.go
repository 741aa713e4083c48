package jwt_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// hostileHeaders are refused under a good signature by the key k1 for HS256.
var hostileHeaders = map[string]string{
	"none":                   `{"alg":"none","typ":"JWT","kid":"k1"}`,
	"None":                   `{"alg":"None","typ":"JWT","kid":"k1"}`,
	"NONE":                   `{"alg":"NONE","typ":"JWT","kid":"k1"}`,
	"nOnE":                   `{"alg":"nOnE","typ":"JWT"}`,
	"lower case":             `{"alg":"hs256","typ":"JWT","kid":"k1"}`,
	"other algorithm":        `{"alg":"HS384","typ":"JWT","kid":"k1"}`,
	"public-key algorithm":   `{"alg":"RS256","typ":"JWT","kid":"k1"}`,
	"no alg":                 `{"typ":"JWT","kid":"k1"}`,
	"empty alg":              `{"alg":"","typ":"JWT","kid":"k1"}`,
	"alg is a number":        `{"alg":256,"typ":"JWT","kid":"k1"}`,
	"alg is an array":        `{"alg":["HS256"],"typ":"JWT","kid":"k1"}`,
	"alg twice":              `{"alg":"HS256","alg":"HS256","typ":"JWT","kid":"k1"}`,
	"alg twice, once hidden": `{"alg":"HS256","\u0061lg":"none","typ":"JWT","kid":"k1"}`,
	"ALG":                    `{"ALG":"HS256","typ":"JWT","kid":"k1"}`,
	"blank after alg":        `{"alg":"HS256 ","typ":"JWT","kid":"k1"}`,
	"unknown kid":            `{"alg":"HS256","typ":"JWT","kid":"k2"}`,
	"kid in other case":      `{"alg":"HS256","typ":"JWT","kid":"K1"}`,
	"kid is a path":          `{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}`,
	"kid is a number":        `{"alg":"HS256","typ":"JWT","kid":1}`,
	"kid is null":            `{"alg":"HS256","typ":"JWT","kid":null}`,
	"crit":                   `{"alg":"HS256","typ":"JWT","kid":"k1","crit":["exp"]}`,
	"empty crit":             `{"alg":"HS256","typ":"JWT","kid":"k1","crit":[]}`,
	"null crit":              `{"alg":"HS256","typ":"JWT","kid":"k1","crit":null}`,
	"b64 false":              `{"alg":"HS256","typ":"JWT","kid":"k1","b64":false}`,
	"b64 true":               `{"alg":"HS256","typ":"JWT","kid":"k1","b64":true}`,
	"cty JWT":                `{"alg":"HS256","typ":"JWT","kid":"k1","cty":"JWT"}`,
	"cty jwt":                `{"alg":"HS256","typ":"JWT","kid":"k1","cty":"application/jwt"}`,
	"cty is a number":        `{"alg":"HS256","typ":"JWT","kid":"k1","cty":1}`,
	"array":                  `["HS256"]`,
	"string":                 `"HS256"`,
	"null":                   `null`,
	"empty":                  `{}`,
	"nothing":                ``,
	"text after":             `{"alg":"HS256","typ":"JWT","kid":"k1"}x`,
	"object after":           `{"alg":"HS256","typ":"JWT","kid":"k1"}{}`,
	"NUL after":              "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}\x00",
	"comma at the end":       `{"alg":"HS256","typ":"JWT","kid":"k1",}`,
	"single quotes":          `{'alg':'HS256'}`,
	"comment":                `{"alg":"HS256"/**/,"typ":"JWT","kid":"k1"}`,
	"byte order mark":        "\ufeff" + `{"alg":"HS256","typ":"JWT","kid":"k1"}`,
	"not UTF-8":              "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"x\":\"\xff\"}",
	"line end in a string":   "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"x\":\"\n\"}",
	"lone surrogate":         `{"alg":"HS256","typ":"JWT","kid":"k1","x":"\ud800"}`,
	"reversed surrogates":    `{"alg":"HS256","typ":"JWT","kid":"k1","x":"\udc00\ud800"}`,
	"nested too deeply":      `{"alg":"HS256","typ":"JWT","kid":"k1","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
	"nested duplicate":       `{"alg":"HS256","typ":"JWT","kid":"k1","x":{"a":1,"a":2}}`,
	"another kind":           `{"alg":"HS256","typ":"at+jwt","kid":"k1"}`,
	"another kind, in full":  `{"alg":"HS256","typ":"application/AT+JWT","kid":"k1"}`,
}

func TestHeadersThatAreRefused(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	w.accepts(w.forge(`{"alg":"HS256","kid":"k1","typ":"JWT"}`, claims(nil)))
	w.accepts(w.forge(` { "typ" : "application/jwt" ,"kid":"k1", "alg":"HS256","x":[1,{"y":null}] }`, claims(nil)))
	w.accepts(w.forge(`{"alg":"HS256","typ":"JWT"}`, claims(nil)), "no kid, one key")
	w.accepts(w.forge(`{"\u0061lg":"HS256","typ":"jwt","kid":"k\u0031"}`, claims(nil)))
	w.accepts(w.forge(`{"alg":"HS256","typ":"JWT","kid":"k1","jwk":{"kty":"oct","k":"AA"},"jku":"https://evil.example","x5u":"x","x5c":["a"]}`, claims(nil)),
		"keys in the token are not looked at")

	for name, header := range hostileHeaders {
		w.refuses(autherr.InvalidSignature, w.forge(header, claims(nil)), name)
	}

	// A good signature of a token of no known kind.
	for name, header := range map[string]string{
		"no typ":          `{"alg":"HS256","kid":"k1"}`,
		"empty typ":       `{"alg":"HS256","kid":"k1","typ":""}`,
		"typ of no token": `{"alg":"HS256","kid":"k1","typ":"JOSE"}`,
		"event":           `{"alg":"HS256","kid":"k1","typ":"secevent+jwt"}`,
		"blank after typ": `{"alg":"HS256","kid":"k1","typ":"JWT "}`,
	} {
		w.refuses(autherr.InvalidToken, w.forge(header, claims(nil)), name)
	}
	w.refuses(autherr.InvalidSignature, w.forge(`{"alg":"HS256","kid":"k1","typ":1}`, claims(nil)))
}

func TestTypMayBeAbsentInTokensOfOthersOnly(t *testing.T) {
	w := newWorld(t, jwt.HS256, foreign)
	w.accepts(w.forge(`{"alg":"HS256","kid":"k1"}`, claims(nil)))
	w.accepts(w.forge(`{"alg":"HS256","kid":"k1","typ":"JWT"}`, claims(nil)))
	w.refuses(autherr.InvalidToken, w.forge(`{"alg":"HS256","kid":"k1","typ":"dpop+jwt"}`, claims(nil)))
	w.refuses(autherr.InvalidSignature, w.forge(`{"alg":"HS256","kid":"k1","typ":"at+jwt"}`, accessClaims(nil)))

	access := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Type = jwt.AccessToken })
	access.accepts(access.forge(`{"alg":"HS256","kid":"k1","typ":"at+jwt"}`, accessClaims(nil)))
	for _, header := range []string{`{"alg":"HS256","kid":"k1"}`, `{"alg":"HS256","kid":"k1","typ":"JWT"}`, `{"alg":"HS256","kid":"k1","typ":"x"}`} {
		token := access.forge(header, accessClaims(nil))
		access.refuses(autherr.InvalidSignature, token)
		_, err := access.verifier.Verify(t.Context(), token)
		require.ErrorIs(t, err, auth.ErrNoCredentials, "another verifier may claim it")
	}
}

func TestOtherSerializationsAreRefused(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	good := w.token(nil)
	w.accepts(good)
	part := strings.Split(good, ".")
	for name, token := range map[string]string{
		"empty":             "",
		"one segment":       part[0],
		"two segments":      part[0] + "." + part[1],
		"two and a dot":     part[0] + "." + part[1] + ".",
		"four segments":     good + ".AA",
		"JWE":               part[0] + ".AA.AA.AA.AA",
		"dot before":        "." + good,
		"dot after":         good + ".",
		"no header":         "." + part[1] + "." + part[2],
		"detached payload":  part[0] + ".." + part[2],
		"flattened JSON":    `{"protected":"` + part[0] + `","payload":"` + part[1] + `","signature":"` + part[2] + `"}`,
		"general JSON":      `{"payload":"` + part[1] + `","signatures":[{"protected":"` + part[0] + `","signature":"` + part[2] + `"}]}`,
		"padding":           good + "=",
		"blank after":       good + " ",
		"blank before":      " " + good,
		"line end":          good[:10] + "\n" + good[10:],
		"line end at end":   good + "\r\n",
		"line end in sig":   part[0] + "." + part[1] + "." + part[2][:4] + "\r\n" + part[2][4:],
		"comma":             good + "," + good,
		"standard alphabet": part[0] + "." + part[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(part[2]) + "+",
		"nested":            w.forge(w.header(), good),
		"payload: array":    w.forge(w.header(), `[]`),
		"payload: empty":    w.forge(w.header(), ``),
		"payload: object":   w.forge(w.header(), `{}`),
		"NUL":               good + "\x00",
	} {
		w.refuses(autherr.InvalidSignature, token, name)
	}
}

func TestOneSignatureHasOneSpelling(t *testing.T) {
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.RS256, jwt.ES256, jwt.ES512, jwt.EdDSA} {
		w := newWorld(t, alg, nil)
		token := w.token(nil)
		w.accepts(token)
		// The last character holds two or four bits that stand for nothing.
		for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/.") {
			if other := token[:len(token)-1] + string(c); other != token {
				w.refuses(autherr.InvalidSignature, other, string(c))
			}
		}
		w.refuses(autherr.InvalidSignature, token+"AA")
		w.refuses(autherr.InvalidSignature, token[:len(token)-2])
	}
}

func TestEachBitOfATokenCounts(t *testing.T) {
	w := newWorld(t, jwt.ES256, nil)
	token := w.token(nil)
	for i := range token {
		for bit := range 7 {
			changed := []byte(token)
			changed[i] ^= 1 << bit
			w.refuses(autherr.InvalidSignature, string(changed))
		}
	}
}

// The classic confusion: the public key as the secret of an HMAC.
func TestAPublicKeyIsNoSecret(t *testing.T) {
	w := newWorld(t, jwt.RS256, nil)
	der := must(x509.MarshalPKIXPublicKey(&rsaKey().PublicKey))
	jwks := must(json.Marshal(w.issuer.KeySet()))
	for name, public := range map[string][]byte{
		"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "DER": der, "JWKS": jwks, "modulus": rsaKey().N.Bytes(),
	} {
		key, err := jwt.NewSigningSecret(jwt.HS256, public, nil)
		if name == "PEM" {
			require.ErrorContains(t, err, "PEM")
			continue
		}
		require.NoError(t, err)
		for _, alg := range []string{"HS256", "RS256"} {
			input := b64(`{"alg":"`+alg+`","kid":"k1","typ":"JWT"}`) + "." + b64(claims(nil))
			sig := base64.RawURLEncoding.EncodeToString(must(key.Sign([]byte(input))))
			w.refuses(autherr.InvalidSignature, input+"."+sig, name)
		}
	}
}

func TestOnlyTheSaltLengthOfTheHashIsAccepted(t *testing.T) {
	w := newWorld(t, jwt.PS256, nil)
	input := b64(w.header()) + "." + b64(claims(nil))
	sum := sha256.Sum256([]byte(input))
	for salt, good := range map[int]bool{32: true, 20: false, 31: false, 33: false, rsa.PSSSaltLengthAuto: false} {
		sig := must(rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: salt}))
		token := input + "." + base64.RawURLEncoding.EncodeToString(sig)
		if good {
			w.accepts(token)
		} else {
			w.refuses(autherr.InvalidSignature, token, salt)
		}
	}
	// And not the other padding.
	sig := must(rsa.SignPKCS1v15(nil, rsaKey(), crypto.SHA256, sum[:]))
	w.refuses(autherr.InvalidSignature, input+"."+base64.RawURLEncoding.EncodeToString(sig))
}

func TestECDSASignaturesAreRawAndOfExactLength(t *testing.T) {
	w := newWorld(t, jwt.ES256, nil)
	input := b64(w.header()) + "." + b64(claims(nil))
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, ecKeys()[jwt.ES256], sum[:])
	require.NoError(t, err)
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	token := func(sig []byte) string { return input + "." + base64.RawURLEncoding.EncodeToString(sig) }
	w.accepts(token(raw))

	wide := make([]byte, 66)
	r.FillBytes(wide[:33])
	s.FillBytes(wide[33:])
	der := must(ecdsa.SignASN1(rand.Reader, ecKeys()[jwt.ES256], sum[:]))
	zero := make([]byte, 64)
	n := ecKeys()[jwt.ES256].Curve.Params().N
	order := make([]byte, 64)
	n.FillBytes(order[:32])
	n.FillBytes(order[32:])
	for name, sig := range map[string][]byte{"DER": der, "wide": wide, "short": raw[:63], "zero": zero, "r and s are the order": order, "ones": []byte(strings.Repeat("\xff", 64))} {
		w.refuses(autherr.InvalidSignature, token(sig), name)
	}
}

func TestATokenWithoutKidNeedsExactlyOneKeyThatFits(t *testing.T) {
	second, err := jwt.NewSigningKey(jwt.RS256, otherRSA(), &jwt.KeyOptions{ID: "k2"})
	require.NoError(t, err)
	w := newWorld(t, jwt.RS256, nil)
	noKid := w.forge(`{"alg":"RS256","typ":"JWT"}`, claims(nil))
	emptyKid := w.forge(`{"alg":"RS256","typ":"JWT","kid":""}`, claims(nil))
	w.accepts(noKid)
	w.accepts(emptyKid)
	require.NoError(t, w.issuer.Rotate(w.key, second.VerificationKey()))
	w.refuses(autherr.InvalidSignature, noKid)
	w.refuses(autherr.InvalidSignature, emptyKid)
	w.accepts(w.token(nil))
}

func TestTheSizeOfATokenIsBounded(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	w.accepts(w.token(map[string]any{"x": strings.Repeat("x", 11000)}))
	w.refuses(autherr.InvalidSignature, w.token(map[string]any{"x": strings.Repeat("x", 13000)}))
	small := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.MaxToken = 400 })
	small.accepts(small.token(nil))
	small.refuses(autherr.InvalidSignature, small.token(map[string]any{"x": strings.Repeat("x", 200)}))

	for _, token := range []string{
		strings.Repeat(".", 1<<20), strings.Repeat("A", 1<<20), "A." + strings.Repeat("A", 1<<20) + ".A", strings.Repeat(".", 16<<10),
	} {
		var err error
		allocs := testing.AllocsPerRun(10, func() { _, err = w.verifier.Verify(t.Context(), token) })
		require.ErrorIs(t, err, autherr.InvalidSignature)
		require.LessOrEqual(t, allocs, 1.0)
	}
}

func TestAHostileTokenAllocatesLittle(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	var names strings.Builder
	for i := range 900 {
		names.WriteString(`,"` + string(rune('a'+i%26)) + strings.Repeat("b", i%7) + b64(string(rune(i))) + `":0`)
	}
	for name, payload := range map[string]string{
		"deep":         strings.Repeat(`{"a":`, 2000),
		"wide":         `{"iss":"` + issuerName + `"` + names.String() + `}`,
		"escapes":      `{"x":"` + strings.Repeat(`\u0041`, 1500) + `"}`,
		"long number":  `{"exp":` + strings.Repeat("9", 11000) + `}`,
		"long numbers": `{"exp":1e` + strings.Repeat("9", 11000) + `}`,
	} {
		token := b64(w.header()) + "." + b64(payload) + ".AAAA"
		require.Less(t, len(token), jwt.DefaultMaxToken, name)
		_, err := w.verifier.Verify(t.Context(), token)
		require.Error(t, err)
		require.Less(t, allocated(func() { _, _ = w.verifier.Verify(t.Context(), token) }), uint64(512<<10), name)
	}
}

// allocated returns how many bytes a call of f allocates, on average.
func allocated(f func()) uint64 {
	const runs = 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / runs
}

// Half a surrogate pair near the end of the text once moved the scanner beyond it.
func TestHalfASurrogatePairIsRefusedWhereverItStands(t *testing.T) {
	w := newWorld(t, jwt.RS256, nil)
	for _, payload := range []string{`{"aud":"\ud800"}`, `{"aud":["\ud800"]}`, `{"roles":["\ud800"]}`, `{"aud":"\ud800`, `{"aud":"\ud800\u004`, `{"sub":"\ud800"}`, `{"\ud800":1}`, `{"x":["\ud800"]}`} {
		w.refuses(autherr.InvalidSignature, w.forge(`{"alg":"RS256","typ":"JWT","kid":"k1"}`, payload))
		w.refuses(autherr.InvalidSignature, w.forge(`{"alg":"RS256","x":["\ud800"]}`, payload))
	}
	for _, set := range []string{`{"keys":"\ud800"}`, `{"keys":["\ud800"]}`, `{"keys":[{"kid":"\ud800"}]}`, `{"keys":["\ud800`} {
		_, err := jwt.ParseKeySet([]byte(set), jwt.RS256)
		require.Error(t, err, set)
	}
}

func TestScopesOfAnotherIssuerAreNotOurs(t *testing.T) {
	w := newWorld(t, jwt.HS256, foreign)
	id, err := w.verifier.Verify(t.Context(), w.forge(`{"alg":"HS256","kid":"k1"}`, claims(map[string]any{"scope": "admin"})))
	require.NoError(t, err)
	require.Empty(t, id.Scopes)
}
