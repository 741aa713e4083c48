package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// consolePages are all pages that can be opened.
var consolePages = []string{"/console/", "/console/clients", "/console/users", "/console/audit", "/console/try", "/console/nothing", "/console/users?after=1", "/console/clients/demo_client/secret"}

// openAll shows what can be opened, and the answer to a request.
func (b *browser) openAll(path string) {
	b.t.Helper()
	b.open(path)
	if path == "/console/try" {
		b.do(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`)
		require.Equal(b.t, "200", b.send("basic"))
	}
}

// overflow is by how much the page is wider than its window. What is wider inside scrolls in a box of its own.
const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

func TestTheConsoleFitsIntoANarrowWindow(t *testing.T) {
	b := openBrowser(t, startServer(t))
	for _, path := range consolePages {
		name := strings.Trim(strings.ReplaceAll(path, "/", "-"), "-")
		for _, scheme := range []string{"light", "dark"} {
			b.window(1280, 900, scheme)
			b.openAll(path)
			b.picture(name + "-wide-" + scheme)
			b.window(320, 640, scheme)
			b.openAll(path)
			b.picture(name + "-narrow-" + scheme)
			require.Equal(t, 320, eval[int](b, "document.documentElement.clientWidth"))
			require.LessOrEqual(t, eval[int](b, overflow), 0, "%s at 320 px", path)
		}
	}
	b.requireQuiet()
}

// axeProgram returns axe-core, which knows the rules of accessibility. The first time npm gets it.
func axeProgram(t *testing.T) string {
	t.Helper()
	file := filepath.Join("testdata", "node_modules", "axe-core", "axe.min.js")
	program, err := os.ReadFile(file)
	if err != nil {
		install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		install.Dir = "testdata"
		if out, err := install.CombinedOutput(); err != nil {
			missing(t, "axe-core: "+string(out), err)
		}
		program, err = os.ReadFile(file)
		require.NoError(t, err)
	}
	return string(program)
}

func TestTheConsoleIsAccessible(t *testing.T) {
	program := axeProgram(t)
	b := openBrowser(t, startServer(t))
	for _, path := range consolePages {
		for _, scheme := range []string{"light", "dark"} {
			b.window(1280, 900, scheme)
			b.openAll(path)
			b.do(program)
			found := eval[json.RawMessage](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then((r) => ({
				checked: r.passes.length, violations: r.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.html + " " + n.failureSummary)])}))`)
			var result struct {
				Checked    int   `json:"checked"`
				Violations []any `json:"violations"`
			}
			require.NoError(t, json.Unmarshal(found, &result))
			require.Greater(t, result.Checked, 20, path)
			require.Empty(t, result.Violations, "%s %s", path, scheme)
		}
	}
	b.requireQuiet()
}

// focusable are the elements that a keyboard must reach, as they stand on the page.
const focusable = `[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((e) => e.checkVisibility() && !e.disabled)`

// Everything can be reached by the tabulator, in the order in which it stands there, and it is seen where one is.
func TestTheKeyboardReachesEverything(t *testing.T) {
	b := openBrowser(t, startServer(t))
	for _, path := range consolePages {
		b.openAll(path)
		b.do("window.scrollTo(0, 0); document.activeElement.blur(); window.all = " + focusable)
		count := eval[int](b, "all.length")
		require.Greater(t, count, 5)
		b.press(kb.Tab) // from now on the focus is shown
		b.do("all[0].focus()")
		for i, presses := 0, 0; i < count; {
			at := eval[int](b, "all.indexOf(document.activeElement)")
			if at == i-1 && presses < 12 { // a field for a time has parts
				presses++
				b.press(kb.Tab)
				continue
			}
			require.Equal(t, i, at, "%s: %s", path, eval[string](b, "document.activeElement.outerHTML"))
			require.True(t, eval[bool](b, `getComputedStyle(document.activeElement).outlineStyle !== "none" && parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2`), "%s: %s", path, b.focused())
			i, presses = i+1, 0
			b.press(kb.Tab)
		}
	}
	b.requireQuiet()
}
