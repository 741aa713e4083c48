package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// oldestNode is the first major version of Node.js on which the pinned packages run.
const oldestNode = 18

// needNode returns the path of node, or ends the test where there is none: a developer may do without, CI may not.
func needNode(t *testing.T) string {
	t.Helper()
	node, err := nodeWithPackages()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("this test needs Node.js, npm and the packages of package-lock.json: ", err)
	}
	return node
}

// runNode runs one of the scripts of this folder. in is its input and out is where its output goes, both as JSON.
func runNode(t *testing.T, script string, in, out any) {
	t.Helper()
	node := needNode(t)
	// A result of go test is kept for as long as the files that the test itself looked at are as they were.
	for _, file := range []string{script, "stdio.mjs"} {
		_, err := os.Stat(file)
		require.NoError(t, err)
	}
	input, err := json.Marshal(in)
	require.NoError(t, err)
	output, err := command(3*time.Minute, input, node, script)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(output, out), "%s", output)
}

// nodeWithPackages returns the path of node, after seeing to it that the packages are there.
var nodeWithPackages = sync.OnceValues(func() (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", err
	}
	version, err := command(time.Minute, nil, node, "--version")
	if err != nil {
		return "", err
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(string(version), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return "", fmt.Errorf("%s is version %s, and %d or later is needed", node, bytes.TrimSpace(version), oldestNode)
	}
	installed, err := upToDate()
	if err != nil || installed {
		return node, err
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", err
	}
	_, err = command(5*time.Minute, nil, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	return node, err
})

// upToDate reports whether what is installed is what the lock file says. npm writes its own record of it when all is done.
func upToDate() (bool, error) {
	lock, err := os.Stat("package-lock.json")
	if err != nil {
		return false, err
	}
	record, err := os.Stat("node_modules/.package-lock.json")
	if os.IsNotExist(err) {
		return false, nil
	}
	return err == nil && !record.ModTime().Before(lock.ModTime()), err
}

// command runs a program in this folder and returns its output. Its error has what the program says about it.
func command(limit time.Duration, input []byte, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return stdout.Bytes(), nil
}

// The packages come from wherever the machine's npm gets them, and are what the lock file says by their checksums.
func TestTheLockFileNamesNoRegistry(t *testing.T) {
	data, err := os.ReadFile("package-lock.json")
	require.NoError(t, err)
	var lock struct {
		Packages map[string]struct {
			Version, Resolved, Integrity string
			HasInstallScript             bool
		}
	}
	require.NoError(t, json.Unmarshal(data, &lock))
	require.Contains(t, lock.Packages, "node_modules/jose")
	for name, p := range lock.Packages {
		require.Empty(t, p.Resolved, name)
		require.False(t, p.HasInstallScript, name)
		if name != "" {
			require.NotEmpty(t, p.Version, name)
			require.True(t, strings.HasPrefix(p.Integrity, "sha512-"), name)
		}
	}
}
