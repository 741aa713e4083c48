package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// must is for values that a test needs in the middle of a line.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func decode(r io.Reader, v any) error { return json.NewDecoder(r).Decode(v) }

// TestFloodControl has limits of its own, counted in the database, so that all servers count together.
func TestFloodControl(t *testing.T) {
	var db store.CounterStore
	w := newWorld(t, func(c *auth.LoginConfig) {
		db = c.Users.(keepHashes).UserStore.(store.CounterStore)
		c.Counters = db
		c.Flood = auth.FloodLimits{
			PerUserAndAddress: auth.Rate{Max: 3, Window: time.Hour}, PerAddress: auth.Rate{Max: 5, Window: time.Hour},
			PerUser: auth.Rate{Max: 100, Window: time.Hour}, RevokePerAddress: auth.Rate{Max: 2, Window: time.Minute},
		}
	})
	server, err := oauth.NewServer(oauth.ServerConfig{Application: "5f2c9a04", Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: siteRealm})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/", auth.Require(w.basic(""), nil)(ok))
	mux.Handle("/rest_api/revoke", server.RevokeEndpoint())
	base := serve(t, mux).String()
	guess := func(name string, n int) int {
		status, _ := w.ask("GET", base, "Authorization", basicHeader(name, fmt.Sprint("guess ", n)))
		return status
	}
	for n := range 3 {
		require.Equal(t, 401, guess("my_username", n))
	}
	require.Equal(t, 429, guess("my_username", 3), "per user and address")
	w.requireCode(autherr.TooManyRequests, "GET", base, "Authorization", rightPassword)
	w.requireStatus(200, "GET", base, "Authorization", basicHeader("reader", "topsecret"))
	require.Equal(t, 401, guess("nobody", 1))
	require.Equal(t, 401, guess("nobody", 2))
	require.Equal(t, 429, guess("reader", 1), "per address")
	w.requireStatus(429, "POST", base+"/rest_api/revoke", "Authorization", basicHeader("reader", "topsecret"))
}

// TestAuditLogs keeps a record of every attempt in the database, finds them again and deletes the old ones.
func TestAuditLogs(t *testing.T) {
	w := newWorld(t)
	audit, err := auth.NewAuditSink(w.db, nil)
	require.NoError(t, err)
	base := serve(t, auth.Require(w.basic(""), &auth.Options{Events: audit})(ok)).String()
	w.requireStatus(200, "GET", base+"/node/1?secret=in-the-query", "Authorization", rightPassword, "User-Agent", "a client")
	w.requireStatus(401, "GET", base+"/node/2", "Authorization", basicHeader("my_username", "wrong"))
	require.NoError(t, audit.Close(t.Context()))

	records, err := w.db.ListAudit(t.Context(), store.AuditFilter{Outcome: string(auth.OutcomeSuccess)}, 10)
	require.NoError(t, err)
	require.Len(t, records, 1)
	r := records[0]
	require.Equal(t, []any{"my_username", "GET", "/node/1", "basic", "a client", "127.0.0.1"}, []any{r.User, r.HTTPMethod, r.Path, r.Method, r.UserAgent, r.Address})
	records, err = w.db.ListAudit(t.Context(), store.AuditFilter{}, 10)
	require.NoError(t, err)
	require.Len(t, records, 2)
	require.Equal(t, []any{"anonymous", 401, "INVALID_CREDENTIALS", "/node/2"}, []any{records[0].User, records[0].Status, records[0].Code, records[0].Path})

	deleted, err := w.db.PurgeAudit(t.Context(), time.Now().Add(time.Minute), 1000)
	require.NoError(t, err)
	require.Equal(t, 2, deleted)
}

// TestRevocation: users end their access tokens and JWTs, those who run the service everybody's.
func TestRevocation(t *testing.T) {
	w := newWorld(t)
	key, err := jwt.GenerateKey(jwt.RS256, nil)
	require.NoError(t, err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{Issuer: "https://api.example", Audience: []string{"https://api.example"}, Key: key})
	require.NoError(t, err)
	revocations, err := jwt.NewRevocations(jwt.RevocationsConfig{Tokens: w.db, Issuer: "https://api.example", MaxLifetime: time.Hour})
	require.NoError(t, err)
	jwts, err := jwt.NewVerifier(jwt.VerifierConfig{
		Keys: issuer, Algorithms: []jwt.Algorithm{jwt.RS256}, Issuer: "https://api.example", Audience: []string{"https://api.example"}, Users: w.db, Realm: siteRealm, Revocations: revocations,
	})
	require.NoError(t, err)
	server, err := oauth.NewServer(oauth.ServerConfig{Application: "5f2c9a04", Clients: w.db, Tokens: w.db, Users: w.db, Login: w.login, Realm: siteRealm, JWTRevoker: jwts})
	require.NoError(t, err)
	admin, err := oauth.NewAdmin(oauth.AdminConfig{Tokens: w.db, JWTs: revocations})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/jwt", auth.Require(jwts, nil)(ok))
	mux.Handle("/rest_api/revoke", server.RevokeEndpoint())
	base := serve(t, mux).String()
	fresh := func() string {
		return "Bearer " + must(issuer.Issue(t.Context(), must(w.db.UserByID(t.Context(), "1")))).Compact
	}
	first, second := fresh(), fresh()
	form := url.Values{"token": {first[len("Bearer "):]}}
	require.Equal(t, 200, send(t, "POST", base+"/rest_api/revoke", rightPassword, form).status)
	w.requireCode(autherr.InvalidToken, "GET", base+"/jwt", "Authorization", first)
	w.requireStatus(200, "GET", base+"/jwt", "Authorization", second)
	require.NoError(t, admin.RevokeUser(t.Context(), "1"))
	w.requireCode(autherr.InvalidToken, "GET", base+"/jwt", "Authorization", second)
}

// TestAnAPIKeyForEachUser, and another one when it is reset.
func TestAnAPIKeyForEachUser(t *testing.T) {
	w := newWorld(t)
	header, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: w.db, Users: w.db, Realm: siteRealm})
	require.NoError(t, err)
	basic, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: w.db, Users: w.db, Realm: siteRealm, Basic: true})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/header", auth.Require(header, nil)(ok))
	mux.Handle("/basic", auth.Require(basic, nil)(ok))
	base := serve(t, mux).String()
	key, id := auth.NewAPIKey()
	require.NoError(t, w.db.PutAPIKey(t.Context(), store.APIKey{ID: id, UserID: "1", Name: "mobile", CreatedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}))
	pair := func(name, key string) string { return basicHeader(name, key)[len("Basic "):] }
	w.requireStatus(200, "GET", base+"/header", "API-KEY", pair("my_username", key))
	w.requireStatus(200, "GET", base+"/basic", "Authorization", basicHeader("my_username", key))
	w.requireCode(autherr.InvalidAPIKey, "GET", base+"/header", "API-KEY", pair("reader", key))

	next, nextID := auth.NewAPIKey() // a reset
	require.NoError(t, w.db.PutAPIKey(t.Context(), store.APIKey{ID: nextID, UserID: "1", Name: "mobile", CreatedAt: time.Now()}))
	require.NoError(t, w.db.DeleteAPIKey(t.Context(), id))
	w.requireCode(autherr.InvalidAPIKey, "GET", base+"/header", "API-KEY", pair("my_username", key))
	w.requireStatus(200, "GET", base+"/header", "API-KEY", pair("my_username", next))
}
