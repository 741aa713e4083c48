package jwt_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func TestNewVerifierNamesTheFieldThatIsWrong(t *testing.T) {
	w := newWorld(t, jwt.RS256, nil)
	hs := must(jwt.NewKeySet(signingKey(t, jwt.HS256, nil).VerificationKey()))
	revocations := func(issuer string) *jwt.Revocations {
		return must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: newUsers(t), Issuer: issuer, MaxLifetime: time.Hour}))
	}
	mapper := func(context.Context, *jwt.Claims) (string, error) { return "1", nil }
	for _, c := range []struct {
		want   string
		change func(*jwt.VerifierConfig)
	}{
		{"Keys is missing", func(c *jwt.VerifierConfig) { *c = jwt.VerifierConfig{} }},
		{"Keys is missing", func(c *jwt.VerifierConfig) { c.Keys = (*jwt.KeySet)(nil) }},
		{"Keys is missing", func(c *jwt.VerifierConfig) { c.Keys = (*jwt.Issuer)(nil) }},
		{"Keys holds no key", func(c *jwt.VerifierConfig) { c.Keys = new(jwt.Issuer) }},
		{"Keys holds no key", func(c *jwt.VerifierConfig) { c.Keys = new(jwt.KeySet) }},
		{"Keys holds no key", func(c *jwt.VerifierConfig) { c.Keys = hs }},
		{"Algorithms is missing", func(c *jwt.VerifierConfig) { c.Algorithms = nil }},
		{"Algorithms", func(c *jwt.VerifierConfig) { c.Algorithms = []jwt.Algorithm{"none"} }},
		{"Algorithms", func(c *jwt.VerifierConfig) { c.Algorithms = []jwt.Algorithm{""} }},
		{"Algorithms", func(c *jwt.VerifierConfig) { c.Algorithms = []jwt.Algorithm{"RS256", "ES256K"} }},
		{"Algorithms", func(c *jwt.VerifierConfig) { c.Algorithms = []jwt.Algorithm{"RS256", "RS256"} }},
		{"do not go together", func(c *jwt.VerifierConfig) { c.Algorithms = []jwt.Algorithm{"RS256", "HS256"} }},
		{"Issuer is missing", func(c *jwt.VerifierConfig) { c.Issuer = "" }},
		{"SkipIssuer", func(c *jwt.VerifierConfig) { c.SkipIssuer = true }},
		{"Audience is missing", func(c *jwt.VerifierConfig) { c.Audience = nil }},
		{"Audience", func(c *jwt.VerifierConfig) { c.Audience = []string{"x", ""} }},
		{"SkipAudience", func(c *jwt.VerifierConfig) { c.SkipAudience = true }},
		{"Type", func(c *jwt.VerifierConfig) { c.Type = "logout+jwt" }},
		{"Users is missing", func(c *jwt.VerifierConfig) { c.Users = nil }},
		{"Users is missing", func(c *jwt.VerifierConfig) { c.Users = (*memstore.Store)(nil) }},
		{"SkipUserLookup", func(c *jwt.VerifierConfig) { c.SkipUserLookup = true }},
		{"MaxLifetime is missing", func(c *jwt.VerifierConfig) { c.Users, c.SkipUserLookup = nil, true }},
		{"MaxLifetime", func(c *jwt.VerifierConfig) { c.Users, c.SkipUserLookup, c.MaxLifetime = nil, true, 25*time.Hour }},
		{"MaxLifetime", func(c *jwt.VerifierConfig) { c.MaxLifetime = -1 }},
		{"UsernameClaim", func(c *jwt.VerifierConfig) { c.UsernameClaim, c.MapUser = "sub", mapper }},
		{"SkipIssuer", func(c *jwt.VerifierConfig) {
			c.Issuer, c.SkipIssuer, c.UsernameClaim, c.Users, c.SkipUserLookup, c.MaxLifetime = "", true, "sub", nil, true, time.Hour
		}},
		{"Leeway", func(c *jwt.VerifierConfig) { c.Leeway = 5*time.Minute + 1 }},
		{"Leeway", func(c *jwt.VerifierConfig) { c.Leeway = -2 }},
		{"ExpiryLeeway", func(c *jwt.VerifierConfig) { c.ExpiryLeeway = 5*time.Minute + 1 }},
		{"ExpiryLeeway", func(c *jwt.VerifierConfig) { c.ExpiryLeeway = -1 }},
		{"Revocations were not made", func(c *jwt.VerifierConfig) { c.Revocations = new(jwt.Revocations) }},
		{"Revocations are of another issuer", func(c *jwt.VerifierConfig) { c.Revocations = revocations("https://other.example") }},
		{"Revocations are of another issuer", func(c *jwt.VerifierConfig) {
			c.Issuer, c.SkipIssuer, c.Revocations = "", true, revocations(issuerName)
		}},
		{"CacheTokens", func(c *jwt.VerifierConfig) { c.CacheTokens = -1 }},
		{"CacheTokens", func(c *jwt.VerifierConfig) { c.CacheTokens = 1<<20 + 1 }},
		{"MaxToken", func(c *jwt.VerifierConfig) { c.MaxToken = -1 }},
		{"MaxToken", func(c *jwt.VerifierConfig) { c.MaxToken = 2 << 20 }},
		{"Application is for our own", func(c *jwt.VerifierConfig) { c.Application = "oauth001" }},
		{"Application is for our own", func(c *jwt.VerifierConfig) {
			c.Application, c.Type, c.UsernameClaim = "oauth001", jwt.AccessToken, "sub"
		}},
		{"TrustScopes are for tokens of other", func(c *jwt.VerifierConfig) { c.TrustScopes = []string{"read"} }},
		{"TrustScopes are for tokens of other", func(c *jwt.VerifierConfig) { c.TrustScopes, c.Type = []string{"read"}, jwt.AccessToken }},
		{"TrustScopes has a text", func(c *jwt.VerifierConfig) { c.TrustScopes, c.UsernameClaim = []string{"read", "read write"}, "sub" }},
		{"TrustScopes has a text", func(c *jwt.VerifierConfig) { c.TrustScopes, c.MapUser = []string{""}, mapper }},
		{"InsecureOptionalExpiry is not for", func(c *jwt.VerifierConfig) { c.Type, c.InsecureOptionalExpiry = jwt.AccessToken, true }},
		{"Header", func(c *jwt.VerifierConfig) { c.Header = "Authorization" }},
		{"Header", func(c *jwt.VerifierConfig) { c.Header = "a b" }},
		{"Realm is missing", func(c *jwt.VerifierConfig) { c.Realm = "" }},
		{"realm", func(c *jwt.VerifierConfig) { c.Realm = "x\r\nSet-Cookie: a=b" }},
	} {
		cfg := w.config()
		c.change(&cfg)
		v, err := jwt.NewVerifier(cfg)
		require.Nil(t, v, c.want)
		require.ErrorContains(t, err, c.want)
	}
}

