package jwt_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
	jwxjwt "github.com/lestrrat-go/jwx/v2/jwt"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// RFC 9068, section by section: access tokens as this package makes and takes them.

func TestRFC9068Section2_1TheHeader(t *testing.T) {
	for _, alg := range algorithms {
		w := newAccessWorld(t, alg)
		token := w.granted()
		require.Equal(t, `{"alg":"`+string(alg)+`","kid":"k1","typ":"at+jwt"}`, segment(t, token, 0))
		w.accepts(token)

		msg, err := jws.Parse([]byte(token))
		require.NoError(t, err)
		require.Equal(t, "at+jwt", msg.Signatures()[0].ProtectedHeaders().Type())
		parsed, err := jwxjwt.Parse([]byte(token), jwxjwt.WithKey(jwa.SignatureAlgorithm(alg), jwxKey(alg)), jwxjwt.WithIssuer(issuerName),
			jwxjwt.WithAudience(audience), jwxjwt.WithRequiredClaim("exp"), jwxjwt.WithRequiredClaim("client_id"), jwxjwt.WithRequiredClaim("jti"))
		require.NoError(t, err, "another library takes it")
		require.Equal(t, "1", parsed.Subject())
		if alg[:2] != "HS" {
			set, err := jwk.Parse(must(json.Marshal(w.issuer.KeySet())))
			require.NoError(t, err)
			_, err = jwxjwt.Parse([]byte(token), jwxjwt.WithKeySet(set))
			require.NoError(t, err, "by the published set")
		}
	}
}

func TestRFC9068Section2_2TheClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1500 * time.Millisecond) // 946684801.5
		w := newAccessWorld(t, jwt.HS256)
		g := grant()
		g.ExpiresAt = g.IssuedAt.Add(time.Minute + 400*time.Millisecond) // 946684861.9
		token, err := w.issuer.IssueAccessToken(t.Context(), editor(), g)
		require.NoError(t, err)
		var c struct{ Jti string }
		require.NoError(t, json.Unmarshal([]byte(segment(t, token, 1)), &c))
		require.Len(t, c.Jti, 32)
		require.Equal(t, `{"iss":"https://api.example.com","aud":"https://api.example.com/","sub":"1","name":"my_username","client_id":"c1",`+
			`"application":"oauth001","iat":946684801,"exp":946684861,"jti":"`+c.Jti+`","scope":"read write","roles":["editor"],"stamp":"s1"}`, segment(t, token, 1))

		again, err := w.issuer.IssueAccessToken(t.Context(), editor(), g)
		require.NoError(t, err)
		require.NotContains(t, again, c.Jti)
		require.NotContains(t, segment(t, again, 1), c.Jti, "each has its own")

		time.Sleep(time.Until(time.Unix(946684861, 0)) - 1)
		w.accepts(token)
		time.Sleep(time.Nanosecond)
		w.refuses(autherr.TokenExpired, token, "never later than its record says")
		require.True(t, time.Now().Before(g.ExpiresAt))
	})
}

// Each required claim is demanded of every access token, our own or not, whatever else is skipped by name.
func TestRFC9068Section2_2RequiredClaims(t *testing.T) {
	blind := func(cfg *jwt.VerifierConfig) {
		cfg.Issuer, cfg.SkipIssuer, cfg.Audience, cfg.SkipAudience = "", true, nil, true
	}
	byName := func(cfg *jwt.VerifierConfig) { cfg.UsernameClaim = "user" }
	worlds := map[string]*world{
		"own": newAccessWorld(t, jwt.HS256), "own, blind": newAccessWorld(t, jwt.HS256, blind), "own, remembered": newAccessWorld(t, jwt.HS256, remember),
		"foreign": newAccessWorld(t, jwt.HS256, byName), "foreign, blind": newAccessWorld(t, jwt.HS256, byName, blind),
	}
	absent := map[string]any{}
	for name, values := range map[string][]any{
		"iss":       {absent, "", 1, []string{issuerName}, json.RawMessage("null")},
		"exp":       {absent, "99999999999", []int{1}, true, json.RawMessage("null"), json.RawMessage("1e300")},
		"aud":       {absent, "", 1, true, []string{}, []string{""}, []any{audience, 1}, map[string]any{audience: 1}, json.RawMessage("null")},
		"sub":       {absent, "", 1, []string{"1"}, json.RawMessage("null")},
		"client_id": {absent, "", 1, true, []string{"c1"}, json.RawMessage("null")},
		"iat":       {absent, "0", []int{1}, json.RawMessage("null"), time.Now().Unix() + 100},
		"jti":       {absent, "", 1, []string{"j1"}, json.RawMessage("null")},
	} {
		for _, value := range values {
			changes := map[string]any{"user": "my_username", name: value}
			if m, ok := value.(map[string]any); ok && len(m) == 0 {
				changes[name] = nil
				changes[strings.ToUpper(name)] = "1" // which is another claim
			}
			for kind, w := range worlds {
				code := autherr.InvalidToken
				if name == "iss" && !strings.HasSuffix(kind, "blind") {
					code = autherr.InvalidSignature // nobody's, so declined
				}
				w.refuses(code, w.accessToken(changes), "%s: %s: %v", kind, name, value)
			}
		}
	}
	for kind, w := range worlds {
		w.accepts(w.accessToken(map[string]any{"user": "my_username"}), kind)
		w.accepts(w.accessToken(map[string]any{"user": "my_username", "aud": []string{"x", audience}}), kind)
	}
	w := worlds["own, blind"]
	w.accepts(w.accessToken(map[string]any{"iss": "x", "aud": "y"}))
}

