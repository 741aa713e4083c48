package auth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// sink is a ResponseWriter that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

var nothing = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

// benchWorld are the authenticators of this package over the store in memory.
func benchWorld(t testing.TB) (basic *auth.Basic, key *auth.APIKey, secret string) {
	t.Helper()
	h := newHashing(t)
	db, err := memstore.New(nil)
	require.NoError(t, err)
	ctx := context.Background()
	require.NoError(t, db.PutUser(ctx, store.User{ID: "1", Name: "my_username", PasswordHash: h.hash(t, "topsecret"), Active: true, Stamp: "s",
		Roles: []string{"editor"}, Permissions: []string{"create page content"}}))
	secret, id := auth.NewAPIKey()
	require.NoError(t, db.PutAPIKey(ctx, store.APIKey{ID: id, UserID: "1", CreatedAt: time.Now()}))
	basic, err = auth.NewBasic(auth.BasicConfig{Login: newLogin(t, auth.LoginConfig{Users: db, Hasher: h.Hasher}), Realm: "a"})
	require.NoError(t, err)
	key, err = auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: db, Users: db, Realm: "a", Basic: true})
	require.NoError(t, err)
	return basic, key, secret
}

func run(b *testing.B, mw func(http.Handler) http.Handler, r *http.Request) {
	b.Helper()
	h, w := mw(nothing), &sink{make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// The cost of Basic is that of its hash; this one is weak, so that the rest can be seen.
func BenchmarkBasic(b *testing.B) {
	basic, _, _ := benchWorld(b)
	run(b, auth.Require(basic, nil), basicRequest("my_username:topsecret"))
}

func BenchmarkAPIKey(b *testing.B) {
	_, key, secret := benchWorld(b)
	run(b, auth.Require(key, nil), basicRequest("my_username:"+secret))
}

func BenchmarkChain(b *testing.B) {
	basic, key, secret := benchWorld(b)
	run(b, auth.Require(auth.Chain(basic, key), nil), basicRequest("my_username:"+secret))
}

func BenchmarkByHeader(b *testing.B) {
	_, key, secret := benchWorld(b)
	r := basicRequest("my_username:" + secret)
	r.Header.Set("AUTH-METHOD", "apikey01")
	run(b, auth.Require(byHeader(b, auth.ByHeaderConfig{Applications: []auth.Application{{ID: "apikey01", Authenticator: key}}}), nil), r)
}

func BenchmarkRequire(b *testing.B) {
	id := &auth.Identity{UserID: "1"}
	run(b, auth.Require(authFunc(func(*http.Request) (*auth.Identity, error) { return id, nil }), nil), request())
}

func BenchmarkRefusal(b *testing.B) {
	basic, _, _ := benchWorld(b)
	run(b, auth.Require(basic, nil), request())
}

func BenchmarkReadCredentials(b *testing.B) {
	r := basicRequest("my_username:topsecret")
	b.ReportAllocs()
	for b.Loop() {
		c, _ := auth.ReadCredentials(r, "")
		_, _, _ = c.Basic()
	}
}

func TestTheGateItselfTakesFewAllocations(t *testing.T) {
	id := &auth.Identity{UserID: "1"}
	h := auth.Require(authFunc(func(*http.Request) (*auth.Identity, error) { return id, nil }), nil)(auth.RequireRole("x")(nothing))
	id.Roles = []string{"x"}
	w, r := &sink{make(http.Header)}, request()
	allocs := testing.AllocsPerRun(100, func() {
		clear(w.header)
		h.ServeHTTP(w, r)
	})
	require.LessOrEqual(t, allocs, 3.0, "the context, the request in it, and the header fields")
}
