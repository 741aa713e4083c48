package console_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/examples/server/console"
	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

const oddClient = console.Path + "clients/app%2F1%20%3Cb%3E/" // whose id needs to be encoded

func TestApplicationsAreShown(t *testing.T) {
	page := words(newWorld(t).get(console.Path))
	require.Contains(t, page, "oauth001 OAuth access token enabled 60 min")
	require.Contains(t, page, "off00001 Off disabled –")
}

var credential = regexp.MustCompile(`<code id="client-(?:id|secret)">([^<]+)</code>`)

func TestASecretIsShownOnce(t *testing.T) {
	w := newWorld(t)
	got := w.send("operator", console.Path+"clients", url.Values{
		"name": {" mobile <app> "}, "grant": {oauth.GrantClientCredentials, oauth.GrantPassword}, "scope": {"profile"}, "user": {"editor"}, "minutes": {"90"},
	})
	require.Equal(t, 200, got.status, got.body)
	made := credential.FindAllStringSubmatch(got.body, -1)
	require.Len(t, made, 2)
	id, secret := html.UnescapeString(made[0][1]), made[1][1]
	require.True(t, strings.HasPrefix(secret, "acs_"))

	c, err := w.db.ClientByID(t.Context(), id)
	require.NoError(t, err)
	hash, err := oauth.HashSecret(secret)
	require.NoError(t, err)
	require.Equal(t, store.Client{
		ID: id, Application: "oauth001", Name: "mobile <app>", Active: true, SecretHashes: []string{hash}, Grants: []string{"client_credentials", "password"},
		Scopes: []string{"profile"}, DefaultUser: "1", TokenLifetime: 90 * time.Minute,
	}, c)
	page := w.get(console.Path + "clients")
	require.Contains(t, page, id)
	require.NotContains(t, page, secret)
	require.NotContains(t, page, hash)

	// Another one: both work until the next.
	path := console.Path + "clients/" + url.PathEscape(id) + "/secret"
	got = w.send("operator", path, w.renewal(path))
	require.Equal(t, 200, got.status)
	second := credential.FindAllStringSubmatch(got.body, -1)
	require.Equal(t, id, second[0][1])
	require.NotEqual(t, secret, second[1][1])
	newer, err := oauth.HashSecret(second[1][1])
	require.NoError(t, err)
	c, err = w.db.ClientByID(t.Context(), id)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{hash, newer}, c.SecretHashes)
	require.NotContains(t, w.get(console.Path+"clients"), second[1][1])
}

var state = regexp.MustCompile(`name="state" value="([^"]+)"`)

// renewal is the form for a new secret, as the page has it that asks first.
func (w *world) renewal(path string) url.Values {
	w.t.Helper()
	m := state.FindStringSubmatch(w.get(path))
	require.NotNil(w.t, m)
	return url.Values{"state": {m[1]}}
}

func TestADoubleClickMakesOneSecret(t *testing.T) {
	w := newWorld(t)
	hash, err := oauth.HashSecret("the-secret-that-is-in-use")
	require.NoError(t, err)
	require.NoError(t, w.db.PutClient(t.Context(), store.Client{ID: "app", Name: "x", Application: "oauth001", Active: true, Grants: []string{oauth.GrantPassword}, SecretHashes: []string{hash}}))
	secrets := func() []string {
		c, err := w.db.ClientByID(t.Context(), "app")
		require.NoError(t, err)
		return c.SecretHashes
	}
	const path = console.Path + "clients/app/secret"
	require.Equal(t, 409, w.send("operator", path, url.Values{}).status, "nobody was asked")
	require.Equal(t, []string{hash}, secrets())

	sure := w.renewal(path)
	require.Equal(t, []string{hash}, secrets(), "asking changes nothing")
	require.Equal(t, 200, w.send("operator", path, sure).status)
	require.Equal(t, 409, w.send("operator", path, sure).status)
	require.Len(t, secrets(), 2)
	require.Contains(t, secrets(), hash, "it goes on working")
	require.Contains(t, w.get(path), "All but the newest end now")
	require.Equal(t, 404, w.send("operator", console.Path+"clients/nobody/secret", nil).status)
}

