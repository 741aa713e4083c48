package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// oldestNode is the first major version of Node.js on which the pinned newman runs.
const oldestNode = 18

const newman = "node_modules/newman/bin/newman.js"

// needNode returns the path of node, or ends the test where there is none: a developer may do without, CI may not.
func needNode(t *testing.T) string {
	t.Helper()
	node, err := nodeWithNewman()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("this test needs Node.js, npm and the packages of package-lock.json: ", err)
	}
	return node
}

// nodeWithNewman returns the path of node, after seeing to it that newman is there.
var nodeWithNewman = sync.OnceValues(func() (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", err
	}
	version, err := command(time.Minute, node, "--version")
	if err != nil {
		return "", err
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(string(version), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return "", fmt.Errorf("%s is version %s, and %d or later is needed", node, bytes.TrimSpace(version), oldestNode)
	}
	lock, err := os.Stat("package-lock.json")
	if err != nil {
		return "", err
	}
	// npm writes its own record of what it has installed when all is done.
	record, err := os.Stat("node_modules/.package-lock.json")
	if err == nil && !record.ModTime().Before(lock.ModTime()) {
		return node, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", err
	}
	_, err = command(5*time.Minute, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	return node, err
})

// command runs a program in this folder and returns its output. Its error has what the program says about it.
func command(limit time.Duration, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.Bytes(), fmt.Errorf("%s: %w\n%s%s", name, err, &stderr, &stdout)
	}
	return stdout.Bytes(), nil
}

// report is what newman tells of a run.
type report struct {
	Run struct {
		Stats struct {
			Requests, Assertions struct{ Total, Failed int }
		}
		Executions []struct {
			Item struct{ Name string }
		}
		Failures []struct {
			Source struct{ Name string }
			Error  struct{ Test, Message string }
		}
	}
}

// failures are all of them, for the reader of a failed test.
func (r *report) failures() string {
	var b strings.Builder
	for _, f := range r.Run.Failures {
		fmt.Fprintf(&b, "%s: %s: %s\n", f.Source.Name, f.Error.Test, f.Error.Message)
	}
	return b.String()
}

// sent are the names of the requests that were sent, in this order. What the script of a request sends has the name of the request.
func (r *report) sent() []string {
	var names []string
	for _, e := range r.Run.Executions {
		names = append(names, e.Item.Name)
	}
	return slices.Compact(names)
}

// run runs the collection as the README says, with these variables, and returns what newman reports. ok tells whether newman is content.
func run(t *testing.T, variables map[string]string, flags ...string) (r *report, ok bool) {
	t.Helper()
	node := needNode(t)
	// A result of go test is kept for as long as the files that the test itself looked at are as they were.
	for _, file := range []string{collectionFile, environmentFile, "package-lock.json"} {
		_, err := os.Stat(file)
		require.NoError(t, err)
	}
	file := filepath.Join(t.TempDir(), "report.json")
	args := []string{newman, "run", collectionFile, "-e", environmentFile, "--reporters", "json", "--reporter-json-export", file}
	for name, value := range variables {
		args = append(args, "--env-var", name+"="+value)
	}
	_, failure := command(5*time.Minute, node, append(args, flags...)...)
	data, err := os.ReadFile(file)
	require.NoError(t, err, "newman wrote no report: %v", failure)
	r = new(report)
	require.NoError(t, json.Unmarshal(data, r))
	return r, failure == nil
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
	require.Contains(t, lock.Packages, "node_modules/newman")
	for name, p := range lock.Packages {
		require.Empty(t, p.Resolved, name)
		require.False(t, p.HasInstallScript, name)
		if name != "" {
			require.NotEmpty(t, p.Version, name)
			require.True(t, strings.HasPrefix(p.Integrity, "sha512-"), name)
		}
	}
}
