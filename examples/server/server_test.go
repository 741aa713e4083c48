package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each command of the start-up text is run by a shell as it is printed.
func TestThePrintedCommandsWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil && os.Getenv("CI") == "" {
		t.Skip("curl is not installed")
	}
	s := startServer(t)
	require.LessOrEqual(t, len(s.banner), 24, "the start-up text fits on a screen")

	var commands []string
	for i, line := range s.banner {
		if strings.HasPrefix(line, "# ") {
			commands = append(commands, s.banner[i+1])
		}
	}
	want := []string{
		`"title":"Hello"`,        // Basic
		`"title":"Hello"`,        // API key
		`"name":"my_username"`,   // JWT
		`"name":"my_username"`,   // password grant
		`"access_token":"aat_`,   // client_credentials grant
		`"refresh_token":"art_`,  // refresh
		`"active":true`,          // introspection
		`revoked successfully"}`, // revoke
		`"name":"my_username"`,   // services token
	}
	require.Len(t, commands, len(want))
	// One shell for all, for a later command may use what an earlier one got.
	out, err := exec.Command("sh", "-c", strings.Join(commands, "\necho; echo ----\n")).Output()
	require.NoError(t, err)
	for i, answer := range strings.Split(string(out), "----") {
		require.Contains(t, answer, want[i], commands[i])
	}
}

func TestFlagsThatMakeNoSenseSaySo(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-store", "oracle://127.0.0.1/test"}, "-store: want memory, sqlite:FILE, postgres://… or mysql://…"},
		{[]string{"-store", "sqlite::memory:"}, "-store: sqlite: want the name of a file"},
		{[]string{"-redis", "http://127.0.0.1/"}, "-redis: redis: invalid URL scheme"},
		{[]string{"-redis", "redis://127.0.0.1:1"}, "-redis: "},
		{[]string{"-timeout", "0s"}, "-timeout"},
		{[]string{"-timeout", "30s"}, "-timeout"},
		{[]string{"-client-id", ""}, "must not be empty"},
		{[]string{"-jwks", "http://example.com/jwks.json", "-jwks-issuer", "x", "-jwks-audience", "y"}, "-jwks: jwt: NewRemoteKeySet: URL is not https"},
		{[]string{"-jwks", "https://u:topsecret@example.com/", "-jwks-issuer", "x", "-jwks-audience", "y"}, "-jwks: jwt: NewRemoteKeySet: URL holds user information"},
		{[]string{"-jwks", "missing.json", "-jwks-issuer", "x", "-jwks-audience", "y"}, "-jwks: open missing.json"},
		{[]string{"-jwks", "https://example.com/jwks.json"}, "needs -jwks-issuer and -jwks-audience"},
		{[]string{"-jwks", "https://example.com/jwks.json", "-jwks-issuer", "x"}, "needs -jwks-issuer and -jwks-audience"},
		{[]string{"-jwks", "https://example.com/jwks.json", "-jwks-audience", "x"}, "needs -jwks-issuer and -jwks-audience"},
		{[]string{"-issuer", "x", "-jwks", "http://127.0.0.1:1/jwks.json", "-jwks-issuer", "x", "-jwks-audience", "y"}, "two verifiers"},
		{[]string{"-jwks", "keys.json"}, "needs -jwks-issuer and -jwks-audience"},
		{[]string{"-jwks-issuer", "x"}, "without -jwks"},
		{[]string{"-introspect", "https://example.com/"}, "-introspect needs -introspect-client-id"},
		{[]string{"-introspect-audience", "x"}, "without -introspect"},
		{[]string{"-introspect-client-secret", "x"}, "without -introspect"},
		{[]string{"-introspect", "http://example.com/", "-introspect-client-id", "x", "-introspect-client-secret", "y", "-introspect-audience", "z"}, "-introspect: oauth: NewIntrospectionVerifier: URL is not https"},
		{[]string{"-profile", "2026"}, "unknown error profile"},
		{[]string{"-alg", "none"}, "none"},
		{[]string{"-client-secret", "short"}, "-client-secret"},
		{[]string{"-jwt-client-secret", "short"}, "-jwt-client-secret"},
		{[]string{"-client-id", " x"}, "-client-id"},
		{[]string{"-client-id", "x", "-jwt-client-id", "x"}, "-client-id and -jwt-client-id are the same"},
		{[]string{"-token-ttl", "0s"}, "-token-ttl"},
		{[]string{"-allow-addresses", "192.0.2.0/33"}, "-allow-addresses: "},
		{[]string{"-block-addresses", "somewhere"}, "-block-addresses: "},
		{[]string{"-allow-addresses", "192.0.2.1", "-block-addresses", "192.0.2.2"}, "-allow-addresses and -block-addresses contradict each other"},
		{[]string{"-trusted-proxies", "proxy"}, "-trusted-proxies: "},
		{[]string{"-path-roles", "/admin"}, "want PATTERN=ROLES"},
		{[]string{"-path-roles", "admin=editor"}, "-path-roles: auth: "},
		{[]string{"extra"}, "unexpected argument"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			var out bytes.Buffer
			err := run(context.Background(), append([]string{"-addr", "127.0.0.1:0", "-store", "memory"}, test.args...), &out, &out)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, out.String(), "example server on", "it does not start")
		})
	}
}

// With key files, tokens survive a restart and two servers take each other's.
func TestKeyFilesAreMadeOnceAndShared(t *testing.T) {
	for _, alg := range []string{"RS256", "HS256", "ES384", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			dir := t.TempDir()
			jwtKey, serviceKey := filepath.Join(dir, "jwt.pem"), filepath.Join(dir, "service.key")
			flags := []string{"-alg", alg, "-jwt-key", jwtKey, "-service-key", serviceKey, "-issuer", "https://api.example.com"}

			first := startServer(t, flags...)
			require.Contains(t, strings.Join(first.banner, "\n"), "new key written to "+jwtKey)
			for _, name := range []string{jwtKey, serviceKey} {
				info, err := os.Stat(name)
				require.NoError(t, err)
				require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "only its owner reads a key")
			}

			second := startServer(t, flags...)
			require.NotContains(t, strings.Join(second.banner, "\n"), "new key written")
			got := curl(t, "-H", "Authorization: Bearer "+first.jwt(), second.base+"/user/1")
			require.Equal(t, 200, got.status, "a JWT of the first server opens the second: %s", got.body)

			// A services token is signed over the stored hash of the password, and a store in memory hashes it with a new salt
			// at each start. That its key is read from the file is all that can be seen here.
			_ = second.st()
			require.NoError(t, os.WriteFile(serviceKey, []byte("short\n"), 0o600))
			err := run(context.Background(), append([]string{"-addr", "127.0.0.1:0", "-store", "memory"}, flags...), io.Discard, io.Discard)
			require.ErrorContains(t, err, "at least 32 bytes")
		})
	}
}
