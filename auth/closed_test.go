package auth_test

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"go/ast"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/outbound"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// second returns what a constructor says is wrong.
func second[T any](_ T, err error) error { return err }

// third is second for constructors with three results.
func third[T, U any](_ T, _ U, err error) error { return err }

// panics returns what f panics with, as an error.
func panics(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	f()
	return nil
}

// closed holds every exported function that makes something of a configuration, called with nothing: each must refuse.
var closed = map[string]func() error{
	"auth.Chain":                  func() error { return panics(func() { auth.Chain(nil) }) },
	"auth.LimitForged":            func() error { return second(auth.LimitForged(nil, auth.ForgedLimit{})) },
	"auth.MultiSink":              func() error { return panics(func() { auth.MultiSink(nil) }) },
	"auth.NewAddressFilter":       func() error { return second(auth.NewAddressFilter(auth.AddressFilterConfig{})) },
	"auth.NewAPIKeyAuthenticator": func() error { return second(auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{})) },
	"auth.NewAuditSink":           func() error { return second(auth.NewAuditSink(nil, nil)) },
	"auth.NewBasic":               func() error { return second(auth.NewBasic(auth.BasicConfig{})) },
	"auth.NewBufferedSink":        func() error { return second(auth.NewBufferedSink(nil, nil)) },
	"auth.NewEndpoint":            func() error { return panics(func() { auth.NewEndpoint(auth.EndpointConfig{}, nil) }) },
	"auth.NewLogin":               func() error { return second(auth.NewLogin(auth.LoginConfig{})) },
	"auth.NewPathRoles":           func() error { return second(auth.NewPathRoles(auth.PathRolesConfig{})) },
	"auth.NewRealm":               func() error { return second(auth.NewRealm("", autherr.BasicChallenge)) },
	"auth.NewSlogSink":            func() error { return second(auth.NewSlogSink(nil, nil)) },
	"auth.Require":                func() error { return panics(func() { auth.Require(nil, nil) }) },
	"auth.RequirePathRoles":       func() error { return panics(func() { auth.RequirePathRoles() }) },
	"auth.RequirePermission":      func() error { return panics(func() { auth.RequirePermission("") }) },
	"auth.RequireRole":            func() error { return panics(func() { auth.RequireRole() }) },
	"auth.RequireScope":           func() error { return panics(func() { auth.RequireScope() }) },
	"errors.NewChallenge":         func() error { return second(autherr.NewChallenge("", "")) },
	"errors.ProfileByName":        func() error { return second(autherr.ProfileByName("")) },
	"jwt.GenerateKey":             func() error { return second(jwt.GenerateKey("", nil)) },
	"jwt.NewIDTokenEndpoint":      func() error { return second(jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{})) },
	"jwt.NewIssuer":               func() error { return second(jwt.NewIssuer(jwt.IssuerConfig{})) },
	"jwt.NewJWKSHandler":          func() error { return second(jwt.NewJWKSHandler(nil, nil)) },
	"jwt.NewKeySet":               func() error { return second(jwt.NewKeySet(nil)) },
	"jwt.NewRevocations":          func() error { return second(jwt.NewRevocations(jwt.RevocationsConfig{})) },
	"jwt.NewRemoteKeySet":         func() error { return second(jwt.NewRemoteKeySet(jwt.RemoteConfig{})) },
	"jwt.ByIssuer":                func() error { return second(jwt.ByIssuer()) },
	"jwt.NewSigningKey":           func() error { return second(jwt.NewSigningKey("", nil, nil)) },
	"jwt.NewSigningSecret":        func() error { return second(jwt.NewSigningSecret(jwt.HS256, nil, nil)) },
	"jwt.NewVerificationKey":      func() error { return second(jwt.NewVerificationKey(jwt.RS256, crypto.PublicKey(nil), nil)) },
	"jwt.NewVerificationSecret":   func() error { return second(jwt.NewVerificationSecret(jwt.HS256, nil, nil)) },
	"jwt.NewVerifier":             func() error { return second(jwt.NewVerifier(jwt.VerifierConfig{})) },
	"jwt.ParseKeySet":             func() error { return second(jwt.ParseKeySet(nil)) },
	"jwt.ParseSigningKey":         func() error { return second(jwt.ParseSigningKey(jwt.RS256, nil, nil)) },
	"jwt.ParseVerificationKey":    func() error { return second(jwt.ParseVerificationKey(jwt.RS256, nil, nil)) },
	"oauth.HashSecret":            func() error { return second(oauth.HashSecret("")) },
	"oauth.NewAdmin":              func() error { return second(oauth.NewAdmin(oauth.AdminConfig{})) },
	"oauth.NewClient":             func() error { return third(oauth.NewClient(store.Client{})) },
	"oauth.NewServer":             func() error { return second(oauth.NewServer(oauth.ServerConfig{})) },
	"oauth.NewVerifier":           func() error { return second(oauth.NewVerifier(oauth.VerifierConfig{})) },
	"oauth.NewIntrospectionVerifier": func() error {
		return second(oauth.NewIntrospectionVerifier(oauth.IntrospectionConfig{}))
	},
	"oauth.NewUserInfoVerifier": func() error {
		return second(oauth.NewUserInfoVerifier(oauth.UserInfoConfig{}))
	},
	"outbound.New": func() error { return second(outbound.New(outbound.Config{})) },
	"servicetoken.DrupalKey": func() error {
		return errIf(servicetoken.DrupalKey("", "a") == nil && servicetoken.DrupalKey("a", "") == nil)
	},
	"servicetoken.New": func() error { return second(servicetoken.New(servicetoken.Config{})) },
}

