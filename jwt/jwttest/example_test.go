package jwttest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	"github.com/apiauth-go/apiauth/jwt/jwttest"
)

// exampleT stands for the *testing.T of a test, which examples do not have.
type exampleT struct{ testing.TB }

func (exampleT) Helper()                  {}
func (exampleT) Context() context.Context { return context.Background() }
func (exampleT) Cleanup(func())           {}

var t exampleT

// Test a route that takes the tokens of an identity provider. In a test, t is the *testing.T.
func ExampleNewIssuer() {
	issuer := jwttest.NewIssuer(t, nil)
	users := authtest.Users(t, authtest.User{Name: "alan"})
	route := auth.Require(issuer.Verifier(users), nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.FromContext(r.Context())
		fmt.Fprint(w, "hello, ", id.Name)
	}))

	alan := jwttest.Claims{"preferred_username": "alan"}
	for _, token := range []string{issuer.Token(alan), issuer.FlawedToken(jwttest.Expired, alan), issuer.Token(nil)} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		route.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 hello, alan
	// 401 {"status":"error","error":"TOKEN_EXPIRED","message":"Invalid request: Token Expired."}
	// 401 {"status":"error","error":"INVALID_TOKEN","error_description":"Invalid Token."}
}

// Whatever is wrong with a token, it opens nothing.
func ExampleIssuer_FlawedToken() {
	issuer := jwttest.NewIssuer(t, nil)
	verifier := issuer.Verifier(authtest.Users(t, authtest.User{Name: "alan"}))
	for _, flaw := range jwttest.Flaws() {
		_, err := verifier.Verify(t.Context(), issuer.FlawedToken(flaw, jwttest.Claims{"preferred_username": "alan"}))
		fmt.Println(flaw, err != nil)
	}
	// Output:
	// expired true
	// not yet valid true
	// other audience true
	// other issuer true
	// other key true
	// changed claims true
	// unsigned true
	// public key secret true
}
