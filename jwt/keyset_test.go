package jwt_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// publicJWK returns the JWK of the tests' public key for alg with changed members; nil deletes one.
func publicJWK(t testing.TB, alg jwt.Algorithm, changes map[string]any) string {
	t.Helper()
	text := must(json.Marshal(must(jwt.NewKeySet(signingKey(t, alg, &jwt.KeyOptions{ID: "k1"}).VerificationKey()))))
	var set struct{ Keys []map[string]any }
	require.NoError(t, json.Unmarshal(text, &set))
	for name, v := range changes {
		if v == nil {
			delete(set.Keys[0], name)
		} else {
			set.Keys[0][name] = v
		}
	}
	return string(must(json.Marshal(set.Keys[0])))
}

func setOf(keys ...string) []byte { return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`) }

func TestABrokenKeyDoesNotCostTheOthers(t *testing.T) {
	good := publicJWK(t, jwt.RS256, nil)
	n := new(big.Int).Add(rsaKey().N, big.NewInt(1))
	for name, other := range map[string]string{
		"unknown kty":       `{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"}`,
		"no kty":            `{"kid":"x"}`,
		"a number":          `5`,
		"null":              `null`,
		"a string":          `"x"`,
		"an empty object":   `{}`,
		"for encryption":    publicJWK(t, jwt.RS256, map[string]any{"use": "enc"}),
		"RSA-OAEP":          publicJWK(t, jwt.RS256, map[string]any{"alg": "RSA-OAEP"}),
		"not configured":    publicJWK(t, jwt.RS512, nil),
		"another kind":      publicJWK(t, jwt.EdDSA, nil),
		"X25519":            `{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"unknown curve":     publicJWK(t, jwt.ES256, map[string]any{"crv": "P-999"}),
		"secp256k1":         publicJWK(t, jwt.ES256, map[string]any{"crv": "secp256k1", "alg": nil}),
		"P-384 for ES256":   publicJWK(t, jwt.ES384, map[string]any{"alg": "ES256"}),
		"off the curve":     publicJWK(t, jwt.ES256, map[string]any{"x": b64(strings.Repeat("x", 32))}),
		"even modulus":      publicJWK(t, jwt.RS256, map[string]any{"n": b64(string(n.Bytes()))}),
		"short modulus":     publicJWK(t, jwt.RS256, map[string]any{"n": b64(strings.Repeat("\x81", 128))}),
		"huge modulus":      publicJWK(t, jwt.RS256, map[string]any{"n": b64(strings.Repeat("\x81", 1025))}),
		"exponent 1":        publicJWK(t, jwt.RS256, map[string]any{"e": "AQ"}),
		"even exponent":     publicJWK(t, jwt.RS256, map[string]any{"e": "AQAA"}),
		"exponent 2^32+3":   publicJWK(t, jwt.RS256, map[string]any{"e": b64("\x01\x00\x00\x00\x03")}),
		"exponent 2^64+3":   publicJWK(t, jwt.RS256, map[string]any{"e": b64("\x01\x00\x00\x00\x00\x00\x00\x00\x03")}),
		"no exponent":       publicJWK(t, jwt.RS256, map[string]any{"e": nil}),
		"padded":            publicJWK(t, jwt.RS256, map[string]any{"e": "AQAB=="}),
		"standard alphabet": publicJWK(t, jwt.ES256, map[string]any{"x": strings.Repeat("+/", 21) + "A"}),
		"n is a number":     publicJWK(t, jwt.RS256, map[string]any{"n": 5}),
		"key_ops encrypt":   publicJWK(t, jwt.RS256, map[string]any{"key_ops": []string{"encrypt"}}),
		"key_ops of number": publicJWK(t, jwt.RS256, map[string]any{"key_ops": []int{1}}),
		"kid is a number":   publicJWK(t, jwt.RS256, map[string]any{"kid": 5}),
		"small order":       `{"kty":"OKP","crv":"Ed25519","x":"` + b64("\x01"+strings.Repeat("\x00", 31)) + `"}`,
		"short Ed25519":     `{"kty":"OKP","crv":"Ed25519","x":"AA"}`,
	} {
		algs := []jwt.Algorithm{jwt.RS256, jwt.ES256}
		if strings.Contains(name, "order") || strings.Contains(name, "Ed25519") {
			algs = append(algs, jwt.EdDSA)
		}
		for _, data := range [][]byte{setOf(other, good), setOf(good, other)} {
			set, err := jwt.ParseKeySet(data, algs...)
			require.NoError(t, err, name)
			require.Equal(t, 1, set.Len(), name)
			require.Len(t, set.Skipped(), 1, name)
			require.Less(t, len(set.Skipped()[0].Error()), 200)
			keys, err := set.Keys(t.Context(), "k1", jwt.RS256)
			require.NoError(t, err)
			require.Len(t, keys, 1, name)
		}
		_, err := jwt.ParseKeySet(setOf(other), algs...)
		require.ErrorContains(t, err, "no usable key", name)
	}
}

func TestAPublicSetWithASecretIsRefusedAsAWhole(t *testing.T) {
	good := publicJWK(t, jwt.RS256, nil)
	for name, other := range map[string]string{
		"RSA":           string(must(signingKey(t, jwt.RS256, nil).MarshalJWK())),
		"EC":            string(must(signingKey(t, jwt.ES256, nil).MarshalJWK())),
		"Ed25519":       string(must(signingKey(t, jwt.EdDSA, nil).MarshalJWK())),
		"oct":           string(must(signingKey(t, jwt.HS256, nil).MarshalJWK())),
		"oct without k": `{"kty":"oct"}`,
		"only p":        publicJWK(t, jwt.RS256, map[string]any{"p": "AQ"}),
		"broken d":      publicJWK(t, jwt.RS256, map[string]any{"d": 5, "n": "!"}),
		"oth":           publicJWK(t, jwt.RS256, map[string]any{"oth": []any{}}),
		"of a new kind": `{"kty":"AKP","alg":"ML-DSA-44","pub":"AA","priv":"AA"}`,
		"k in RSA":      publicJWK(t, jwt.RS256, map[string]any{"k": "AQ"}),
	} {
		set, err := jwt.ParseKeySet(setOf(good, other), jwt.RS256)
		require.Nil(t, set, name)
		require.ErrorContains(t, err, "private or symmetric", name)
	}
}

func TestSetsThatAreNotStrictJSON(t *testing.T) {
	good := publicJWK(t, jwt.RS256, nil)
	var many []string
	for range 257 {
		many = append(many, `{"kty":"x"}`)
	}
	for name, data := range map[string]string{
		"nothing":        ``,
		"array":          `[` + good + `]`,
		"a key":          good,
		"no keys":        `{}`,
		"keys twice":     `{"keys":[],"keys":[` + good + `]}`,
		"keys no array":  `{"keys":` + good + `}`,
		"keys null":      `{"keys":null}`,
		"KEYS":           `{"KEYS":[` + good + `]}`,
		"truncated":      string(setOf(good))[:100],
		"text after":     string(setOf(good)) + "x",
		"member twice":   `{"keys":[{"kty":"RSA","kty":"RSA"}]}`,
		"not UTF-8":      "{\"keys\":[],\"x\":\"\xff\"}",
		"too long":       string(setOf(good)) + strings.Repeat(" ", 1<<20),
		"too many":       string(setOf(many...)),
		"empty":          `{"keys":[]}`,
		"HTML":           `<html>`,
		"five of one ID": string(setOf(good, good, good, good, good)),
	} {
		set, err := jwt.ParseKeySet([]byte(data), jwt.RS256)
		require.Nil(t, set, name)
		require.Error(t, err, name)
	}
	for _, algs := range [][]jwt.Algorithm{nil, {"none"}, {jwt.HS256}, {jwt.RS256, jwt.HS256}, {jwt.RS256, jwt.RS256}} {
		_, err := jwt.ParseKeySet(setOf(good), algs...)
		require.Error(t, err)
	}
	_, err := jwt.ParseKeySet([]byte(` {"x":[1], "keys" : [ `+good+` ] , "y":{}} `), jwt.RS256)
	require.NoError(t, err)
}

func TestKeysWithoutAlgWorkWhereAConfiguredAlgorithmFits(t *testing.T) {
	set, err := jwt.ParseKeySet(setOf(
		publicJWK(t, jwt.RS256, map[string]any{"alg": nil, "use": nil}),
		publicJWK(t, jwt.ES384, map[string]any{"alg": nil, "key_ops": []string{"verify"}}),
		publicJWK(t, jwt.EdDSA, map[string]any{"alg": nil}),
	), jwt.RS256, jwt.PS512, jwt.ES256, jwt.ES384, jwt.EdDSA)
	require.NoError(t, err)
	require.Equal(t, 4, set.Len(), "RSA counts twice")
	for alg, want := range map[jwt.Algorithm]int{jwt.RS256: 1, jwt.PS512: 1, jwt.ES384: 1, jwt.EdDSA: 1, jwt.ES256: 0, jwt.RS512: 0, jwt.HS256: 0, "none": 0} {
		keys, err := set.Keys(t.Context(), "k1", alg)
		require.NoError(t, err)
		require.Len(t, keys, want, alg)
		for _, k := range keys {
			require.Equal(t, alg, k.Algorithm())
		}
	}
}

func TestAKeyWhoseNameIsNotKnownFitsAnyKid(t *testing.T) {
	token := func(kid string) string {
		w := newWorld(t, jwt.RS256, nil)
		return w.forge(fmt.Sprintf(`{"alg":"RS256","kid":%q}`, kid), claims(nil))
	}
	verifier := func(keys ...*jwt.VerificationKey) *world {
		return newWorld(t, jwt.RS256, func(cfg *jwt.VerifierConfig) {
			foreign(cfg)
			cfg.Keys = must(jwt.NewKeySet(keys...))
		})
	}
	unnamed := must(jwt.NewVerificationKey(jwt.RS256, rsaKey().Public(), nil))
	named := must(jwt.NewVerificationKey(jwt.RS256, rsaKey().Public(), &jwt.KeyOptions{ID: "k1"}))
	other := must(jwt.NewVerificationKey(jwt.RS256, otherRSA().Public(), nil))
	otherNamed := must(jwt.NewVerificationKey(jwt.RS256, otherRSA().Public(), &jwt.KeyOptions{ID: "k2"}))

	verifier(unnamed).accepts(token("whatever"))
	verifier(unnamed, otherNamed).accepts(token("whatever"))
	verifier(unnamed, otherNamed).refuses(autherr.InvalidSignature, token("k2"), "k2 is another key")
	verifier(unnamed, other).refuses(autherr.InvalidSignature, token("whatever"), "two could be meant")
	verifier(unnamed, other).accepts(token(unnamed.ID()))
	verifier(named).accepts(token("k1"))
	verifier(named).refuses(autherr.InvalidSignature, token("whatever"))
	verifier(named, otherNamed).refuses(autherr.InvalidSignature, token("whatever"))

	// A shared ID: each is tried.
	twin := must(jwt.NewVerificationKey(jwt.RS256, otherRSA().Public(), &jwt.KeyOptions{ID: "k1"}))
	verifier(twin, named).accepts(token("k1"))

	set := must(jwt.ParseKeySet(setOf(publicJWK(t, jwt.RS256, map[string]any{"kid": nil})), jwt.RS256))
	keys, err := set.Keys(t.Context(), "whatever", jwt.RS256)
	require.NoError(t, err)
	require.Len(t, keys, 1)
}

func TestSecretsAndPublicKeysNeverShareASet(t *testing.T) {
	_, err := jwt.NewKeySet(signingKey(t, jwt.RS256, nil).VerificationKey(), signingKey(t, jwt.HS256, nil).VerificationKey())
	require.ErrorContains(t, err, "do not go together")
	five := make([]*jwt.VerificationKey, 5)
	for i := range five {
		five[i] = signingKey(t, jwt.RS256, nil).VerificationKey()
	}
	_, err = jwt.NewKeySet(five...)
	require.ErrorContains(t, err, "more than 4")
}

func FuzzKeySet(f *testing.F) {
	f.Add(setOf(publicJWK(f, jwt.RS256, nil), publicJWK(f, jwt.ES256, nil), publicJWK(f, jwt.EdDSA, map[string]any{"alg": nil})))
	f.Add(setOf(publicJWK(f, jwt.RS256, map[string]any{"e": "AQ"}), `{"kty":"oct","k":"AA"}`, `5`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"","y":"","d":"AA"}]}`))
	f.Add([]byte(`{"keys":[],"keys":[]}`))
	f.Add([]byte(`{"keys":[` + strings.Repeat("5,", 255) + `5]}`))
	algs := []jwt.Algorithm{jwt.RS256, jwt.PS256, jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA}
	f.Fuzz(func(t *testing.T, data []byte) {
		var set *jwt.KeySet
		var err error
		// A key of a curve takes some 10 KiB, each of up to 256 that are none some 700 bytes for its error; TestAHostileKeySetTakesMemoryInProportion has the worst.
		takesAtMost(t, 256<<10, 64, len(data), func() { set, err = jwt.ParseKeySet(data, algs...) })
		if err != nil {
			require.Nil(t, set)
			return
		}
		// What was accepted is strict JSON of public keys, and can be published and read again.
		require.True(t, json.Valid(data))
		require.NotZero(t, set.Len())
		text, err := json.Marshal(set)
		require.NoError(t, err)
		again, err := jwt.ParseKeySet(text, algs...)
		require.NoError(t, err)
		require.Equal(t, set.Len(), again.Len())
		_, _ = jwt.ParseVerificationKey(jwt.EdDSA, data, nil)
	})
}

func TestEdKeysOfASetVerify(t *testing.T) {
	set := must(jwt.ParseKeySet(setOf(publicJWK(t, jwt.EdDSA, nil)), jwt.EdDSA))
	keys, err := set.Keys(t.Context(), "k1", jwt.EdDSA)
	require.NoError(t, err)
	require.True(t, keys[0].Verifies([]byte("x"), ed25519.Sign(edKey, []byte("x"))))
}
