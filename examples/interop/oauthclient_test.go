package interop

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// oauthJob is what a client library is to do, in the way of its own manual.
type oauthJob struct {
	// Op is discover, token, introspect, revoke, use, validate or autorefresh.
	Op string `json:"op"`

	// ID and Secret are those of the client, and Auth is how it shows them: "basic", with both form-encoded before they become a Basic credential as
	// RFC 6749 section 2.3.1 has it; "raw", as they are, as many libraries do; or "post", in the body.
	ID     string `json:"id"`
	Secret string `json:"secret"`
	Auth   string `json:"auth"`

	Grant  string            `json:"grant"`  // of token
	Params map[string]string `json:"params"` // of token: those besides grant_type

	Token    string `json:"token"`
	Hint     string `json:"hint"`     // token_type_hint of revoke
	Path     string `json:"path"`     // of use, validate and autorefresh
	Audience string `json:"audience"` // of validate
}

// oauthOutcome is what a library tells its caller.
type oauthOutcome struct {
	Value       map[string]any
	Unsupported bool // the library has nothing for the job
	Error       *oauthFailure
}

// oauthFailure is an error of a library.
type oauthFailure struct {
	Type        string // of the error
	Code        string // the member error of the answer, or the library's own code
	Description string
	Status      int // zero if the library does not tell
	Message     string

	Challenges []oauthChallenge // for libraries that parse them
	Fields     []string         // WWW-Authenticate, for those that show the answer as it is
}

type oauthChallenge struct {
	Scheme     string
	Parameters map[string]string
}

// oauthLibrary is a client library.
type oauthLibrary struct {
	name string

	// start returns what carries out jobs against the server at base.
	start func(t *testing.T, base string) func(oauthJob) oauthOutcome

	// auths are the ways in which the library can authenticate a client. Of the operations and grants it lacks some.
	auths []string
	lacks []string

	// failure is the type of error that the library makes of an answer with this status and code.
	failure func(status int, code string) string
}

// process returns the start function of a library that a script drives.
func process(program func(*testing.T) []string) func(*testing.T, string) func(oauthJob) oauthOutcome {
	return func(t *testing.T, base string) func(oauthJob) oauthOutcome {
		args := append(program(t), base)
		for _, arg := range args { // see runNode
			if strings.HasSuffix(arg, ".mjs") || strings.HasSuffix(arg, ".py") {
				_, err := os.Stat(arg)
				require.NoError(t, err)
			}
		}
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() {
			_ = in.Close() // which ends it
			stop := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
			defer stop.Stop()
			if err := cmd.Wait(); err != nil {
				t.Errorf("%s: %v", strings.Join(args, " "), err)
			}
		})
		lines := bufio.NewReader(out)
		return func(j oauthJob) (o oauthOutcome) {
			t.Helper()
			question, err := json.Marshal(j)
			require.NoError(t, err)
			stop := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
			defer stop.Stop()
			_, err = in.Write(append(question, '\n'))
			require.NoError(t, err)
			answer, err := lines.ReadBytes('\n')
			if err != nil && err != io.EOF {
				require.NoError(t, err)
			}
			require.NoError(t, json.Unmarshal(answer, &o), "%s", answer)
			return o
		}
	}
}

// nodeProgram is the command that drives an npm package.
func nodeProgram(library string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		for _, file := range []string{"stdio.mjs", "with-" + library + ".mjs"} {
			_, err := os.Stat(file)
			require.NoError(t, err)
		}
		return []string{needNode(t), "oauth.mjs", library}
	}
}

// pythonProgram is the command that drives a Python package, by the first Python that has it: a distribution's own packages are found by the
// distribution's own Python only.
func pythonProgram(library, module string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		_, err := os.Stat("with_" + library + ".py")
		require.NoError(t, err)
		var why error
		for _, name := range []string{"python3", "/usr/bin/python3"} {
			python, err := exec.LookPath(name)
			if err == nil {
				_, err = command(time.Minute, nil, python, "-c", "import "+module)
			}
			if err == nil {
				return []string{python, "-B", "oauth.py", library}
			}
			why = err
		}
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip("this test needs Python with the package "+module+" (Debian: python3-authlib, python3-requests-oauthlib): ", why)
		return nil
	}
}