func TestEveryIDCanBeManaged(t *testing.T) {
	w := newWorld(t)
	form := regexp.MustCompile(`action="(/console/(?:clients|users)/[^"]+/(?:disable|block))"`)
	ids := []string{".", "..", "~", "~..", "a/../b", "%2e%2e", "x?y#z"}
	for _, id := range ids {
		require.NoError(t, w.db.PutClient(t.Context(), store.Client{ID: id, Name: "x", Application: "oauth001", Active: true, Grants: []string{oauth.GrantPassword}, InsecurePasswordGrantWithoutSecret: true}))
		require.NoError(t, w.db.PutUser(t.Context(), store.User{ID: id, Name: "user " + id, Active: true}))
		w.db.users = append(w.db.users, id)
	}
	for _, list := range []string{"clients", "users"} {
		for _, m := range form.FindAllStringSubmatch(w.get(console.Path+list), -1) {
			w.post(html.UnescapeString(m[1]), url.Values{})
		}
	}
	for _, id := range ids {
		c, err := w.db.ClientByID(t.Context(), id)
		require.NoError(t, err)
		require.False(t, c.Active, id)
		u, err := w.db.UserByID(t.Context(), id)
		require.NoError(t, err)
		require.False(t, u.Active, id)
	}
}

func TestLongListsHavePages(t *testing.T) {
	w := newWorld(t)
	for i := range 450 {
		id := fmt.Sprintf("m&%03d", i)
		require.NoError(t, w.db.PutUser(t.Context(), store.User{ID: id, Name: "user " + id, Active: true}))
		w.db.users = append(w.db.users, id)
		require.NoError(t, w.db.PutClient(t.Context(), store.Client{ID: id, Name: "x", Application: "oauth001", Active: true, Grants: []string{oauth.GrantPassword}, InsecurePasswordGrantWithoutSecret: true}))
	}
	following := regexp.MustCompile(`<a href="([^"]+)">Next page</a>`)
	row := regexp.MustCompile(`<th scope="row">`)
	for list, total := range map[string]int{"users": 453, "clients": 451} {
		seen, path := 0, console.Path+list
		for pages := 1; path != ""; pages++ {
			require.LessOrEqual(t, pages, 3)
			page := w.get(path)
			seen += len(row.FindAllString(page, -1))
			require.Equal(t, pages > 1, strings.Contains(page, ">First page<"))
			path = ""
			if m := following.FindStringSubmatch(page); m != nil {
				path = html.UnescapeString(m[1])
			}
		}
		require.Equal(t, total, seen, list)
	}

	// What is done on a later page leads back to it.
	page := w.get(console.Path + "users?after=" + url.QueryEscape("m&300"))
	m := regexp.MustCompile(`action="(/console/users/m&amp;301/block[^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, m)
	page = w.post(html.UnescapeString(m[1]), url.Values{})
	require.Contains(t, html.UnescapeString(page), "The user user m&301 is blocked.")
	require.NotContains(t, page, "id m&amp;300", "the same page")
	require.Contains(t, page, "id m&amp;301")
}

func TestClientsThatCannotBeAreRefused(t *testing.T) {
	w := newWorld(t)
	good := url.Values{"name": {"x"}, "grant": {oauth.GrantClientCredentials}, "user": {"editor"}}
	for name, test := range map[string]struct {
		field  string
		values []string
		want   string
	}{
		"no name":          {"name", nil, "A client has a name"},
		"a long name":      {"name", []string{strings.Repeat("x", 101)}, "A client has a name"},
		"no grant":         {"grant", nil, "Grants is empty"},
		"an unknown grant": {"grant", []string{oauth.GrantClientCredentials, "<b>"}, "Grants holds the unknown"},
		"refresh alone":    {"grant", []string{oauth.GrantRefreshToken}, "in Grants needs a grant that gives out refresh tokens"},
		"no user":          {"user", nil, "needs a user for whom it acts"},
		"an unknown user":  {"user", []string{"nobody"}, "There is no such user"},
		"another scope":    {"scope", []string{"all"}, "There is no such scope"},
		"no minutes":       {"minutes", []string{"0"}, "from 1 to 1440"},
		"too many minutes": {"minutes", []string{"1441"}, "from 1 to 1440"},
	} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form[test.field] = test.values
		got := w.send("operator", console.Path+"clients", form)
		require.Equal(t, 422, got.status, name)
		require.Contains(t, html.UnescapeString(got.body), test.want, name)
		require.NotContains(t, got.body, "<b>", name)
	}
	require.Len(t, w.db.clients, 1)
	require.Equal(t, 413, w.send("operator", console.Path+"clients", url.Values{"name": {strings.Repeat("x", 100_000)}}).status)
}

func TestAClientIsSwitchedOffAndOn(t *testing.T) {
	w := newWorld(t)
	active := func() bool {
		c, err := w.db.ClientByID(t.Context(), "app/1 <b>")
		require.NoError(t, err)
		return c.Active
	}
	require.Contains(t, w.post(oddClient+"disable", url.Values{}), "The client app/1 &lt;b&gt; is disabled.")
	require.False(t, active())
	require.Contains(t, w.post(oddClient+"enable", url.Values{}), "The client app/1 &lt;b&gt; is enabled.")
	require.True(t, active())
	require.Equal(t, 404, w.send("operator", console.Path+"clients/nobody/disable", url.Values{}).status)
	require.Equal(t, 404, w.send("operator", oddClient+"disable", nil).status, "a GET changes nothing")
	require.True(t, active())
}

func TestTheTokenExpiryIsChanged(t *testing.T) {
	w := newWorld(t)
	lifetime := func() time.Duration {
		c, err := w.db.ClientByID(t.Context(), "app/1 <b>")
		require.NoError(t, err)
		return c.TokenLifetime
	}
	require.Contains(t, w.post(oddClient+"expiry", url.Values{"minutes": {"1440"}}), `value="1440"`)
	require.Equal(t, 24*time.Hour, lifetime())
	for _, wrong := range []string{"0", "-1", "1441", "1.5", "x", "99999999999999999999"} {
		require.Equal(t, 422, w.send("operator", oddClient+"expiry", url.Values{"minutes": {wrong}}).status, wrong)
		require.Equal(t, 24*time.Hour, lifetime())
	}
	w.post(oddClient+"expiry", url.Values{"minutes": {""}})
	require.Zero(t, lifetime(), "the default again")
}

func TestAUserIsBlockedAndUnblocked(t *testing.T) {
	w := newWorld(t)
	require.Contains(t, w.post(console.Path+"users/1/block", url.Values{}), "The user editor is blocked.")
	u, err := w.db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	require.False(t, u.Active)
	require.Contains(t, words(w.get(console.Path+"users")), "editor id 1 editor blocked")
	require.Contains(t, w.post(console.Path+"users/1/unblock", url.Values{}), "The user editor is unblocked.")
	u, err = w.db.UserByID(t.Context(), "1")
	require.NoError(t, err)
	require.True(t, u.Active)
	require.Contains(t, w.post(console.Path+"users/a%2Fb%20c/block", url.Values{}), "is blocked.", "an id that needs to be encoded")
	require.Equal(t, 404, w.send("operator", console.Path+"users/77/block", url.Values{}).status)
}

func TestNobodyBlocksHimself(t *testing.T) {
	w := newWorld(t)
	require.NotContains(t, w.get(console.Path+"users"), `action="/console/users/4/block"`)
	got := w.send("operator", console.Path+"users/4/block", url.Values{})
	require.Equal(t, 409, got.status)
	require.Contains(t, got.body, "Nobody can block himself.")
	w.get(console.Path)
}

func TestTheTokensOfAUserAreRevoked(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	for i, end := range []time.Duration{time.Hour, time.Hour, -time.Minute} {
		id := store.TokenID{byte(i + 1)}
		require.NoError(t, w.db.CreateTokens(t.Context(), store.Token{ID: id, Kind: store.AccessToken, UserID: "1", ClientID: "app", Application: "oauth001", IssuedAt: now.Add(-time.Hour), ExpiresAt: now.Add(end)}))
	}
	require.Contains(t, words(w.get(console.Path+"users")), "editor id 1 editor active 2 Block editor", "those that work")
	page := w.post(console.Path+"users/1/revoke", url.Values{})
	require.Contains(t, page, "All tokens of the user editor are revoked.")
	require.Contains(t, words(page), "editor id 1 editor active 0 Block editor")
	list, err := w.db.ListTokens(t.Context(), store.TokenMatch{UserID: "1"}, 10)
	require.NoError(t, err)
	require.Empty(t, list)
	require.Equal(t, 404, w.send("operator", console.Path+"users/77/revoke", url.Values{}).status)
}
