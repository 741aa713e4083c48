package auth_test

import (
	"go/ast"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/servicetoken"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// withSink holds everything that takes a sink, by the type that has it as a field: it returns what the constructor says of this one.
func withSink(t *testing.T) map[string]func(auth.EventSink) error {
	t.Helper()
	db, err := memstore.New(nil)
	require.NoError(t, err)
	login := newLogin(t, auth.LoginConfig{Users: db})
	services, err := servicetoken.New(servicetoken.Config{Users: db, Keys: []servicetoken.Key{servicetoken.Key("0123456789abcdef0123456789abcdef")}, Realm: "a"})
	require.NoError(t, err)
	return map[string]func(auth.EventSink) error{
		"auth.AddressFilterConfig": func(s auth.EventSink) error {
			return second(auth.NewAddressFilter(auth.AddressFilterConfig{Allow: prefixes(t, "192.0.2.1"), Events: s}))
		},
		"auth.EndpointConfig": func(s auth.EventSink) error {
			return panics(func() {
				auth.NewEndpoint(auth.EndpointConfig{Events: s}, func(*http.Request) (*auth.Reply, error) { return nil, nil })
			})
		},
		"auth.LoginConfig": func(s auth.EventSink) error {
			return second(auth.NewLogin(auth.LoginConfig{Users: db, Events: s}))
		},
		"auth.Options": func(s auth.EventSink) error {
			return panics(func() { auth.Require(accepts("a"), &auth.Options{Events: s}) })
		},
		"auth.Options of RequireTLS": func(s auth.EventSink) error { return panics(func() { auth.RequireTLS(nil, &auth.Options{Events: s}) }) },
		"jwt.IDTokenConfig": func(s auth.EventSink) error {
			return second(jwt.NewIDTokenEndpoint(jwt.IDTokenConfig{Issuer: testIssuer(t), Login: login, Realm: "a", Events: s}))
		},
		"jwt.RevocationsConfig": func(s auth.EventSink) error {
			return second(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: db, Issuer: "https://a.example", MaxLifetime: time.Hour, Events: s}))
		},
		"oauth.AdminConfig": func(s auth.EventSink) error {
			return second(oauth.NewAdmin(oauth.AdminConfig{Tokens: db, Events: s}))
		},
		"oauth.ServerConfig": func(s auth.EventSink) error {
			return second(oauth.NewServer(oauth.ServerConfig{Application: "a", Clients: db, Tokens: db, Users: db, Login: login, Realm: "a", Events: s}))
		},
		"servicetoken.EndpointConfig": func(s auth.EventSink) error {
			return second(services.GenerateEndpoint(servicetoken.EndpointConfig{Login: login, Events: s}))
		},
	}
}

// A sink that was not made by its constructor drops every event, and one that is nil fails at the first: nobody would be told, and nobody told so.
func TestASinkThatWasNotMadeIsFoundWhenAProgramStarts(t *testing.T) {
	takers := withSink(t)
	for name, take := range takers {
		for _, none := range []auth.EventSink{(*recorder)(nil), auth.EventFunc(nil), (*auth.BufferedSink)(nil), (*auth.SlogSink)(nil), &auth.BufferedSink{}, &auth.SlogSink{}} {
			require.ErrorContains(t, take(none), "Events", "%s with %T", name, none)
		}
		require.NoError(t, take(new(recorder)), name)
		_, made := newLogged(t, slog.LevelInfo, nil)
		require.NoError(t, take(made), name)
		require.NoError(t, take(buffered(t, made, nil)), name)
	}
	fieldsOf(t, "Events", "EventSink", func(name string) { require.Contains(t, takers, name) })
}

// A counter that was not made by its constructor counts nothing.
func TestACounterThatWasNotMadeIsFoundWhenAProgramStarts(t *testing.T) {
	db, err := memstore.New(nil)
	require.NoError(t, err)
	takers := map[string]func(*auth.ForgedCounter) error{
		"oauth.ServerConfig": func(c *auth.ForgedCounter) error {
			return second(oauth.NewServer(oauth.ServerConfig{
				Application: "a", Clients: db, Tokens: db, Users: db, Login: newLogin(t, auth.LoginConfig{Users: db}), Realm: "a", ClientFailures: c,
			}))
		},
	}
	for name, take := range takers {
		require.ErrorContains(t, take(&auth.ForgedCounter{}), "ClientFailures", name)
		require.NoError(t, take(newForgedCounter(t, auth.ForgedLimit{})), name)
		require.NoError(t, take(nil), name)
	}
	fieldsOf(t, "ClientFailures", "ForgedCounter", func(name string) { require.Contains(t, takers, name) })
}

// fieldsOf calls found with each exported type that has an exported field of that type, which must have that name.
func fieldsOf(t *testing.T, field, typ string, found func(name string)) {
	t.Helper()
	n := 0
	for _, pkg := range parsePackages(t) {
		for _, f := range pkg.files {
			ast.Inspect(f, func(node ast.Node) bool {
				spec, ok := node.(*ast.TypeSpec)
				if !ok || !spec.Name.IsExported() {
					return true
				}
				s, ok := spec.Type.(*ast.StructType)
				if !ok {
					return false
				}
				for _, part := range s.Fields.List {
					e := part.Type
					if star, ok := e.(*ast.StarExpr); ok {
						e = star.X
					}
					if sel, ok := e.(*ast.SelectorExpr); ok {
						e = sel.Sel
					}
					for _, name := range part.Names {
						if id, ok := e.(*ast.Ident); ok && id.Name == typ && name.IsExported() {
							require.Equal(t, field, name.Name, spec.Name)
							found(pkg.name + "." + spec.Name.Name)
							n++
						}
					}
				}
				return false
			})
		}
	}
	require.Positive(t, n)
}
