package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// tableNames ask each database for its tables.
var tableNames = map[sqlstore.Dialect]string{
	sqlstore.SQLite:     "SELECT name FROM sqlite_master WHERE type = 'table'",
	sqlstore.PostgreSQL: "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
	sqlstore.MySQL:      "SHOW TABLES",
}

// dumpAll returns every value that is in the databases of a server: of every column of every row of every table, and of Redis every key and what it holds.
// It knows none of their names.
func dumpAll(t *testing.T, cfg config) (texts []string) {
	t.Helper()
	db, dialect, err := cfg.store.open()
	require.NoError(t, err)
	defer db.Close()
	rows := func(query string) (values []any) {
		r, err := db.Query(query)
		require.NoError(t, err)
		defer r.Close()
		columns, err := r.Columns()
		require.NoError(t, err)
		for r.Next() {
			row, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				to[i] = &row[i]
			}
			require.NoError(t, r.Scan(to...))
			values = append(values, row...)
		}
		require.NoError(t, r.Err())
		return values
	}
	for _, table := range rows(tableNames[dialect]) {
		for _, v := range rows(fmt.Sprintf("SELECT * FROM %s", textOf(table))) {
			texts = append(texts, textOf(v))
		}
	}
	if cfg.redis.options != nil {
		texts = append(texts, dumpRedis(t, cfg.redis.options)...)
	}
	slices.Sort(texts)
	return slices.DeleteFunc(slices.Compact(texts), func(s string) bool { return s == "" })
}

func dumpRedis(t *testing.T, options *redis.Options) (texts []string) {
	t.Helper()
	ctx := t.Context()
	c := redis.NewClient(options)
	defer c.Close()
	keys, err := c.Keys(ctx, "*").Result()
	require.NoError(t, err)
	require.NotEmpty(t, keys)
	for _, key := range keys {
		kind, err := c.Type(ctx, key).Result()
		require.NoError(t, err)
		var held []string
		switch kind {
		case "string":
			var one string
			one, err = c.Get(ctx, key).Result()
			held = []string{one}
		case "hash":
			var all map[string]string
			all, err = c.HGetAll(ctx, key).Result()
			for name, value := range all {
				held = append(held, name, value)
			}
		case "set":
			held, err = c.SMembers(ctx, key).Result()
		case "zset":
			held, err = c.ZRange(ctx, key, 0, -1).Result()
		default:
			t.Fatalf("the dump cannot read a %s", kind)
		}
		require.NoError(t, err)
		texts = append(append(texts, key), held...)
	}
	return texts
}

func textOf(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// spellings returns what a thief makes of what he found: it, its parts, their first and last 24 and 32 bytes, which may be a digest, and all that in
// hex and in base64. Numbers stay as they are: they are moments, of which there are many.
func spellings(texts []string) (all []string) {
	for _, text := range texts {
		if strings.Trim(text, "0123456789") == "" {
			all = append(all, text)
			continue
		}
		parts := []string{text}
		for _, separators := range []string{`[]{}" `, `[]{}" ,:`, `[]{}" ,:$=`} { // of JSON, of hashes
			parts = append(parts, strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) })...)
		}
		for _, part := range slices.Clone(parts) {
			for _, n := range []int{24, 32} {
				if len(part) > n {
					parts = append(parts, part[:n], part[len(part)-n:])
				}
			}
			if b, err := hex.DecodeString(part); err == nil {
				parts = append(parts, string(b))
			}
			if b, err := base64.RawStdEncoding.DecodeString(part); err == nil {
				parts = append(parts, string(b))
			}
		}
		slices.Sort(parts)
		for _, part := range slices.Compact(parts) {
			b := []byte(part)
			all = append(all, part, hex.EncodeToString(b), base64.StdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b))
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { // what can be sent in all of the ways
		return strings.TrimSpace(s) == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)
	})
}

// replay is a way to try a text as a credential.
type replay struct {
	path     string
	form     func(text string) url.Values // nil: a GET
	as       func(text string) caller
	refusals map[int]string // what the answer has, by its status
	prefix   string         // of such credentials
	good     string         // one that is accepted
}