func TestNewIssuerNamesTheFieldThatIsWrong(t *testing.T) {
	key := signingKey(t, jwt.RS256, nil)
	for _, c := range []struct {
		want   string
		change func(*jwt.IssuerConfig)
	}{
		{"Issuer is missing", func(c *jwt.IssuerConfig) { *c = jwt.IssuerConfig{} }},
		{"Issuer", func(c *jwt.IssuerConfig) { c.Issuer = "\xff" }},
		{"Audience", func(c *jwt.IssuerConfig) { c.Audience = nil }},
		{"Audience", func(c *jwt.IssuerConfig) { c.Audience = []string{""} }},
		{"Key is missing", func(c *jwt.IssuerConfig) { c.Key = nil }},
		{"Key is missing", func(c *jwt.IssuerConfig) { c.Key = new(jwt.SigningKey) }},
		{"OtherKeys", func(c *jwt.IssuerConfig) { c.OtherKeys = []*jwt.VerificationKey{nil} }},
		{"OtherKeys", func(c *jwt.IssuerConfig) { c.OtherKeys = []*jwt.VerificationKey{new(jwt.VerificationKey)} }},
		{"do not go together", func(c *jwt.IssuerConfig) {
			c.OtherKeys = []*jwt.VerificationKey{signingKey(t, jwt.HS256, nil).VerificationKey()}
		}},
		{"Lifetime", func(c *jwt.IssuerConfig) { c.Lifetime = -1 }},
		{"Lifetime", func(c *jwt.IssuerConfig) { c.Lifetime = time.Millisecond }},
	} {
		cfg := jwt.IssuerConfig{Issuer: issuerName, Audience: []string{audience}, Key: key}
		c.change(&cfg)
		i, err := jwt.NewIssuer(cfg)
		require.Nil(t, i, c.want)
		require.ErrorContains(t, err, c.want)
	}
}

