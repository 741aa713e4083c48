package interop

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/jwt"
)

// The example server as users run it.
func TestTokensOfTheExampleServerVerify(t *testing.T) {
	needNode(t)
	program := buildServer(t)
	var questions []question
	for _, alg := range []jwt.Algorithm{jwt.RS256, jwt.ES256, jwt.EdDSA} {
		base := startServer(t, program, "-alg", string(alg))
		questions = append(questions, questionsAbout(t, job{Token: idToken(t, base), Algorithm: alg, JWKS: base + "/.well-known/jwks.json", Issuer: base, Audience: base})...)
	}
	file := filepath.Join(t.TempDir(), "secret")
	base := startServer(t, program, "-alg", "HS256", "-jwt-key", file)
	secret, err := os.ReadFile(file)
	require.NoError(t, err)
	questions = append(questions, questionsAbout(t, job{Token: idToken(t, base), Algorithm: jwt.HS256, Secret: bytes.TrimSpace(secret), Issuer: base, Audience: base})...)
	ask(t, questions)
}

// buildServer returns the path of the example server's program.
func buildServer(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "server.exe") // the suffix matters on one system only
	_, err := command(5*time.Minute, nil, "go", "build", "-o", program, "../server")
	require.NoError(t, err)
	return program
}

var bannerAddress = regexp.MustCompile(`example server on (http://\S+) `)

// startServer runs the example server on a free port until the test ends, and returns its address.
func startServer(t *testing.T, program string, flags ...string) string {
	t.Helper()
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
			return m[1]
		}
	}
	t.Fatal("the server did not say where it listens")
	return ""
}