// replays are all the ways into the server of a, for which those are good.
func replays(a *app, good credentials) map[string]replay {
	const page = "/user/1"
	tokens := func(application string) func(string) caller {
		return func(s string) caller {
			return func(r *http.Request) { withToken(s)(r); r.Header.Set("AUTH-METHOD", application) }
		}
	}
	client, secret := a.demo.client.id, a.demo.client.secret
	asClient := func(string) caller { return basicAuth(client, secret) }
	withSecret := func(s string) caller { return basicAuth(client, s) }
	token := func(s string) url.Values { return form("token", s) }
	noToken := func(string) url.Values { return form("token", "x") }
	noSecret := map[int]string{401: "INVALID_CLIENT_SECRET", 429: "TOO_MANY_REQUESTS"} // never to a client with its secret
	inactive := map[int]string{200: `{"active":false}`}
	return map[string]replay{
		"access token":   {page, nil, tokens(appOAuth), map[int]string{401: "INVALID_ACCESS_TOKEN"}, auth.PrefixAccessToken, good.opaque},
		"identity token": {page, nil, tokens(appJWT), map[int]string{401: "INVALID_"}, "", good.identity},
		"API key": {page, nil, func(s string) caller {
			return func(r *http.Request) {
				r.Header.Set("API-KEY", base64Pair("my_username", s))
				r.Header.Set("AUTH-METHOD", appAPIKey)
			}
		}, map[int]string{401: "INVALID_API_KEY"}, auth.PrefixAPIKey, good.apiKey},
		"API key as Basic": {page, nil, func(s string) caller {
			return func(r *http.Request) { r.SetBasicAuth("my_username", s); r.Header.Set("AUTH-METHOD", appAPIKeyBasic) }
		}, map[int]string{401: "INVALID_API_KEY"}, auth.PrefixAPIKey, good.apiKey},
		"services token":                 {"/api/user/1", nil, func(s string) caller { return basicAuth(s, "") }, map[int]string{401: "Invalid"}, "", good.service},
		"refresh token":                  {routeToken, refreshForm, asClient, map[int]string{400: "INVALID_REFRESH_TOKEN"}, auth.PrefixRefreshToken, good.refresh},
		"client secret":                  {routeToken, func(string) url.Values { return issueForm }, withSecret, noSecret, auth.PrefixClientSecret, secret},
		"client secret at introspection": {routeIntrospect, noToken, withSecret, noSecret, auth.PrefixClientSecret, secret},
		"client secret at revocation":    {routeRevoke, noToken, withSecret, noSecret, auth.PrefixClientSecret, secret},
		"access token at introspection":  {routeIntrospect, token, asClient, inactive, auth.PrefixAccessToken, good.opaque},
		"refresh token at introspection": {routeIntrospect, token, asClient, inactive, auth.PrefixRefreshToken, good.refresh},
	}
}

// send tries a text on the server, without a network.
func (r replay) send(a *app, text string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodGet, r.path, nil)
	if r.form != nil {
		q = httptest.NewRequest(http.MethodPost, r.path, strings.NewReader(r.form(text).Encode()))
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	q.RemoteAddr = "127.0.0.1:1"
	r.as(text)(q)
	rec := httptest.NewRecorder()
	a.handler.ServeHTTP(rec, q)
	return rec
}

