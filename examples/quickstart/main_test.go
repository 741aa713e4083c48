package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/examples/internal/readme"
)

var topReadme = filepath.Join("..", "..", "README.md")

func TestTheProgramIsTheOneOfTheReadme(t *testing.T) {
	text, err := os.ReadFile(topReadme)
	require.NoError(t, err)
	program := regexp.MustCompile("(?s)```go\n(package main.*?)```").FindSubmatch(text)
	require.NotNil(t, program)
	file, err := os.ReadFile("main.go")
	require.NoError(t, err)
	require.Equal(t, string(file), string(program[1]))
}

func TestTheCommandsOfTheReadmesPrintWhatTheyShow(t *testing.T) {
	server := httptest.NewServer(newHandler())
	defer server.Close()
	for _, file := range []string{topReadme, "README.md"} {
		readme.RunAt(t, file, server.Listener.Addr().String())
	}
}

// A request with the right password comes in, others do not.
func Example() {
	server := httptest.NewServer(newHandler())
	defer server.Close()
	for _, password := range []string{"topsecret", "wrong"} {
		r, err := http.NewRequest("GET", server.URL, nil)
		if err != nil {
			log.Fatal(err)
		}
		r.SetBasicAuth("my_username", password)
		resp, err := server.Client().Do(r)
		if err != nil {
			log.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Println(resp.StatusCode, string(body))
	}
	// Output:
	// 200 Hello, my_username!
	//
	// 401 {"status":"error","http_code":"401","error":"INVALID_CREDENTIALS","error_description":"Invalid username or password"}
}
