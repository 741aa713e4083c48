package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Everything that goes on in the background ends with the server: purging, sinks, fetched keys, calls to other servers, connections of stores.
func TestNothingGoesOnWhenTheServerHasEnded(t *testing.T) {
	issue, keys := otherIssuer(t)
	var at string // of the other server
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			keys.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"active":true,"iss":"`+at+`","aud":"api","username":"my_username"}`)
	}))
	defer other.Close()
	at = other.URL
	opaque := "opaque-token-of-the-other-server"

	client := &http.Client{Transport: new(http.Transport)}
	before := runtime.NumGoroutine()
	for _, where := range []string{"memory", "sqlite:" + filepath.Join(t.TempDir(), "demo.db")} {
		ctx, stop := context.WithCancel(t.Context())
		stdout, banner := io.Pipe()
		var log syncBuffer
		ended := make(chan error, 1)
		go func() {
			ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-store", where, "-jwks", at + "/keys", "-jwks-issuer", "https://login.example.com", "-jwks-audience", "api",
				"-introspect", at + "/introspect", "-introspect-client-id", "c", "-introspect-client-secret", "secret-of-the-client", "-introspect-audience", "api"}, banner, &log)
			_ = banner.Close()
		}()
		var base string
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if addr := bannerAddr.FindStringSubmatch(lines.Text()); addr != nil {
				base = addr[1]
			}
			if len(lines.Text()) == 0 && base != "" {
				go func() { _, _ = io.Copy(io.Discard, stdout) }()
				break
			}
		}
		require.NotEmpty(t, base, log.String())
		for app, token := range map[string]string{"jwt00001": issue("my_username"), appExternal: opaque, "oauth001": opaque} {
			r, err := http.NewRequest("GET", base+"/user/1", nil)
			require.NoError(t, err)
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("AUTH-METHOD", app)
			resp, err := client.Do(r)
			require.NoError(t, err)
			resp.Body.Close()
			if app != "oauth001" {
				require.Equal(t, http.StatusOK, resp.StatusCode, "%s: %s", app, log.String())
			}
		}
		require.Greater(t, runtime.NumGoroutine(), before+1, "something did go on")
		client.CloseIdleConnections()
		stop()
		require.NoError(t, <-ended, log.String())
	}
	if !assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, patience, 10*time.Millisecond) { // the one that looks
		t.Log(stacks())
	}
}

// stacks returns what every goroutine does.
func stacks() string {
	text := make([]byte, 1<<20)
	return string(text[:runtime.Stack(text, true)])
}
