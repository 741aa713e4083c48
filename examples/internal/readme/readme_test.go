package readme

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const sample = "Start it:\n\n```sh\ngo run .\n```\n\n```console\n$ echo one\none\n$ curl -i \\\n    http://127.0.0.1:8080/\nHTTP/1.1 200 OK\nX-A: 1\n\nbody\n```\n" +
	"Text.\n```console\n$ TOKEN=$(printf %s abc)\n$ echo $TOKEN\nabc\n```\n"

func TestCommandsAreReadFromConsoleBlocks(t *testing.T) {
	all, err := parse("f", sample)
	require.NoError(t, err)
	require.Equal(t, []Command{
		{"f:8", "echo one", "one\n"},
		{"f:10", "curl -i \\\n    http://127.0.0.1:8080/", "HTTP/1.1 200 OK\nX-A: 1\n\nbody\n"},
		{"f:19", "TOKEN=$(printf %s abc)", ""},
		{"f:20", "echo $TOKEN", "abc\n"},
	}, all)
	require.Equal(t, "TOKEN", all[2].assigned())
	require.Empty(t, all[3].assigned())

	for _, text := range []string{"```console\n$ echo", "```console\noutput\n```"} {
		_, err := parse("f", text)
		require.Error(t, err, text)
	}
	file := filepath.Join(t.TempDir(), "README.md")
	require.NoError(t, os.WriteFile(file, []byte("nothing"), 0o600))
	_, err = Commands(file)
	require.ErrorContains(t, err, "no commands")
}

func TestWhatDiffersIsFound(t *testing.T) {
	plain := Command{Text: "curl x", Prints: "a\n"}
	require.NoError(t, plain.check("a\n"))
	require.NoError(t, plain.check("a"))
	require.Error(t, plain.check("a\nb\n"))
	require.Error(t, plain.check(""))

	head := Command{Text: "curl -i x", Prints: "HTTP/1.1 200 OK\nX-A: 1\n\nbody\n"}
	require.NoError(t, head.check("HTTP/1.1 200 OK\r\nDate: now\r\nx-a: 1\r\n\r\nbody\n"))
	require.Error(t, head.check("HTTP/1.1 201 Created\r\nX-A: 1\r\n\r\nbody\n"), "another status")
	require.Error(t, head.check("HTTP/1.1 200 OK\r\nX-A: 2\r\n\r\nbody\n"), "another field")
	require.Error(t, head.check("HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nbod\n"), "another body")
}

func TestCommandsRunAgainstTheServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	require.NoError(t, os.WriteFile(file, []byte(sample), 0o600))
	t.Chdir(filepath.Dir(file))
	Run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-A", "1")
		fmt.Fprintln(w, "body")
	}))
}
