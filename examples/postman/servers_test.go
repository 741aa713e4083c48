package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// The secrets that the tests give the servers.
const (
	testSecret     = "the secret of the demo client"
	testAPIKey     = "the API key of my_username"
	testBlockedKey = "the API key of blocked_user"
	testExternal   = "token-of-the-identity-provider"
	testAudience   = "apiauth example"
)

// buildServer returns the path of the example server's program.
var buildServer = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "apiauth-postman")
	if err != nil {
		return "", err
	}
	program := filepath.Join(folder, "server.exe") // the suffix matters on one system only
	_, err = command(5*time.Minute, "go", "build", "-o", program, "../server")
	return program, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if program, err := buildServer(); err == nil {
		_ = os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

var bannerAddress = regexp.MustCompile(`example server on (http://\S+) `)

// startServer runs the example server on a free port until the test ends, and returns its address.
func startServer(t *testing.T, flags ...string) string {
	t.Helper()
	program, err := buildServer()
	require.NoError(t, err)
	cmd := exec.Command(program, append([]string{"-addr", "127.0.0.1:0", "-store", "memory"}, flags...)...)
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // says that it was killed
	})
	stop := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if m := bannerAddress.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return m[1]
		}
	}
	t.Fatal("the server did not say where it listens")
	return ""
}

// servers starts both servers, the first with everything that the optional requests need, and returns the variables of the environment.
func servers(t *testing.T, flags ...string) map[string]string {
	t.Helper()
	keys, foreign := otherIssuer(t)
	first := []string{
		"-client-secret", testSecret, "-api-key", testAPIKey, "-blocked-api-key", testBlockedKey,
		"-jwks", keys, "-jwks-issuer", "https://issuer.example", "-jwks-audience", testAudience, "-jwks-username-claim", "preferred_username",
		"-introspect", identityProvider(t), "-introspect-client-id", "us", "-introspect-client-secret", "our secret", "-introspect-audience", testAudience,
	}
	return map[string]string{
		"baseUrl":       startServer(t, append(first, flags...)...),
		"strictBaseUrl": startServer(t, append([]string{"-require-application", "-token-ttl", "1s", "-service-token-ttl", "1s"}, flags...)...),
		"clientSecret":  testSecret, "apiKey": testAPIKey, "blockedApiKey": testBlockedKey, "externalToken": testExternal,
		"foreignJwt": foreign("my_username"), "foreignJwtOfNobody": foreign("nobody"),
	}
}

// otherIssuer returns the file with the keys of another issuer, and a function that returns its tokens.
func otherIssuer(t *testing.T) (keys string, token func(name string) string) {
	t.Helper()
	key, err := jwt.GenerateKey(jwt.ES256, nil)
	require.NoError(t, err)
	issuer, err := jwt.NewIssuer(jwt.IssuerConfig{
		Issuer: "https://issuer.example", Audience: []string{testAudience}, Key: key,
		Claims: func(_ context.Context, u store.User) (map[string]any, error) {
			return map[string]any{"preferred_username": u.Name}, nil
		},
	})
	require.NoError(t, err)
	handler, err := jwt.NewJWKSHandler(issuer, nil)
	require.NoError(t, err)
	published := httptest.NewRecorder()
	handler.ServeHTTP(published, httptest.NewRequest("GET", "/", nil))
	keys = filepath.Join(t.TempDir(), "keys.json")
	require.NoError(t, os.WriteFile(keys, published.Body.Bytes(), 0o600))
	return keys, func(name string) string {
		issued, err := issuer.Issue(t.Context(), store.User{ID: "id-there", Name: name, Active: true, Stamp: "1"})
		require.NoError(t, err)
		return issued.Compact
	}
}

// identityProvider is another server that is asked about its tokens, of which there is one.
func identityProvider(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := map[string]any{"active": false}
		if r.PostFormValue("token") == testExternal {
			answer = map[string]any{"active": true, "username": "my_username", "aud": testAudience}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
