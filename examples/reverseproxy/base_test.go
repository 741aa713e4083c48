package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// What -upstream names is all that callers get at, if it is a part of a server.
func TestNobodyClimbsOutOfTheBaseOfTheService(t *testing.T) {
	got := make(chan string, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.RequestURI }))
	t.Cleanup(upstream.Close)
	host := before(t, upstream.URL+"/base")
	for _, target := range []string{"/../admin", "/a/../../admin", "/%2e%2e/admin", "/.%2E/admin", "/..%2fadmin", "/..%5cadmin", "/..;x=y/admin", "/..", "//../admin", "http://api/../admin"} {
		resp, _, _ := raw(t, host, "GET "+target+" HTTP/1.1", "Host: api", alan, "", "")
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, 400, resp.StatusCode, target)
		require.Contains(t, string(body), `"status":"error"`)
	}
	for target, want := range map[string]string{
		"/..a/b..?x=../y": "/base/..a/b..?x=../y", "/a%2Fb": "/base/a%2Fb", "//elsewhere.example/x": "/base//elsewhere.example/x", "/./x": "/base/./x",
	} {
		resp, _, _ := raw(t, host, "GET "+target+" HTTP/1.1", "Host: api", alan, "", "")
		require.Equal(t, 200, resp.StatusCode, target)
		require.Equal(t, want, <-got)
	}
}