func TestEndpointsNeedTheirParts(t *testing.T) {
	w := newWorld(t, jwt.RS256, nil)
	login := must(auth.NewLogin(auth.LoginConfig{Users: w.users}))
	for want, cfg := range map[string]jwt.IDTokenConfig{
		"Issuer is missing": {Login: login, Realm: "x"},
		"Login is missing":  {Issuer: w.issuer, Realm: "x"},
		"Realm is missing":  {Issuer: w.issuer, Login: login},
		"Header":            {Issuer: w.issuer, Login: login, Realm: "x", Header: "Authorization"},
		"Issuer":            {Issuer: new(jwt.Issuer), Login: login, Realm: "x"},
	} {
		e, err := jwt.NewIDTokenEndpoint(cfg)
		require.Nil(t, e)
		require.ErrorContains(t, err, want)
	}
	for _, i := range []*jwt.Issuer{nil, new(jwt.Issuer)} {
		h, err := jwt.NewJWKSHandler(i, nil)
		require.Nil(t, h)
		require.ErrorContains(t, err, "Issuer is missing")
	}
	for _, age := range []time.Duration{-1, time.Millisecond, 25 * time.Hour} {
		_, err := jwt.NewJWKSHandler(w.issuer, &jwt.JWKSOptions{MaxAge: age})
		require.ErrorContains(t, err, "MaxAge")
	}
}

func TestZeroValuesRefuseEverything(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+w.token(nil))
	for _, v := range []*jwt.Verifier{nil, {}} {
		id, err := v.Authenticate(r)
		require.Nil(t, id)
		require.ErrorIs(t, err, autherr.InternalError)
		_, err = v.Verify(t.Context(), w.token(nil))
		require.ErrorIs(t, err, autherr.InternalError)
		require.Equal(t, []string{"Authorization"}, v.CredentialHeaders())
	}
	require.Nil(t, (*jwt.Verifier)(nil).Challenges())
	for _, i := range []*jwt.Issuer{nil, {}} {
		_, err := i.Issue(t.Context(), editor())
		require.ErrorIs(t, err, autherr.InternalError)
		_, err = i.IssueAccessToken(t.Context(), editor(), grant())
		require.ErrorIs(t, err, autherr.InternalError)
		require.Nil(t, i.KeySet())
		keys, err := i.Keys(t.Context(), "", jwt.HS256)
		require.NoError(t, err)
		require.Empty(t, keys)
	}
	var none *jwt.KeySet
	require.Zero(t, none.Len())
	require.Nil(t, none.Skipped())
	text, err := none.MarshalJSON()
	require.NoError(t, err)
	require.JSONEq(t, `{"keys":[]}`, string(text))
	for _, k := range []*jwt.SigningKey{nil, {}} {
		require.Empty(t, k.ID())
		require.Empty(t, k.Algorithm())
		require.Nil(t, k.VerificationKey())
		_, err := k.MarshalPEM()
		require.Error(t, err)
		_, err = k.MarshalJWK()
		require.Error(t, err)
	}
	require.False(t, (*jwt.VerificationKey)(nil).Public())
	_, err = jwt.NewKeySet()
	require.ErrorContains(t, err, "no keys")
	_, err = jwt.NewKeySet(nil)
	require.Error(t, err)
}

func TestConstructorsCopyWhatTheyAreGiven(t *testing.T) {
	shared := []byte("0123456789abcdef0123456789abcdef")
	key := must(jwt.NewSigningSecret(jwt.HS256, shared, nil))
	aud, algs := []string{"a"}, []jwt.Algorithm{jwt.HS256}
	issuer := must(jwt.NewIssuer(jwt.IssuerConfig{Issuer: "i", Audience: aud, Key: key}))
	users := newUsers(t, editor())
	v := must(jwt.NewVerifier(jwt.VerifierConfig{Keys: issuer, Algorithms: algs, Issuer: "i", Audience: aud, Users: users, Realm: "x"}))
	clear(shared)
	aud[0], algs[0] = "b", "none"
	tok, err := issuer.Issue(t.Context(), editor())
	require.NoError(t, err)
	_, err = v.Verify(t.Context(), tok.Compact)
	require.NoError(t, err)

	priv := *rsaKey()
	pub := priv.PublicKey
	vk := must(jwt.NewVerificationKey(jwt.RS256, &pub, nil))
	sig := must(signingKey(t, jwt.RS256, nil).Sign([]byte("x")))
	pub.E = 3
	require.True(t, vk.Verifies([]byte("x"), sig))
}

func TestUserWithoutStampIsIssuedNothing(t *testing.T) {
	w := newWorld(t, jwt.HS256, nil)
	for name, change := range map[string]func(*store.User){
		"no stamp":   func(u *store.User) { u.Stamp = "" },
		"long stamp": func(u *store.User) { u.Stamp = string(make([]byte, 65)) },
		"blocked":    func(u *store.User) { u.Active = false },
		"no ID":      func(u *store.User) { u.ID = "" },
		"no name":    func(u *store.User) { u.Name = "" },
		"ID no text": func(u *store.User) { u.ID = "\xff" },
		"role":       func(u *store.User) { u.Roles = []string{"\xff"} },
	} {
		u := editor()
		change(&u)
		tok, err := w.issuer.Issue(t.Context(), u)
		require.ErrorIs(t, err, autherr.InternalError, name)
		require.Zero(t, tok, name)
	}
}
