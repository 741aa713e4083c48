package auth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// world has every authenticator that is shipped, and a good credential for each.
type world struct {
	names []string
	parts map[string]auth.Authenticator
	good  map[string]string // field value by name; "API-KEY" is the one of that header
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ctx := context.Background()
	must := func(err error) { t.Helper(); require.NoError(t, err) }
	h := newHashing(t)
	db, err := memstore.New(nil)
	must(err)
	user := store.User{ID: "1", Name: "my_username", PasswordHash: h.hash(t, "topsecret"), Active: true, Stamp: "s"}
	must(db.PutUser(ctx, user))

	w := &world{parts: map[string]auth.Authenticator{}, good: map[string]string{}}
	add := func(name string, a auth.Authenticator, err error, good string) {
		t.Helper()
		must(err)
		w.names = append(w.names, name)
		w.parts[name] = a
		if good != "" {
			w.good[name] = good
		}
	}

	basic, err := auth.NewBasic(auth.BasicConfig{Login: newLogin(t, auth.LoginConfig{Users: db, Hasher: h.Hasher}), Realm: "a"})
	add("basic", basic, err, basicValue("my_username:topsecret"))

	key, id := auth.NewAPIKey()
	must(db.PutAPIKey(ctx, store.APIKey{ID: id, UserID: "1"}))
	keyBasic, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: db, Users: db, Realm: "a", Basic: true})
	add("apikey-basic", auth.Chain(keyBasic), err, basicValue("my_username:"+key))
	keyHeader, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: db, Users: db, Realm: "a"})
	add("API-KEY", keyHeader, err, base64.StdEncoding.EncodeToString([]byte("my_username:"+key)))

	services, err := servicetoken.New(servicetoken.Config{Users: db, Keys: []servicetoken.Key{servicetoken.Key("0123456789abcdef0123456789abcdef")}, Realm: "a"})
	must(err)
	token, _, err := services.Mint(ctx, "1")
	add("servicetoken", services, err, basicValue(token+":"))

	opaque := auth.NewRandom(auth.PrefixAccessToken)
	must(db.CreateTokens(ctx, store.Token{ID: oauth.TokenID(opaque), Kind: store.AccessToken, UserID: "1", ClientID: "c", Application: "app",
		Stamp: "s", IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}))
	bearer, err := oauth.NewVerifier(oauth.VerifierConfig{Application: "app", Tokens: db, Users: db, SkipClientLookup: true, Realm: "a"})
	add("oauth", bearer, err, "Bearer "+opaque)

	foreign, err := oauth.NewIntrospectionVerifier(oauth.IntrospectionConfig{
		URL: "https://other.example/introspect", ClientID: "a", ClientSecret: "b", Audience: []string{"c"}, Users: db, UsernameClaim: "username",
		Realm: "a", Transport: introspecting("a-foreign.token+/=="),
	})
	add("introspection", foreign, err, "Bearer a-foreign.token+/==")

	secret, err := jwt.NewSigningSecret(jwt.HS256, []byte("0123456789abcdef0123456789abcdef"), nil)
	must(err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://a.example", Audience: []string{"b"}, Key: secret})
	must(err)
	issued, err := issuer.Issue(ctx, user)
	must(err)
	for name, cfg := range map[string]jwt.VerifierConfig{
		"jwt":        {Issuer: "https://a.example"},
		"jwt-access": {Issuer: "https://a.example", Type: jwt.AccessToken},
		"jwt-other":  {Issuer: "https://other.example", UsernameClaim: "sub"},
	} {
		cfg.Keys, cfg.Algorithms, cfg.Audience, cfg.Users, cfg.Realm = issuer, []jwt.Algorithm{jwt.HS256}, []string{"b"}, db, "a"
		v, err := jwt.NewVerifier(cfg)
		good := ""
		if name == "jwt" {
			good = "Bearer " + issued.Compact
		}
		add(name, v, err, good)
	}
	return w
}

// introspecting is a server that knows one token.
type introspecting string