// The scope claim is there if there are scopes. Its strings have blanks between them and nothing else.
func TestRFC9068Section2_2_3TheScopeClaim(t *testing.T) {
	for _, cache := range []func(*jwt.VerifierConfig){func(*jwt.VerifierConfig) {}, remember} {
		w := newAccessWorld(t, jwt.HS256, cache)
		for _, scopes := range [][]string{{"read"}, {"read", "write", "a:b/c#d~!"}, {"https://api.example.com/read"}} {
			g := grant()
			g.Scopes = scopes
			token, err := w.issuer.IssueAccessToken(t.Context(), editor(), g)
			require.NoError(t, err)
			require.Contains(t, segment(t, token, 1), `,"scope":"`+strings.Join(scopes, " ")+`",`)
			for range 2 {
				id, err := w.verifier.Verify(t.Context(), token)
				require.NoError(t, err)
				require.Equal(t, scopes, id.Scopes)
			}
		}
		for _, none := range [][]string{nil, {}} {
			g := grant()
			g.Scopes = none
			token, err := w.issuer.IssueAccessToken(t.Context(), editor(), g)
			require.NoError(t, err)
			require.NotContains(t, segment(t, token, 1), "scope")
			id, err := w.verifier.Verify(t.Context(), token)
			require.NoError(t, err)
			require.Empty(t, id.Scopes)
		}
		for _, bad := range []any{
			"a  b", " a", "a ", "a\tb", "a\nb", `a"b`, `a\b`, "é", " ", []string{"read"}, 1, true, map[string]any{"read": true}, json.RawMessage("null"),
		} {
			for range 2 {
				w.refuses(autherr.InvalidToken, w.accessToken(map[string]any{"scope": bad}), bad)
			}
		}
	}
}

// No client can choose the audience of what is issued: it is that of the configuration, of one name or of several.
func TestRFC9068Section3TheAudienceIsTheIssuers(t *testing.T) {
	w := newAccessWorld(t, jwt.HS256)
	g := grant()
	g.Application, g.Family, g.ClientID = "https://other.example/", "https://other.example/", "https://other.example/"
	token, err := w.issuer.IssueAccessToken(t.Context(), editor(), g)
	require.NoError(t, err)
	require.Contains(t, segment(t, token, 1), `"aud":"https://api.example.com/",`)

	token, err = withClaims(t, w.key, nil, nil).IssueAccessToken(t.Context(), editor(), grant())
	require.NoError(t, err)
	require.Contains(t, segment(t, token, 1), `"aud":["https://api.example.com/","other"]`)
	w.accepts(token)
	w.refuses(autherr.InvalidToken, w.accessToken(map[string]any{"aud": "https://other.example/"}))
}

