package jwt_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// raw returns claims in which one is replaced by JSON as it is written.
func raw(name, value string) string {
	return strings.Replace(claims(map[string]any{name: "@"}), `"@"`, value, 1)
}

func TestClaimsThatAreNotAcceptable(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	w.accepts(w.token(nil))
	for name, payload := range map[string]string{
		"no aud":               claims(map[string]any{"aud": nil}),
		"other aud":            claims(map[string]any{"aud": "https://other.example"}),
		"aud in other case":    claims(map[string]any{"aud": "HTTPS://api.example.com/"}),
		"aud is a prefix":      claims(map[string]any{"aud": "https://api.example.com"}),
		"aud is longer":        claims(map[string]any{"aud": audience + "x"}),
		"empty aud":            claims(map[string]any{"aud": ""}),
		"empty array":          claims(map[string]any{"aud": []string{}}),
		"array of others":      claims(map[string]any{"aud": []string{"a", "b"}}),
		"array with a number":  claims(map[string]any{"aud": []any{audience, 1}}),
		"array in an array":    claims(map[string]any{"aud": []any{[]string{audience}}}),
		"aud is a number":      claims(map[string]any{"aud": 1}),
		"aud is an object":     claims(map[string]any{"aud": map[string]any{audience: true}}),
		"aud is null":          raw("aud", "null"),
		"no sub":               claims(map[string]any{"sub": nil}),
		"empty sub":            claims(map[string]any{"sub": ""}),
		"sub is a number":      claims(map[string]any{"sub": 1}),
		"sub is null":          raw("sub", "null"),
		"SUB":                  claims(map[string]any{"sub": nil, "SUB": "1"}),
		"sub with a long s":    claims(map[string]any{"sub": nil, "ſub": "1"}),
		"no name":              claims(map[string]any{"name": nil}),
		"empty name":           claims(map[string]any{"name": ""}),
		"name is an array":     claims(map[string]any{"name": []string{"x"}}),
		"no stamp":             claims(map[string]any{"stamp": nil}),
		"stamp is a number":    claims(map[string]any{"stamp": 1}),
		"cnf":                  claims(map[string]any{"cnf": map[string]any{"jkt": "x"}}),
		"cnf is null":          raw("cnf", "null"),
		"malformed scope":      claims(map[string]any{"scope": "a  b"}),
		"no exp":               claims(map[string]any{"exp": nil}),
		"EXP":                  claims(map[string]any{"exp": nil, "EXP": int64(99999999999)}),
		"exp is a string":      raw("exp", `"99999999999"`),
		"exp is null":          raw("exp", `null`),
		"exp is an array":      raw("exp", `[99999999999]`),
		"exp is true":          raw("exp", `true`),
		"exp 2^63":             raw("exp", `9223372036854775808`),
		"exp 2^64":             raw("exp", `18446744073709551616`),
		"exp 1e300":            raw("exp", `1e300`),
		"exp with 400 digits":  raw("exp", strings.Repeat("9", 400)),
		"exp 1e99999999999999": raw("exp", `1e99999999999999999999`),
		"exp in milliseconds":  raw("exp", `1700000000000000`),
		"exp in year 10000":    raw("exp", `253402300800`),
		"nbf in the future":    claims(map[string]any{"nbf": time.Now().Unix() + 40}),
		"nbf 1e300":            raw("nbf", `1e300`),
		"nbf is a string":      raw("nbf", `"0"`),
		"iat in the future":    claims(map[string]any{"iat": time.Now().Unix() + 40}),
		"iat 2^64":             raw("iat", `18446744073709551616`),
		"iat is a string":      raw("iat", `"0"`),
	} {
		w.refuses(autherr.InvalidToken, w.forge(w.header(), payload), name)
	}
	for name, payload := range map[string]string{
		"exp 0":             raw("exp", "0"),
		"exp -0":            raw("exp", "-0"),
		"exp 0.0e999999999": raw("exp", "0.0e999999999"),
		"exp -1":            raw("exp", "-1"),
		"exp -1e300":        raw("exp", "-1e300"),
		"exp -2^63":         raw("exp", "-9223372036854775809"),
		"exp 1e-400":        raw("exp", "1e-400"),
		"exp 0.5":           raw("exp", "0.5"),
		"exp 1e9":           raw("exp", "1e9"),
	} {
		w.refuses(autherr.TokenExpired, w.forge(w.header(), payload), name)
	}
	for name, payload := range map[string]string{
		"aud in an array":    claims(map[string]any{"aud": []string{"x", audience}}),
		"escaped aud":        raw("aud", `"https:\/\/api.example.com\u002f"`),
		"escaped in array":   raw("aud", `["https:\/\/api.example.com\/"]`),
		"exp with exponent":  raw("exp", `2.5e11`),
		"exp with fraction":  raw("exp", `99999999999.999999999999`),
		"exp in year 9999":   raw("exp", `253402300799`),
		"negative nbf":       raw("nbf", `-1e300`),
		"no nbf, no iat":     claims(map[string]any{"nbf": nil, "iat": nil}),
		"nbf within leeway":  claims(map[string]any{"nbf": time.Now().Unix() + 20}),
		"iat within leeway":  claims(map[string]any{"iat": time.Now().Unix() + 20}),
		"unknown claims":     claims(map[string]any{"x": map[string]any{"y": []any{1, nil, true, "z"}}}),
		"blanks":             " {\t\"iss\" : \"" + issuerName + "\"\r\n," + claims(map[string]any{"iss": nil})[1:] + " ",
		"claim CNF":          claims(map[string]any{"CNF": 1}),
		"empty scope":        claims(map[string]any{"scope": ""}),
		"scope is an array":  claims(map[string]any{"scope": []string{"a"}}),
		"more than 16 names": `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,` + claims(nil)[1:],
	} {
		w.accepts(w.forge(w.header(), payload), name)
	}
}

