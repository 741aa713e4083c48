package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// send presses the button of an example and returns the status of the answer.
func (b *browser) send(id string) string {
	b.t.Helper()
	b.do(fmt.Sprintf(`const e = document.getElementById(%q); e.open = true; e.querySelector(".outcome").dataset.status = ""; e.querySelector("form button").focus();`, id))
	b.press(kb.Enter)
	b.waitFor(fmt.Sprintf(`document.getElementById(%q).querySelector(".outcome").dataset.status`, id) + ` !== ""`)
	return eval[string](b, fmt.Sprintf(`document.getElementById(%q).querySelector(".outcome").dataset.status`, id))
}

var statusLine = regexp.MustCompile(`(?m)^HTTP/1\.1 (\d+)`)

func TestEachDocumentedRequestCanBeTried(t *testing.T) {
	s := startServer(t)
	b := openBrowser(t, s)
	b.open("/console/try")
	ids := eval[[]string](b, `[...document.querySelectorAll(".example")].map((e) => e.id)`)
	require.Len(t, ids, 18)
	for _, id := range ids {
		want := "200"
		if id == "basic-create" {
			want = "201"
		}
		require.Equal(t, want, b.send(id), "%s: %s", id, b.text("#"+id+" .response"))
		require.Contains(t, b.text("#"+id+" .request"), s.base)
		if id == "refresh" {
			continue // the second time is theft
		}
		line := b.text("#" + id + " .curl")
		out, err := exec.Command("sh", "-c", strings.Replace(line, "curl ", "curl -sS -q --noproxy '*' ", 1)).CombinedOutput()
		require.NoError(t, err, "%s\n%s", line, out)
		status := statusLine.FindStringSubmatch(string(out))
		require.NotNil(t, status, "%s", out)
		require.Equal(t, want, status[1], "the same by %s\n%s", line, out)
		if id == "password" {
			b.picture("try-password")
		}
	}
	require.Contains(t, b.text("#introspect .response"), `"active":true`, "the token was filled in")
	require.Contains(t, b.text("#metadata .response"), "content-type: application/json", "header fields are shown")

	// The operator's own password does not go along: neither where nothing is sent, nor where it would be right.
	b.do(`for (const e of document.querySelectorAll("#basic input")) e.value = "";`)
	require.Equal(t, "401", b.send("basic"))
	require.Contains(t, b.text("#basic .response"), "www-authenticate: ")

	// What a user types stays one word for the shell.
	odd := `it's "x" $HOME $(id) \ ü;&| #`
	b.do(fmt.Sprintf(`const [name, password, method] = document.querySelectorAll("#basic input"); name.value = "my_username"; password.value = %q; method.value = "basic001";`, odd))
	require.Equal(t, "401", b.send("basic"))
	out, err := exec.Command("sh", "-c", `curl() { for word; do printf '<%s>\n' "$word"; done; }`+"\n"+b.text("#basic .curl")).Output()
	require.NoError(t, err)
	require.Equal(t, "<-i>\n<-X>\n<GET>\n<-u>\n<my_username:"+odd+">\n<-H>\n<AUTH-METHOD: basic001>\n<"+s.base+"/user/1>\n", string(out))

	require.Equal(t, 1, b.prompts, "a refusal makes no browser ask for another password")
	b.requireQuiet()
}