// What a thief of the databases finds opens nothing, in no spelling, sent as any kind of credential: neither the digests nor what is public.
func TestNothingInTheDatabasesIsACredential(t *testing.T) {
	for _, b := range lastingBackends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			flags := append(b.make(t), ownKeys(t)...)
			good, quick := lootedServer(t, flags)
			cfg, err := parseFlags(flags, io.Discard)
			require.NoError(t, err)
			require.NoError(t, cfg.operator.choose(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, false))
			found := dumpAll(t, cfg)
			a, err := newApp(t.Context(), cfg, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			defer a.close()
			requireWholeDump(t, found, a, good)

			loot := spellings(found)
			for name, r := range replays(a, good) {
				for _, s := range loot {
					texts := []string{s}
					if r.prefix != "" && len(s) >= 32 {
						texts = append(texts, r.prefix+s[:32])
					}
					for _, s := range texts {
						got := r.send(a, s)
						require.Contains(t, r.refusals, got.Code, "%s: %q: %s", name, s, got.Body)
						require.Contains(t, got.Body.String(), r.refusals[got.Code], "%s: %q", name, s)
					}
				}
			}
			login, err := auth.NewLogin(auth.LoginConfig{Users: a.store, Hasher: quick, SkipFloodControl: true})
			require.NoError(t, err)
			check := func(text string) error {
				q := httptest.NewRequest(http.MethodGet, "/", nil)
				q.RemoteAddr = "127.0.0.1:1"
				_, err := login.Check(q, auth.Attempt{Method: autherr.MethodBasic, Name: "reader", Password: text})
				return err
			}
			for _, s := range loot {
				require.ErrorIs(t, check(s), autherr.InvalidCredentials, "%q", s)
			}

			// After all that, what is right still is; so each way is one to get in by. The refresh token is used up at last.
			require.NoError(t, check("reader-password"))
			all := replays(a, good)
			for name, r := range all {
				if !strings.HasPrefix(name, "refresh token") {
					requireGood(t, a, name, r)
				}
			}
			requireGood(t, a, "refresh token at introspection", all["refresh token at introspection"])
			requireGood(t, a, "refresh token", all["refresh token"])
		})
	}
}

func requireGood(t *testing.T, a *app, name string, r replay) {
	t.Helper()
	got := r.send(a, r.good)
	require.Equal(t, 200, got.Code, "%s: %s", name, got.Body)
	require.NotEqual(t, r.refusals[200], strings.TrimSpace(got.Body.String()), name)
}

// lootedServer runs a server until it has a record of every kind, and returns credentials that are good. The hash of "reader" is one that quick checks.
func lootedServer(t *testing.T, flags []string) (good credentials, quick *password.Hasher) {
	t.Helper()
	s := startServer(t, flags...)
	quick, err := password.New(password.Config{Argon2id: password.Argon2idParams{Memory: 64, Time: 1}, InsecureWeakArgon2id: true})
	require.NoError(t, err)
	hash, err := quick.Hash("reader-password")
	require.NoError(t, err)
	require.NoError(t, openRecords(t, flags).SetPasswordHash(context.Background(), "2", hash))

	old := s.issueAll(t)
	me := basicAuth("my_username", "topsecret")
	for _, token := range []string{old.opaque, old.jwtAccess, old.identity} { // of the last two, marks are left
		require.Equal(t, 200, s.do(t, routeUserRevoke, form("token", token), me).status)
	}
	good = s.issueAll(t)
	good.refresh = mustPair(t, s.do(t, routeToken, refreshForm(good.refresh), s.client(false))).Refresh // of which one is left that is spent
	for _, guess := range []string{"one", "two"} {
		require.Equal(t, 401, s.do(t, "/user/1", nil, basicAuth("operator", guess)).status)
		require.Equal(t, 401, s.do(t, routeToken, issueForm, basicAuth(s.clientID, guess)).status)
	}
	s.stop()
	return good, quick
}

// requireWholeDump requires that the records of everything are in the dump, and nothing of which they are the records.
func requireWholeDump(t *testing.T, found []string, a *app, good credentials) {
	t.Helper()
	user, err := a.store.UserByID(t.Context(), "1")
	require.NoError(t, err)
	client, err := a.store.ClientByID(t.Context(), a.demo.client.id)
	require.NoError(t, err)
	tokenID, keyID := oauth.TokenID(good.refresh), auth.KeyID(good.apiKey)
	all := strings.Join(found, "\n")
	for what, text := range map[string]string{
		"a password": user.PasswordHash, "a client": client.SecretHashes[0], "a token": string(tokenID[:]), "an API key": string(keyID[:]),
		"a mark": string(store.RevocationMark), "an event": "token_issue", "a role": createPage,
	} {
		require.True(t, strings.Contains(all, text), "%s is not in the dump", what)
	}
	for _, secret := range []string{"topsecret", "reader-password", good.opaque, good.refresh, good.jwtAccess, good.identity, good.service, good.apiKey, a.demo.client.secret} {
		require.False(t, strings.Contains(all, secret), "what the databases must not know")
	}
}