func (token introspecting) RoundTrip(r *http.Request) (*http.Response, error) {
	body := `{"active":false}`
	if r.ParseForm() == nil && r.PostForm.Get("token") == string(token) {
		body = `{"active":true,"username":"my_username","aud":"c"}`
	}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func (w *world) request(name string) *http.Request {
	if name == "API-KEY" {
		return request("API-KEY", w.good[name])
	}
	return request("Authorization", w.good[name])
}

// claiming returns who claims r.
func (w *world) claiming(r *http.Request) (names []string, errs []error) {
	for _, name := range w.names {
		_, err := w.parts[name].Authenticate(r)
		if !errors.Is(err, auth.ErrNoCredentials) {
			names, errs = append(names, name), append(errs, err)
		}
	}
	return names, errs
}

func TestEachGoodCredentialIsClaimedByItsOwnAuthenticatorOnly(t *testing.T) {
	w := newWorld(t)
	require.Len(t, w.good, 7)
	for name := range w.good {
		names, errs := w.claiming(w.request(name))
		require.Equal(t, []string{name}, names)
		require.NoError(t, errs[0], name)
	}
}

func TestTheOrderOfAChainDoesNotMatterForGoodCredentials(t *testing.T) {
	w := newWorld(t)
	names := slices.Clone(w.names)
	for range len(names) {
		names = append(names[1:], names[0])
		for _, backwards := range []bool{false, true} {
			var parts []auth.Authenticator
			for _, n := range names {
				parts = append(parts, w.parts[n])
			}
			if backwards {
				slices.Reverse(parts)
			}
			chain := auth.Chain(parts...)
			for name := range w.good {
				id, err := chain.Authenticate(w.request(name))
				require.NoError(t, err, "%s in %v", name, names)
				require.Equal(t, "1", id.UserID)
			}
		}
	}
}

func TestAChainOfAllRefusesWhatIsAlmostRight(t *testing.T) {
	w := newWorld(t)
	var parts []auth.Authenticator
	for _, n := range w.names {
		parts = append(parts, w.parts[n])
	}
	chain := auth.Chain(parts...)
	mw := auth.Require(chain, nil)
	for name, good := range w.good {
		for i := len(good) / 3; i < len(good); i += 1 + len(good)/40 {
			for _, odd := range []string{good[:i], good[:i] + "!" + good[i+1:], good[:i] + " " + good[i:]} {
				r := w.request(name)
				for k := range r.Header {
					r.Header[k] = []string{odd}
				}
				rec := serve(mw, r)
				require.NotEqual(t, 200, rec.Code, "%s: %q", name, odd)
				require.NotEqual(t, 500, rec.Code, "%s: %q", name, odd)
			}
		}
		rec := serve(mw, w.request(name))
		require.Equal(t, "my_username", rec.Body.String())
	}
}

func FuzzClaimsDisjoint(f *testing.F) {
	w := newWorld(f)
	for name, good := range w.good {
		if name == "API-KEY" {
			f.Add("", good)
			continue
		}
		f.Add(good, "")
		f.Add(good, "x")
		f.Add(strings.ToLower(good), "")
		f.Add(good+"x", "")
		f.Add(good[:len(good)-1], "")
		f.Add(strings.Replace(good, "Basic", "Bearer", 1), "")
		f.Add(strings.Replace(good, "Bearer", "Basic", 1), "")
	}
	enc := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for _, s := range []string{
		"Bearer aat_.x.y", "Bearer aat_" + strings.Repeat("A", 30) + "..", "Bearer ..", "Bearer a.b.c.d", "Bearer aak_x", "Bearer art_x", "Bearer", "Bearer ",
		"Bearer " + enc(`{"alg":"HS256","typ":"at+jwt"}`) + "." + enc(`{"iss":"https://a.example"}`) + ".AAAA",
		"Bearer " + enc(`{"alg":"HS256","typ":"JWT"}`) + "." + enc(`{"iss":"https://other.example"}`) + ".AAAA",
		"Bearer " + enc(`{"alg":"HS256"}`) + "." + enc(`{"iss":"https://a.example"}`) + ".AAAA",
		"Bearer " + enc(`{"alg":"none"}`) + "." + enc(`{}`) + ".",
		basicValue(serviceToken + ":" + auth.NewRandom(auth.PrefixAPIKey)), basicValue(":"), basicValue(serviceToken), basicValue("a:" + auth.PrefixAPIKey),
		basicValue(serviceToken + "::"), "Basic", "Basic =", "Digest x", "ApiKey x", "Baſic YTpi",
	} {
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, authorization, apiKey string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "127.0.0.1:1"
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		if apiKey != "" {
			r.Header["Api-Key"] = []string{apiKey}
		}
		names, errs := w.claiming(r)
		if authorization != "" && apiKey != "" {
			for i, err := range errs {
				if !errors.Is(err, autherr.InvalidRequest) {
					t.Errorf("%s takes one of two credentials: %v", names[i], err)
				}
			}
			return
		}
		if len(names) > 1 {
			t.Errorf("claimed by %v: %v", names, errs)
		}
	})
}
