package jwt_test

import (
	"crypto"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
	jwxjwt "github.com/lestrrat-go/jwx/v2/jwt"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
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

// verifiesInBounds is Verify with a bound on the memory it takes: claims are decoded once, those that are texts once more, and the names of members are
// remembered, of which the shortest take most. What is longer than a token may be is not looked at.
func (w *world) verifiesInBounds(t *testing.T, token string) (id *auth.Identity, err error) {
	t.Helper()
	takesAtMost(t, 16<<10, 32, min(len(token), jwt.DefaultMaxToken), func() { id, err = w.verifier.Verify(t.Context(), token) })
	return id, err
}

// The test goes one way: what we accept, the other library accepts. We refuse more.
func FuzzVerify(f *testing.F) {
	worlds, access := make(map[jwt.Algorithm]*world), make(map[jwt.Algorithm]*world)
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.EdDSA, jwt.ES256} {
		w := newWorld(f, alg, nil)
		worlds[alg] = w
		// A distant end, so that the seeds stay good.
		f.Add(w.token(map[string]any{"exp": int64(4102444800)}))
		f.Add(w.forge(w.header(), raw("exp", "4.1024448e9")))
		f.Add(w.forge(`{"typ":"JWT","alg":"`+string(alg)+`","x5c":["AA"],"kid":"k1"}`, claims(map[string]any{"exp": int64(4102444800), "aud": []string{"x", audience}})))
		f.Add(w.forge(`{"alg":"`+string(alg)+`"}`, `{}`))
		f.Add(w.accessToken(map[string]any{"exp": int64(4102444800), "scope": "read write"}))
		f.Add(w.forge(`{"alg":"`+string(alg)+`","typ":"application/AT+jwt"}`, accessClaims(map[string]any{"exp": int64(4102444800), "aud": []string{"x", audience}})))
		access[alg] = newAccessWorld(f, alg)
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
			id, err := w.verifiesInBounds(t, token)
			grantee, accessErr := access[alg].verifiesInBounds(t, token)
			require.Equal(t, err != nil, id == nil)
			require.Equal(t, accessErr != nil, grantee == nil)
			require.False(t, err == nil && accessErr == nil, "a token is of one kind")
			if err != nil && accessErr != nil {
				continue
			}
			payload, err := jws.Verify([]byte(token), jws.WithKey(jwa.SignatureAlgorithm(alg), jwxKey(alg)))
			require.NoError(t, err)
			require.Equal(t, segment(t, token, 1), string(payload))
		}
	})
}

// unread are the members of a header that hold or name keys. Ours never looks at them; jwx reads them and refuses a token in which they are malformed.
var unread = []string{"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"}

// jwxVerifies requires that jwx accepts a token of HS256 with this header and payload too, but for three things in which it is the stricter one: it
// refuses malformed keys in a header and numbers beyond a float64, and it verifies the signature of a header without the white space around it.
func (w *world) jwxVerifies(t *testing.T, header, payload string) {
	t.Helper()
	verified, err := jws.Verify([]byte(w.forge(header, payload)), jws.WithKey(jwa.HS256, jwxKey(jwt.HS256)))
	if err != nil {
		alike, h := strings.Trim(header, " \t\r\n"), object(t, header) // RFC 8259 section 2
		members := len(h)
		maps.DeleteFunc(h, func(name string, value any) bool { return slices.Contains(unread, name) || beyondFloat(value) })
		if len(h) < members {
			alike = string(must(json.Marshal(h)))
		}
		require.NotEqual(t, header, alike, "%v", err)
		verified, err = jws.Verify([]byte(w.forge(alike, payload)), jws.WithKey(jwa.HS256, jwxKey(jwt.HS256)))
	}
	require.NoError(t, err)
	require.Equal(t, payload, string(verified))
}

// object is a JSON object read by encoding/json, its numbers as they stand.
func object(t *testing.T, text string) (members map[string]any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	require.NoError(t, d.Decode(&members))
	_, err := d.Token()
	require.ErrorIs(t, err, io.EOF, "nothing follows the object")
	return members
}

// beyondFloat tells whether a value read with UseNumber contains a number that a float64 cannot hold.
func beyondFloat(value any) bool {
	var plain any
	return json.Unmarshal(must(json.Marshal(value)), &plain) != nil
}

// Any header, properly signed: what ours accepts, jwx accepts, and it names the algorithm of the key.
func FuzzHeader(f *testing.F) {
	w := newWorld(f, jwt.HS256, nil)
	f.Add(w.header())
	f.Add(`{"kid":"k1","typ":"JWT","alg":"HS256","x5t":"AA","jku":"https://example.com/"}`)
	f.Add(`{"kid":"k1","typ":"JWT","alg":"HS256","x5c":"00","jwk":1}`)
	f.Add(`{"typ":"JWT","alg":"HS256","x":[1e999,-0]}`)
	f.Add("\t{\"typ\":\"JWT\",\"alg\":\"HS256\"} \r\n")
	for _, header := range hostileHeaders {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token := w.forge(header, claims(nil))
		if _, err := w.verifiesInBounds(t, token); err != nil {
			return
		}
		w.jwxVerifies(t, header, claims(nil))
		h := object(t, header)
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
	f.Add(`{"typ":"JWT"}`, strings.Replace(claims(nil), "{", `{"SUB":5,"eXp":[],`, 1))
	f.Add(`{"typ":"at+jwt"}`, strings.Replace(accessClaims(nil), "{", `{"Sub":{},"EXP":"x",`, 1))
	f.Add("{\"typ\":\"JWT\",\"x5c\":1}\n", raw("x", "1e999"))
	f.Add(`{"typ":"at+jwt"} `, strings.Replace(accessClaims(nil), "{", `{"x":-1e999,`, 1))
	for _, payload := range []string{
		accessClaims(nil), accessClaims(map[string]any{"scope": "a b", "application": "x"}), accessClaims(map[string]any{"client_id": nil, "Client_ID": "c1"}), claims(nil),
	} {
		f.Add(`{"typ":"at+jwt"}`, payload)
	}
	f.Fuzz(func(t *testing.T, head, payload string) {
		w, access := newWorld(t, jwt.HS256, nil), newAccessWorld(t, jwt.HS256)
		header, ok := strings.CutPrefix(strings.TrimSpace(head), "{")
		if !ok {
			header = `}`
		}
		if rest := strings.TrimSpace(header); rest != "}" {
			header = "," + header
		}
		header = `{"alg":"HS256","kid":"k1"` + header
		token := w.forge(header, payload)
		id, err := w.verifiesInBounds(t, token)
		grantee, accessErr := access.verifiesInBounds(t, token)
		require.Equal(t, err != nil, id == nil)
		require.Equal(t, accessErr != nil, grantee == nil)
		switch {
		case err != nil && accessErr != nil:
			return
		case err != nil:
			id = grantee
			all := object(t, payload)                                                              // which takes no name for another
			for _, name := range []string{"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} { // RFC 9068 section 2.2
				require.NotEmpty(t, all[name], name)
			}
			require.Equal(t, id.ClientID, all["client_id"])
			if scope, ok := all["scope"]; ok {
				require.Equal(t, scope, strings.Join(id.Scopes, " "))
			}
		default:
			require.Error(t, accessErr, "a token is of one kind")
		}
		c := object(t, payload) // by their names: a struct would take SUB for sub
		for name, kind := range map[string]any{"sub": "", "exp": json.Number("")} {
			if v := c[name]; v != nil {
				require.IsType(t, kind, v, name)
			}
		}
		require.False(t, id.ExpiresAt.IsZero())
		w.jwxVerifies(t, header, payload)
	})
}
