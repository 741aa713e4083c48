package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// The second form of API keys, and keys of a blocked user, which the example server does not have.
func TestEveryDocumentedErrorOfAPIKeys(t *testing.T) {
	ctx := context.Background()
	db, err := memstore.New(nil)
	require.NoError(t, err)
	require.NoError(t, db.PutUser(ctx, store.User{ID: "1", Name: "my_username", Active: true}))
	require.NoError(t, db.PutUser(ctx, store.User{ID: "3", Name: "blocked_user"}))
	good, blocked := "key-from-elsewhere-0123456789", "key-of-a-blocked-user-0123456789"
	require.NoError(t, db.PutAPIKey(ctx, store.APIKey{ID: auth.KeyID(good), UserID: "1"}))
	require.NoError(t, db.PutAPIKey(ctx, store.APIKey{ID: auth.KeyID(blocked), UserID: "3"}))

	for _, profile := range profiles {
		renderer, err := autherr.ProfileByName(profile)
		require.NoError(t, err)
		mux := http.NewServeMux()
		for path, inBasic := range map[string]bool{"/header": false, "/basic": true} {
			keys, err := auth.NewAPIKeyAuthenticator(auth.APIKeyConfig{Keys: db, Users: db, Realm: realm, Basic: inBasic})
			require.NoError(t, err)
			mux.Handle(path, auth.Require(keys, &auth.Options{Renderer: renderer})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				id, _ := auth.FromContext(r.Context())
				_, _ = w.Write([]byte(id.Name))
			})))
		}
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)

		got := curl(t, "-u", "my_username:"+good, server.URL+"/basic")
		require.Equal(t, 200, got.status, got.body)
		require.Equal(t, "my_username", got.body)
		for _, test := range []struct {
			method, code string
			line         string
		}{
			{"apikey-basic", "MISSING_AUTHORIZATION_HEADER", server.URL + "/basic"},
			{"apikey-basic", "INVALID_AUTHORIZATION_HEADER_TYPE", "-H 'Authorization: Bearer x' " + server.URL + "/basic"},
			{"apikey-basic", "INVALID_AUTHORIZATION_HEADER", "-H 'Authorization: Basic nonsense' " + server.URL + "/basic"},
			{"apikey-basic", "INVALID_API_KEY", "-u my_username:wrong " + server.URL + "/basic"},
			{"apikey-basic", "INVALID_API_KEY", "-u nobody:" + good + " " + server.URL + "/basic"},
			{"apikey-basic", "USER_BLOCKED", "-u blocked_user:" + blocked + " " + server.URL + "/basic"},
			{"apikey", "USER_BLOCKED", "-H 'API-KEY: " + base64Pair("blocked_user", blocked) + "' " + server.URL + "/header"},
		} {
			challenge := []string{basic}
			if test.method == "apikey" {
				challenge = []string{apiKey}
			}
			requireRefused(t, profile, test.method, test.code, challenge, curl(t, words(t, test.line)...))
		}
	}
}
