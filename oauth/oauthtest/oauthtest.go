// Package oauthtest makes access tokens for tests, without a token endpoint and without a client that would have to ask for them:
//
//	db := authtest.Users(t, authtest.User{Name: "alan"})
//	handler := auth.Require(oauthtest.Verifier(t, db), nil)(route)
//	token := oauthtest.AccessToken(t, db, store.Token{UserID: "1", Scopes: []string{"read"}})
//
// What a test wants otherwise, such as a token that has expired, it says in the record: see [AccessToken]. Users are made by package [authtest].
//
// Like authtest, it takes the test and panics in a program that go test has not built.
package oauthtest

import (
	"cmp"
	"errors"
	"testing"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

const name = "oauthtest"

// Application is that of tokens that name none.
const Application = name

// Verifier returns an authenticator by the access tokens of [Application].
func Verifier(t testing.TB, db *memstore.Store) *oauth.Verifier {
	authtest.OnlyInTests(t, name)
	v, err := oauth.NewVerifier(oauth.VerifierConfig{Application: Application, Clients: db, Tokens: db, Users: db, Realm: name})
	if err != nil {
		t.Fatal("oauthtest:", err)
	}
	return v
}

// AccessToken stores the record of an access token and returns the token. rec.UserID is required and names a user of db. Where it leaves
// them out, Application is [Application], ClientID is the application with
// "-client" behind it, IssuedAt is now, ExpiresAt an hour after it, and Stamp that of the user. The client is
// stored as well if it is not there.
func AccessToken(t testing.TB, db *memstore.Store, rec store.Token) string {
	authtest.OnlyInTests(t, name)
	ctx := t.Context()
	user, err := db.UserByID(ctx, rec.UserID)
	if err != nil {
		t.Fatalf("oauthtest: user %q: %v", rec.UserID, err)
	}
	token := auth.NewRandom(auth.PrefixAccessToken)
	rec.ID, rec.Kind = oauth.TokenID(token), store.AccessToken
	rec.Application = cmp.Or(rec.Application, Application)
	rec.ClientID = cmp.Or(rec.ClientID, rec.Application+"-client")
	rec.Stamp = cmp.Or(rec.Stamp, user.Stamp)
	if rec.IssuedAt.IsZero() {
		rec.IssuedAt = time.Now()
	}
	if rec.ExpiresAt.IsZero() {
		rec.ExpiresAt = rec.IssuedAt.Add(time.Hour)
	}
	if _, err := db.ClientByID(ctx, rec.ClientID); errors.Is(err, store.ErrNotFound) {
		err = db.PutClient(ctx, store.Client{ID: rec.ClientID, Application: rec.Application, Active: true, Scopes: rec.Scopes})
		if err != nil {
			t.Fatal("oauthtest:", err)
		}
	}
	if err := db.CreateTokens(ctx, rec); err != nil {
		t.Fatal("oauthtest:", err)
	}
	return token
}
