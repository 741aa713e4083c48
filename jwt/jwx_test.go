package jwt_test

import (
	"crypto"
	"encoding/json"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
	jwxjwt "github.com/lestrrat-go/jwx/v2/jwt"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// jwxKey is the verification key of the tests as jwx takes it.
func jwxKey(alg jwt.Algorithm) any {
	if raw, ok := rawKey(alg).(crypto.Signer); ok {
		return raw.Public()
	}
	return secret
}

func TestAnotherLibraryAcceptsOurTokensAndKeys(t *testing.T) {
	for _, alg := range algorithms {
		w := newWorld(t, alg, nil)
		tok, err := w.issuer.Issue(t.Context(), editor())
		require.NoError(t, err)
		parsed, err := jwxjwt.Parse([]byte(tok.Compact), jwxjwt.WithKey(jwa.SignatureAlgorithm(alg), jwxKey(alg)),
			jwxjwt.WithIssuer(issuerName), jwxjwt.WithAudience(audience), jwxjwt.WithRequiredClaim("exp"))
		require.NoError(t, err, alg)
		require.Equal(t, "1", parsed.Subject())
		require.Equal(t, tok.ID, parsed.JwtID())
		require.True(t, tok.ExpiresAt.Equal(parsed.Expiration()))

		if alg[:2] == "HS" {
			continue
		}
		set, err := jwk.Parse(must(json.Marshal(w.issuer.KeySet())))
		require.NoError(t, err)
		_, err = jwxjwt.Parse([]byte(tok.Compact), jwxjwt.WithKeySet(set))
		require.NoError(t, err, "by the published set")
	}
}

func TestWeAcceptTokensOfAnotherLibrary(t *testing.T) {
	for _, alg := range algorithms {
		w := newWorld(t, alg, foreign)
		key := must(jwk.FromRaw(rawKey(alg)))
		require.NoError(t, key.Set("kid", "k1"))
		signed, err := jws.Sign([]byte(claims(nil)), jws.WithKey(jwa.SignatureAlgorithm(alg), key))
		require.NoError(t, err)
		w.accepts(string(signed), alg)
	}
}

// The test goes one way: what we accept, the other library accepts. We refuse more.
func FuzzVerify(f *testing.F) {
	worlds := make(map[jwt.Algorithm]*world)
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.EdDSA, jwt.ES256} {
		w := newWorld(f, alg, nil)
		worlds[alg] = w
		// A distant end, so that the seeds stay good.
		f.Add(w.token(map[string]any{"exp": int64(4102444800)}))
		f.Add(w.forge(w.header(), raw("exp", "4.1024448e9")))
		f.Add(w.forge(`{"typ":"JWT","alg":"`+string(alg)+`","x5c":["AA"],"kid":"k1"}`, claims(map[string]any{"exp": int64(4102444800), "aud": []string{"x", audience}})))
		f.Add(w.forge(`{"alg":"`+string(alg)+`"}`, `{}`))
	}
	for _, v := range vectors(f) {
		f.Add(v.Compact)
	}
	for _, header := range hostileHeaders {
		f.Add(worlds[jwt.HS256].forge(header, claims(map[string]any{"exp": int64(4102444800)})))
	}
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		for alg, w := range worlds {
			id, err := w.verifier.Verify(t.Context(), token)
			if err != nil {
				require.Nil(t, id)
				continue
			}
			payload, err := jws.Verify([]byte(token), jws.WithKey(jwa.SignatureAlgorithm(alg), jwxKey(alg)))
			require.NoError(t, err)
			require.Equal(t, segment(t, token, 1), string(payload))
		}
	})
}

// Any header, properly signed: what ours accepts, jwx accepts, and it names the algorithm of the key.
func FuzzHeader(f *testing.F) {
	w := newWorld(f, jwt.HS256, nil)
	f.Add(w.header())
	f.Add(`{"kid":"k1","typ":"JWT","alg":"HS256","x5t":"AA","jku":"https://example.com/"}`)
	for _, header := range hostileHeaders {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token := w.forge(header, claims(nil))
		if _, err := w.verifier.Verify(t.Context(), token); err != nil {
			return
		}
		_, err := jws.Verify([]byte(token), jws.WithKey(jwa.HS256, jwxKey(jwt.HS256)))
		require.NoError(t, err)
		var h map[string]any
		require.NoError(t, json.Unmarshal([]byte(header), &h))
		require.Equal(t, "HS256", h["alg"])
		require.Contains(t, []string{"jwt", "application/jwt"}, strings.ToLower(h["typ"].(string)), "a media type has no case")
		for _, name := range []string{"crit", "b64", "cnf"} {
			require.NotContains(t, h, name)
		}
	})
}

// Any claims, properly signed: ours never panics, and what it accepts means the same to encoding/json and to jwx.
func FuzzClaims(f *testing.F) {
	for _, payload := range []string{
		claims(nil), raw("exp", "4102444800.5"), raw("exp", "1e300"), raw("exp", strings.Repeat("9", 400)), raw("exp", "-0"), raw("aud", `["x","`+audience+`"]`),
		raw("name", `"\ud83d\ude00\u0000"`), raw("x", `[[[{"a":{"b":[1,2.5e-3,true,false,null,"\\\""]}}]]]`), `{}`, `[]`, `{"a":1,"a":2}`, "\xff",
	} {
		f.Add(`{"typ":"JWT"}`, payload)
	}
	f.Add(`{"crit":["exp"],"typ":"JWT"}`, claims(nil))
	f.Add(`{"typ":"at+jwt"}`, claims(nil))
	f.Fuzz(func(t *testing.T, head, payload string) {
		w := newWorld(t, jwt.HS256, nil)
		header, ok := strings.CutPrefix(strings.TrimSpace(head), "{")
		if !ok {
			header = `}`
		}
		if rest := strings.TrimSpace(header); rest != "}" {
			header = "," + header
		}
		token := w.forge(`{"alg":"HS256","kid":"k1"`+header, payload)
		id, err := w.verifier.Verify(t.Context(), token)
		if err != nil {
			require.Nil(t, id)
			return
		}
		var c struct {
			Sub string
			Exp json.Number
		}
		require.NoError(t, json.Unmarshal([]byte(payload), &c))
		require.False(t, id.ExpiresAt.IsZero())
		verified, err := jws.Verify([]byte(token), jws.WithKey(jwa.HS256, secret))
		require.NoError(t, err)
		require.Equal(t, payload, string(verified))
	})
}
