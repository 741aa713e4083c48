package outbound_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/apiauth-go/apiauth/auth/outbound"
)

// An answer that is too long is an error, and so is one that does not come in time.
func ExampleNew() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "this is the answer") }))
	defer server.Close()
	for _, length := range []int64{100, 10} {
		client, err := outbound.New(outbound.Config{URL: server.URL, MaxBody: length})
		if err != nil {
			panic(err)
		}
		answer, err := client.Do(outbound.Request{Method: http.MethodGet})
		fmt.Println(err == nil, answer != nil && len(answer.Body) > 0)
		client.Close()
	}
	// Output:
	// true true
	// false false
}
