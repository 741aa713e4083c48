package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// The program in the README builds as it is printed.
func TestTheProgramOfTheReadmeBuilds(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	program := regexp.MustCompile("(?s)```go\n(package main.*?)```").FindSubmatch(readme)
	require.NotNil(t, program)
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, program[1], 0o600))
	out, err := exec.Command("go", "build", "-o", os.DevNull, file).CombinedOutput()
	require.NoError(t, err, string(out))
}

// The README's list of curl lines works against the example server, in its order and with nothing but what the lines before have answered.
func TestTheCurlLinesOfTheReadmeWork(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	lines := regexp.MustCompile(`(?m)^    (curl .*\$.*|curl .*8080/(?:api|rest_api)/.*)$`).FindAllSubmatch(readme, -1)
	want := []string{ // what each answer holds
		`"name":"my_username"`,                         // Basic
		`"name":"my_username"`, `"name":"my_username"`, // API key, twice
		`"jwt_token":"`, `"name":"my_username"`, // JWT
		`"access_token":"`, `"access_token":"`, `"name":"my_username"`, // OAuth
		`"refresh_token":"`, `"refresh_token":"`, // the password grant with the secret, and refresh
		`"active":true`, `revoked successfully`, ``, // introspection, and revocation twice
		`"token":"`, `"name":"my_username"`, // services token
	}
	require.Len(t, lines, len(want))
	s := startServer(t)
	known := []string{"BASE=" + s.base, "CLIENT=" + s.clientID, "SECRET=" + s.secret, "KEY=" + s.apiKey}
	kept := map[string]string{"jwt_token": "JWT", "access_token": "TOKEN", "refresh_token": "REFRESH", "token": "ST"} // as the README says
	for i, line := range lines {
		script := regexp.MustCompile(`127\.0\.0\.1:8080`).ReplaceAllString(string(line[1]), s.host)
		script = regexp.MustCompile(`^curl `).ReplaceAllString(script, "curl -sS --fail-with-body ")
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = append(os.Environ(), known...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", script, out)
		require.Contains(t, string(out), want[i], script)
		for _, member := range regexp.MustCompile(`"(\w+)":"([^"]*)"`).FindAllStringSubmatch(string(out), -1) {
			if name := kept[member[1]]; name != "" {
				known = append(known, name+"="+member[2])
			}
		}
	}
}
