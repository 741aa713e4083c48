package authtest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
)

// exampleT stands for the *testing.T of a test, which examples do not have.
type exampleT struct{ testing.TB }

func (exampleT) Helper()                  {}
func (exampleT) Context() context.Context { return context.Background() }

var t exampleT

// create stands for the handler of an application.
var create = auth.RequirePermission("create page content")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.FromContext(r.Context())
	fmt.Fprintf(w, "created by %s", id.Name)
}))

// Call a handler as if a user had come in. In a test, t is the *testing.T.
func ExampleRequest() {
	for _, permissions := range [][]string{{"create page content"}, nil} {
		r := authtest.Request(t, httptest.NewRequest("POST", "/node", nil), auth.Identity{Name: "alan", Permissions: permissions})
		w := httptest.NewRecorder()
		create.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 created by alan
	// 403 {"status":"error","http_code":"403","error":"ACCESS_DENIED","error_description":"Access denied."}
}

// Test a whole route without credentials: what a user may do, and what becomes of an outage.
func ExampleAs() {
	for _, a := range []auth.Authenticator{
		authtest.As(t, auth.Identity{Name: "alan", Permissions: []string{"create page content"}}),
		authtest.Outage(t),
		authtest.Nobody(t),
	} {
		w := httptest.NewRecorder()
		auth.Require(a, nil)(create).ServeHTTP(w, httptest.NewRequest("POST", "/node", nil))
		fmt.Println(w.Code)
	}
	// Output:
	// 200
	// 503
	// 401
}

// Test with real passwords, whose hashes cost nothing.
func ExampleUsers() {
	db := authtest.Users(t, authtest.User{Name: "alan", Password: "topsecret"}, authtest.User{Name: "grace", Password: "grace's", Blocked: true})
	basic, err := auth.NewBasic(auth.BasicConfig{Login: authtest.Login(t, auth.LoginConfig{Users: db}), Realm: "test"})
	if err != nil {
		panic(err)
	}
	events := authtest.RecordEvents(t)
	server := httptest.NewServer(auth.Require(basic, &auth.Options{Events: events})(http.NotFoundHandler()))
	defer server.Close()

	for _, user := range [][2]string{{"alan", "topsecret"}, {"alan", "wrong"}, {"grace", "grace's"}} {
		r, _ := http.NewRequest("GET", server.URL, nil)
		r.SetBasicAuth(user[0], user[1])
		if res, err := http.DefaultClient.Do(r); err == nil {
			res.Body.Close()
		}
	}
	for _, e := range events.Events() {
		fmt.Println(e.Outcome, e.User)
	}
	// Output:
	// success alan
	// invalid_credentials anonymous
	// blocked anonymous
}

// Call what knows no request.
func ExampleContext() {
	greet := func(ctx context.Context) string {
		id, _ := auth.FromContext(ctx)
		return "hello, " + id.Name
	}
	fmt.Println(greet(authtest.Context(t, auth.Identity{Name: "alan"})))
	// Output: hello, alan
}