// Whose token it is cannot be told if the claims can be read in two ways, or name no issuer or another one.
func TestClaimsOfNobodyAreDeclined(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	good := claims(nil)
	for name, payload := range map[string]string{
		"other issuer":           claims(map[string]any{"iss": "https://api.example.org"}),
		"issuer with a slash":    claims(map[string]any{"iss": issuerName + "/"}),
		"issuer in other case":   claims(map[string]any{"iss": "https://API.example.com"}),
		"no issuer":              claims(map[string]any{"iss": nil}),
		"ISS":                    claims(map[string]any{"iss": nil, "ISS": issuerName}),
		"issuer is an array":     claims(map[string]any{"iss": []string{issuerName}}),
		"issuer is a number":     claims(map[string]any{"iss": 1}),
		"iss twice":              `{"iss":"` + issuerName + `",` + good[1:],
		"sub twice":              good[:len(good)-1] + `,"sub":"2"}`,
		"sub twice, once hidden": good[:len(good)-1] + `,"\u0073ub":"2"}`,
		"exp twice":              good[:len(good)-1] + `,"exp":99999999999}`,
		"custom claim twice":     good[:len(good)-1] + `,"x":1,"x":1}`,
		"twice after 16 others":  `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"a":1,` + good[1:],
		"twice in a nested one":  good[:len(good)-1] + `,"x":[{"y":{"z":1,"z":1}}]}`,
		"unquoted name":          `{iss:"` + issuerName + `"}`,
		"leading zero":           raw("exp", `099999999999`),
		"plus":                   raw("exp", `+99999999999`),
		"hex":                    raw("exp", `0xFFFFFFFFFF`),
		"dot at the end":         raw("exp", `99999999999.`),
		"dot at the start":       raw("exp", `.5`),
		"empty exponent":         raw("exp", `1e`),
		"signed empty exponent":  raw("exp", `1e+`),
		"minus":                  raw("exp", `-`),
		"NaN":                    raw("exp", `NaN`),
		"Infinity":               raw("exp", `Infinity`),
		"truncated word":         raw("x", `tru`),
		"bad escape":             raw("x", `"\x41"`),
		"short escape":           raw("x", `"\u00"`),
		"escape at the end":      raw("x", `"\`),
		"signed escape":          raw("x", `"\u+041"`),
		"lone surrogate":         raw("x", `"\ud83d"`),
		"surrogate and text":     raw("x", `"\ud83dx\ude00"`),
		"lone low surrogate":     raw("x", `"\ude00"`),
		"control character":      raw("x", "\"\x1f\""),
		"not UTF-8":              raw("x", "\"\xc3\x28\""),
		"encoded surrogate":      raw("x", "\"\xed\xa0\x80\""),
		"unclosed":               good[:len(good)-1],
		"unclosed array":         raw("x", `[1`),
		"array with two commas":  raw("x", `[1,,2]`),
		"array with comma last":  raw("x", `[1,]`),
		"array of nothing":       raw("x", `[,]`),
		"two values":             good + good,
		"name without value":     `{"iss"}`,
		"name without colon":     `{"iss" "x"}`,
		"a number as a name":     `{1:2}`,
		"nested too deeply":      raw("x", strings.Repeat(`{"a":`, 40)+"1"+strings.Repeat("}", 40)),
	} {
		token := w.forge(w.header(), payload)
		w.refuses(autherr.InvalidSignature, token, name)
		_, err := w.verifier.Verify(t.Context(), token)
		require.ErrorIs(t, err, auth.ErrNoCredentials, name)
	}
}

func TestNothingIsSaidAboutTheClaimsOfAForgedToken(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	for name, changes := range map[string]map[string]any{
		"expired": {"exp": 1}, "other audience": {"aud": "x"}, "unknown user": {"sub": "99"}, "bound": {"cnf": 1}, "early": {"nbf": int64(99999999999)},
	} {
		token := w.token(changes)
		w.refuses(autherr.InvalidSignature, spoilt(token), name)
	}
}

func TestATokenEndsWhenItsTimeIsReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := newWorld(t, jwt.HS256, nil)
		at := func(d time.Duration) { time.Sleep(time.Until(start.Add(d))) }
		token, fraction := w.token(nil), w.forge(w.header(), raw("exp", "946684860.0000000015"))
		beyond := w.forge(w.header(), raw("exp", "9.46684860e8"))

		at(time.Minute - 1)
		w.accepts(token)
		w.accepts(fraction)
		w.accepts(beyond)
		at(time.Minute)
		w.refuses(autherr.TokenExpired, token, "now == exp")
		w.refuses(autherr.TokenExpired, beyond)
		w.accepts(fraction)
		at(time.Minute + 1)
		w.accepts(fraction, "half a nanosecond is left")
		at(time.Minute + 2)
		w.refuses(autherr.TokenExpired, fraction)
	})
}

func TestLeeways(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().Unix()
		w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) {
			cfg.Leeway, cfg.ExpiryLeeway = time.Minute, 10*time.Second
		})
		w.accepts(w.token(map[string]any{"nbf": start + 60}))
		w.accepts(w.token(map[string]any{"iat": start + 60}))
		w.refuses(autherr.InvalidToken, w.token(map[string]any{"nbf": start + 61}))
		w.refuses(autherr.InvalidToken, w.forge(w.header(), raw("iat", "946684860.0000000001")))
		token := w.token(map[string]any{"exp": start + 1})
		time.Sleep(11*time.Second - 1)
		w.accepts(token)
		time.Sleep(time.Nanosecond)
		w.refuses(autherr.TokenExpired, token)

		strict := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Leeway = jwt.NoLeeway })
		now := time.Now().Unix()
		strict.accepts(strict.token(map[string]any{"nbf": now, "iat": now}))
		strict.refuses(autherr.InvalidToken, strict.token(map[string]any{"nbf": now + 1}))
		usual := newWorld(t, jwt.HS256, nil)
		usual.accepts(usual.token(map[string]any{"nbf": now + 30}))
		usual.refuses(autherr.InvalidToken, usual.token(map[string]any{"nbf": now + 31}))
	})
}

func TestMaxLifetimeEndsTokensWhateverTheirExpSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.MaxLifetime = time.Minute })
		token := w.token(map[string]any{"exp": int64(99999999999)})
		id, err := w.verifier.Verify(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, time.Now().Add(time.Minute), id.ExpiresAt)
		short, err := w.verifier.Verify(t.Context(), w.token(map[string]any{"exp": time.Now().Unix() + 5}))
		require.NoError(t, err)
		require.Equal(t, time.Now().Add(5*time.Second), short.ExpiresAt)
		w.refuses(autherr.InvalidToken, w.token(map[string]any{"iat": nil}))
		w.refuses(autherr.TokenExpired, w.forge(w.header(), raw("iat", "-1e300")))
		time.Sleep(time.Minute - 1)
		w.accepts(token)
		time.Sleep(time.Nanosecond)
		w.refuses(autherr.TokenExpired, token)
		_, err = w.verifier.Verify(t.Context(), token)
		require.ErrorContains(t, err, "the exp is not reached, but the MaxLifetime", "nobody else could tell why")
	})
}

func TestExpIsOptionalOnlyByName(t *testing.T) {
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.InsecureOptionalExpiry = true })
	id, err := w.verifier.Verify(t.Context(), w.token(map[string]any{"exp": nil}))
	require.NoError(t, err)
	require.True(t, id.ExpiresAt.IsZero())
	w.refuses(autherr.TokenExpired, w.token(map[string]any{"exp": 1}))
	w.refuses(autherr.InvalidToken, w.forge(w.header(), raw("exp", `"never"`)))
	w.refuses(autherr.InvalidToken, w.forge(w.header(), raw("exp", `1e300`)))
}

func TestIssuerAndAudienceAreSkippedOnlyByName(t *testing.T) {
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) {
		cfg.Issuer, cfg.SkipIssuer, cfg.Audience, cfg.SkipAudience = "", true, nil, true
	})
	w.accepts(w.token(map[string]any{"iss": "x", "aud": "y"}))
	w.accepts(w.token(map[string]any{"iss": nil, "aud": nil}))
	w.refuses(autherr.InvalidToken, w.token(map[string]any{"iss": 1}))
	w.refuses(autherr.InvalidSignature, w.forge(w.header(), `{`))
}

func TestClaimsAreDecodedForTheHandler(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	id, err := w.verifier.Verify(t.Context(), w.token(map[string]any{"tenant": map[string]any{"id": 5}, "jti": "j1"}))
	require.NoError(t, err)
	var own struct {
		Tenant struct{ ID int }
		Sub    string `json:"sub"`
	}
	require.NoError(t, id.DecodeClaims(&own))
	require.Equal(t, 5, own.Tenant.ID)
	require.Equal(t, "1", own.Sub)
	c := id.Claims.(*jwt.Claims)
	require.Equal(t, "j1", c.ID)
	require.Equal(t, issuerName, c.Issuer)
	require.Equal(t, id.ExpiresAt, c.ExpiresAt)
	require.Error(t, id.DecodeClaims(own), "not a pointer")
	require.Error(t, (*jwt.Claims)(nil).DecodeClaims(&own))
	require.Error(t, new(jwt.Claims).DecodeClaims(&own))

	// encoding/json would let the second overwrite the first, at every level.
	for _, other := range []string{"Tasks", "TASKS", "ta\u017fks", "tas\u212as"} {
		twice := map[string]any{"tasks": 1, other: 2}
		for _, c := range []map[string]any{
			twice, {"x": twice}, {"x": []any{map[string]any{"tasks": twice}}}, {"x": []any{1, []any{twice}}},
		} {
			id, err = w.verifier.Verify(t.Context(), w.forge(w.header(), claims(c)))
			require.NoError(t, err)
			require.ErrorContains(t, id.DecodeClaims(&map[string]any{}), "case", "%v", c)
		}
	}
	deep := strings.Repeat("[", 29) + `{"a":{"b":1},"b":{"A":1}}` + strings.Repeat("]", 29)
	id, err = w.verifier.Verify(t.Context(), w.forge(w.header(), claims(map[string]any{"x": json.RawMessage(deep), "y": map[string]any{"X": 1}})))
	require.NoError(t, err)
	require.NoError(t, id.DecodeClaims(&map[string]any{}), "one name in different objects is not twice")
}

func TestScopesComeFromTheScopeClaim(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	id, err := w.verifier.Verify(t.Context(), w.token(map[string]any{"scope": "read write", "client_id": "c1"}))
	require.NoError(t, err)
	require.Equal(t, []string{"read", "write"}, id.Scopes)
	require.Equal(t, "c1", id.ClientID)

	other := newWorld(t, jwt.HS256, foreign)
	id, err = other.verifier.Verify(t.Context(), other.token(map[string]any{"client_id": "c1"}))
	require.NoError(t, err)
	require.Empty(t, id.ClientID, "another issuer's client")
	require.Empty(t, id.Scopes)
}

// downSource is a key source that is out of order.
type downSource struct{ err error }

func (d downSource) Keys(context.Context, string, jwt.Algorithm) ([]*jwt.VerificationKey, error) {
	return nil, d.err
}

func TestAnOutageOfTheKeysIs503(t *testing.T) {
	cause := errors.New("connection refused")
	for _, err := range []error{jwt.ErrKeysUnavailable, cause} {
		w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Keys = downSource{err} })
		_, got := w.verifier.Verify(t.Context(), w.token(nil))
		require.ErrorIs(t, got, autherr.ServiceUnavailable)
		require.ErrorIs(t, got, jwt.ErrKeysUnavailable)
		require.ErrorIs(t, got, err)
		require.NotErrorIs(t, got, auth.ErrNoCredentials)
		w.refuses(autherr.InvalidSignature, w.token(map[string]any{"iss": "x"}), "not asked for others' tokens")
	}
}

// mixedSource returns keys whatever it is asked for.
type mixedSource []*jwt.VerificationKey

func (m mixedSource) Keys(context.Context, string, jwt.Algorithm) ([]*jwt.VerificationKey, error) {
	return m, nil
}

func TestAKeySourceCannotUseAKeyForAnotherAlgorithm(t *testing.T) {
	w := newWorld(t, jwt.RS256, func(cfg *jwt.VerifierConfig) {
		cfg.Keys = mixedSource{nil, signingKey(t, jwt.PS256, nil).VerificationKey(), signingKey(t, jwt.RS384, nil).VerificationKey(), new(jwt.VerificationKey)}
	})
	w.refuses(autherr.InvalidSignature, w.token(nil))
	many := make(mixedSource, 4, 5)
	w = newWorld(t, jwt.RS256, func(cfg *jwt.VerifierConfig) {
		cfg.Keys = append(many, signingKey(t, jwt.RS256, nil).VerificationKey())
	})
	w.refuses(autherr.InvalidSignature, w.token(nil), "the fifth candidate is not tried")
}

func TestTheCauseShowsKidsCutAndEscaped(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	_, err := w.verifier.Verify(t.Context(), w.forge(string(must(json.Marshal(map[string]any{"alg": "HS256", "typ": "JWT", "kid": "line\n" + strings.Repeat("x", 5000)}))), claims(nil)))
	require.ErrorIs(t, err, autherr.InvalidSignature)
	require.NotContains(t, err.Error(), "\n")
	require.Less(t, len(err.Error()), 200)
}
