package errors_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// A Code is an error, so the reason of a refusal is asked for with the standard package.
func ExampleCode() {
	err := error(autherr.New(autherr.MethodJWT, autherr.TokenExpired, errors.New("exp was an hour ago")))

	fmt.Println(errors.Is(err, autherr.TokenExpired))
	fmt.Println(errors.Is(err, autherr.InvalidSignature))
	// Output:
	// true
	// false
}

// A refusal of an application's own goes through the same door as every other.
func ExampleRespond() {
	challenge, err := autherr.BasicChallenge("Example API")
	if err != nil {
		panic(err)
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		cause := errors.New("connection to 10.0.0.7 refused") // stays here
		autherr.Respond(w, r, nil, autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, cause), challenge)
	}

	w := httptest.NewRecorder()
	handler(w, httptest.NewRequest("GET", "/node/1", nil))
	fmt.Println(w.Code, w.Header().Get("WWW-Authenticate"))
	fmt.Println(w.Body)
	// Output:
	// 401 Basic realm="Example API", charset="UTF-8"
	// {"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password"}
}

// The same error in the words of each profile.
func ExampleRenderer() {
	e := autherr.New(autherr.MethodOAuth, autherr.InvalidClientSecret, nil)
	for _, rd := range []autherr.Renderer{
		autherr.Profile2025(nil), autherr.ProfileLegacy(nil), autherr.ProfileRFC(), autherr.ProfileServices(),
	} {
		fmt.Printf("%s\n", rd.Render(e).Body)
	}
	// Output:
	// {"status":"error","http_code":"401","error":"INVALID_CLIENT_SECRET","error_description":"Invalid Client Secret."}
	// {"status":"error","error":"INVALID_CLIENT_SECRET","error_description":"Invalid Client Secret."}
	// {"error":"invalid_client","error_description":"Client authentication failed."}
	// ["Invalid Client Secret."]
}

// An application's own code brings its status and its text.
func ExampleError() {
	e := &autherr.Error{Code: "QUOTA_EXCEEDED", Method: autherr.MethodOAuth, Status: 402, Text: "The quota of this month is used up."}

	resp := autherr.Profile2025(nil).Render(e)
	fmt.Printf("%d %s\n", resp.Status, resp.Body)
	// Output:
	// 402 {"status":"error","http_code":"402","error":"QUOTA_EXCEEDED","error_description":"The quota of this month is used up."}
}

// From finds the refusal in any error; what is no refusal is a fault of ours.
func ExampleFrom() {
	fmt.Println(autherr.From(fmt.Errorf("user store: %w", autherr.AccessDenied)).Code)
	fmt.Println(autherr.From(errors.New("anything else")).Code)
	// Output:
	// ACCESS_DENIED
	// INTERNAL_ERROR
}