// open holds those whose zero configuration is complete, and why that is safe.
var open = map[string]string{
	"auth.ByHeader":         "without applications every request is refused, as TestByHeaderWithoutApplicationsRefusesEverything shows",
	"auth.NewAPIKey":        "makes a random key",
	"auth.NewCounters":      "counters of which none has counted anything, bounded in number",
	"auth.NewForgedCounter": "the default limit of what is refused already",
	"auth.NewIdentity":      "describes a user",
	"auth.NewRandom":        "makes a random text",
	"auth.NewTransport":     "the strict default",
	"auth.ParsePrefixes":    "no entries are no prefixes, which NewAddressFilter refuses",
	"auth.RequireTLS":       "the strict default",
	"errors.New":            "a refusal",
	"memstore.New":          "a store without users",
	"oauth.NewClientSecret": "makes a random secret",
	"password.New":          "the default parameters",
}

func errIf(refused bool) error {
	if refused {
		return errors.New("refused")
	}
	return nil
}

func TestEveryConstructorRefusesNothing(t *testing.T) {
	for name, f := range closed {
		require.Error(t, f(), name)
	}
	_, err := auth.NewTransport(auth.TransportConfig{})
	require.NoError(t, err)
	_, err = password.New(password.Config{})
	require.NoError(t, err)
	_, err = memstore.New(nil)
	require.NoError(t, err)
}

func TestNoConstructorIsMissingHere(t *testing.T) {
	found := 0
	for _, pkg := range parsePackages(t) {
		for _, f := range pkg.files {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Recv != nil || slices.Contains(forTests, pkg.folder) {
					continue
				}
				name := fn.Name.Name
				for _, prefix := range []string{"New", "Parse", "Generate", "Require"} {
					if !strings.HasPrefix(name, prefix) {
						continue
					}
					full := pkg.name + "." + name
					_, isOpen := open[full]
					require.True(t, closed[full] != nil || isOpen, "%s is in neither table", full)
					found++
				}
			}
		}
	}
	require.Greater(t, found, 20)
}

