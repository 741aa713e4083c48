package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// browser is a headless Chromium with one page, whose user types the operator's password when he is asked for one.
type browser struct {
	t   *testing.T
	s   *example
	ctx context.Context

	mu       sync.Mutex
	prompts  int      // how often a password was asked for
	problems []string // errors and warnings of its console, but for answers of this server that are no 2xx
}

// findChromium returns the browser, or skips the test.
func findChromium(t testing.TB) string {
	t.Helper()
	if name := os.Getenv("APIAUTH_TEST_CHROMIUM"); name != "" {
		return name
	}
	var err error
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"} {
		var path string
		if path, err = exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "chromium", err)
	return ""
}

// openBrowser starts a browser that ends with the test.
func openBrowser(t *testing.T, s *example) *browser {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(findChromium(t)), chromedp.UserDataDir(browserDir(t)), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.DisableGPU,
		chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute), chromedp.WindowSize(1280, 900),
	}
	for _, name := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(name, true))
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		late, stop := context.WithTimeout(ctx, browserPatience)
		defer stop()
		_ = chromedp.Cancel(late) // and wait for its end, for the folder is removed
		cancel()
	})
	b := &browser{t: t, s: s, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, b.listen))
	yes := true
	call(b, fetch.Enable, fetch.EnableParams{HandleAuthRequests: &yes})
	call(b, log.Enable, cdp.Empty{})
	call(b, runtime.Enable, cdp.Empty{})
	return b
}

// browserDir returns a folder for a browser. It goes when nobody writes into it any more: a browser has helpers that may outlive it for a moment.
func browserDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "apiauth-browser")
	require.NoError(t, err)
	t.Cleanup(func() {
		require.Eventually(t, func() bool { return os.RemoveAll(dir) == nil }, browserPatience, 20*time.Millisecond)
	})
	return dir
}

// listen notes what the page complains about, and answers when it is asked for a password. It must not wait for anything.
func (b *browser) listen(event any) {
	switch e := event.(type) {
	case *fetch.EventRequestPaused:
		go chromedp.Call(b.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID}) // fails where the page is gone meanwhile
	case *fetch.EventAuthRequired:
		b.mu.Lock()
		b.prompts++
		b.mu.Unlock()
		go chromedp.Call(b.ctx, fetch.ContinueWithAuth, fetch.ContinueWithAuthParams{RequestID: e.RequestID, AuthChallengeResponse: &fetch.AuthChallengeResponse{
			Response: fetch.AuthChallengeResponseResponseProvideCredentials, Username: "operator", Password: "operator-password",
		}})
	case *runtime.EventExceptionThrown:
		b.problem("%s: %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.problem("%s: %v", e.Type, e.Args)
		}
	case *log.EventEntryAdded:
		refused := e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "the server responded with a status of 4")
		if !refused && (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) {
			b.problem("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
}

// call sends a command of the protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, command, params)
	require.NoError(b.t, err)
}

func (b *browser) problem(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, fmt.Sprintf(format, args...))
}

// requireQuiet fails if the page has complained.
func (b *browser) requireQuiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.t, b.problems, "errors, warnings and violations of the policy in the browser's console")
}

func (b *browser) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	require.NoError(b.t, chromedp.Do(ctx, actions...))
}

// browserPatience is how long anything in a browser may take.
const browserPatience = patience

// open goes to a page of the console.
func (b *browser) open(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.s.base+path), chromedp.WaitReady(chromedp.CSS("main")))
}

// eval evaluates an expression, whose value may be a promise.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err, expression)
	return v
}

// do runs statements.
func (b *browser) do(statements string) {
	b.t.Helper()
	eval[chromedp.Void](b, "{"+statements+"}")
}

// text is the text of the first element of a selector, as it is seen.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// waitFor waits until an expression is true, on this page or a later one.
func (b *browser) waitFor(expression string) {
	b.t.Helper()
	var err error
	for end := time.Now().Add(browserPatience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var yes bool
		if yes, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression)); yes { // fails between two pages
			return
		}
	}
	b.t.Fatalf("it does not come true: %s (%v); the page says:\n%s", expression, err, b.text("main"))
}

// press sends keys to what has the focus.
func (b *browser) press(keys string) {
	b.t.Helper()
	b.run(chromedp.KeyEvent(keys))
}

// submit presses the button with this name, and waits for the page that follows.
func (b *browser) submit(name string) {
	b.t.Helper()
	b.do(fmt.Sprintf(`
		window.before = true;
		const found = [...document.querySelectorAll("button")].filter((e) => e.textContent.replace(/\s+/g, " ").trim() === %q);
		if (found.length !== 1) throw new Error("buttons of this name: " + found.length);
		found[0].focus();`, name))
	b.press(kb.Enter)
	b.waitFor(`window.before === undefined && document.readyState === "complete"`)
}

// fill types a value into the field with this id.
func (b *browser) fill(id, value string) {
	b.t.Helper()
	b.do(fmt.Sprintf(`const e = document.getElementById(%q); e.value = ""; e.focus();`, id))
	b.press(value)
}

// window gives the page a size, and a dark or light scheme.
func (b *browser) window(width, height int64, scheme string) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, height))
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// picture keeps a picture of the page for people, in the folder that APIAUTH_TEST_PICTURES names.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("APIAUTH_TEST_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(dir, 0o700))
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}
