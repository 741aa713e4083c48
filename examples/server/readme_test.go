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

// Every command of the README's list of curl lines works against the example server.
func TestTheCurlLinesOfTheReadmeWork(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	lines := regexp.MustCompile(`(?m)^    (curl .*\$.*|curl .*8080/(?:api|rest_api)/.*)$`).FindAllSubmatch(readme, -1)
	require.Len(t, lines, 10)
	s := startServer(t)
	for _, line := range lines {
		script := regexp.MustCompile(`127\.0\.0\.1:8080`).ReplaceAllString(string(line[1]), s.host)
		script = regexp.MustCompile(`^curl `).ReplaceAllString(script, "curl -sS --fail-with-body ")
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = append(os.Environ(), "BASE="+s.base, "CLIENT="+s.clientID, "SECRET="+s.secret, "KEY="+s.apiKey, "TOKEN="+s.accessToken(), "JWT="+s.jwt(), "ST="+s.st())
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", script, out)
	}
}
