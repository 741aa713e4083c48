package jwt_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// offer sends a token to an authenticator.
func offer(a auth.Authenticator, token string) (*auth.Identity, error) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return a.Authenticate(r)
}

func TestEqualKeyIDsNeverCross(t *testing.T) {
	a, b := newTenant(t, "https://a.example.com", nil), newTenant(t, "https://b.example.com", nil)
	access := newTenant(t, "https://a.example.com", func(cfg *jwt.VerifierConfig) { cfg.Type = jwt.AccessToken })
	both := map[string]auth.Authenticator{
		"ByIssuer": must(jwt.ByIssuer(a.verifier, b.verifier, access.verifier)),
		"Chain":    auth.Chain(a.verifier, b.verifier, access.verifier),
	}
	ofA, ofB := map[string]any{"iss": "https://a.example.com"}, map[string]any{"iss": "https://b.example.com"}
	for name, all := range both {
		t.Run(name, func(t *testing.T) {
			for range 3 { // with both sets loaded too
				for _, good := range []string{a.issue(), b.issue(), a.token(ofA), b.token(ofB), access.forge(`{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}`, accessClaims(ofA))} {
					_, err := offer(all, good)
					require.NoError(t, err)
				}
				for _, crossed := range []string{
					a.token(ofB), b.token(ofA),
					a.forge(`{"alg":"EdDSA","typ":"JWT"}`, claims(ofB)), // without a kid
					a.forge(`{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}`, accessClaims(ofA)),
				} {
					id, err := offer(all, crossed)
					require.Nil(t, id)
					require.ErrorIs(t, err, autherr.InvalidSignature)
					require.NotErrorIs(t, err, auth.ErrNoCredentials, "it was claimed")
				}
			}
			for _, one := range []*tenant{a, b, access} {
				require.Equal(t, 1, one.server.count())
			}
		})
	}
}