func TestRFC9068Section4Validation(t *testing.T) {
	w := newAccessWorld(t, jwt.HS256)
	typed := func(typ string) string { return w.forge(`{"alg":"HS256","kid":"k1","typ":`+typ+`}`, accessClaims(nil)) }

	// The type, with or without "application/", in any case (RFC 7515 section 4.1.9).
	for _, typ := range []string{`"at+jwt"`, `"application/at+jwt"`, `"AT+JWT"`, `"Application/At+Jwt"`, `"at\u002bjwt"`} {
		w.accepts(typed(typ), typ)
	}
	for _, typ := range []string{
		`""`, `"JWT"`, `"jwt"`, `"application/jwt"`, `"at"`, `"at-jwt"`, `"at+jwt "`, `" at+jwt"`, `"at+jwt;charset=utf-8"`, `"application/application/at+jwt"`,
		`"text/at+jwt"`, `"/at+jwt"`, `"at+jwt\u0000"`, `"at jwt"`, `"at+jwts"`, `"id_token"`, `"dpop+jwt"`, `"logout+jwt"`, `"rt+jwt"`,
		`1`, `null`, `["at+jwt"]`, `"JWT","typ":"at+jwt"`, `"JWT","TYP":"at+jwt"`,
	} {
		w.refuses(autherr.InvalidSignature, typed(typ), typ)
		_, err := w.verifier.Verify(t.Context(), typed(typ))
		require.ErrorIs(t, err, auth.ErrNoCredentials, typ)
	}

	// Issuer, audience, signature, time.
	good := w.granted()
	w.accepts(good)
	for _, iss := range []string{issuerName + "/", "https://api.example.org", strings.ToUpper(issuerName), issuerName + " "} {
		w.refuses(autherr.InvalidSignature, w.accessToken(map[string]any{"iss": iss}), iss)
	}
	for _, aud := range []any{"https://api.example.com", audience + "x", []string{"x"}, []any{audience, nil}, "HTTPS://api.example.com/"} {
		w.refuses(autherr.InvalidToken, w.accessToken(map[string]any{"aud": aud}), aud)
	}
	w.refuses(autherr.InvalidSignature, spoilt(good))
	w.refuses(autherr.InvalidSignature, good[:strings.LastIndexByte(good, '.')+1], "no signature")
	for _, header := range []string{
		`{"alg":"none","typ":"at+jwt"}`, `{"alg":"none","kid":"k1","typ":"at+jwt"}`, `{"alg":"HS512","kid":"k1","typ":"at+jwt"}`,
	} {
		token := w.forge(header, accessClaims(nil))
		w.refuses(autherr.InvalidSignature, token, header)
		w.refuses(autherr.InvalidSignature, token[:strings.LastIndexByte(token, '.')+1], header)
	}
	w.refuses(autherr.TokenExpired, w.accessToken(map[string]any{"exp": time.Now().Unix()}))
	w.refuses(autherr.TokenExpired, w.accessToken(map[string]any{"exp": 0}))
	w.refuses(autherr.InvalidToken, w.accessToken(map[string]any{"nbf": time.Now().Unix() + 100}), "nbf counts where it is there")

	// A token that is bound to a key is worth nothing without the proof (RFC 7800, RFC 9449).
	for _, cnf := range []any{map[string]any{"jkt": "x"}, map[string]any{"x5t#S256": "x"}, map[string]any{}, "", json.RawMessage("null")} {
		for _, cache := range []func(*jwt.VerifierConfig){func(*jwt.VerifierConfig) {}, remember} {
			w := newAccessWorld(t, jwt.HS256, cache)
			for range 2 {
				w.refuses(autherr.InvalidToken, w.accessToken(map[string]any{"cnf": cnf}), cnf)
			}
		}
	}
}

// The answer to each refusal is that of RFC 6750 section 3.1.
func TestRFC9068Section4TheAnswer(t *testing.T) {
	w := newAccessWorld(t, jwt.HS256)
	h := auth.Require(w.verifier, &auth.Options{Renderer: autherr.ProfileRFC()})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("let through")
	}))
	for name, token := range map[string]string{
		"other type":     w.issued(),
		"other issuer":   w.accessToken(map[string]any{"iss": "x"}),
		"other audience": w.accessToken(map[string]any{"aud": "x"}),
		"forged":         w.granted()[:100] + ".AAAA",
		"expired":        w.accessToken(map[string]any{"exp": 1}),
		"no client":      w.accessToken(map[string]any{"client_id": nil}),
		"no jti":         w.accessToken(map[string]any{"jti": nil}),
		"bound":          w.accessToken(map[string]any{"cnf": 1}),
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		require.Equal(t, http.StatusUnauthorized, rec.Code, name)
		require.Contains(t, rec.Header().Get("WWW-Authenticate"), `Bearer realm="Example API", error="invalid_token"`, name)
	}
}