// complete are configurations with everything that is required, and the names of what that is.
func complete(t *testing.T) []struct {
	config   any // a pointer
	required []string
	make     func(any) error
} {
	t.Helper()
	db, err := memstore.New(nil)
	require.NoError(t, err)
	login := newLogin(t, auth.LoginConfig{Users: db})
	key, err := jwt.NewSigningSecret(jwt.HS256, []byte("0123456789abcdef0123456789abcdef"), nil)
	require.NoError(t, err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://a.example", Audience: []string{"b"}, Key: key})
	require.NoError(t, err)
	return []struct {
		config   any
		required []string
		make     func(any) error
	}{
		{&auth.LoginConfig{Users: db}, []string{"Users"},
			func(c any) error { return second(auth.NewLogin(*c.(*auth.LoginConfig))) }},
		{&auth.BasicConfig{Login: login, Realm: "a"}, []string{"Login", "Realm"},
			func(c any) error { return second(auth.NewBasic(*c.(*auth.BasicConfig))) }},
		{&auth.APIKeyConfig{Keys: db, Users: db, Realm: "a"}, []string{"Keys", "Users", "Realm"},
			func(c any) error { return second(auth.NewAPIKeyAuthenticator(*c.(*auth.APIKeyConfig))) }},
		{&jwt.IssuerConfig{Issuer: "https://a.example", Audience: []string{"b"}, Key: key}, []string{"Issuer", "Audience", "Key"},
			func(c any) error { return second(jwt.NewIssuer(*c.(*jwt.IssuerConfig))) }},
		{&jwt.IDTokenConfig{Issuer: issuer, Login: login, Realm: "a"}, []string{"Issuer", "Login", "Realm"},
			func(c any) error { return second(jwt.NewIDTokenEndpoint(*c.(*jwt.IDTokenConfig))) }},
		{&jwt.VerifierConfig{Keys: issuer, Algorithms: []jwt.Algorithm{jwt.HS256}, Issuer: "https://a.example", Audience: []string{"b"}, Users: db, Realm: "a"},
			[]string{"Keys", "Algorithms", "Issuer", "Audience", "Users", "Realm"},
			func(c any) error { return second(jwt.NewVerifier(*c.(*jwt.VerifierConfig))) }},
		{&jwt.RevocationsConfig{Tokens: db, Issuer: "https://a.example", MaxLifetime: time.Hour}, []string{"Tokens", "Issuer", "MaxLifetime"},
			func(c any) error { return second(jwt.NewRevocations(*c.(*jwt.RevocationsConfig))) }},
		{&oauth.ServerConfig{Application: "a", Clients: db, Tokens: db, Users: db, Login: login, Realm: "a"},
			[]string{"Application", "Clients", "Tokens", "Users", "Login", "Realm"},
			func(c any) error { return second(oauth.NewServer(*c.(*oauth.ServerConfig))) }},
		{&oauth.AdminConfig{Tokens: db}, []string{"Tokens"},
			func(c any) error { return second(oauth.NewAdmin(*c.(*oauth.AdminConfig))) }},
		{&oauth.VerifierConfig{Application: "a", Clients: db, Tokens: db, Users: db, Realm: "a"},
			[]string{"Application", "Clients", "Tokens", "Users", "Realm"},
			func(c any) error { return second(oauth.NewVerifier(*c.(*oauth.VerifierConfig))) }},
		{&oauth.IntrospectionConfig{URL: "https://a.example", ClientID: "a", ClientSecret: "b", Audience: []string{"c"}, Users: db, UsernameClaim: "username", Realm: "a"},
			[]string{"URL", "ClientID", "ClientSecret", "Audience", "Users", "UsernameClaim", "Realm"},
			func(c any) error { return second(oauth.NewIntrospectionVerifier(*c.(*oauth.IntrospectionConfig))) }},
		{&oauth.UserInfoConfig{URL: "https://a.example", InsecureAnyClient: true, Users: db, UsernameAttribute: "name", Realm: "a"},
			[]string{"URL", "InsecureAnyClient", "Users", "UsernameAttribute", "Realm"},
			func(c any) error { return second(oauth.NewUserInfoVerifier(*c.(*oauth.UserInfoConfig))) }},
		{&servicetoken.Config{Users: db, Keys: []servicetoken.Key{servicetoken.Key("0123456789abcdef0123456789abcdef")}, Realm: "a"},
			[]string{"Users", "Keys", "Realm"},
			func(c any) error { return second(servicetoken.New(*c.(*servicetoken.Config))) }},
	}
}

func TestWhateverIsMissingIsNamed(t *testing.T) {
	for _, c := range complete(t) {
		typ := reflect.TypeOf(c.config).Elem().String()
		require.NoError(t, c.make(c.config), typ)
		for _, field := range c.required {
			v := reflect.ValueOf(c.config).Elem().FieldByName(field)
			require.True(t, v.IsValid(), "%s has no field %s", typ, field)
			whole := reflect.New(v.Type()).Elem()
			whole.Set(v)

			v.SetZero()
			require.ErrorContains(t, c.make(c.config), field, "%s without %s", typ, field)
			if v.Kind() == reflect.Interface { // an interface that holds a nil pointer is not nil
				for _, none := range []any{(*memstore.Store)(nil), (*jwt.KeySet)(nil), (*jwt.Issuer)(nil)} {
					if reflect.TypeOf(none).Implements(v.Type()) {
						v.Set(reflect.ValueOf(none))
						require.ErrorContains(t, c.make(c.config), field, "%s with a nil %T as %s", typ, none, field)
					}
				}
			}
			v.Set(whole)
		}
		require.NoError(t, c.make(c.config), typ)
	}
}

func TestZeroValuesRefuseEveryRequest(t *testing.T) {
	w := newWorld(t)
	for _, a := range []auth.Authenticator{
		&auth.Basic{}, (*auth.Basic)(nil), &auth.APIKey{}, (*auth.APIKey)(nil),
		&jwt.Verifier{}, (*jwt.Verifier)(nil), &oauth.Verifier{}, (*oauth.Verifier)(nil),
		&oauth.IntrospectionVerifier{}, (*oauth.IntrospectionVerifier)(nil), &oauth.UserInfoVerifier{}, (*oauth.UserInfoVerifier)(nil), &servicetoken.Service{}, (*servicetoken.Service)(nil),
	} {
		requests := []*http.Request{request()}
		for name := range w.good {
			requests = append(requests, w.request(name))
		}
		for _, r := range requests {
			id, err := a.Authenticate(r)
			require.Nil(t, id, "%T", a)
			require.Error(t, err, "%T", a)
			require.NotErrorIs(t, err, auth.ErrNoCredentials, "%T: AllowAnonymous would let it pass", a)
		}
		if c, ok := a.(auth.Challenger); ok {
			require.NotPanics(t, func() { c.Challenges() })
		}
		if h, ok := a.(auth.HeaderReader); ok {
			require.NotPanics(t, func() { h.CredentialHeaders() })
		}
	}
	for name, h := range map[string]func() http.Handler{
		"endpoint":      func() http.Handler { return &auth.Endpoint{} },
		"token":         func() http.Handler { return (&oauth.Server{}).TokenEndpoint() },
		"revoke":        func() http.Handler { return (&oauth.Server{}).RevokeEndpoint() },
		"introspection": func() http.Handler { return (&oauth.Server{}).IntrospectionEndpoint() },
		"revocation":    func() http.Handler { return (&oauth.Server{}).RevocationEndpoint() },
	} {
		rec := httptest.NewRecorder()
		_ = panics(func() {
			h().ServeHTTP(rec, post("grant_type=password&username=my_username&password=topsecret&client_id=a&token=b"))
		})
		require.NotContains(t, rec.Body.String(), "access_token", name)
		require.NotContains(t, rec.Body.String(), "success", name)
		require.NotContains(t, rec.Body.String(), "active", name)
		require.NotEqual(t, "{}", rec.Body.String(), name)
	}
	_, err := (&servicetoken.Service{}).GenerateEndpoint(servicetoken.EndpointConfig{})
	require.Error(t, err)
	_, err = (&oauth.Server{}).MetadataHandler(oauth.MetadataConfig{TokenEndpoint: "https://a.example"})
	require.Error(t, err)
	_, _, err = (&servicetoken.Service{}).Mint(context.Background(), "1")
	require.Error(t, err)
	_, err = (&jwt.Issuer{}).Issue(context.Background(), store.User{ID: "1", Name: "a", Active: true, Stamp: "s"})
	require.Error(t, err)
}
