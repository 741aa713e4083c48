package readme

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Run serves h on a free port and runs the commands of README.md in the current folder against it, one after the other. The commands see the
// variables of env, which are written NAME=value.
func Run(t *testing.T, h http.Handler, env ...string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	RunAt(t, "README.md", server.Listener.Addr().String(), env...)
}

// RunAt runs the commands of a file against a server that listens at host, such as 127.0.0.1:1234.
func RunAt(t *testing.T, file, host string, env ...string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("curl is not installed")
		}
		t.Skip("curl is not installed: this test runs the commands of the README")
	}
	commands, err := Commands(file)
	if err != nil {
		t.Fatal(err)
	}
	// Neither the settings nor the proxy of whoever runs the test.
	env = append(append(os.Environ(), "CURL_HOME="+t.TempDir(), "HOME="+t.TempDir(), "NO_PROXY=*"), env...)
	for _, c := range commands {
		script := strings.ReplaceAll(c.Text, Address, host)
		name := c.assigned()
		if name != "" {
			script += "\nprintf %s \"$" + name + `"`
		}
		printed := shell(t, c, script, env)
		if name != "" {
			if printed == "" {
				t.Errorf("%s: $ %s\n%s stays empty", c.Line, c.Text, name)
			}
			env = append(env, name+"="+printed)
			continue
		}
		if err := c.check(strings.ReplaceAll(printed, host, Address)); err != nil {
			t.Errorf("%s: $ %s\n%v", c.Line, c.Text, err)
		}
	}
}

// shell runs a command and returns what it prints.
func shell(t *testing.T, c Command, script string, env []string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Env = env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: $ %s\n%v\n%s", c.Line, c.Text, err, &stderr)
	}
	return stdout.String()
}