// No token is accepted as one of another kind, though one issuer signs all of them with one key.
func TestRFC9068Section5NoKindPassesForAnother(t *testing.T) {
	for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.RS256, jwt.ES256, jwt.EdDSA} {
		access, identity := newAccessWorld(t, alg), newWorld(t, alg, nil)
		id, at := identity.issued(), access.granted()
		access.accepts(at)
		identity.accepts(id)
		access.refuses(autherr.InvalidSignature, id, alg)
		identity.refuses(autherr.InvalidSignature, at, alg)
		identity.refuses(autherr.InvalidSignature, access.forge(strings.Replace(access.accessHeader(), "at+jwt", "application/AT+JWT", 1), accessClaims(nil)))

		// The header of one kind before the rest of the other.
		_, restOfID, _ := strings.Cut(id, ".")
		headOfAT, restOfAT, _ := strings.Cut(at, ".")
		headOfID, _, _ := strings.Cut(id, ".")
		access.refuses(autherr.InvalidSignature, headOfAT+"."+restOfID)
		identity.refuses(autherr.InvalidSignature, headOfID+"."+restOfAT)

		// Each has its verifier in one chain, and ends there.
		for _, both := range []auth.Authenticator{
			auth.Chain(access.verifier, identity.verifier), auth.Chain(identity.verifier, access.verifier),
			must(jwt.ByIssuer(access.verifier, identity.verifier)),
		} {
			got, err := offer(both, at)
			require.NoError(t, err)
			require.Equal(t, "c1", got.ClientID)
			require.Equal(t, []string{"read", "write"}, got.Scopes)
			got, err = offer(both, id)
			require.NoError(t, err)
			require.Empty(t, got.ClientID)
			require.Empty(t, got.Scopes)
		}
	}

	// Claims of an access token do not make one of an identity token, and an ID token of OpenID Connect is none, nor is any other kind of token.
	w := newAccessWorld(t, jwt.HS256, remember)
	openID := map[string]any{"aud": []string{audience, "c1"}, "azp": "c1", "nonce": "n", "at_hash": "x", "auth_time": 1, "scope": "read"}
	for name, token := range map[string]string{
		"identity token with all claims": w.forge(w.header(), accessClaims(map[string]any{"scope": "admin", "typ": "at+jwt"})),
		"ID token":                       w.forge(w.header(), accessClaims(openID)),
		"ID token without typ":           w.forge(`{"alg":"HS256","kid":"k1"}`, accessClaims(openID)),
		"typ in cty":                     w.forge(`{"alg":"HS256","kid":"k1","cty":"at+jwt"}`, accessClaims(nil)),
		"logout token":                   w.forge(`{"alg":"HS256","kid":"k1","typ":"logout+jwt"}`, accessClaims(nil)),
		"introspection response":         w.forge(`{"alg":"HS256","kid":"k1","typ":"token-introspection+jwt"}`, accessClaims(nil)),
		"nested":                         w.forge(`{"alg":"HS256","kid":"k1","typ":"at+jwt","cty":"JWT"}`, accessClaims(nil)),
		"access token in a token":        w.forge(w.accessHeader(), w.granted()),
		"services token":                 "1.5665e083.Sj5b3crO2RyWXrCFrCAZKeXi0si0vBWsr8k1I01w_YM",
		"opaque token":                   auth.NewRandom(auth.PrefixAccessToken),
	} {
		for range 2 {
			w.refuses(autherr.InvalidSignature, token, name)
			require.False(t, w.verifier.Remembers(token), name)
		}
	}

	// The identity of a client is none of a user: sub is always a user of ours.
	w.refuses(autherr.UserInformationNotFound, w.accessToken(map[string]any{"sub": "c1"}))
	w.refuses(autherr.UserInformationNotFound, w.accessToken(map[string]any{"sub": "my_username"}))
}

// Of the tokens of another issuer, too: neither kind passes for the other where its users are mapped.
func TestRFC9068Section5ForeignKinds(t *testing.T) {
	byName := func(cfg *jwt.VerifierConfig) { cfg.UsernameClaim, cfg.TrustScopes = "name", []string{"read"} }
	access, identity := newAccessWorld(t, jwt.ES256, byName), newWorld(t, jwt.ES256, byName)
	access.accepts(access.granted())
	identity.accepts(identity.issued())
	access.refuses(autherr.InvalidSignature, access.issued())
	identity.refuses(autherr.InvalidSignature, identity.granted())
	untyped := access.forge(`{"alg":"ES256","kid":"k1"}`, accessClaims(map[string]any{"name": "my_username"}))
	access.refuses(autherr.InvalidSignature, untyped, "no typ is no access token")
	require.NotEmpty(t, must(access.verifier.Verify(t.Context(), access.granted())).Scopes)
}
