package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// An operator's day, with a real browser.
func TestAnOperatorUsesTheConsole(t *testing.T) {
	s := startServer(t)
	b := openBrowser(t, s)
	b.open("/console/")
	require.Equal(t, "Applications", b.text("h1"))
	require.Contains(t, b.text("table"), "oauth001")

	t.Run("he goes through the pages by keyboard", func(t *testing.T) {
		b.t = t
		b.press(kb.Tab)
		require.Equal(t, "Skip to the content", b.focused())
		require.GreaterOrEqual(t, eval[float64](b, "document.activeElement.getBoundingClientRect().top"), 0.0, "it is seen")
		b.press(kb.Enter)
		require.Equal(t, "main", eval[string](b, "document.activeElement.id"))
		for _, page := range []string{"Clients", "Users", "Audit log", "Try it", "Applications"} {
			b.do("document.activeElement.blur(); document.querySelector('.skip').focus()")
			for range 10 {
				if b.focused() == page {
					break
				}
				b.press(kb.Tab)
			}
			require.Equal(t, page, b.focused())
			b.press(kb.Enter)
			b.waitFor(fmt.Sprintf("document.readyState === 'complete' && document.querySelector('h1')?.textContent === %q", page))
			require.Equal(t, page, b.text("[aria-current=page]"))
		}
	})

	t.Run("he makes a client", func(t *testing.T) {
		b.t = t
		b.open("/console/clients")
		b.fill("name", "night job's <client>")
		b.do(`document.getElementById("user").focus()`)
		b.press("my_username")
		b.fill("minutes", "90")
		b.submit("Generate")
		require.Equal(t, "New client", b.text("h1"))
		id, secret := b.text("#client-id"), b.text("#client-secret")
		b.picture("secret")
		issue := form("grant_type", "client_credentials", "client_id", id, "client_secret", secret)
		got := s.do(t, routeToken, issue, nil)
		require.Equal(t, 200, got.status, got.body)
		require.Contains(t, got.body, `"expires_in":5400`)

		b.open("/console/clients")
		require.Contains(t, b.text("table"), "night job's <client>")
		require.NotContains(t, b.text("body"), secret)
		b.submit("Disable " + id)
		b.says("The client " + id + " is disabled. Its tokens do not work while it is.")
		require.Equal(t, 401, s.do(t, routeToken, issue, nil).status)
		b.submit("Enable " + id)
		b.submit("New secret for " + id)
		require.Contains(t, b.text("main"), "The secret that the client has goes on working until the next time.")
		b.submit("Make a new secret")
		newer := b.text("#client-secret")
		require.NotEqual(t, secret, newer)
		for _, each := range []string{secret, newer} {
			issue.Set("client_secret", each)
			require.Equal(t, 200, s.do(t, routeToken, issue, nil).status, "both work for a while")
		}
	})

	t.Run("he blocks a user and ends his tokens", func(t *testing.T) {
		b.t = t
		me := basicAuth("my_username", "topsecret")
		token := withToken(s.accessToken())
		identity := withToken(s.jwt())
		b.open("/console/users")
		b.submit("Block my_username")
		b.says("The user my_username is blocked. Nothing lets him in any more.")
		got := s.do(t, "/user/1", nil, me)
		require.Equal(t, 403, got.status)
		require.Contains(t, got.body, "USER_BLOCKED")
		require.Equal(t, 401, s.do(t, "/user/1", nil, token).status)
		b.submit("Unblock my_username")
		for _, as := range []caller{me, token, identity} {
			require.Equal(t, 200, s.do(t, "/user/1", nil, as).status)
		}
		b.submit("Revoke tokens of my_username")
		require.Equal(t, 200, s.do(t, "/user/1", nil, me).status)
		require.Equal(t, 401, s.do(t, "/user/1", nil, token).status)
		require.Equal(t, 401, s.do(t, "/user/1", nil, identity).status, "JSON Web Tokens end with the others")
		require.NotContains(t, b.text("main"), "Block operator", "nobody blocks himself")
	})

	t.Run("he watches the audit log", func(t *testing.T) {
		b.t = t
		b.open("/console/audit")
		agent := "<b>seen live</b>"
		_ = s.do(t, "/user/1", nil, func(r *http.Request) {
			r.SetBasicAuth("my_username", "wrong")
			r.Header.Set("User-Agent", agent)
		})
		b.waitFor(fmt.Sprintf("document.getElementById('records').innerText.includes(%q)", agent))
		first := b.text("#records tbody tr")
		require.Contains(t, first, "invalid_credentials", "the newest comes first")
		require.Contains(t, b.text("#news"), "new record", "and is read out")
		b.picture("live")

		b.do(`document.getElementById("live").focus()`)
		b.press(" ")
		require.Equal(t, "Paused.", b.text("#news"))

		b.choose("outcome", "blocked")
		b.submit("Filter")
		rows := eval[[]string](b, `[...document.querySelectorAll("#records tbody tr .tag")].map((e) => e.innerText)`)
		require.NotEmpty(t, rows)
		for _, row := range rows {
			require.Equal(t, "blocked", row)
		}
	})
	b.t = t
	require.Equal(t, 1, b.prompts, "the password is asked for once")
	b.requireQuiet()
}

// choose selects an option by the keyboard. A first letter goes to the next option that begins with it; a word would do only if its letters came
// quickly.
func (b *browser) choose(id, value string) {
	b.t.Helper()
	b.do(fmt.Sprintf(`document.getElementById(%q).focus()`, id))
	chosen := func() string { return eval[string](b, fmt.Sprintf(`document.getElementById(%q).value`, id)) }
	for range 10 {
		if chosen() == value {
			return
		}
		b.press(value[:1])
	}
	b.t.Fatalf("%s stays %q, want %q", id, chosen(), value)
}

// focused is the text of what has the focus.
func (b *browser) focused() string {
	b.t.Helper()
	return strings.TrimSpace(eval[string](b, "document.activeElement.textContent"))
}

// says waits until the page says what was done.
func (b *browser) says(text string) {
	b.t.Helper()
	b.waitFor(fmt.Sprintf(`document.querySelector("#status[role=status]").innerText === %q`, text))
}