// What ByIssuer decides, a Chain of the same verifiers decides.
func TestByIssuerAnswersLikeAChain(t *testing.T) {
	a, b := newTenant(t, "https://a.example.com", nil), newTenant(t, "https://b.example.com", nil)
	one, other := must(jwt.ByIssuer(a.verifier, b.verifier)), auth.Chain(a.verifier, b.verifier)
	good := `"iss":"https://b.example.com"`
	for _, token := range []string{
		a.issue(), b.issue(), b.token(nil), b.token(map[string]any{"iss": nil}), b.token(map[string]any{"iss": 5}),
		b.token(map[string]any{"iss": "https://B.example.com"}), b.token(map[string]any{"iss": []string{"https://b.example.com"}}),
		b.token(map[string]any{"iss": "https://b.example.com", "exp": 1}), b.token(map[string]any{"iss": "https://b.example.com", "aud": "x"}),
		b.forge(`{"alg":"none"}`, claims(map[string]any{"iss": "https://b.example.com"})),
		b.forge(`{"alg":"EdDSA","kid":"k1","crit":["x"]}`, claims(map[string]any{"iss": "https://b.example.com"})),
		b.forge(`{"alg":"EdDSA","kid":"k1","typ":"x"}`, claims(map[string]any{"iss": "https://b.example.com"})),
		b.forge(`{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}`, claims(map[string]any{"iss": "https://b.example.com"})),
		b.forge(b.header(), `{`+good+`,`+good+`}`), b.forge(b.header(), `{`+good+`,`), b.forge(b.header(), `{`+good+`}{`), b.forge(b.header(), `{"Iss":"https://b.example.com"}`),
		b.forge(b.header(), `{}`), b.forge(b.header(), ``), b.forge(b.header(), `[]`), b.forge(b.header(), "{\"x\":\"\xff\"}"), b.forge(`{}`, `{`+good+`}`), b.forge(`{"alg":"EdDSA","alg":"EdDSA"}`, `{`+good+`}`),
		"", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "!.!.!", b64(b.header()) + ".!." + "AA", strings.Repeat(".", 1<<20), strings.Repeat("a", 20<<10) + ".a.a",
	} {
		id1, err1 := offer(one, token)
		id2, err2 := offer(other, token)
		require.Equal(t, err2 == nil, err1 == nil, token)
		if err1 == nil {
			require.Equal(t, id2.UserID, id1.UserID)
			continue
		}
		require.Equal(t, autherr.From(err2).Code, autherr.From(err1).Code, token)
		require.Equal(t, errors.Is(err2, auth.ErrNoCredentials), errors.Is(err1, auth.ErrNoCredentials), token)
	}
	for _, field := range []string{"", "Basic eDp5", "Bearer"} {
		r := httptest.NewRequest("GET", "/", nil)
		if field != "" {
			r.Header.Set("Authorization", field)
		}
		_, err1 := one.Authenticate(r)
		_, err2 := other.Authenticate(r)
		require.Equal(t, err2.Error(), err1.Error(), field)
		require.ErrorIs(t, err1, auth.ErrNoCredentials)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header["Authorization"] = []string{"Bearer a.b.c", "Bearer a.b.c"}
	_, err := one.Authenticate(r)
	require.ErrorIs(t, err, autherr.InvalidRequest)
}

func TestByIssuerReadsTheirHeaderAndChallenges(t *testing.T) {
	custom := func(cfg *jwt.VerifierConfig) { cfg.Header = "X-Token" }
	a, b := newTenant(t, "https://a.example.com", custom), newTenant(t, "https://b.example.com", custom)
	all := must(jwt.ByIssuer(a.verifier, b.verifier))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Token", "Bearer "+b.issue())
	_, err := all.Authenticate(r)
	require.NoError(t, err)
	require.Equal(t, []string{"Authorization", "X-Token"}, all.(auth.HeaderReader).CredentialHeaders())
	require.Len(t, all.(auth.Challenger).Challenges(), 1, "equal ones are told once")

	plain := must(jwt.ByIssuer(newTenant(t, "https://c.example.com", nil).verifier))
	require.Equal(t, []string{"Authorization"}, plain.(auth.HeaderReader).CredentialHeaders())
}

func TestByIssuerRefusesAmbiguity(t *testing.T) {
	a := newTenant(t, "https://a.example.com", nil).verifier
	again := newTenant(t, "https://a.example.com", nil).verifier
	access := newTenant(t, "https://a.example.com", func(cfg *jwt.VerifierConfig) { cfg.Type = jwt.AccessToken }).verifier
	other := newTenant(t, "https://b.example.com", func(cfg *jwt.VerifierConfig) { cfg.Header = "X-Token" }).verifier
	every := newTenant(t, "https://b.example.com", func(cfg *jwt.VerifierConfig) { cfg.Issuer, cfg.SkipIssuer = "", true }).verifier
	for _, test := range []struct {
		verifiers []*jwt.Verifier
		want      string
	}{
		{nil, "no verifiers"},
		{[]*jwt.Verifier{a, nil}, "verifier 1 is missing"},
		{[]*jwt.Verifier{new(jwt.Verifier)}, "verifier 0 is missing"},
		{[]*jwt.Verifier{a, access, again}, `two verifiers are for the JWT tokens of "https://a.example.com"`},
		{[]*jwt.Verifier{a, every}, "SkipIssuer"},
		{[]*jwt.Verifier{a, other}, "different Header"},
	} {
		got, err := jwt.ByIssuer(test.verifiers...)
		require.Nil(t, got)
		require.ErrorContains(t, err, "jwt: ByIssuer: ")
		require.ErrorContains(t, err, test.want)
	}
	_, err := jwt.ByIssuer(a, access)
	require.NoError(t, err)
}

// What is too long is not even taken apart.
func TestByIssuerReadsNoLongTokens(t *testing.T) {
	a := newTenant(t, "https://a.example.com", nil)
	all := must(jwt.ByIssuer(a.verifier))
	r := httptest.NewRequest("GET", "/", nil)
	bearer(b64(a.header()) + "." + b64(claims(map[string]any{"x": strings.Repeat("x", 1<<20)})) + ".AA")(r)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		if _, err := all.Authenticate(r); err == nil {
			t.Fatal("accepted")
		}
	}))
}

func BenchmarkManyIssuers(b *testing.B) {
	var verifiers []*jwt.Verifier
	var parts []auth.Authenticator
	var last *tenant
	for _, name := range strings.Split("abcdefgh", "") {
		last = newTenant(b, "https://"+name+".example.com", nil)
		verifiers, parts = append(verifiers, last.verifier), append(parts, last.verifier)
	}
	token := last.issue()
	for name, a := range map[string]auth.Authenticator{"one": last.verifier, "ByIssuer of 8": must(jwt.ByIssuer(verifiers...)), "Chain of 8": auth.Chain(parts...)} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Authenticate(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRemoteKeys(b *testing.B) {
	for name, answer := range map[string]func(*keyServer){"server well": func(*keyServer) {}, "server hanging": func(s *keyServer) { s.do(hang) }} {
		b.Run(name, func(b *testing.B) {
			s := newKeyServer("k1")
			r := newRemote(b, func(cfg *jwt.RemoteConfig) { cfg.URL = s.loopback(b) })
			if err := r.Refresh(context.Background()); err != nil {
				b.Fatal(err)
			}
			answer(s)
			go func() { _ = r.Refresh(context.Background()) }()
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if keys, _ := r.Keys(context.Background(), "k1", jwt.EdDSA); len(keys) != 1 {
						b.Fatal("no key")
					}
				}
			})
		})
	}
}
