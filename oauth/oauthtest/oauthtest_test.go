package oauthtest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/oauth/oauthtest"
	"github.com/apiauth-go/apiauth/store"
)

// exampleT stands for the *testing.T of a test, which examples do not have.
type exampleT struct{ testing.TB }

func (exampleT) Helper()                  {}
func (exampleT) Context() context.Context { return context.Background() }

var t exampleT

// Test a route that asks for a scope. In a test, t is the *testing.T.
func ExampleAccessToken() {
	db := authtest.Users(t, authtest.User{Name: "alan"})
	route := auth.Require(oauthtest.Verifier(t, db), nil)(auth.RequireScope("write")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		fmt.Fprint(w, "hello, ", id.Name)
	})))

	for _, scope := range []string{"write", "read"} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", "Bearer "+oauthtest.AccessToken(t, db, store.Token{UserID: "1", Scopes: []string{scope}}))
		w := httptest.NewRecorder()
		route.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 hello, alan
	// 403 {"status":"error","http_code":"403","error":"ACCESS_DENIED","error_description":"Access denied."}
}

func TestARecordMayWantItOtherwise(t *testing.T) {
	ctx := t.Context()
	db := authtest.Users(t, authtest.User{Name: "alan"})
	require.NoError(t, db.PutClient(ctx, store.Client{ID: "off", Application: oauthtest.Application}))
	v := oauthtest.Verifier(t, db)
	for name, test := range map[string]struct {
		rec  store.Token
		want error
	}{
		"good":                 {store.Token{UserID: "1"}, nil},
		"another client":       {store.Token{UserID: "1", ClientID: "c"}, nil},
		"expired":              {store.Token{UserID: "1", IssuedAt: time.Now().Add(-2 * time.Hour)}, autherr.TokenExpired},
		"expires now":          {store.Token{UserID: "1", ExpiresAt: time.Now()}, autherr.TokenExpired},
		"another password":     {store.Token{UserID: "1", Stamp: "other"}, autherr.InvalidAccessToken},
		"another application":  {store.Token{UserID: "1", Application: "other"}, autherr.InvalidAccessToken},
		"a client that is off": {store.Token{UserID: "1", ClientID: "off"}, autherr.InvalidAccessToken},
	} {
		id, err := v.Verify(ctx, oauthtest.AccessToken(t, db, test.rec))
		if test.want != nil {
			require.ErrorIs(t, err, test.want, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, "alan", id.Name)
	}
}

// TestTheProgramsOwnApplication: a token of its client, for its own verifier.
func TestTheProgramsOwnApplication(t *testing.T) {
	db := authtest.Users(t, authtest.User{Name: "alan"})
	v, err := oauth.NewVerifier(oauth.VerifierConfig{Application: "oauth001", Clients: db, Tokens: db, Users: db, Realm: "test"})
	require.NoError(t, err)
	token := oauthtest.AccessToken(t, db, store.Token{UserID: "1", Application: "oauth001", ClientID: "mobile", Scopes: []string{"read"}})
	id, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, []any{"mobile", "oauth001", []string{"read"}, "1"}, []any{id.ClientID, id.Application, id.Scopes, id.UserID})
}
